/*
 * One loop for all that a provider is asked: build, send, read, and decide about another try. Must
 * never send while the endpoint asked for silence, and never send a refused client again.
 */
#include "helper.h"

#include "base/random.h"
#include "base/say.h"
#include "base/strings.h"
#include "cache/pause.h"
#include "net/post.h"

#include <unistd.h>

enum { ATTEMPTS = 3, FIRST_PAUSE_MS = 200 };
_Static_assert((int)ATTEMPTS == KB_REPORT_TRIES, "the journal has room for each");

/* A limit in whole milliseconds may end a moment before the deadline that it was made from. */
enum { NEARLY_OVER_MS = 50 };

static const struct kb_reply_facts nothing_known = {.limit = -1, .remaining = -1};

enum kb_err check_pause(const struct kb_url *origin, const struct kb_cache *cache,
    struct kb_reply_facts *facts, struct kb_error *err)
{
    struct kb_cache_key endpoint = kb_cache_key_for_endpoint(origin);
    KB_AUTO(kb_buf_clear) struct kb_buf host = KB_BUF_INIT(512);
    struct kb_limit limit;
    int64_t left;

    if (kb_pause_get(cache, &endpoint, &limit, NULL))
        return KB_OK;
    left = kb_pause_left_s(limit.pause_boot_ms, kb_clock_now());
    if (left == 0)
        return KB_OK;
    facts->retry = KB_RETRY_AFTER;
    facts->wait_s = left;
    journal()->pause_left_s = left;
    facts->limit = limit.limit;
    facts->remaining = limit.remaining;
    kb_url_append_authority(origin, &host);
    return kb_hinted(err,
        kb_fail(err, KB_ERR_RATE_LIMITED, "%s asked for a pause%s; %lld s %s left",
            kb_buf_text(&host), limit.remaining == 0 ? " (its rate limit is used up)" : "",
            (long long)left, left == 1 ? "is" : "are"),
        "wait, then try again");
}

/* What may have arrived is not sent again: some secrets are good for one use. */
static enum kb_retry retry_after_failure(enum kb_err rc, enum kb_net_again again)
{
    if (again == KB_NET_AGAIN_NEVER)
        return KB_RETRY_NEVER;
    return rc == KB_ERR_NETWORK && again == KB_NET_AGAIN_SOON ? KB_RETRY_SOON : KB_RETRY_BRIEF;
}

/*
 * Who asks anew, with what a person typed again, has the journal to himself. Which store the client
 * came from stays true.
 */
static void note_whom(const struct provider_request *what)
{
    KB_AUTO(kb_buf_clear) struct kb_buf host = KB_BUF_INIT(sizeof(journal()->host));
    struct kb_report_journal anew = {.store_ms = journal()->store_ms};

    kb_text_copy(anew.store, sizeof(anew.store), journal()->store);
    *journal() = anew;
    kb_url_append_authority(what->endpoint, &host);
    kb_text_copy(journal()->host, sizeof(journal()->host), kb_buf_text(&host));
    kb_text_copy(journal()->profile, sizeof(journal()->profile), what->profile->name);
}

/* STATUS 0: there was no reply. */
static void note_try(long status, int64_t began_boot_ms)
{
    struct kb_report_try *try = &journal()->made[journal()->tries++];

    try->status = status;
    try->took_ms = kb_clock_now().boot_ms - began_boot_ms;
}

/*
 * The network knows when it had to end, and not who set that limit. Where nothing could be sent,
 * the server was not slow, and a longer limit would not help.
 */
static enum kb_err name_limit(const struct provider_request *what, enum kb_net_again again,
    enum kb_err rc, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf host = KB_BUF_INIT(512);
    int limit = what->profile->timeout;

    if (rc != KB_ERR_TIMEOUT || again == KB_NET_AGAIN_SOON ||
        kb_deadline_left_ms(what->deadline) > NEARLY_OVER_MS)
        return rc;
    kb_url_append_authority(what->endpoint, &host);
    kb_fail(err, rc, "%s: no complete answer within %d s", kb_buf_text(&host), limit);
    if (limit < kb_setting_find("timeout")->max)
        kb_hint(err, "give a slow server longer: set %s",
            kb_setting_say(what->profile, "timeout").text);
    return rc;
}

static enum kb_err try_once(
    const struct provider_request *what, struct kb_reply_facts *facts, struct kb_error *err)
{
    KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
    KB_AUTO(kb_http_reply_clear) struct kb_http_reply reply = KB_HTTP_REPLY_INIT;
    int64_t began_boot_ms;
    enum kb_net_again again;
    enum kb_err rc = what->build(what->context, &request, err);

    if (rc) {
        facts->retry = KB_RETRY_NEVER;
        return rc;
    }
    began_boot_ms = kb_clock_now().boot_ms;
    rc = kb_net_post(&request, what->deadline, &reply, &again, err);
    note_try(rc ? 0 : reply.status, began_boot_ms);
    if (rc) {
        facts->retry = retry_after_failure(rc, again);
        facts->distrusted = again == KB_NET_AGAIN_PROOF;
        return name_limit(what, again, rc, err);
    }
    return what->read(what->context, &reply, facts, err);
}

/* 200 ms, 400 ms, ...; half of it at random, so that many machines do not return together. */
static int64_t pause_before(int attempt)
{
    uint32_t full = (uint32_t)FIRST_PAUSE_MS << (attempt - 1), dice = full / 2;

    KB_IGNORE(kb_random(&dice, sizeof(dice), NULL)); /* then nobody else's pause is random either */
    return full / 2 + dice % full;
}

static enum kb_err ask_until(const struct provider_request *what, const struct kb_cache *cache,
    struct kb_reply_facts *facts, struct kb_error *err)
{
    for (int attempt = 1;; attempt++) {
        int64_t pause = pause_before(attempt), asked_boot_ms = kb_clock_now().boot_ms;
        enum kb_err rc;

        *facts = nothing_known;
        rc = try_once(what, facts, err);
        facts->asked_boot_ms = asked_boot_ms;
        publish_limit(cache, what->endpoint, facts);
        if (!rc || facts->retry != KB_RETRY_SOON || attempt == ATTEMPTS)
            return rc;
        if (pause >= kb_deadline_left_ms(what->deadline))
            return rc;
        kb_clock_sleep_ms(pause);
    }
}

/* Whether somebody waits at the terminal that the front handed on as our standard error. */
static bool says_whom;

void provider_say_whom(void)
{
    says_whom = isatty(STDERR_FILENO);
}

/* It may get lost: a terminal whose output is held must not hold up who waits for our lock. */
static void say_whom_we_ask(const struct kb_profile *profile)
{
    KB_AUTO(kb_buf_clear) struct kb_buf line = KB_BUF_INIT(1024);

    kb_profile_append_asking(profile, &line);
    if (says_whom)
        kb_say_at_once(STDERR_FILENO, &line);
}

enum kb_err ask_provider(const struct provider_request *what, const struct kb_cache *cache,
    struct kb_reply_facts *facts, struct kb_error *err)
{
    enum kb_err rc;

    *facts = nothing_known;
    note_whom(what);
    rc = check_pause(what->endpoint, cache, facts, err);
    if (rc)
        return rc;
    if (!what->continues)
        say_whom_we_ask(what->profile);
    return ask_until(what, cache, facts, err);
}
