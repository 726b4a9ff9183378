/*
 * A key as a record keeps it.
 */
#ifndef KB_SIGN_ENCODE_H
#define KB_SIGN_ENCODE_H

#include "load.h"

/* base64 of PKCS#8, the same for the same key whatever file it came in. */
KB_CHECKED enum kb_err kb_sign_encode(
    const struct kb_sign_key *key, struct kb_secret *ret, struct kb_error *err);

#endif
