/*
 * What every file of a key that is read must be.
 */
#ifndef KB_TESTS_FUZZ_KEY_H
#define KB_TESTS_FUZZ_KEY_H

#include "fuzz.h"

#include "core/public_key.h"
#include "sign/key.h"
#include "sign/signer.h"

static inline enum kb_err answer_test(void *context, struct kb_secret *ret, struct kb_error *err)
{
    (void)context;
    return kb_secret_set(ret, "test", 4, err);
}

/* The key alone, as PEM. */
static inline struct kb_buf pem_of(const struct kb_client *client)
{
    struct kb_buf pem = KB_BUF_INIT(KB_KEY_FILE_MAX);

    kb_buf_str(&pem, "-----BEGIN PRIVATE KEY-----\n");
    kb_secret_append(&client->pkcs8, &pem);
    kb_buf_str(&pem, "\n-----END PRIVATE KEY-----\n");
    MUST(!pem.failed);
    return pem;
}

static inline void must_read_the_same(const struct kb_client *client)
{
    KB_AUTO(kb_buf_clear) struct kb_buf pem = pem_of(client);
    KB_AUTO(kb_key_file_clear) struct kb_key_file again = KB_KEY_FILE_INIT;

    MUST(kb_key_read(pem.data, pem.len, NULL, NULL, &again, NULL) == KB_OK);
    MUST(kb_secret_equal(&again.pkcs8, &client->pkcs8));
}

/* It signs, and each form of its public part can be written; nothing private is in it. */
static inline void must_work(struct kb_client *client)
{
    KB_AUTO(kb_buf_clear) struct kb_buf signature = KB_BUF_INIT(KB_SIGNATURE_MAX);
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(65536);
    KB_AUTO(kb_key_public_clear) struct kb_key_public part = {.spki = NULL};
    struct kb_card_key key = {.alg = "ES256"};

    MUST(kb_key_check(client, client->alg, NULL) == KB_OK);
    MUST(kb_signer.sign(client, client->alg, "m", 1, &signature, NULL) == KB_OK);
    MUST(kb_key_public_part(client, &part, NULL) == KB_OK);
    MUST(kb_public_key_thumbprint(part.spki, key.jwk, NULL) == KB_OK);
    MUST(kb_text_copy(key.spki, sizeof(key.spki), part.spki));
    for (enum kb_public_format format = KB_PUBLIC_PEM; format <= KB_PUBLIC_JWKS; format++)
        MUST(kb_public_key_write(&key, format, &out, NULL) == KB_OK);
    MUST(kb_key_make_certificate(client, "s", 1700000000, &out, NULL) == KB_OK);
    MUST(!strstr(out.data, "PRIVATE") && !strstr(out.data, "\"d\""));
}

/* Reads SIZE bytes of DATA as the file of a key. */
static inline void read_key(const uint8_t *data, size_t size)
{
    KB_AUTO(kb_key_file_clear) struct kb_key_file file = KB_KEY_FILE_INIT;
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    struct kb_error err = KB_ERROR_INIT;
    enum kb_err rc = kb_key_read((const char *)data, size, answer_test, NULL, &file, &err);

    must_be_presentable(rc, &err);
    if (rc) {
        MUST(rc == KB_ERR_USAGE);
        MUST(kb_secret_is_empty(&file.pkcs8) && kb_secret_is_empty(&file.secret));
        MUST(!file.kid && !file.client_id && !file.token_url && file.chain.count == 0);
        return;
    }
    client.proof = KB_PROOF_KEY;
    client.alg = file.alg;
    client.kid = KB_TAKE(file.kid);
    client.chain = file.chain;
    file.chain = (struct kb_strings){0};
    kb_secret_move(&client.pkcs8, &file.pkcs8);
    MUST(kb_client_check(&client, NULL) == KB_OK);
    must_read_the_same(&client);
    must_work(&client);
}

#endif
