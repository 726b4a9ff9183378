/*
 * Builds the request for an access token: RFC 6749 section 4.4 (client credentials).
 * Pure: no network, no clock.
 */
#ifndef KB_OAUTH_TOKEN_REQUEST_H
#define KB_OAUTH_TOKEN_REQUEST_H

#include "oauth/rows.h"

/*
 * Fills RET: URL, Accept, extra headers (a value "auto" becomes the fresh id, where the preset says
 * so), and a form with the grant, scope, audience, each resource, extra form fields, and at last
 * the client's proof. Errors are those of kb_client_auth_add(), and KB_ERR_SYSTEM.
 */
KB_CHECKED enum kb_err kb_token_request_build(
    const struct kb_oauth_context *context, struct kb_http_request *ret, struct kb_error *err);

#endif
