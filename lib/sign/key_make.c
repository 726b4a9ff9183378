/*
 * New keys. OpenSSL's generator, which takes its seed from the kernel.
 */
#include "encode.h"
#include "library.h"
#include "sign/key.h"

enum { RSA_BITS = 3072 };

static EVP_PKEY *generate(enum kb_sign_kind kind)
{
    OSSL_LIB_CTX *library = kb_sign_library();

    if (kind == KB_SIGN_RSA)
        return EVP_PKEY_Q_keygen(library, NULL, "RSA", (size_t)RSA_BITS);
    if (kind == KB_SIGN_ED25519)
        return EVP_PKEY_Q_keygen(library, NULL, "ED25519");
    return EVP_PKEY_Q_keygen(library, NULL, "EC", kb_sign_kinds[kind].name);
}

enum kb_err kb_key_make(enum kb_jws_alg alg, struct kb_secret *ret_pkcs8, struct kb_error *err)
{
    KB_SIGN_QUIET;
    KB_AUTO(kb_sign_key_clear) struct kb_sign_key key = KB_SIGN_KEY_INIT;

    if (kb_jws_alg_needs_secret(alg))
        return kb_fail(
            err, KB_ERR_USAGE, "%s signs with a secret, and not with a key", kb_jws_alg_name(alg));
    key.kind = kb_sign_kind_for(alg);
    key.pkey = generate(key.kind);
    return key.pkey ? kb_sign_encode(&key, ret_pkcs8, err) : kb_sign_failed("make a key", err);
}
