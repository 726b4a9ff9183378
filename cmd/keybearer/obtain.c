/*
 * A token for a route: from the cache, or from the one helper that whichever process
 * leads may start. Must never start a helper without leading as long as waiting for another
 * leader may bring anything, and never hand out a token without enough life.
 */
#include "front.h"

#include "base/file.h"
#include "cache/flight.h"
#include "cache/outcome.h"

#include <sodium.h>
#include <string.h>

/* The store may take a while to answer; then comes the exchange with its own deadline. */
enum { STORE_MS = 6000, SLACK_MS = 2000 };

/* How often a subject may get another route while a token is fetched for it. */
enum { TRIES = 3 };

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

/* All of it: two leaders that do not finish, and then a helper of our own. */
static int whole_patience_ms(int timeout)
{
    return 2 * leader_patience_ms(timeout) + patience_ms(timeout) + SLACK_MS;
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* One call, from the question to the token; ROUTE may be followed by another. */
struct search {
    struct kb_cache *cache;
    const struct kb_route *route;
    int64_t asked_boot_ms;
    bool by_person;
    bool anew;  /* a person asked: nothing that was there before will do, no token and no failure */
    bool ahead; /* a cached token that is to be renewed will not do */
    struct kb_deadline deadline;
    bool is_outdated; /* the helper found other settings than ROUTE's, or no such client any more */
};

/* The words behind `fetch`: a helper that finds another profile under the name must refuse. */
struct order {
    char profile[KB_PROFILE_NAME_MAX + 1];
    char key[2 * KB_CACHE_KEY_LEN + 1];
    char says_whom[sizeof(KB_FETCH_SAYS_WHOM)]; /* where a person waits */
    char *words[3];
    struct helper_call call;
};

/* In place: the call points into it. */
static void place_order(
    struct order *order, const struct kb_route *route, bool is_watched, int lock_fd)
{
    memcpy(order->profile, route->profile, sizeof(order->profile));
    sodium_bin2hex(order->key, sizeof(order->key), route->key.bytes, KB_CACHE_KEY_LEN);
    order->words[0] = order->profile;
    order->words[1] = order->key;
    memcpy(order->says_whom, KB_FETCH_SAYS_WHOM, sizeof(order->says_whom));
    order->words[2] = order->says_whom;
    order->call = (struct helper_call){
        .program = helper_for_store(route->store),
        .verb = "fetch",
        .argc = (int)KB_COUNT(order->words) - (is_watched ? 0 : 1),
        .argv = order->words,
        .lock_fd = lock_fd,
        .passes_stderr = is_watched,
        .patience_ms = patience_ms(route->timeout),
    };
}

static void move_token(struct kb_token *dst, struct kb_token *src)
{
    kb_token_clear(dst);
    *dst = *src;
    *src = KB_TOKEN_INIT;
}

bool obtain_cached(const struct kb_cache *cache, const struct kb_route *route, struct kb_token *ret)
{
    KB_AUTO(kb_token_clear) struct kb_token token = KB_TOKEN_INIT;
    struct kb_clock now = kb_clock_now();

    if (kb_cache_get_token(cache, &route->key, &token, NULL)) {
        trace("no token is cached", route->profile, 0, "");
        return false;
    }
    trace_token(route, &token, now);
    if (!kb_token_usable(&token, route->min_ttl, now))
        return false;
    move_token(ret, &token);
    return true;
}

/*
 * What a leader brought while we waited is ours too, even a token that is too short-lived,
 * or of too unknown a life, to be handed out from the cache later.
 */
static bool brought_since(const struct search *s, struct kb_token *ret)
{
    KB_AUTO(kb_token_clear) struct kb_token token = KB_TOKEN_INIT;

    if (kb_cache_get_token(s->cache, &s->route->key, &token, NULL) ||
        !kb_token_serves_waiter(&token, s->asked_boot_ms, kb_clock_now()))
        return false;
    trace("token of the process that led", s->route->profile, 0, "");
    move_token(ret, &token);
    return true;
}

static bool wants_refresh(const struct kb_route *route, const struct kb_token *token)
{
    return kb_token_wants_refresh(token, route->min_ttl, route->refresh_ahead, kb_clock_now());
}

/* Whether a cached token will do; then *RET is it. */
static bool cached_will_do(const struct search *s, struct kb_token *ret)
{
    KB_AUTO(kb_token_clear) struct kb_token token = KB_TOKEN_INIT;

    if (!obtain_cached(s->cache, s->route, &token) || (s->ahead && wants_refresh(s->route, &token)))
        return false;
    move_token(ret, &token);
    return true;
}

/* A cached one that is not OLD, or one that was brought since. */
static bool found(const struct search *s, const struct kb_token *old, struct kb_token *ret)
{
    KB_AUTO(kb_token_clear) struct kb_token token = KB_TOKEN_INIT;

    if (!cached_will_do(s, &token) || kb_secret_equal(&token.value, &old->value))
        return brought_since(s, ret);
    move_token(ret, &token);
    return true;
}

/* The error that the last leader left: while it counts, or where it answers our question. */
static enum kb_err shared_failure(const struct search *s, struct kb_error *err)
{
    struct kb_clock now = kb_clock_now();
    struct kb_outcome outcome;

    if (kb_cache_get_outcome(s->cache, &s->route->key, &outcome, NULL) || !outcome.error.code)
        return KB_OK;
    if (kb_outcome_is_of_another_way(&outcome)) {
        trace(
            "the last exchange failed with other settings for the proxy", s->route->profile, 0, "");
        return KB_OK;
    }
    if (!kb_outcome_serves_waiter(&outcome, s->asked_boot_ms, now) &&
        (s->anew || !kb_pause_left_ms(outcome.retry_boot_ms, now)))
        return KB_OK;
    trace("the last exchange failed, which counts for another", s->route->profile,
        kb_pause_left_ms(outcome.retry_boot_ms, now), "ms");
    *err = outcome.error;
    return err->code;
}

static enum kb_err fetch(struct search *s, int lock_fd, struct kb_token *ret, struct kb_error *err)
{
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    struct order order;
    enum kb_err rc;

    place_order(&order, s->route, s->by_person && output_is_watched(), lock_fd);
    order.call.patience_ms = least(order.call.patience_ms, kb_deadline_left_ms(s->deadline));
    trace("a helper asks for a token, at most", s->route->profile, order.call.patience_ms, "ms");
    rc = helper_call(&order.call, &frame, err);
    s->is_outdated = frame.kind == KB_FRAME_CHANGED;
    if (rc)
        return rc;
    move_token(ret, &frame.token);
    return KB_OK;
}

/*
 * Renewal before the margin is reached. Whoever gets the lock at once, and still finds the
 * old token then, starts it; nobody waits, and nothing that goes wrong here may spoil the
 * answer that is already there.
 */
static void refresh_ahead(const struct search *s)
{
    KB_AUTO(kb_token_clear) struct kb_token now_cached = KB_TOKEN_INIT;
    KB_AUTO(kb_fd_close) int lock_fd = -1;
    struct kb_error ignored = KB_ERROR_INIT;
    struct order order;

    if (shared_failure(s, &ignored))
        return;
    if (kb_flight_try(s->cache, &s->route->key, &lock_fd, &ignored) || lock_fd < 0)
        return;
    if (obtain_cached(s->cache, s->route, &now_cached) && !wants_refresh(s->route, &now_cached))
        return;
    place_order(&order, s->route, false, lock_fd);
    trace("renewing in the background", s->route->profile, 0, "");
    KB_IGNORE(helper_start(&order.call, &ignored));
}

/*
 * True: we had to wait for another leader. *RET_FD is the lock; -1: there is none to be had, or
 * two leaders did not finish, and we go on without.
 */
static bool wait_for_turn(const struct search *s, int *ret_fd)
{
    int patience = least(leader_patience_ms(s->route->timeout), kb_deadline_left_ms(s->deadline));
    const char *profile = s->route->profile;
    int64_t began_boot_ms = kb_clock_now().boot_ms;

    if (!kb_flight_try(s->cache, &s->route->key, ret_fd, NULL)) {
        trace(*ret_fd < 0 ? "there is no lock to be had" : "no other process asks for it", profile,
            0, "");
        return false;
    }
    trace("another process asks for it; waiting, at most", profile, patience, "ms");
    if (kb_flight_lead(s->cache, &s->route->key, patience, ret_fd, NULL))
        trace("no leader finished; going on without the lock", profile, 0, "");
    trace("waited", profile, kb_clock_now().boot_ms - began_boot_ms, "ms");
    return true;
}

/* Somebody else may have fetched, or failed, while we waited. */
static enum kb_err fetch_in_turn(struct search *s, struct kb_token *ret, struct kb_error *err)
{
    KB_AUTO(kb_token_clear) struct kb_token old = KB_TOKEN_INIT;
    KB_AUTO(kb_fd_close) int lock_fd = -1;
    enum kb_protection level;
    bool waited;
    enum kb_err rc;

    if (s->anew && kb_cache_get_token(s->cache, &s->route->key, &old, NULL))
        kb_token_clear(&old);
    level = s->cache->level;
    kb_cache_close(s->cache);
    kb_cache_create(s->cache);
    if (s->cache->level != level)
        trace_cache(s->cache);
    waited = wait_for_turn(s, &lock_fd);
    if (found(s, &old, ret))
        return KB_OK;
    rc = shared_failure(s, err);
    if (rc)
        return rc;
    /* Whoever comes after us would wait just as long, for nothing. */
    if (waited && kb_flight_is_vain(s->cache, &s->route->key)) {
        trace("what was fetched could not be cached; the next one need not wait", s->route->profile,
            0, "");
        kb_fd_close(&lock_fd);
    }
    rc = fetch(s, lock_fd, ret, err);
    /* We may have been stopped for longer than a helper may take, and others went on. */
    return rc == KB_ERR_TIMEOUT && found(s, &old, ret) ? KB_OK : rc;
}

static enum kb_err try_once(struct search *s, struct kb_token *ret, struct kb_error *err)
{
    s->is_outdated = false;
    if (s->anew || !cached_will_do(s, ret))
        return fetch_in_turn(s, ret, err);
    if (!s->ahead && wants_refresh(s->route, ret))
        refresh_ahead(s);
    return KB_OK;
}

/* Whether SUBJECT has another ROUTE by now; *RET_RC: what came of looking. */
static bool find_another(const struct search *s, const struct subject *subject,
    struct kb_route *route, enum kb_err *ret_rc, struct kb_error *err)
{
    KB_AUTO(kb_route_clear) struct kb_route now = KB_ROUTE_INIT;
    struct kb_error why = KB_ERROR_INIT;
    enum kb_err rc = subject_find(s->cache, subject, &now, &why);

    if (rc) {
        *err = why;
        *ret_rc = rc;
        return false;
    }
    if (now.ours && memcmp(now.key.bytes, route->key.bytes, sizeof(now.key.bytes)) == 0)
        return false;
    trace("settings or client changed meanwhile", route->profile, 0, "");
    kb_route_clear(route);
    *route = now;
    now = KB_ROUTE_INIT;
    *ret_rc = KB_OK;
    return route->ours;
}

/* Somebody who replaces a client must not make anybody fail who asks for a token meanwhile. */
static enum kb_err obtain(struct search *s, const struct subject *subject, struct kb_route *route,
    struct kb_token *ret, struct kb_error *err)
{
    enum kb_err rc = try_once(s, ret, err);

    for (int tries = 1; s->is_outdated && tries < TRIES; tries++) {
        if (kb_deadline_passed(s->deadline) || !find_another(s, subject, route, &rc, err))
            break;
        rc = try_once(s, ret, err);
    }
    return rc;
}

static struct search begin(
    struct kb_cache *cache, const struct subject *subject, const struct kb_route *route)
{
    return (struct search){
        .cache = cache,
        .route = route,
        .asked_boot_ms = kb_clock_now().boot_ms,
        .by_person = subject->by_person,
        .deadline = kb_deadline_in_ms(whole_patience_ms(route->timeout)),
    };
}

enum kb_err obtain_token(struct kb_cache *cache, const struct subject *subject,
    struct kb_route *route, struct kb_token *ret, struct kb_error *err)
{
    struct search s = begin(cache, subject, route);

    return obtain(&s, subject, route, ret, err);
}

static enum kb_err obtain_for(const struct subject *subject, bool anew,
    struct kb_cache_key *ret_key, struct kb_token *ret, struct kb_error *err)
{
    KB_AUTO(kb_cache_close) struct kb_cache cache = KB_CACHE_INIT;
    KB_AUTO(kb_route_clear) struct kb_route route = KB_ROUTE_INIT;
    int64_t asked_boot_ms = kb_clock_now().boot_ms;
    struct search s;
    enum kb_err rc = subject_find(&cache, subject, &route, err);

    if (rc)
        return rc;
    kb_cache_open(&cache);
    trace_cache(&cache);
    s = begin(&cache, subject, &route);
    s.anew = anew;
    s.ahead = subject->key != NULL;
    if (anew)
        s.asked_boot_ms = asked_boot_ms;
    rc = obtain(&s, subject, &route, ret, err);
    if (!rc && ret_key)
        *ret_key = route.key;
    return rc;
}

enum kb_err obtain_by_name(const char *name, enum obtain_wish wish, struct kb_cache_key *ret_key,
    struct kb_token *ret, struct kb_error *err)
{
    const struct subject subject = {.profile = name, .by_person = true};

    return obtain_for(&subject, wish == OBTAIN_ANEW, ret_key, ret, err);
}

enum kb_err obtain_ahead(
    const char *name, const struct kb_cache_key *key, struct kb_token *ret, struct kb_error *err)
{
    const struct subject subject = {.profile = name, .key = key};

    return obtain_for(&subject, false, NULL, ret, err);
}

enum kb_err obtain_lead(const struct kb_cache *cache, const struct kb_profile *profile,
    const struct kb_cache_key *key, int *ret_fd, struct kb_error *err)
{
    return kb_flight_lead(cache, key, leader_patience_ms(profile->timeout), ret_fd, err);
}
