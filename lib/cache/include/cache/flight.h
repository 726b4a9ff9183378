/*
 * Single flight: of all processes that miss the same token, one fetches it.
 *
 * The lock is flock(2) on a file of its own per cache key, never unlinked. The front
 * takes it, looks in the cache again, and hands the open descriptor to the helper it
 * starts: the lock lives as long as either of them. Waiters sleep in the kernel; a
 * timer bounds the wait.
 *
 * A leader that is stopped, not dead, would hold the lock for ever. So there is a
 * second lock file: who waited PATIENCE for the first one competes for the second, and
 * exactly one of the waiters becomes the new leader.
 */
#ifndef KB_CACHE_FLIGHT_H
#define KB_CACHE_FLIGHT_H

#include "base/clock.h"
#include "base/error.h"
#include "cache/cache.h"

#include <stdbool.h>

/*
 * Waits until this process leads for KEY. *RET_FD is the held lock: close it, or hand
 * it to a child, to let the next one in; -1 when there is no cache directory or no lock
 * to be had in it (then everybody leads). PATIENCE_MS: how long one leader may take.
 * KB_ERR_TIMEOUT when two leaders in a row did not finish. Uses SIGALRM and the real-time
 * interval timer for the duration of the call. Not for threads.
 */
KB_CHECKED enum kb_err kb_flight_lead(const struct kb_cache *cache, const struct kb_cache_key *key,
    int patience_ms, int *ret_fd, struct kb_error *err);

/* The same without waiting: KB_ERR_TIMEOUT when somebody else leads. */
KB_CHECKED enum kb_err kb_flight_try(const struct kb_cache *cache, const struct kb_cache_key *key,
    int *ret_fd, struct kb_error *err);

/*
 * Whether the outcome of an exchange for KEY could be CACHED: told by whoever made it, for those
 * who wait. While it IS VAIN to wait, since the last one could not be, each fetches for itself.
 */
void kb_flight_tell(const struct kb_cache *cache, const struct kb_cache_key *key, bool is_cached);
bool kb_flight_is_vain(const struct kb_cache *cache, const struct kb_cache_key *key);

#endif
