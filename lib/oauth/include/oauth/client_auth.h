/*
 * How a client proves itself: the methods of core/client_auths.def (RFC 6749 section 2.3.1).
 */
#ifndef KB_OAUTH_CLIENT_AUTH_H
#define KB_OAUTH_CLIENT_AUTH_H

#include "oauth/context.h"
#include "oauth/parts.h"

/*
 * Adds the client's proof to PARTS by the profile's method, and by no other. KB_ERR_CONFIG where
 * the client has no such proof, or one that the method cannot carry.
 */
KB_CHECKED enum kb_err kb_client_auth_add(
    const struct kb_oauth_context *context, struct kb_parts *parts, struct kb_error *err);

#endif
