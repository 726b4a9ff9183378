/* A signer that signs nothing: what it was asked can be read in what it gives. */
#ifndef KB_TEST_OAUTH_FAKE_SIGNER_H
#define KB_TEST_OAUTH_FAKE_SIGNER_H

#include "core/signer.h"

#include <sodium.h>
#include <string.h>

static inline enum kb_err fake_sign(const struct kb_client *client, enum kb_jws_alg alg,
    const void *bytes, size_t len, struct kb_buf *ret, struct kb_error *err)
{
    (void)client;
    if (len == 0 || !memchr(bytes, '.', len))
        return kb_fail(err, KB_ERR_SYSTEM, "there is nothing to sign");
    kb_buf_fmt(ret, "%s over %zu>", kb_jws_alg_name(alg), len);
    return KB_OK;
}

static inline enum kb_err fake_thumbprint(const struct kb_client *client, enum kb_thumbprint kind,
    struct kb_buf *ret, struct kb_error *err)
{
    if (client->chain.count == 0)
        return kb_fail(err, KB_ERR_CONFIG, "there is no certificate");
    kb_buf_str(ret, kind == KB_THUMBPRINT_SHA1 ? "sha-1 of 20 bytes >?" : "sha-256, 32 bytes long");
    return KB_OK;
}

static inline enum kb_err fake_write_tls(const struct kb_client *client,
    struct kb_buf *ret_certificates, struct kb_secret *ret_key, struct kb_error *err)
{
    if (client->chain.count == 0)
        return kb_fail(err, KB_ERR_CONFIG, "there is no certificate");
    kb_buf_str(ret_certificates, "certificates\n");
    return kb_secret_set(ret_key, "key\n", 4, err);
}

static const struct kb_signer fake_signer = {
    .sign = fake_sign, .thumbprint = fake_thumbprint, .write_tls = fake_write_tls};

/* The client gets a key; CERTIFICATE: and a certificate for it. */
static inline void set_key(
    struct kb_client *client, enum kb_jws_alg alg, const char *kid, bool certificate)
{
    static const char der[] = "MCowBQYDK2VwAyEAaaaa";

    if (kb_secret_set(&client->pkcs8, der, sizeof(der) - 1, NULL))
        return;
    client->proof = (enum kb_proof)(client->proof | KB_PROOF_KEY);
    client->alg = alg;
    kb_str_set(&client->kid, kid);
    if (certificate)
        kb_strings_add(&client->chain, der);
}

/* Part N of a token, from 0: as the bytes that it encodes; what cannot be decoded is NULL. */
static inline const char *part_of(const char *token, int n)
{
    static char bytes[32768];
    size_t len, decoded;

    for (; n > 0 && strchr(token, '.'); n--)
        token = strchr(token, '.') + 1;
    len = strcspn(token, ".");
    if (n > 0 || sodium_base642bin((unsigned char *)bytes, sizeof(bytes) - 1, token, len, NULL,
                     &decoded, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING))
        return NULL;
    bytes[decoded] = '\0';
    return bytes;
}

#endif
