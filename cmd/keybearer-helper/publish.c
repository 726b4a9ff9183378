/*
 * What one process learned, for all. Must never fail its caller: without a cache every
 * process simply learns for itself.
 */
#include "helper.h"

#include "base/strings.h"
#include "cache/flight.h"
#include "cache/outcome.h"
#include "cache/way.h"
#include "config/identity.h"

/* Negative records, in seconds, where the server named no time of its own. */
enum { REFUSED_S = 30, BRIEF_S = 15, SOON_S = 5 };

static int64_t shorter(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t negative_seconds(const struct kb_reply_facts *facts)
{
    switch (facts->retry) {
    case KB_RETRY_AFTER:
        return shorter(facts->wait_s, KB_PAUSE_MAX);
    case KB_RETRY_NEVER:
        return REFUSED_S;
    case KB_RETRY_BRIEF:
        return BRIEF_S;
    case KB_RETRY_SOON:
        break;
    }
    return SOON_S;
}

/* A pause here holds back every profile that lives there. */
void publish_limit(
    const struct kb_cache *cache, const struct kb_url *origin, const struct kb_reply_facts *facts)
{
    struct kb_cache_key endpoint = kb_cache_key_for_endpoint(origin);
    struct kb_clock now = kb_clock_now();
    struct kb_limit limit = {facts->limit, facts->remaining, now.wall_ms, 0};

    if (facts->limit < 0 && facts->remaining < 0 && facts->wait_s == 0)
        return;
    journal()->pause_asked_s = facts->wait_s;
    if (facts->wait_s > 0)
        limit.pause_boot_ms = now.boot_ms + shorter(facts->wait_s, KB_PAUSE_MAX) * INT64_C(1000);
    KB_IGNORE(kb_pause_put(cache, &endpoint, &limit, now, NULL));
}

/* No record says as much as a good one without a warning, and costs no write. */
static void publish_success(
    const struct kb_cache *cache, const struct kb_cache_key *key, const char *warning)
{
    struct kb_outcome success = {.when_wall_ms = kb_clock_now().wall_ms};

    kb_text_copy(success.warning, sizeof(success.warning), warning);
    KB_IGNORE(*success.warning ? kb_cache_put_outcome(cache, key, &success, NULL)
                               : kb_cache_drop_outcome(cache, key, NULL));
}

void publish_token(const struct kb_cache *cache, const struct kb_profile *profile,
    const struct kb_ref *client, const struct kb_token *token, const struct kb_reply_facts *facts)
{
    struct kb_cache_key key = kb_cache_key_for_profile(profile, client);
    struct kb_error why = KB_ERROR_INIT;

    publish_success(cache, &key, facts->warning);
    /* One of unknown life is for those who are waiting for it now. */
    journal()->cached = !kb_cache_put_token(cache, &key, token, &why);
    kb_text_copy(journal()->no_cache, sizeof(journal()->no_cache), why.msg);
    kb_flight_tell(cache, &key, journal()->cached);
}

/* What a person may mend here in a moment holds nobody back. */
static bool is_the_servers(enum kb_err code)
{
    return code == KB_ERR_DENIED || code == KB_ERR_NETWORK || code == KB_ERR_RATE_LIMITED ||
           code == KB_ERR_SERVER || code == KB_ERR_TIMEOUT;
}

void publish_failure(const struct kb_cache *cache, const struct kb_profile *profile,
    const struct kb_ref *client, const struct kb_reply_facts *facts, const struct kb_error *why)
{
    struct kb_cache_key key = kb_cache_key_for_profile(profile, client);
    struct kb_clock now = kb_clock_now();
    struct kb_outcome outcome = {.error = *why, .when_wall_ms = now.wall_ms, .way = kb_cache_way()};

    if (facts && is_the_servers(why->code)) {
        journal()->failure_s = negative_seconds(facts);
        outcome.retry_boot_ms = now.boot_ms + journal()->failure_s * INT64_C(1000);
        outcome.asked_boot_ms = facts->asked_boot_ms;
    }
    kb_flight_tell(cache, &key, !kb_cache_put_outcome(cache, &key, &outcome, NULL));
}
