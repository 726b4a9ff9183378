/*
 * A token for a route: from the cache, or from the one helper that whichever process
 * leads may start. Must never start a helper without leading, and never hand out a
 * token without enough life.
 */
#include "front.h"

#include "base/file.h"
#include "cache/flight.h"
#include "cache/outcome.h"

#include <string.h>

/* The store may take a while to answer; then comes the exchange with its own deadline. */
enum { STORE_MS = 6000, SLACK_MS = 2000 };

/* How long a helper may take before it is killed. */
static int patience_ms(const struct kb_route *route)
{
    return route->timeout * 1000 + STORE_MS + SLACK_MS;
}

/* Who waits for a leader waits longer than the leader waits for its helper. */
static int leader_patience_ms(const struct kb_route *route)
{
    return patience_ms(route) + SLACK_MS;
}

static struct helper_call fetch_call(
    const struct kb_route *route, char *argv[static 1], int lock_fd)
{
    return (struct helper_call){
        .program = helper_for_store(route->store),
        .verb = "fetch",
        .argc = 1,
        .argv = argv,
        .lock_fd = lock_fd,
        .patience_ms = patience_ms(route),
    };
}

static bool cached(const struct kb_cache *cache, const struct kb_route *route, struct kb_token *ret)
{
    KB_AUTO(kb_token_clear) struct kb_token token = KB_TOKEN_INIT;

    if (kb_cache_get_token(cache, &route->key, &token, NULL))
        return false;
    if (!kb_token_usable(&token, route->min_ttl, kb_clock_now()))
        return false;
    trace("cached token, life left", route->profile, kb_token_rest(&token, kb_clock_now()), "s");
    kb_token_clear(ret);
    *ret = token;
    token = (struct kb_token)KB_TOKEN_INIT;
    return true;
}

/* The error that the last leader left, while it counts. */
static enum kb_err shared_failure(
    const struct kb_cache *cache, const struct kb_route *route, struct kb_error *err)
{
    struct kb_outcome outcome;

    if (kb_cache_get_outcome(cache, &route->key, &outcome, NULL))
        return KB_OK;
    if (!outcome.error.code || !kb_pause_left(outcome.retry_boot, kb_clock_now()))
        return KB_OK;
    *err = outcome.error;
    return err->code;
}

static enum kb_err fetch(
    const struct kb_route *route, int lock_fd, struct kb_token *ret, struct kb_error *err)
{
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    char profile[sizeof(route->profile)];
    char *argv[] = {profile};
    struct helper_call call = fetch_call(route, argv, lock_fd);
    enum kb_err rc;

    memcpy(profile, route->profile, sizeof(profile));
    trace("asking the helper, at most", profile, call.patience_ms, "ms");
    rc = helper_call(&call, &frame, err);
    if (rc)
        return rc;
    if (frame.kind != KB_FRAME_TOKEN)
        return kb_fail(err, KB_ERR_SYSTEM, "the helper answered with something else than a token");
    kb_token_clear(ret);
    *ret = frame.token;
    frame.token = (struct kb_token)KB_TOKEN_INIT;
    return KB_OK;
}

/*
 * Renewal before the margin is reached. Whoever gets the lock at once starts it; nobody
 * waits, and nothing that goes wrong here may spoil the answer that is already there.
 */
static void refresh_ahead(const struct kb_cache *cache, const struct kb_route *route)
{
    KB_AUTO(kb_fd_close) int lock_fd = -1;
    struct kb_error ignored = KB_ERROR_INIT;
    char profile[sizeof(route->profile)];
    char *argv[] = {profile};
    struct helper_call call;

    if (shared_failure(cache, route, &ignored))
        return;
    if (kb_flight_try(cache, &route->key, &lock_fd, &ignored) || lock_fd < 0)
        return;
    memcpy(profile, route->profile, sizeof(profile));
    call = fetch_call(route, argv, lock_fd);
    trace("renewing in the background", profile, 0, "");
    if (helper_start(&call, &ignored))
        return;
}

/* With the lock held: somebody else may have fetched, or failed, while we waited. */
static enum kb_err fetch_once(const struct kb_cache *cache, const struct kb_route *route,
    int lock_fd, struct kb_token *ret, struct kb_error *err)
{
    enum kb_err rc;

    if (cached(cache, route, ret))
        return KB_OK;
    rc = shared_failure(cache, route, err);
    return rc ? rc : fetch(route, lock_fd, ret, err);
}

enum kb_err obtain_token(struct kb_cache *cache, const struct kb_route *route, struct kb_token *ret,
    struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int lock_fd = -1;
    enum kb_err rc;

    if (cached(cache, route, ret)) {
        if (kb_token_wants_refresh(ret, route->min_ttl, route->refresh_ahead, kb_clock_now()))
            refresh_ahead(cache, route);
        return KB_OK;
    }
    kb_cache_close(cache);
    kb_cache_create(cache);
    rc = kb_flight_lead(cache, &route->key, leader_patience_ms(route), &lock_fd, err);
    return rc ? rc : fetch_once(cache, route, lock_fd, ret, err);
}

enum kb_err obtain_fresh(struct kb_cache *cache, const struct kb_route *route,
    const struct kb_token *old, struct kb_token *ret, struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int lock_fd = -1;
    enum kb_err rc;

    kb_cache_close(cache);
    kb_cache_create(cache);
    rc = kb_flight_lead(cache, &route->key, leader_patience_ms(route), &lock_fd, err);
    if (rc)
        return rc;
    if (cached(cache, route, ret) && !kb_secret_equal(&ret->value, &old->value))
        return KB_OK;
    return fetch(route, lock_fd, ret, err);
}
