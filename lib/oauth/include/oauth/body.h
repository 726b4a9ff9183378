/*
 * How fields become the bytes of a request: one row a format.
 */
#ifndef KB_OAUTH_BODY_H
#define KB_OAUTH_BODY_H

#include "core/http.h"
#include "oauth/parts.h"

struct kb_body {
    const char *content_type;
    /* Appends the fields of PARTS to REQUEST, in their order. KB_ERR_SYSTEM: too many bytes. */
    enum kb_err (*write)(
        const struct kb_parts *parts, struct kb_http_request *request, struct kb_error *err);
};

enum kb_body_format {
    KB_BODY_FORM, /* RFC 6749 appendix B */
};

extern const struct kb_body kb_bodies[];

#endif
