/*
 * The one implementation of core/signer.h, over OpenSSL's EVP.
 */
#ifndef KB_SIGN_SIGNER_H
#define KB_SIGN_SIGNER_H

#include "core/signer.h"

extern const struct kb_signer kb_signer;

#endif
