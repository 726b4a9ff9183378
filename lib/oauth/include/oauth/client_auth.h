/*
 * Client authentication methods (RFC 6749 section 2.3.1), one row each.
 */
#ifndef KB_OAUTH_CLIENT_AUTH_H
#define KB_OAUTH_CLIENT_AUTH_H

#include "base/attr.h"
#include "base/error.h"
#include "core/client.h"
#include "core/http.h"
#include "core/profile.h"

struct kb_client_auth {
    enum kb_client_auth_method method;
    /* Adds the proof to the form body or sets the Authorization value. */
    enum kb_err (*apply)(
        const struct kb_client *client, struct kb_http_request *request, struct kb_error *err);
};

/* Never NULL for a value of the enumeration. */
const struct kb_client_auth *kb_client_auth_find(enum kb_client_auth_method method);

#endif
