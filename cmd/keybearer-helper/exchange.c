/*
 * One exchange: build, send, read, and decide about another try. Must never send while
 * the endpoint asked for silence, and never send a refused client again.
 */
#include "helper.h"

#include "base/random.h"
#include "cache/pause.h"
#include "net/post.h"
#include "oauth/token_request.h"

#include <errno.h>
#include <sodium.h>
#include <time.h>

enum { ATTEMPTS = 3, FIRST_PAUSE_MS = 200, AUTO_ID_BYTES = 16 };

static const struct kb_reply_facts nothing_known = {.limit = -1, .remaining = -1};

/* The endpoint's pause holds for every profile of the user there. */
static enum kb_err check_pause(const struct kb_profile *profile, const struct kb_cache *cache,
    struct kb_reply_facts *facts, struct kb_error *err)
{
    struct kb_cache_key endpoint = kb_cache_key_for_endpoint(&profile->token_url);
    struct kb_limit limit;
    int64_t left;

    if (kb_pause_get(cache, &endpoint, &limit, NULL))
        return KB_OK;
    left = kb_pause_left_s(limit.pause_boot_ms, kb_clock_now());
    if (left == 0)
        return KB_OK;
    facts->retry = KB_RETRY_AFTER;
    facts->wait_s = left;
    facts->limit = limit.limit;
    facts->remaining = limit.remaining;
    kb_fail(err, KB_ERR_RATE_LIMITED,
        "%s allows no request for another %lld s (its rate limit is used up)",
        profile->token_url.host, (long long)left);
    return kb_hint(err, "wait, then try again; keybearer status %s", profile->name);
}

/* Fresh for every exchange: what the provider's support finds a request by. */
static enum kb_err make_auto_id(char dst[static 2 * AUTO_ID_BYTES + 1], struct kb_error *err)
{
    unsigned char random[AUTO_ID_BYTES];
    enum kb_err rc = kb_random(random, sizeof(random), err);

    if (!rc)
        sodium_bin2hex(dst, 2 * AUTO_ID_BYTES + 1, random, sizeof(random));
    return rc;
}

/* The server made the token at some time between question and answer: its life counts from the
 * first. */
static enum kb_err read_reply(const struct kb_http_reply *reply, const struct kb_profile *profile,
    const struct kb_client *client, int64_t asked_boot_ms, struct kb_token *token,
    struct kb_reply_facts *facts, struct kb_error *err)
{
    struct kb_clock now = kb_clock_now();
    enum kb_err rc = kb_token_reply_read(reply, profile, client, now, token, facts, err);

    if (!rc)
        kb_token_backdate(token, now.boot_ms - asked_boot_ms);
    return rc;
}

static enum kb_err try_once(const struct kb_profile *profile, const struct kb_client *client,
    struct kb_deadline deadline, struct kb_token *token, struct kb_reply_facts *facts,
    struct kb_error *err)
{
    KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
    KB_AUTO(kb_http_reply_clear) struct kb_http_reply reply = KB_HTTP_REPLY_INIT;
    char auto_id[2 * AUTO_ID_BYTES + 1];
    int64_t asked_boot_ms = kb_clock_now().boot_ms;
    bool final = false;
    enum kb_err rc;

    rc = make_auto_id(auto_id, err);
    if (!rc)
        rc = kb_token_request_build(profile, client, auto_id, &request, err);
    if (rc) {
        facts->retry = KB_RETRY_NEVER;
        return rc;
    }
    rc = kb_net_post(&request, deadline, &reply, &final, err);
    if (rc) {
        /* What may have arrived is not sent again: some secrets are good for one use. */
        facts->retry = rc == KB_ERR_NETWORK && !final ? KB_RETRY_SOON : KB_RETRY_BRIEF;
        return rc;
    }
    return read_reply(&reply, profile, client, asked_boot_ms, token, facts, err);
}

static void sleep_ms(int64_t ms)
{
    struct timespec rest = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    while (nanosleep(&rest, &rest) < 0 && errno == EINTR)
        ;
}

/* 200 ms, 400 ms, ...; half of it at random, so that many machines do not return together. */
static int64_t pause_before(int attempt)
{
    uint32_t full = (uint32_t)FIRST_PAUSE_MS << (attempt - 1), dice = full / 2;

    KB_IGNORE(kb_random(&dice, sizeof(dice), NULL)); /* then nobody else's pause is random either */
    return full / 2 + dice % full;
}

enum kb_err exchange(const struct kb_profile *profile, const struct kb_client *client,
    const struct kb_cache *cache, struct kb_token *token, struct kb_reply_facts *facts,
    struct kb_error *err)
{
    struct kb_deadline deadline = kb_deadline_in_ms((int64_t)profile->timeout * 1000);
    enum kb_err rc;

    *facts = nothing_known;
    rc = check_pause(profile, cache, facts, err);
    if (rc)
        return rc;
    for (int attempt = 1;; attempt++) {
        int64_t pause = pause_before(attempt), asked_boot_ms = kb_clock_now().boot_ms;

        *facts = nothing_known;
        rc = try_once(profile, client, deadline, token, facts, err);
        facts->asked_boot_ms = asked_boot_ms;
        if (!rc || facts->retry != KB_RETRY_SOON || attempt == ATTEMPTS)
            return rc;
        if (pause >= kb_deadline_left_ms(deadline))
            return rc;
        sleep_ms(pause);
    }
}
