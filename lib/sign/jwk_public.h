/*
 * The public part of a key as JWK.
 */
#ifndef KB_SIGN_JWK_PUBLIC_H
#define KB_SIGN_JWK_PUBLIC_H

#include "load.h"

/* Appends the members that make the key, in the order of RFC 7638 section 3. */
KB_CHECKED enum kb_err kb_sign_jwk_members(
    const struct kb_sign_key *key, struct kb_pairs *ret, struct kb_error *err);

/* Appends {"crv":..,"kty":..}: what RFC 7638 hashes. */
KB_CHECKED enum kb_err kb_sign_jwk_text(
    const struct kb_sign_key *key, struct kb_buf *out, struct kb_error *err);

#endif
