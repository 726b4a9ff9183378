/*
 * What the last exchange taught us: shared failures.
 *
 * An outcome belongs to a profile's cache key. While `retry_boot_ms` lies ahead it is a
 * negative record: everybody gets the same error and nobody asks the server again.
 * How long that can be, and the endpoint's own pause, are pause.h's. Whoever asked before the
 * server was asked, and had to wait, takes the outcome in any case. A failure to reach a server
 * counts only for callers with the same proxy settings.
 */
#ifndef KB_CACHE_OUTCOME_H
#define KB_CACHE_OUTCOME_H

#include "cache/cache.h"
#include "cache/pause.h"

#include <stdbool.h>
#include <stdint.h>

struct kb_outcome {
    struct kb_error error; /* code KB_OK: the last exchange succeeded */
    int64_t when_wall_ms;  /* when it happened */
    char warning[256];     /* what was odd about a success; may be empty */
    int64_t retry_boot_ms; /* on the boot clock: nobody may try again before; 0: at once */
    int64_t asked_boot_ms; /* when the server was asked; 0: it was not */
    int64_t way;           /* kb_cache_way() of who failed */
};

/*
 * Whether who has been waiting since SINCE_BOOT_MS is to take it for the answer, however long it
 * counts for others: the server was asked after that.
 */
bool kb_outcome_serves_waiter(
    const struct kb_outcome *outcome, int64_t since_boot_ms, struct kb_clock now);

/* Whether it is about a way to the server that is not ours: as kb_cache_way() finds it now. */
bool kb_outcome_is_of_another_way(const struct kb_outcome *outcome);

KB_CHECKED enum kb_err kb_cache_get_outcome(const struct kb_cache *cache,
    const struct kb_cache_key *key, struct kb_outcome *ret, struct kb_error *err);
KB_CHECKED enum kb_err kb_cache_put_outcome(const struct kb_cache *cache,
    const struct kb_cache_key *key, const struct kb_outcome *outcome, struct kb_error *err);
/* A failure that a person's action (add, refresh, unlock) has made obsolete. */
KB_CHECKED enum kb_err kb_cache_drop_outcome(
    const struct kb_cache *cache, const struct kb_cache_key *key, struct kb_error *err);

#endif
