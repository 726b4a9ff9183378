/*
 * OpenSSL as this layer has it: in a library context of its own, where no configuration file
 * chooses providers or algorithms, whatever the environment says or the rest of the process did.
 *
 * Once in a process OpenSSL reads the machine's file nevertheless, where it looks for engines:
 * that cannot be turned off for us alone, and libcurl wants it for TLS. Programs have no
 * OPENSSL_CONF that could name another file (base/harden.h).
 */
#ifndef KB_SIGN_LIBRARY_H
#define KB_SIGN_LIBRARY_H

#include "base/attr.h"
#include "base/error.h"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/types.h>

/* Made with the first call, never freed. NULL, without memory, means the default one to OpenSSL. */
OSSL_LIB_CTX *kb_sign_library(void);

/* "OpenSSL cannot WHAT": KB_ERR_SYSTEM. Its own words are not shown: they may quote. */
enum kb_err kb_sign_failed(const char *what, struct kb_error *err);

/*
 * Stands first in a function: what it leaves in OpenSSL's queue of errors goes, what stood there
 * before stays.
 */
#define KB_SIGN_QUIET                                                                              \
    KB_AUTO(kb_sign_forget_errors) __attribute__((unused)) int kb_mark_ = kb_sign_mark_errors()
int kb_sign_mark_errors(void);
void kb_sign_forget_errors(const int *mark);

/* For KB_AUTO. */
void kb_sign_free_bn(BIGNUM **number); /* wipes */
void kb_sign_free_context(EVP_PKEY_CTX **context);
void kb_sign_free_digest(EVP_MD_CTX **context);

#endif
