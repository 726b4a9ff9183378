/*
 * The DER of a stored key: whatever signs is a key for OpenSSL's own reader, too, and the same
 * one.
 */
#include "key.h"

#include "base/base64.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

static bool is_key_of(const uint8_t *data, size_t size, const char *spki)
{
    KB_AUTO(kb_buf_clear) struct kb_buf der = KB_BUF_INIT(16384);
    const unsigned char *at = data, *shown_at;
    EVP_PKEY *read = d2i_AutoPrivateKey(NULL, &at, (long)size), *shown;
    bool same;

    MUST(kb_base64_decode(&der, spki, strlen(spki)));
    shown_at = (const unsigned char *)der.data;
    shown = d2i_PUBKEY(NULL, &shown_at, (long)der.len);
    same = read && shown && EVP_PKEY_eq(read, shown) == 1;
    EVP_PKEY_free(read);
    EVP_PKEY_free(shown);
    ERR_clear_error();
    return same;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf base64 = KB_BUF_INIT(KB_KEY_FILE_MAX);
    KB_AUTO(kb_key_public_clear) struct kb_key_public part = {.spki = NULL};
    struct kb_error err = KB_ERROR_INIT;
    enum kb_err rc;

    kb_base64_encode(&base64, (const char *)data, size);
    if (base64.failed)
        return 0;
    client.proof = KB_PROOF_KEY;
    MUST(kb_secret_set(&client.pkcs8, kb_buf_text(&base64), base64.len, NULL) == KB_OK);
    rc = kb_key_public_part(&client, &part, &err);
    must_be_presentable(rc, &err);
    MUST(rc == KB_OK || rc == KB_ERR_CORRUPT || rc == KB_ERR_SYSTEM);
    MUST(ERR_peek_error() == 0);
    for (enum kb_jws_alg alg = KB_JWS_RS256; !rc && alg < KB_JWS_HS256; alg++) {
        KB_AUTO(kb_buf_clear) struct kb_buf signature = KB_BUF_INIT(KB_SIGNATURE_MAX);

        KB_IGNORE(kb_signer.sign(&client, alg, "m", 1, &signature, &err));
        MUST(ERR_peek_error() == 0);
    }
    MUST(rc || is_key_of(data, size, part.spki));
    return 0;
}
