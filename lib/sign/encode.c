/*
 * OpenSSL writes the key anew: attributes and spellings of the file do not come along. Must
 * wipe what it wrote it into.
 */
#include "encode.h"

#include "base/base64.h"
#include "library.h"

#include <openssl/crypto.h>
#include <openssl/x509.h>

enum kb_err kb_sign_encode(
    const struct kb_sign_key *key, struct kb_secret *ret, struct kb_error *err)
{
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key->pkey);
    struct kb_buf text = KB_BUF_INIT(KB_SIGN_BASE64_MAX);
    unsigned char *der = NULL;
    int len = info ? i2d_PKCS8_PRIV_KEY_INFO(info, &der) : 0;

    PKCS8_PRIV_KEY_INFO_free(info);
    if (len <= 0)
        return kb_sign_failed("write a key", err);
    kb_base64_encode(&text, (const char *)der, (size_t)len);
    OPENSSL_clear_free(der, (size_t)len);
    return kb_secret_from_buf(ret, &text, err);
}
