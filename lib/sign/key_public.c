/*
 * What may be shown of a key. Must never show a private number.
 */
#include "base/base64.h"
#include "certificate.h"
#include "library.h"
#include "sign/key.h"

#include <openssl/crypto.h>
#include <openssl/x509.h>
#include <stdlib.h>

enum { HASH_LEN = 32 };

static enum kb_err put_certificate_thumbprint(
    const struct kb_client *client, char ret[static 64], struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf hash = KB_BUF_INIT(HASH_LEN), text = KB_BUF_INIT(63);
    enum kb_err rc;

    if (client->chain.count == 0)
        return KB_OK;
    rc = kb_sign_certificate_hash(client, "SHA256", &hash, err);
    kb_base64url_encode(&text, kb_buf_text(&hash), hash.len);
    kb_text_copy(ret, 64, kb_buf_text(&text));
    return rc;
}

static enum kb_err put_spki(const struct kb_sign_key *key, char **ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_SIGN_BASE64_MAX);
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(key->pkey, &der);
    enum kb_err rc;

    if (len <= 0)
        return kb_sign_failed("write a public key", err);
    kb_base64_encode(&text, (const char *)der, (size_t)len);
    OPENSSL_free(der);
    rc = kb_buf_check(&text, "a public key", err);
    if (!rc)
        kb_str_set(ret, kb_buf_text(&text));
    return rc;
}

enum kb_err kb_key_public_part(
    const struct kb_client *client, struct kb_key_public *ret, struct kb_error *err)
{
    KB_SIGN_QUIET;
    KB_AUTO(kb_sign_key_clear) struct kb_sign_key key = KB_SIGN_KEY_INIT;
    KB_AUTO(kb_key_public_clear) struct kb_key_public part = {.spki = NULL};
    enum kb_err rc = kb_sign_load_client(client, &key, err);

    if (!rc)
        rc = put_spki(&key, &part.spki, err);
    if (!rc)
        rc = put_certificate_thumbprint(client, part.certificate, err);
    if (rc)
        return rc;
    kb_key_public_clear(ret);
    *ret = part;
    part.spki = NULL;
    return KB_OK;
}

void kb_key_public_clear(struct kb_key_public *part)
{
    free(part->spki);
    *part = (struct kb_key_public){.spki = NULL};
}
