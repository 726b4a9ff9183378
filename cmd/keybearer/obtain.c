/*
 * A token for a route: from the cache, or from the one helper that whichever process
 * leads may start. Must never start a helper without leading, and never hand out a
 * token without enough life.
 */
#include "front.h"

#include "base/file.h"
#include "cache/flight.h"
#include "cache/outcome.h"

#include <sodium.h>
#include <string.h>

/* The store may take a while to answer; then comes the exchange with its own deadline. */
enum { STORE_MS = 6000, SLACK_MS = 2000 };

/* How long a helper may take before it is killed. */
static int patience_ms(int timeout)
{
    return timeout * 1000 + STORE_MS + SLACK_MS;
}

/* Who waits for a leader waits longer than the leader waits for its helper. */
static int leader_patience_ms(int timeout)
{
    return patience_ms(timeout) + SLACK_MS;
}

/* The words behind `fetch`: a helper that finds another profile under the name must refuse. */
struct order {
    char profile[KB_PROFILE_NAME_MAX + 1];
    char key[2 * KB_CACHE_KEY_LEN + 1];
    char *words[2];
    struct helper_call call;
};

/* In place: the call points into it. */
static void place_order(struct order *order, const struct kb_route *route, int lock_fd)
{
    memcpy(order->profile, route->profile, sizeof(order->profile));
    sodium_bin2hex(order->key, sizeof(order->key), route->key.bytes, KB_CACHE_KEY_LEN);
    order->words[0] = order->profile;
    order->words[1] = order->key;
    order->call = (struct helper_call){
        .program = helper_for_store(route->store),
        .verb = "fetch",
        .argc = KB_COUNT(order->words),
        .argv = order->words,
        .lock_fd = lock_fd,
        .patience_ms = patience_ms(route->timeout),
    };
}

static void move_token(struct kb_token *dst, struct kb_token *src)
{
    kb_token_clear(dst);
    *dst = *src;
    *src = (struct kb_token)KB_TOKEN_INIT;
}

static bool cached(const struct kb_cache *cache, const struct kb_route *route, struct kb_token *ret)
{
    KB_AUTO(kb_token_clear) struct kb_token token = KB_TOKEN_INIT;
    struct kb_clock now = kb_clock_now();

    if (kb_cache_get_token(cache, &route->key, &token, NULL))
        return false;
    if (!kb_token_usable(&token, route->min_ttl, now))
        return false;
    trace("cached token, life left", route->profile, kb_token_rest_ms(&token, now), "ms");
    move_token(ret, &token);
    return true;
}

/*
 * What a leader brought while we waited is ours too, even a token that is too short-lived,
 * or of too unknown a life, to be handed out from the cache later.
 */
static bool brought_since(const struct kb_cache *cache, const struct kb_route *route,
    int64_t since_boot_ms, struct kb_token *ret)
{
    KB_AUTO(kb_token_clear) struct kb_token token = KB_TOKEN_INIT;

    if (kb_cache_get_token(cache, &route->key, &token, NULL) ||
        !kb_token_serves_waiter(&token, since_boot_ms, kb_clock_now()))
        return false;
    trace("token of the process that led", route->profile, 0, "");
    move_token(ret, &token);
    return true;
}

/* The error that the last leader left, while it counts. */
static enum kb_err shared_failure(
    const struct kb_cache *cache, const struct kb_route *route, struct kb_error *err)
{
    struct kb_outcome outcome;

    if (kb_cache_get_outcome(cache, &route->key, &outcome, NULL))
        return KB_OK;
    if (!outcome.error.code || !kb_pause_left_ms(outcome.retry_boot_ms, kb_clock_now()))
        return KB_OK;
    *err = outcome.error;
    return err->code;
}

static enum kb_err fetch(
    const struct kb_route *route, int lock_fd, struct kb_token *ret, struct kb_error *err)
{
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    struct order order;
    enum kb_err rc;

    place_order(&order, route, lock_fd);
    trace("asking the helper, at most", route->profile, order.call.patience_ms, "ms");
    rc = helper_call(&order.call, &frame, err);
    if (rc)
        return rc;
    if (frame.kind != KB_FRAME_TOKEN)
        return kb_fail(err, KB_ERR_SYSTEM, "the helper answered with something else than a token");
    move_token(ret, &frame.token);
    return KB_OK;
}

static bool wants_refresh(const struct kb_route *route, const struct kb_token *token)
{
    return kb_token_wants_refresh(token, route->min_ttl, route->refresh_ahead, kb_clock_now());
}

/*
 * Renewal before the margin is reached. Whoever gets the lock at once, and still finds the
 * old token then, starts it; nobody waits, and nothing that goes wrong here may spoil the
 * answer that is already there.
 */
static void refresh_ahead(const struct kb_cache *cache, const struct kb_route *route)
{
    KB_AUTO(kb_token_clear) struct kb_token now_cached = KB_TOKEN_INIT;
    KB_AUTO(kb_fd_close) int lock_fd = -1;
    struct kb_error ignored = KB_ERROR_INIT;
    struct order order;

    if (shared_failure(cache, route, &ignored))
        return;
    if (kb_flight_try(cache, &route->key, &lock_fd, &ignored) || lock_fd < 0)
        return;
    if (cached(cache, route, &now_cached) && !wants_refresh(route, &now_cached))
        return;
    place_order(&order, route, lock_fd);
    trace("renewing in the background", route->profile, 0, "");
    KB_IGNORE(helper_start(&order.call, &ignored));
}

/* With the lock held: somebody else may have fetched, or failed, while we waited. */
static enum kb_err fetch_once(const struct kb_cache *cache, const struct kb_route *route,
    int lock_fd, struct kb_token *ret, struct kb_error *err)
{
    enum kb_err rc = shared_failure(cache, route, err);

    if (!rc)
        rc = fetch(route, lock_fd, ret, err);
    /* We may have been stopped for longer than a helper may take, and others went on. */
    if (rc == KB_ERR_TIMEOUT && cached(cache, route, ret))
        return KB_OK;
    return rc;
}

enum kb_err obtain_token(struct kb_cache *cache, const struct kb_route *route, struct kb_token *ret,
    struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int lock_fd = -1;
    int64_t asked_boot_ms = kb_clock_now().boot_ms;
    enum kb_err rc;

    if (cached(cache, route, ret)) {
        if (wants_refresh(route, ret))
            refresh_ahead(cache, route);
        return KB_OK;
    }
    kb_cache_close(cache);
    kb_cache_create(cache);
    rc = kb_flight_lead(cache, &route->key, leader_patience_ms(route->timeout), &lock_fd, err);
    if (rc)
        return rc;
    if (cached(cache, route, ret) || brought_since(cache, route, asked_boot_ms, ret))
        return KB_OK;
    return fetch_once(cache, route, lock_fd, ret, err);
}

enum kb_err obtain_fresh(struct kb_cache *cache, const struct kb_route *route,
    const struct kb_token *old, struct kb_token *ret, struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int lock_fd = -1;
    enum kb_err rc;

    kb_cache_close(cache);
    kb_cache_create(cache);
    rc = kb_flight_lead(cache, &route->key, leader_patience_ms(route->timeout), &lock_fd, err);
    if (rc)
        return rc;
    if (cached(cache, route, ret) && !kb_secret_equal(&ret->value, &old->value))
        return KB_OK;
    return fetch(route, lock_fd, ret, err);
}

enum kb_err obtain_lead(const struct kb_cache *cache, const struct kb_profile *profile,
    const struct kb_cache_key *key, int *ret_fd, struct kb_error *err)
{
    return kb_flight_lead(cache, key, leader_patience_ms(profile->timeout), ret_fd, err);
}
