/*
 * Encrypted PKCS#8 (RFC 5958 section 3, RFC 8018 section 6.2).
 */
#ifndef KB_SIGN_DECRYPT_H
#define KB_SIGN_DECRYPT_H

#include "base/der.h"
#include "base/secret.h"
#include "sign/key.h"

/*
 * PKCS#8 from all of DER. Asks once, and only where a right answer would help. KB_ERR_USAGE: a
 * wrong passphrase, a way that is not known or takes too long, or ASK is NULL.
 */
KB_CHECKED enum kb_err kb_sign_decrypt(
    struct kb_der der, kb_key_ask *ask, void *context, struct kb_secret *ret, struct kb_error *err);

#endif
