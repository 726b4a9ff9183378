/*
 * The rate limit headers of a reply:
 *
 *   RateLimit: "default";r=0;t=30          draft-ietf-httpapi-ratelimit-headers, since 08
 *   RateLimit: limit=9, remaining=0, reset=30                                    07
 *   RateLimit-Reset: 30                                                          before
 *   X-RateLimit-Reset, X-Rate-Limit-Reset  as providers have it: 30, or unix time
 *
 * What is not clearly a number or a date, or is said
 * twice differently, counts as not said.
 */
#include "oauth/rate_limit.h"

#include <stdlib.h>
#include <string.h>

#define WAIT_MAX 300
#define WAIT_FOR_MINUTE 60
/* In seconds: of the year 2001. */
#define UNIX_TIME_LEAST 1000000000

/* The leading number of NAME's value ("100, 100;window=60" is 100); -1 when there is none. */
static int64_t leading_number(const struct kb_http_reply *reply, const char *name)
{
    const char *value = kb_http_header(reply, name, NULL);
    size_t digits = value ? strspn(value, "0123456789") : 0;

    if (digits == 0 || digits > 15 || (value[digits] && !strchr(", ;", value[digits])))
        return -1;
    return strtoll(value, NULL, 10);
}

static int64_t first_said(const struct kb_http_reply *reply, const char *const names[])
{
    int64_t number = -1;

    for (; number < 0 && *names; names++)
        number = leading_number(reply, *names);
    return number;
}

/* Some mean a moment by it and not a time: nobody waits for thirty years. */
static bool parse_seconds_or_moment(const char *value, struct kb_clock now, int64_t *ret)
{
    int64_t wall = kb_clock_seconds(now.wall_ms);

    if (!kb_retry_after_parse(value, now, ret))
        return false;
    if (*ret >= UNIX_TIME_LEAST)
        *ret = *ret > wall ? *ret - wall : 0;
    return true;
}

/* RateLimit-Reset also comes as a mail date, which differs from HTTP's in its zone only. */
static bool parse_reset(const char *value, struct kb_clock now, int64_t *ret)
{
    static const char mail_zone[] = " +0000";
    char date[64];
    size_t len = strlen(value), zone = sizeof(mail_zone) - 1;

    if (len <= zone || len >= sizeof(date) || strcmp(value + len - zone, mail_zone) != 0)
        return parse_seconds_or_moment(value, now, ret);
    memcpy(date, value, len - zone);
    memcpy(date + len - zone, " GMT", sizeof(" GMT"));
    return kb_retry_after_parse(date, now, ret);
}

/* One policy of RateLimit, or its only one; -1: not said. */
struct policy {
    int64_t remaining, reset_s;
};

/* The number behind "NAME=" at AT; -1: another name, or no number. */
static int64_t parameter(const char *at, const char *name)
{
    size_t len = strlen(name), digits;

    if (strncmp(at, name, len) != 0 || at[len] != '=')
        return -1;
    at += len + 1;
    digits = strspn(at, "0123456789");
    return digits > 0 && digits <= 15 && strchr(", ;", at[digits]) ? strtoll(at, NULL, 10) : -1;
}

/* What is behind a word, and behind a quoted name, which may hold everything. */
static const char *next_word(const char *at)
{
    if (*at == '"')
        at += 1 + strcspn(at + 1, "\"");
    at += strcspn(at, ", ;");
    return at + strspn(at, ", ;");
}

/* Which of two refuses: the one with fewer requests left, or the one that makes wait longer. */
static bool is_tighter(const struct policy *a, const struct policy *b)
{
    if (a->remaining < 0 || b->remaining < 0)
        return a->remaining >= 0;
    return a->remaining < b->remaining ||
           (a->remaining == b->remaining && a->reset_s >= b->reset_s);
}

/* A quoted name begins a policy; the parameters behind it come in any order. */
static struct policy read_policies(const struct kb_http_reply *reply)
{
    const char *at = kb_http_header(reply, "RateLimit", NULL);
    struct policy tightest = {-1, -1}, read = {-1, -1};

    for (; at && *at; at = next_word(at)) {
        int64_t remaining = parameter(at, "r"), reset_s = parameter(at, "t");

        if (*at == '"')
            read = (struct policy){-1, -1};
        if (remaining < 0)
            remaining = parameter(at, "remaining");
        if (reset_s < 0)
            reset_s = parameter(at, "reset");
        if (remaining >= 0)
            read.remaining = remaining;
        if (reset_s >= 0)
            read.reset_s = reset_s;
        if (is_tighter(&read, &tightest))
            tightest = read;
    }
    return tightest;
}

static bool read_header(const struct kb_http_reply *reply, const char *name,
    bool (*parse)(const char *, struct kb_clock, int64_t *), struct kb_clock now, int64_t *ret)
{
    const char *value = kb_http_header(reply, name, NULL);

    return value && parse(value, now, ret);
}

static bool read_reset(const struct kb_http_reply *reply, const struct policy *policy,
    struct kb_clock now, int64_t *ret)
{
    static const char *const names[] = {
        "RateLimit-Reset", "X-RateLimit-Reset", "X-Rate-Limit-Reset"};

    for (size_t i = 0; i < KB_COUNT(names); i++)
        if (read_header(reply, names[i], parse_reset, now, ret))
            return true;
    if (policy->reset_s >= 0)
        *ret = policy->reset_s;
    return policy->reset_s >= 0;
}

struct kb_rate_limit kb_rate_limit_read(const struct kb_http_reply *reply, struct kb_clock now)
{
    static const char *const limits[] = {"RateLimit-Limit", "X-RateLimit-Limit-minute",
        "X-RateLimit-Limit", "X-Rate-Limit-Limit", NULL};
    static const char *const left[] = {"RateLimit-Remaining", "X-RateLimit-Remaining-minute",
        "X-RateLimit-Remaining", "X-Rate-Limit-Remaining", NULL};
    struct policy policy = read_policies(reply);
    struct kb_rate_limit said = {
        .limit = first_said(reply, limits), .remaining = first_said(reply, left)};
    int64_t wait_s = 0;

    if (said.remaining < 0)
        said.remaining = policy.remaining;

    said.retry_after = read_header(reply, "Retry-After", kb_retry_after_parse, now, &wait_s);
    said.asked = said.retry_after || read_reset(reply, &policy, now, &wait_s);
    if (!said.asked && said.remaining == 0) {
        said.asked = true;
        wait_s = WAIT_FOR_MINUTE;
    }
    said.wait_s = wait_s < WAIT_MAX ? wait_s : WAIT_MAX;
    return said;
}
