/*
 * What the last exchange taught us: shared failures and rate limits.
 *
 * An outcome belongs to a profile's cache key. While `retry_boot_ms` lies ahead it is a
 * negative record: everybody gets the same error and nobody asks the server again.
 * A limit belongs to a token endpoint's origin, for all profiles of the user there.
 */
#ifndef KB_CACHE_OUTCOME_H
#define KB_CACHE_OUTCOME_H

#include "cache/cache.h"

#include <stdint.h>

struct kb_outcome {
    struct kb_error error; /* code KB_OK: the last exchange succeeded */
    int64_t when_wall_ms;  /* when it happened */
    char warning[256];     /* what was odd about a success; may be empty */
    int64_t retry_boot_ms; /* on the boot clock: nobody may try again before; 0: at once */
};

struct kb_limit {
    int64_t limit;         /* requests allowed in a window; -1: unknown */
    int64_t remaining;     /* of those; -1: unknown */
    int64_t when_wall_ms;  /* when the server said so */
    int64_t pause_boot_ms; /* on the boot clock: no request before that; 0: none */
};

/* The longest a negative record or a pause can hold, in seconds; a longer one is ignored. */
#define KB_PAUSE_MAX 300

KB_CHECKED enum kb_err kb_cache_get_outcome(const struct kb_cache *cache,
    const struct kb_cache_key *key, struct kb_outcome *ret, struct kb_error *err);
KB_CHECKED enum kb_err kb_cache_put_outcome(const struct kb_cache *cache,
    const struct kb_cache_key *key, const struct kb_outcome *outcome, struct kb_error *err);
/* A failure that a person's action (add, refresh, unlock) has made obsolete. */
KB_CHECKED enum kb_err kb_cache_drop_outcome(
    const struct kb_cache *cache, const struct kb_cache_key *key, struct kb_error *err);

KB_CHECKED enum kb_err kb_cache_get_limit(const struct kb_cache *cache,
    const struct kb_cache_key *endpoint, struct kb_limit *ret, struct kb_error *err);
KB_CHECKED enum kb_err kb_cache_put_limit(const struct kb_cache *cache,
    const struct kb_cache_key *endpoint, const struct kb_limit *limit, struct kb_error *err);

/* What is still to wait before UNTIL_BOOT_MS, 0 when over or absurd. */
int64_t kb_pause_left_ms(int64_t until_boot_ms, struct kb_clock now);

#endif
