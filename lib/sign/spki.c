/*
 * OpenSSL writes it.
 */
#include "spki.h"

#include "base/base64.h"
#include "library.h"

#include <openssl/crypto.h>
#include <openssl/x509.h>

enum kb_err kb_sign_spki(const struct kb_sign_key *key, struct kb_buf *out, struct kb_error *err)
{
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(key->pkey, &der);

    if (len <= 0)
        return kb_sign_failed("write a public key", err);
    kb_base64_encode(out, (const char *)der, (size_t)len);
    OPENSSL_free(der);
    return kb_buf_check(out, "a public key", err);
}
