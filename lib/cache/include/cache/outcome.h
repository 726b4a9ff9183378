/*
 * What the last exchange taught us: shared failures.
 *
 * An outcome belongs to a profile's cache key. While `retry_boot_ms` lies ahead it is a
 * negative record: everybody gets the same error and nobody asks the server again.
 * How long that can be, and the endpoint's own pause, are pause.h's.
 */
#ifndef KB_CACHE_OUTCOME_H
#define KB_CACHE_OUTCOME_H

#include "cache/cache.h"
#include "cache/pause.h"

#include <stdint.h>

struct kb_outcome {
    struct kb_error error; /* code KB_OK: the last exchange succeeded */
    int64_t when_wall_ms;  /* when it happened */
    char warning[256];     /* what was odd about a success; may be empty */
    int64_t retry_boot_ms; /* on the boot clock: nobody may try again before; 0: at once */
};

KB_CHECKED enum kb_err kb_cache_get_outcome(const struct kb_cache *cache,
    const struct kb_cache_key *key, struct kb_outcome *ret, struct kb_error *err);
KB_CHECKED enum kb_err kb_cache_put_outcome(const struct kb_cache *cache,
    const struct kb_cache_key *key, const struct kb_outcome *outcome, struct kb_error *err);
/* A failure that a person's action (add, refresh, unlock) has made obsolete. */
KB_CHECKED enum kb_err kb_cache_drop_outcome(
    const struct kb_cache *cache, const struct kb_cache_key *key, struct kb_error *err);

#endif
