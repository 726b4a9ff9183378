/*
 * The shapes of replies: names, and the status that a token comes with. What makes a token of them
 * is token_reply.c.
 */
#include "reading.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* application/json or application/...+json, in any case, with any parameters. */
static bool is_json_type(const char *type)
{
    static const char prefix[] = "application/", suffix[] = "+json";
    size_t len = strcspn(type, "; \t"), skip = sizeof(prefix) - 1, tail = sizeof(suffix) - 1;

    if (len < skip || strncasecmp(type, prefix, skip) != 0)
        return false;
    if (len == skip + 4 && strncasecmp(type + skip, "json", 4) == 0)
        return true;
    return len > skip + tail && strncasecmp(type + len - tail, suffix, tail) == 0;
}

const struct kb_reply_shape kb_reply_shapes[] = {
    [KB_REPLY_OAUTH] = {200, is_json_type, "access_token", "token_type", "expires_in"},
};

bool kb_reading_is_success(const struct kb_reading *r, long status)
{
    const char *other = r->is_last ? r->profile->accept_status : NULL;

    return status == r->shape->status || (other && status == strtol(other, NULL, 10));
}
