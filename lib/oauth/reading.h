/*
 * One reply on its way to a token or an error: what every step of reading it needs.
 * Private to lib/oauth.
 */
#ifndef KB_OAUTH_READING_H
#define KB_OAUTH_READING_H

#include "oauth/rate_limit.h"
#include "oauth/token_reply.h"

#include <json-c/json_object.h>

/* Where a reply says what, unless the profile says another place. */
struct kb_reply_shape {
    long status; /* that comes with a token, unless the profile says another, too */
    bool (*is_type)(const char *content_type);
    const char *token, *type, *life; /* names of members */
};
enum { KB_REPLY_OAUTH /* RFC 6749 section 5.1 */ };
extern const struct kb_reply_shape kb_reply_shapes[];

struct kb_reading {
    const struct kb_http_reply *reply;
    const struct kb_reply_shape *shape;
    const struct kb_oauth_context *context;
    const struct kb_profile *profile; /* the context's */
    bool is_second;                   /* the reply is that of the second step */
    bool is_last;     /* no step comes behind it: what the profile says of replies holds */
    const char *path; /* names of members with dots between them: where the token is */
    const char *life; /* likewise, its life */
    struct kb_clock now;
    struct kb_rate_limit said;
    struct kb_reply_facts *facts;
    struct kb_error *err;
};

/*
 * The member at PATH, below BODY: false where there is none, or where what stands on the way to it
 * is no object. *RET is NULL for one that is null.
 */
bool kb_reading_find(const struct json_object *body, const char *path, struct json_object **ret);

/* The address that the request went to. */
const struct kb_url *kb_reading_endpoint(const struct kb_reading *r);

/* Appends "the token endpoint HOST", or which one it was. */
void kb_reading_append_endpoint(const struct kb_reading *r, struct kb_buf *out);

/* Appends a sentence to the warning of the facts; a full warning stays as it is. */
void kb_reading_warn(const struct kb_reading *r, const char *fmt, ...) KB_PRINTF(2, 3);

/* Whether a token comes with STATUS: the shape's, or one that the profile says. */
bool kb_reading_is_success(const struct kb_reading *r, long status);

/*
 * The two ways to fail. Both fill the error, and the facts with when to try again.
 * Refused: the status, or an error body with a good one, says no; BODY is NULL when it is no
 * JSON. Malformed: a good status without a token that can be used; FMT completes "answered HTTP
 * 200 ".
 */
KB_CHECKED enum kb_err kb_reading_refused(
    const struct kb_reading *r, const struct json_object *body);
KB_CHECKED enum kb_err kb_reading_malformed(const struct kb_reading *r, const char *fmt, ...)
    KB_PRINTF(2, 3);

/*
 * The life in seconds that the reply BODY gives the token: 0 when it must not be
 * cached. Never fails: an odd life is a warning, the token is still good.
 */
int64_t kb_reading_lifetime(const struct kb_reading *r, const struct json_object *body);

/*
 * Compares the scope that was granted with the one that was asked for. Less is a
 * warning, or KB_ERR_DENIED when the profile insists.
 */
KB_CHECKED enum kb_err kb_reading_scope(const struct kb_reading *r, const struct json_object *body);

#endif
