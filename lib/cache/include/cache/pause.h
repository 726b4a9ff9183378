/*
 * What a token endpoint said about its rate limit, above all until when it wants no request.
 *
 * It belongs to the endpoint's origin, for all profiles of the user there, and for every
 * process that sees the directory: it is not sealed, so one with another session key, or with
 * none, reads it too. Whoever could forge it could only delay, for KB_PAUSE_MAX seconds.
 */
#ifndef KB_CACHE_PAUSE_H
#define KB_CACHE_PAUSE_H

#include "cache/cache.h"

#include <stdint.h>

struct kb_limit {
    int64_t limit;         /* requests allowed in a window; -1: unknown */
    int64_t remaining;     /* of those; -1: unknown */
    int64_t when_wall_ms;  /* when the server said so */
    int64_t pause_boot_ms; /* on the boot clock: no request before that; 0: none */
};

/* The longest a pause or a negative record can hold, in seconds; a longer one is ignored. */
#define KB_PAUSE_MAX 300

/* KB_ERR_NOT_FOUND for everything that is not such a file. */
KB_CHECKED enum kb_err kb_pause_get(const struct kb_cache *cache,
    const struct kb_cache_key *endpoint, struct kb_limit *ret, struct kb_error *err);

/*
 * A pause that is already there is kept where it is the longer one: it is not over because an
 * older request was still answered well. Two who write at once lose neither's.
 */
KB_CHECKED enum kb_err kb_pause_put(const struct kb_cache *cache,
    const struct kb_cache_key *endpoint, const struct kb_limit *limit, struct kb_clock now,
    struct kb_error *err);

/* What is still to wait before UNTIL_BOOT_MS, 0 when over or absurd; in seconds, rounded up. */
int64_t kb_pause_left_ms(int64_t until_boot_ms, struct kb_clock now);
int64_t kb_pause_left_s(int64_t until_boot_ms, struct kb_clock now);

/* What is still to wait before the endpoint at URL may be asked, in seconds; 0: nothing. */
int64_t kb_pause_of_endpoint_s(
    const struct kb_cache *cache, const struct kb_url *url, struct kb_clock now);

/* The same before an exchange of PROFILE, which may ask two endpoints. */
int64_t kb_pause_of_profile_s(
    const struct kb_cache *cache, const struct kb_profile *profile, struct kb_clock now);

#endif
