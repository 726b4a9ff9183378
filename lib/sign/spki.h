/*
 * The public part of a key as SubjectPublicKeyInfo, RFC 5280 section 4.1.
 */
#ifndef KB_SIGN_SPKI_H
#define KB_SIGN_SPKI_H

#include "load.h"

/* Appends base64 of DER. */
KB_CHECKED enum kb_err kb_sign_spki(
    const struct kb_sign_key *key, struct kb_buf *out, struct kb_error *err);

#endif
