/*
 * The identifier under which the provider's support finds a request.
 */
#ifndef KB_OAUTH_REQUEST_ID_H
#define KB_OAUTH_REQUEST_ID_H

#include "oauth/rows.h"

#define KB_REQUEST_ID_SIZE 65

struct json_object;

/* From a header, else from BODY (NULL: none), redacted; "" when the server named none. */
void kb_request_id_read(const struct kb_http_reply *reply, const struct json_object *body,
    const struct kb_oauth_context *context, char ret[static KB_REQUEST_ID_SIZE]);

#endif
