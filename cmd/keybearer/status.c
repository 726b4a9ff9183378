/*
 * `status`: for each profile its store and protection, the cached token's remaining lifetime,
 * the last error, the rate limit left. Prompts for nothing and unlocks nothing.
 */
#include "front.h"

#include "base/json_write.h"
#include "base/landlock.h"
#include "base/options.h"
#include "cache/outcome.h"
#include "config/identity.h"
#include "core/cards.h"

#include <inttypes.h>
#include <string.h>

/* What there is to say about one profile. */
struct facts {
    const struct kb_profile *profile;
    struct kb_report_inspect store; /* with an error, only what comes next */
    char store_error[512];
    int64_t token_rest; /* s; 0: none */
    struct kb_outcome outcome;
    struct kb_limit limit;
    int64_t error_age; /* s */
    int64_t pause;     /* s until the endpoint may be asked again */
};

/* --- gathering --------------------------------------------------------------------- */

/* A service that is not there, or does not answer, is asked once a page, not once a profile. */
struct broken {
    const char *store; /* NULL: all are well so far */
    struct kb_error why;
};

static void blame_store(struct facts *facts, const struct kb_error *why)
{
    kb_text_copy(facts->store_error, sizeof(facts->store_error), why->msg);
    kb_text_copy(facts->store.status.next, sizeof(facts->store.status.next), why->hint);
}

static void ask_store(struct facts *facts, struct broken *broken)
{
    struct kb_error err = KB_ERROR_INIT;

    if (broken->store && strcmp(broken->store, facts->profile->store) == 0) {
        blame_store(facts, &broken->why);
        return;
    }
    if (store_inspect(facts->profile, &facts->store, &err)) {
        blame_store(facts, &err);
        if (err.code == KB_ERR_UNAVAILABLE || err.code == KB_ERR_TIMEOUT)
            *broken = (struct broken){facts->profile->store, err};
    }
}

/*
 * A failure of the store before any server was asked, and the store is well by now: unlocked, or
 * back. Nobody asked for a token since, or it would be gone; but it is over.
 */
static bool is_over(const struct facts *facts)
{
    const struct kb_outcome *outcome = &facts->outcome;
    const struct kb_store_status *store = &facts->store.status;
    enum kb_err code = outcome->error.code;
    bool was_the_stores = code == KB_ERR_LOCKED || code == KB_ERR_UNAVAILABLE ||
                          code == KB_ERR_NOT_FOUND || code == KB_ERR_DISMISSED;
    bool is_well = !*facts->store_error && store->present && !store->locked && !store->refused &&
                   !store->broken;

    return was_the_stores && outcome->asked_boot_ms == 0 && is_well;
}

static void look_in_cache(struct facts *facts, const struct kb_cache *cache)
{
    KB_AUTO(kb_token_clear) struct kb_token token = KB_TOKEN_INIT;
    struct kb_cache_key key, endpoint = kb_cache_key_for_endpoint(&facts->profile->token_url);
    struct kb_card_client client = {.spare = true}; /* of whom nothing is cached */
    struct kb_clock now = kb_clock_now();

    KB_IGNORE(kb_cards_find(facts->profile, &client, NULL));
    key = kb_cache_key_for_profile(facts->profile, &client.ref);
    if (!kb_cache_get_token(cache, &key, &token, NULL) &&
        kb_token_usable(&token, facts->profile->min_ttl, now))
        facts->token_rest = kb_clock_seconds(kb_token_rest_ms(&token, now));
    if (kb_cache_get_outcome(cache, &key, &facts->outcome, NULL) || is_over(facts))
        facts->outcome = (struct kb_outcome){0};
    if (kb_pause_get(cache, &endpoint, &facts->limit, NULL))
        facts->limit = (struct kb_limit){.limit = -1, .remaining = -1};
    if (now.wall_ms > facts->outcome.when_wall_ms)
        facts->error_age = kb_clock_seconds(now.wall_ms - facts->outcome.when_wall_ms);
    facts->pause = kb_pause_of_profile_s(cache, facts->profile, now);
}

/* --- as text ----------------------------------------------------------------------- */

static const char *presence(const struct kb_store_status *store)
{
    if (store->unseen)
        return "its clients cannot be seen";
    return store->present ? "client stored" : "no client stored";
}

#define BELOW "              "

static void text_hint(struct kb_buf *out, const char *head, const char *hint)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(LINE_MAX);

    kb_buf_fmt(&text, "(%s)", hint);
    report_text(out, head, kb_buf_text(&text));
}

static void text_store(struct kb_buf *out, const struct facts *facts)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(LINE_MAX);
    const struct kb_store_status *store = &facts->store.status;

    if (*facts->store_error)
        kb_buf_fmt(&text, "%s: %s", kb_say_store(facts->profile->store), facts->store_error);
    else
        kb_buf_fmt(&text, "%s, %s, %s%s", kb_say_store(facts->profile->store),
            kb_level_name(store->level), presence(store), store->locked ? ", locked" : "");
    report_text(out, "  store       ", kb_buf_text(&text));
    if (*store->detail)
        report_text(out, BELOW, store->detail);
    if (*store->next)
        text_hint(out, BELOW, store->next);
    else if (store->locked)
        kb_buf_fmt(out, BELOW "(keybearer unlock %s)\n", facts->profile->name);
    /* The command has a line to itself, to be copied. */
    if (facts->store.unbound) {
        report_text(out, BELOW, "not bound to its certificate authorities");
        kb_buf_fmt(out, BELOW "(keybearer adopt %s)\n", facts->profile->name);
    }
    if (store->in_clear)
        report_text(out, BELOW, "the service encrypts nothing on the session bus");
}

static void text_token(struct kb_buf *out, const struct facts *facts)
{
    if (facts->token_rest > 0)
        kb_buf_fmt(out, "  token       cached, %s left\n", kb_clock_say(facts->token_rest).text);
    else
        kb_buf_str(out, "  token       none cached\n");
    if (facts->outcome.error.code) {
        KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(LINE_MAX);

        kb_buf_fmt(
            &text, "%s (%s ago)", facts->outcome.error.msg, kb_clock_say(facts->error_age).text);
        report_text(out, "  last error  ", kb_buf_text(&text));
        if (*facts->outcome.error.hint)
            text_hint(out, BELOW, facts->outcome.error.hint);
    }
    if (*facts->outcome.warning)
        report_text(out, "  last reply  ", facts->outcome.warning);
}

static void text_limit(struct kb_buf *out, const struct facts *facts)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(LINE_MAX);

    /* While it pauses, what was left before says nothing. */
    if (facts->limit.remaining >= 0 && facts->pause <= 0) {
        kb_buf_fmt(&text, "%" PRId64, facts->limit.remaining);
        if (facts->limit.limit >= 0)
            kb_buf_fmt(&text, " of %" PRId64, facts->limit.limit);
        kb_buf_str(&text, " exchanges left when last asked");
        report_text(out, "  rate limit  ", kb_buf_text(&text));
    }
    if (facts->pause > 0) {
        kb_buf_reset(&text);
        kb_buf_fmt(&text, "the endpoint may be asked again in %s", kb_clock_say(facts->pause).text);
        report_text(out, "  pause       ", kb_buf_text(&text));
    }
}

static void text_profile(struct kb_buf *out, const struct facts *facts)
{
    kb_buf_fmt(out, "%s\n", facts->profile->name);
    text_store(out, facts);
    text_token(out, facts);
    text_limit(out, facts);
}

static void text_cache(struct kb_buf *out, const struct kb_cache *cache)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(LINE_MAX);
    struct kb_error obstacle;

    kb_buf_str(
        &text, cache->is_new ? "empty, nothing was cached yet" : kb_protection_name(cache->level));
    if (*kb_cache_path())
        kb_buf_fmt(&text, " (%s)", kb_cache_path());
    report_text(out, "token cache: ", kb_buf_text(&text));
    if (*cache->why && !cache->is_new)
        report_text(out, "  ", cache->why);
    for (size_t n = 0; kb_cache_obstacle(n, &obstacle); n++) {
        if (!obstacle.code)
            continue;
        report_text(out, "  ", obstacle.msg);
        text_hint(out, "    ", obstacle.hint);
    }
}

static void text_helpers(struct kb_buf *out)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(LINE_MAX);
    int version = kb_landlock_abi();

    if (version > 0)
        kb_buf_fmt(&text, "confined (Landlock %d)", version);
    else
        kb_buf_str(&text, "not confined, this kernel has no Landlock");
    kb_buf_str(&text, kb_secret_memory_locks() ? ", secrets locked in memory"
                                               : ", secrets may reach the swap (see ulimit -l)");
    report_text(out, "helpers: ", kb_buf_text(&text));
}

/* --- as JSON ----------------------------------------------------------------------- */

static void json_store(struct kb_json_writer *w, const struct facts *facts)
{
    const struct kb_store_status *store = &facts->store.status;

    kb_json_string_member(w, "store", facts->profile->store);
    if (*facts->store_error) {
        kb_json_string_member(w, "store_error", facts->store_error);
        return;
    }
    kb_json_string_member(w, "protection", kb_level_name(store->level));
    if (!store->unseen) {
        kb_json_bool_member(w, "client_stored", store->present);
        kb_json_bool_member(w, "bound", store->present && !facts->store.unbound);
    }
    kb_json_bool_member(w, "locked", store->locked);
    kb_json_bool_member(w, "in_clear_on_bus", store->in_clear);
}

static void json_limit(struct kb_json_writer *w, const struct facts *facts)
{
    if (facts->limit.remaining >= 0)
        kb_json_int_member(w, "rate_limit_remaining", facts->limit.remaining);
    if (facts->limit.limit >= 0)
        kb_json_int_member(w, "rate_limit", facts->limit.limit);
    if (facts->pause > 0)
        kb_json_int_member(w, "pause_s", facts->pause);
}

static void json_last_error(struct kb_json_writer *w, const struct kb_outcome *outcome)
{
    char when[KB_CLOCK_TEXT];

    kb_clock_rfc3339(kb_clock_seconds(outcome->when_wall_ms), when);
    kb_json_string_member(w, "last_error", kb_err_name(outcome->error.code));
    kb_json_string_member(w, "last_error_message", outcome->error.msg);
    if (*outcome->error.hint)
        kb_json_string_member(w, "last_error_hint", outcome->error.hint);
    kb_json_string_member(w, "last_error_at", when);
}

static void json_profile(struct kb_json_writer *w, const struct facts *facts)
{
    kb_json_open(w, '{');
    kb_json_string_member(w, "name", facts->profile->name);
    json_store(w, facts);
    kb_json_int_member(w, "token_life_s", facts->token_rest);
    if (facts->outcome.error.code)
        json_last_error(w, &facts->outcome);
    if (*facts->outcome.warning)
        kb_json_string_member(w, "last_reply_warning", facts->outcome.warning);
    json_limit(w, facts);
    kb_json_close(w);
}

static void json_obstacles(struct kb_json_writer *w)
{
    struct kb_error obstacle;

    kb_json_open_member(w, "passed_over", '[');
    for (size_t n = 0; kb_cache_obstacle(n, &obstacle); n++) {
        if (!obstacle.code)
            continue;
        kb_json_open(w, '{');
        kb_json_string_member(w, "text", obstacle.msg);
        kb_json_string_member(w, "hint", obstacle.hint);
        kb_json_close(w);
    }
    kb_json_close(w);
}

static void json_cache(struct kb_json_writer *w, const struct kb_cache *cache)
{
    kb_json_open_member(w, "cache", '{');
    kb_json_string_member(w, "protection", kb_protection_name(cache->level));
    kb_json_string_member(w, "path", kb_cache_path());
    kb_json_string_member(w, "reason", cache->why);
    json_obstacles(w);
    kb_json_close(w);
}

static void json_helpers(struct kb_json_writer *w)
{
    kb_json_open_member(w, "helpers", '{');
    kb_json_int_member(w, "landlock", kb_landlock_abi());
    kb_json_bool_member(w, "memory_locked", kb_secret_memory_locks());
    kb_json_close(w);
}

/* --- the page ---------------------------------------------------------------------- */

static void begin_page(struct kb_json_writer *w, bool as_json, const struct kb_cache *cache,
    const struct kb_config *config)
{
    char none[KB_CONFIG_NONE_MAX];

    if (as_json) {
        kb_json_open(w, '{');
        json_cache(w, cache);
        json_helpers(w);
        kb_json_open_member(w, "profiles", '[');
        return;
    }
    text_cache(w->out, cache);
    text_helpers(w->out);
    if (config->count == 0)
        kb_buf_fmt(w->out, "There are no profiles%s.\n(keybearer help add)\n",
            kb_config_say_none(config, none));
}

static void page(struct kb_buf *out, bool as_json, const struct kb_config *config, const char *only)
{
    KB_AUTO(kb_cache_close) struct kb_cache cache = KB_CACHE_INIT;
    struct kb_json_writer w = kb_json_writer(out, 2);
    struct broken broken = {0};

    kb_cache_open(&cache);
    begin_page(&w, as_json, &cache, config);
    for (size_t i = 0; i < config->count; i++) {
        if (only && strcmp(config->profiles[i].name, only) != 0)
            continue;
        struct facts facts = {.profile = &config->profiles[i]};
        ask_store(&facts, &broken);
        look_in_cache(&facts, &cache);
        if (as_json)
            json_profile(&w, &facts);
        else
            text_profile(out, &facts);
    }
    if (as_json) {
        kb_json_close(&w);
        kb_json_close(&w);
        kb_buf_byte(out, '\n');
    }
}

static enum kb_err load(const char *only, struct kb_config *config, struct kb_error *err)
{
    const struct kb_profile *profile;

    return only ? kb_config_load_profile(only, config, &profile, err)
                : kb_config_load_usual(config, err);
}

int verb_status(int argc, char *argv[])
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(4U << 20);
    struct kb_error err = KB_ERROR_INIT;
    bool json = false;
    const struct kb_option options[] = {{.name = "json", .flag = &json}};
    int operands = 0;
    const char *only;

    if (kb_options_parse(argc, argv, options, KB_COUNT(options), false, &operands, &err))
        return output_error(&err);
    if (operands > 1) {
        kb_options_too_much("one name", argv[1], &err);
        return output_error(&err);
    }
    only = operands > 0 ? argv[0] : NULL;
    if (load(only, &config, &err))
        return output_error(&err);
    page(&out, json, &config, only);
    return output(&out, 0);
}
