/*
 * KEYBEARER_LOG=1: what was done and how long it took, on stderr; KEYBEARER_LOG=file: the same in
 * log_file.c's file. Takes names, numbers and facts only, so that no secret can be written by
 * mistake. What is not asked for costs no system call.
 */
#include "front.h"

#include "log_file.h"

#include "base/say.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *wanted(void)
{
    const char *where = getenv("KEYBEARER_LOG");

    return where && *where && strcmp(where, "0") != 0 ? where : NULL;
}

static bool is_wanted(void)
{
    return wanted();
}

bool trace_is_in_file(void)
{
    const char *where = wanted();

    return where && strcmp(where, "file") == 0;
}

enum { LONG_MS = 10000 };

/* A file has the lines of many processes, of many days. */
static void begin(struct kb_buf *line)
{
    char now[KB_CLOCK_TEXT];

    if (!trace_is_in_file()) {
        kb_buf_str(line, "keybearer: log: ");
        return;
    }
    kb_clock_rfc3339(kb_clock_seconds(kb_clock_now().wall_ms), now);
    kb_buf_fmt(line, "%s %ld ", now, (long)getpid());
}

/* A line with one NUMBER, or, where UNIT is "", with none. Long times are said in seconds. */
static void put_line(
    struct kb_buf *ret, const char *subject, const char *event, int64_t number, const char *unit)
{
    begin(ret);
    kb_buf_fmt(ret, "%s: %s", subject, event);
    if (strcmp(unit, "ms") == 0 && number >= LONG_MS)
        kb_buf_fmt(ret, " %" PRId64 ".%" PRId64 " s", number / 1000, number % 1000 / 100);
    else if (*unit)
        kb_buf_fmt(ret, " %" PRId64 " %s", number, unit);
    for (size_t i = 0; i < ret->len; i++)
        ret->data[i] = (char)(ret->data[i] < 0x20 || ret->data[i] > 0x7e ? '?' : ret->data[i]);
    kb_buf_byte(ret, '\n');
}

/* A log that cannot be written must not spoil the answer, nor hold up who waits for a lock. */
static void say(const char *subject, const char *event, int64_t number, const char *unit)
{
    KB_AUTO(kb_buf_clear) struct kb_buf line = KB_BUF_INIT(2048);

    put_line(&line, subject, event, number, unit);
    if (trace_is_in_file())
        KB_IGNORE(log_file_write(&line, NULL));
    else
        kb_say_at_once(STDERR_FILENO, &line);
}

enum kb_err trace_into_file(const char *event, const char *subject, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf line = KB_BUF_INIT(2048);

    put_line(&line, subject, event, 0, "");
    return log_file_write(&line, err);
}

void trace(const char *event, const char *subject, int64_t number, const char *unit)
{
    if (is_wanted())
        say(subject, event, number, unit);
}

/* The message may repeat what a server said: the word for its kind does not. */
void trace_failure(enum kb_err code)
{
    if (code && trace_is_in_file())
        say("failed", kb_err_name(code), 0, "");
}

void trace_cache(const struct kb_cache *cache)
{
    KB_AUTO(kb_buf_clear) struct kb_buf event = KB_BUF_INIT(1024);

    if (!is_wanted())
        return;
    if (cache->level == KB_PROTECTION_NONE)
        kb_buf_fmt(&event, "not there: %s", cache->why);
    else
        kb_buf_fmt(
            &event, "in %s, its key is %s", kb_cache_path(), kb_protection_name(cache->level));
    say("cache", kb_buf_text(&event), 0, "");
}

void trace_token(const struct kb_route *route, const struct kb_token *token, struct kb_clock now)
{
    int64_t rest = kb_token_rest_ms(token, now);

    if (kb_token_usable(token, route->min_ttl, now))
        trace("cached token, life left", route->profile, rest, "ms");
    else if (token->life_ms <= 0)
        trace("cached token is of unknown life", route->profile, 0, "");
    else if (rest < 0)
        trace("cached token has expired, over for", route->profile, -rest, "ms");
    else if (rest < kb_token_margin_ms(token, route->min_ttl))
        trace("cached token is within its margin, life left", route->profile, rest, "ms");
    else
        trace("cached token is of another clock, or of an absurd life", route->profile, 0, "");
}

static void say_tries(const struct kb_report_journal *journal)
{
    for (int64_t i = 0; i < journal->tries; i++) {
        const struct kb_report_try *try = &journal->made[i];
        KB_AUTO(kb_buf_clear) struct kb_buf event = KB_BUF_INIT(512);

        if (try->status)
            kb_buf_fmt(
                &event, "%s answered with HTTP %" PRId64 " after", journal->host, try->status);
        else
            kb_buf_fmt(&event, "%s gave no whole answer, given up after", journal->host);
        say(journal->profile, kb_buf_text(&event), try->took_ms, "ms");
    }
}

static void say_pauses(const struct kb_report_journal *journal)
{
    KB_AUTO(kb_buf_clear) struct kb_buf event = KB_BUF_INIT(512);

    kb_buf_fmt(&event, "%s wants no request for", journal->host);
    if (journal->pause_left_s > 0)
        say(journal->profile, kb_buf_text(&event), journal->pause_left_s, "s; none was sent");
    if (journal->pause_asked_s > 0)
        say(journal->profile, kb_buf_text(&event), journal->pause_asked_s, "s from now on");
}

void trace_journal(const struct kb_report_journal *journal)
{
    if (!is_wanted())
        return;
    if (*journal->store) {
        KB_AUTO(kb_buf_clear) struct kb_buf event = KB_BUF_INIT(512);

        kb_buf_fmt(&event, "the store %s took", journal->store);
        say(journal->profile, kb_buf_text(&event), journal->store_ms, "ms");
    }
    say_tries(journal);
    say_pauses(journal);
    if (journal->failure_s > 0)
        say(journal->profile, "this failure counts for everybody for", journal->failure_s, "s");
    if (journal->cached)
        say(journal->profile, "the token was put into the cache", 0, "");
    if (*journal->no_cache) {
        KB_AUTO(kb_buf_clear) struct kb_buf event = KB_BUF_INIT(1024);

        kb_buf_fmt(&event, "the token was not put into the cache: %s", journal->no_cache);
        say(journal->profile, kb_buf_text(&event), 0, "");
    }
}
