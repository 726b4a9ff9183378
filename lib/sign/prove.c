/*
 * OpenSSL's own check: that primes are prime, the point is on its curve, and public and private
 * part are each other's. Of Ed25519 the public part is always computed (load.c).
 */
#include "prove.h"

#include "library.h"

enum kb_err kb_sign_prove(const struct kb_sign_key *key, struct kb_error *err)
{
    KB_AUTO(kb_sign_free_context) EVP_PKEY_CTX *context = NULL;

    if (key->kind == KB_SIGN_ED25519)
        return KB_OK;
    context = EVP_PKEY_CTX_new_from_pkey(kb_sign_library(), key->pkey, NULL);
    if (!context)
        return kb_sign_failed("check a key", err);
    if (EVP_PKEY_check(context) != 1)
        return kb_fail(err, KB_ERR_USAGE, "the key is damaged: its parts do not belong together");
    return KB_OK;
}
