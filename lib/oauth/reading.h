/*
 * One reply on its way to a token or an error: what every step of reading it needs.
 * Private to lib/oauth.
 */
#ifndef KB_OAUTH_READING_H
#define KB_OAUTH_READING_H

#include "oauth/rate_limit.h"
#include "oauth/token_reply.h"

#include <json-c/json_object.h>

/* Where a reply says what. */
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
    const struct kb_profile *profile;
    const struct kb_client *client;
    struct kb_clock now;
    struct kb_rate_limit said;
    struct kb_reply_facts *facts;
    struct kb_error *err;
};

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
