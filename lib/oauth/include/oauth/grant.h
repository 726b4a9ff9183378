/*
 * What entitles the client to a token (RFC 6749 section 1.3): one row a grant.
 */
#ifndef KB_OAUTH_GRANT_H
#define KB_OAUTH_GRANT_H

#include "oauth/context.h"
#include "oauth/parts.h"

struct kb_grant {
    /* Adds grant_type and what belongs to it. Scope, audience and the like go with every grant. */
    enum kb_err (*add)(
        const struct kb_oauth_context *context, struct kb_parts *parts, struct kb_error *err);
};

enum kb_grant_kind {
    KB_GRANT_CLIENT_CREDENTIALS, /* section 4.4 */
};

extern const struct kb_grant kb_grants[];

#endif
