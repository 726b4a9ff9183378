/*
 * Makes one clear message of whatever error body a provider sends: RFC 6749 section
 * 5.2, Zuora's shapes, framework and gateway shapes, HTML, nothing at all.
 */
#ifndef KB_OAUTH_ERROR_REPLY_H
#define KB_OAUTH_ERROR_REPLY_H

#include "oauth/rows.h"

#include <stdbool.h>

struct kb_error_reply {
    bool recognised;       /* the body was JSON of a known shape */
    char code[80];         /* "invalid_client", "90000011"; may be empty */
    char description[201]; /* printable and redacted; may be empty */
    char request_id[65];   /* of a header, else of the body; may be empty */
};

struct json_object;

/* Never fails: what cannot be read is not recognised. What CONTEXT hides is redacted. BODY is that
 * of REPLY; NULL: it is no JSON. */
void kb_error_reply_read(const struct kb_http_reply *reply, const struct json_object *body,
    const struct kb_oauth_context *context, struct kb_error_reply *ret);

#endif
