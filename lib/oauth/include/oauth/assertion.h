/*
 * A JSON Web Token of our own: what proves the client, or entitles it to a token (RFC 7523). Pure:
 * time, chance and the key are the context's.
 */
#ifndef KB_OAUTH_ASSERTION_H
#define KB_OAUTH_ASSERTION_H

#include "oauth/rows.h"

/* Seconds that one is good, before and after it is signed: a server's clock may be behind ours. */
enum { KB_ASSERTION_BACK_S = 60, KB_ASSERTION_LIFE_S = 180 };

/*
 * Signs one for the profile's audience, which is good from a minute ago for four minutes, and keeps
 * a copy where the context has a place for it.
 * KB_ERR_CONFIG: the profile asks for what does not fit together, such as an algorithm for a secret
 * where there is a key; KB_ERR_SYSTEM; and what the signer says.
 */
KB_CHECKED enum kb_err kb_assertion_build(const struct kb_oauth_context *context,
    enum kb_assertion_use use, struct kb_secret *ret, struct kb_error *err);

#endif
