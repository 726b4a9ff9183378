/*
 * The library context, and what is left in OpenSSL behind a call. Must never fetch anything from
 * the default context, which is as the machine's configuration makes it.
 */
#include "library.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rand.h>

/*
 * Random numbers by a hash, seeded by the kernel as any: the usual generator is made of a cipher,
 * and to find one among all of them takes as long as the rest of a signature.
 */
static OSSL_LIB_CTX *make_library(void)
{
    OSSL_LIB_CTX *library = OSSL_LIB_CTX_new();

    if (library && RAND_set_DRBG_type(library, "HASH-DRBG", NULL, NULL, "SHA256") == 1)
        return library;
    OSSL_LIB_CTX_free(library);
    return NULL;
}

OSSL_LIB_CTX *kb_sign_library(void)
{
    static OSSL_LIB_CTX *library;

    if (!library)
        library = make_library();
    return library;
}

enum kb_err kb_sign_failed(const char *what, struct kb_error *err)
{
    return kb_fail(err, KB_ERR_SYSTEM, "OpenSSL cannot %s", what);
}

int kb_sign_mark_errors(void)
{
    return ERR_set_mark();
}

void kb_sign_forget_errors(const int *mark)
{
    (void)mark;
    /* An empty queue takes no mark; then all that is in it now is ours. */
    (void)ERR_pop_to_mark();
}

void kb_sign_free_bn(BIGNUM **number)
{
    BN_clear_free(*number);
}

void kb_sign_free_context(EVP_PKEY_CTX **context)
{
    EVP_PKEY_CTX_free(*context);
}

void kb_sign_free_digest(EVP_MD_CTX **context)
{
    EVP_MD_CTX_free(*context);
}
