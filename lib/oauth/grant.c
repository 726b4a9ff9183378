/*
 * The grants. Must never add what proves the client: that is client_auth.c's.
 */
#include "oauth/rows.h"

static enum kb_err client_credentials(
    const struct kb_oauth_context *context, struct kb_parts *parts, struct kb_error *err)
{
    (void)context;
    (void)err;
    kb_parts_add(parts, "grant_type", "client_credentials");
    return KB_OK;
}

kb_add_parts *const kb_grants[] = {
    [KB_GRANT_CLIENT_CREDENTIALS] = client_credentials,
};
