/*
 * The public part of a key as providers want it, made of what a card says: so that it can be shown
 * while everything is locked. `keygen` and `show` both write it here, so that they never differ.
 */
#ifndef KB_CORE_PUBLIC_KEY_H
#define KB_CORE_PUBLIC_KEY_H

#include "base/buf.h"
#include "base/error.h"
#include "core/card.h"

enum kb_public_format {
    KB_PUBLIC_PEM,  /* "PUBLIC KEY", RFC 7468 section 13 */
    KB_PUBLIC_JWK,  /* one line of JSON, RFC 7517, with alg, use, and kid if there is one */
    KB_PUBLIC_JWKS, /* {"keys":[that]} */
};

/* False: no format is called NAME. */
bool kb_public_format_find(const char *name, enum kb_public_format *ret);

/* Appends KEY, and a line end. KB_ERR_CORRUPT: it is no key of ours. */
KB_CHECKED enum kb_err kb_public_key_write(const struct kb_card_key *key,
    enum kb_public_format format, struct kb_buf *out, struct kb_error *err);

/* RFC 7638, base64url of SHA-256. SPKI is base64 of DER. KB_ERR_CORRUPT: it is no key of ours. */
KB_CHECKED enum kb_err kb_public_key_thumbprint(
    const char *spki, char ret[static KB_CARD_THUMBPRINT_TEXT], struct kb_error *err);

#endif
