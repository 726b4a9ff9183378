/*
 * When may we ask again? Retry-After (RFC 9110 section 10.2.3), RateLimit-Reset and its relatives
 * with an X, RateLimit, and the requests that are left, in this order.
 */
#ifndef KB_OAUTH_RATE_LIMIT_H
#define KB_OAUTH_RATE_LIMIT_H

#include "base/clock.h"
#include "core/http.h"

#include <stdbool.h>
#include <stdint.h>

struct kb_rate_limit {
    int64_t limit;     /* requests a window; -1: not said */
    int64_t remaining; /* -1: not said */
    int64_t wait_s;    /* 0..300; 0: not said, or over already */
    bool asked;        /* the server named a waiting time, or nothing remains */
    bool retry_after;  /* it did so by Retry-After, which also counts for a 5xx */
};

struct kb_rate_limit kb_rate_limit_read(const struct kb_http_reply *reply, struct kb_clock now);

/*
 * Seconds from NOW that a Retry-After value means: a plain number of seconds, a fraction rounded
 * up, or one of the three HTTP date forms (a past date is 0). False for anything else: negative,
 * garbage. Not capped.
 */
bool kb_retry_after_parse(const char *value, struct kb_clock now, int64_t *ret);

/* One of the three forms of an HTTP date, as Unix time. */
bool kb_http_date_parse(const char *value, int64_t *ret);

#endif
