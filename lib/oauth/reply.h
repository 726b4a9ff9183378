/*
 * Where a reply says what: one row a shape. Private to lib/oauth.
 */
#ifndef KB_OAUTH_REPLY_H
#define KB_OAUTH_REPLY_H

#include <stdbool.h>

struct kb_reply_shape {
    long status; /* the only one that comes with a token */
    bool (*is_type)(const char *content_type);
    const char *token, *type, *life; /* names of members */
};

enum kb_reply_kind {
    KB_REPLY_OAUTH, /* RFC 6749 section 5.1 */
};

extern const struct kb_reply_shape kb_reply_shapes[];

#endif
