/*
 * The last step of making any request. Private to lib/oauth.
 */
#ifndef KB_OAUTH_REQUEST_H
#define KB_OAUTH_REQUEST_H

#include "oauth/rows.h"

/*
 * Makes a request to URL of PARTS, whose headers and authorization move into it, in the format of
 * BODY. RET is untouched on failure: KB_ERR_SYSTEM; KB_ERR_CONFIG where PARTS want a certificate
 * that the client does not have, or BODY cannot carry the fields.
 */
KB_CHECKED enum kb_err kb_request_make(const struct kb_oauth_context *context, const char *url,
    const struct kb_body *body, struct kb_parts *parts, struct kb_http_request *ret,
    struct kb_error *err);

#endif
