/*
 * Builds the request for an access token: RFC 6749 section 4.4 (client credentials).
 * Pure: no network, no clock.
 */
#ifndef KB_OAUTH_TOKEN_REQUEST_H
#define KB_OAUTH_TOKEN_REQUEST_H

#include "base/attr.h"
#include "base/error.h"
#include "core/client.h"
#include "core/http.h"
#include "core/profile.h"

/*
 * Fills RET: URL, Accept, extra headers (a value "auto" becomes AUTO_ID, a fresh
 * identifier of at most 64 visible characters that the caller made), form body with
 * grant_type, scope, audience, each resource, extra form fields, and the client's proof
 * by the profile's method, and by no other.
 */
KB_CHECKED enum kb_err kb_token_request_build(const struct kb_profile *profile,
    const struct kb_client *client, const char *auto_id, struct kb_http_request *ret,
    struct kb_error *err);

#endif
