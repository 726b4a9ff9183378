/*
 * The rate limit headers of a reply. What is not clearly a number or a date, or is said
 * twice differently, counts as not said.
 */
#include "oauth/rate_limit.h"

#include <stdlib.h>
#include <string.h>

#define WAIT_MAX 300
#define WAIT_FOR_MINUTE 60

/* The leading number of NAME's value ("100, 100;window=60" is 100); -1 when there is none. */
static int64_t leading_number(const struct kb_http_reply *reply, const char *name)
{
    const char *value = kb_http_header(reply, name, NULL);
    size_t digits = value ? strspn(value, "0123456789") : 0;

    if (digits == 0 || digits > 15 || (value[digits] && !strchr(", ;", value[digits])))
        return -1;
    return strtoll(value, NULL, 10);
}

static int64_t first_said(const struct kb_http_reply *reply, const char *name, const char *fallback)
{
    int64_t number = leading_number(reply, name);

    return number >= 0 ? number : leading_number(reply, fallback);
}

/* RateLimit-Reset also comes as a mail date, which differs from HTTP's in its zone only. */
static bool parse_reset(const char *value, struct kb_clock now, int64_t *ret)
{
    static const char mail_zone[] = " +0000";
    char date[64];
    size_t len = strlen(value), zone = sizeof(mail_zone) - 1;

    if (len <= zone || len >= sizeof(date) || strcmp(value + len - zone, mail_zone) != 0)
        return kb_retry_after_parse(value, now, ret);
    memcpy(date, value, len - zone);
    memcpy(date + len - zone, " GMT", sizeof(" GMT"));
    return kb_retry_after_parse(date, now, ret);
}

static bool read_header(const struct kb_http_reply *reply, const char *name,
    bool (*parse)(const char *, struct kb_clock, int64_t *), struct kb_clock now, int64_t *ret)
{
    const char *value = kb_http_header(reply, name, NULL);

    return value && parse(value, now, ret);
}

struct kb_rate_limit kb_rate_limit_read(const struct kb_http_reply *reply, struct kb_clock now)
{
    struct kb_rate_limit said = {
        .limit = first_said(reply, "RateLimit-Limit", "X-RateLimit-Limit-minute"),
        .remaining = first_said(reply, "RateLimit-Remaining", "X-RateLimit-Remaining-minute"),
    };
    int64_t wait_s = 0;

    said.retry_after = read_header(reply, "Retry-After", kb_retry_after_parse, now, &wait_s);
    said.asked =
        said.retry_after || read_header(reply, "RateLimit-Reset", parse_reset, now, &wait_s);
    if (!said.asked && said.remaining == 0) {
        said.asked = true;
        wait_s = WAIT_FOR_MINUTE;
    }
    said.wait_s = wait_s < WAIT_MAX ? wait_s : WAIT_MAX;
    return said;
}
