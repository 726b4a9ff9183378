/*
 * OpenSSL as this layer has it: in a library context of its own, which reads no configuration
 * file and loads no engine, whatever the environment says or the rest of the process did.
 */
#ifndef KB_SIGN_LIBRARY_H
#define KB_SIGN_LIBRARY_H

#include "base/error.h"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/types.h>

/* Made with the first call, and never freed; NULL: no memory. */
OSSL_LIB_CTX *kb_sign_library(void);

/* "OpenSSL cannot WHAT": KB_ERR_SYSTEM. Its own words are not shown: they may quote. */
enum kb_err kb_sign_failed(const char *what, struct kb_error *err);

/*
 * What a function leaves in OpenSSL's queue of errors goes; what stood there before stays:
 *
 *     KB_AUTO(kb_sign_forget_errors) int mark = kb_sign_mark_errors();
 */
int kb_sign_mark_errors(void);
void kb_sign_forget_errors(const int *mark);

/* For KB_AUTO. */
void kb_sign_free_bn(BIGNUM **number); /* wipes */
void kb_sign_free_context(EVP_PKEY_CTX **context);
void kb_sign_free_digest(EVP_MD_CTX **context);

#endif
