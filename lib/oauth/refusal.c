/*
 * Why there is no token, and when to ask again. A 4xx (but for 408) is never asked again in the
 * same call: it would show the secret once more for nothing, and who answers 429 counts. One
 * whose body nobody can read may come from a firewall in between, so it does not condemn the client
 * for long.
 */
#include "reading.h"

#include "config/preset.h"
#include "config/settings.h"
#include "oauth/assertion.h"
#include "oauth/error_reply.h"
#include "oauth/redact.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_MAX 2048
/* Seconds without a request after a 429 that names no time. */
#define OWN_WAIT 15

struct verdict {
    enum kb_err code;
    enum kb_retry retry;
    const char *what; /* completes "the token endpoint HOST " */
};

static const char refused_client[] = "refused the client", no_token[] = "answered without a token";

static bool refuses_client(long status, const struct kb_error_reply *why)
{
    return status == 401 || status == 403 ||
           (status == 400 && strcmp(why->code, "invalid_client") == 0);
}

static struct verdict judge(
    long status, bool good, const struct kb_error_reply *why, enum kb_retry again)
{
    enum kb_retry final = why->recognised ? KB_RETRY_NEVER : KB_RETRY_BRIEF;

    if (status == 429)
        return (struct verdict){KB_ERR_RATE_LIMITED, again, "is limiting requests"};
    if (status == 408 || status >= 500)
        return (struct verdict){KB_ERR_SERVER, again, "failed"};
    if (status >= 300 && status < 400)
        return (struct verdict){KB_ERR_SERVER, KB_RETRY_BRIEF,
            "answered with a redirect, and redirects are not followed"};
    if (status < 400)
        return (struct verdict){
            KB_ERR_SERVER, KB_RETRY_BRIEF, good ? no_token : "answered with an unexpected status"};
    if (refuses_client(status, why))
        return (struct verdict){KB_ERR_DENIED, final, refused_client};
    if (status == 400 && why->recognised)
        return (struct verdict){KB_ERR_DENIED, final, "refused the request"};
    return (struct verdict){KB_ERR_SERVER, final, "refused the request"};
}

/* The category in a Zuora code (six digits of resource, two of category) as a status. */
static long status_of_category(long category)
{
    static const struct {
        long category, status;
    } table[] = {{10, 403}, {11, 401}, {40, 404}, {45, 405}, {50, 503}, {60, 200}, {61, 503},
        {70, 429}, {99, 200}};

    for (size_t i = 0; i < KB_COUNT(table); i++) {
        if (table[i].category == category)
            return table[i].status;
    }
    return 400;
}

/* The status that a server which sends its errors as 200 should have used; 200: unknown. */
static long status_of_code(const char *code)
{
    static const struct {
        const char *code;
        long status;
    } table[] = {{"invalid_client", 401}, {"unauthorized_client", 403}, {"access_denied", 403},
        {"server_error", 200}, {"temporarily_unavailable", 503}};

    for (size_t i = 0; i < KB_COUNT(table); i++) {
        if (strcmp(table[i].code, code) == 0)
            return table[i].status;
    }
    if (strlen(code) == 8 && strspn(code, "0123456789") == 8)
        return status_of_category(strtol(code + 6, NULL, 10));
    return *code ? 400 : 200;
}

/* Appends ", NAME VALUE" for each header of ours that identifies the exchange and came back. */
static void add_echoes(const struct kb_reading *r, struct kb_buf *text)
{
    for (size_t i = 0; i < r->profile->headers.count; i++) {
        const char *name = r->profile->headers.items[i].name;
        const struct kb_preset_header *rule = kb_preset_header(r->profile->preset, name);
        const char *value = kb_http_header(r->reply, name, NULL);
        char shown[65];

        if (!rule || !rule->may_be_auto || !value)
            continue;
        kb_redact(value, strlen(value), r->context, shown, sizeof(shown));
        kb_buf_fmt(text, ", %s %s", name, shown);
    }
}

/* " (request 91b0..., Zuora-Track-Id build-7)", or nothing. */
static void add_ids(const struct kb_reading *r, struct kb_buf *message)
{
    KB_AUTO(kb_buf_clear) struct kb_buf ids = KB_BUF_INIT(MESSAGE_MAX);

    if (*r->facts->request_id)
        kb_buf_fmt(&ids, ", request %s", r->facts->request_id);
    add_echoes(r, &ids);
    if (ids.len > 0)
        kb_buf_fmt(message, " (%s)", kb_buf_text(&ids) + 2);
}

static void add_reason(
    const struct kb_reading *r, const struct kb_error_reply *why, struct kb_buf *message)
{
    kb_buf_fmt(message, ": HTTP %ld", r->reply->status);
    if (*why->code)
        kb_buf_fmt(message, ", %s", why->code);
    if (*why->description)
        kb_buf_fmt(message, ": %s", why->description);
    if (r->facts->wait_s > 0 && r->said.wait_s > 0)
        kb_buf_fmt(message, "; it asked to wait %lld s", (long long)r->facts->wait_s);
}

static bool refuses_grant(const struct kb_error_reply *why)
{
    return strcmp(why->code, "unauthorized_client") == 0 ||
           strcmp(why->code, "unsupported_grant_type") == 0;
}

/* A preset and its places may make it, so no one setting is to blame. */
static void hint_address(const struct kb_reading *r)
{
    if (r->profile->is_typed)
        kb_hint(r->err, "correct the options that make the address %s, and run the command again",
            r->profile->token_url_text);
    else
        kb_hint(r->err, "correct the address of the token endpoint of profile %s: %s",
            r->profile->name, r->profile->token_url_text);
}

static void hint_second_address(const struct kb_reading *r)
{
    kb_hint(r->err, "correct %s: %s", kb_setting_say(r->profile, "second_url").text,
        r->profile->second_url_text);
}

static void hint_request(const struct kb_reading *r)
{
    if (r->profile->is_typed)
        kb_hint(r->err, "correct what the command asks for, and run it again");
    else
        kb_hint(r->err,
            "keybearer show %s shows what is asked for: correct it in the configuration",
            r->profile->name);
}

static void hint_client(const struct kb_reading *r)
{
    const char *profile = r->profile->name;
    const struct kb_preset *preset = r->profile->preset;
    const char *other = kb_client_auth_other(r->profile, r->context->client);

    if (preset && preset->wrong_host_hint)
        kb_hint(r->err,
            "keybearer add %s, if the secret was changed; else %s (this client was sent to %s)",
            profile, preset->wrong_host_hint, r->profile->token_url.host);
    else if (other)
        kb_hint(r->err,
            "keybearer add %s, if the id or the secret is wrong; else this server may want "
            "\"client_auth\" to be \"%s\"",
            profile, other);
    else if (kb_client_auth_needs(r->profile) & KB_PROOF_KEY)
        kb_hint(r->err,
            "the provider must know this client's public key or certificate; it may also want "
            "another \"assertion_audience\" or \"client_key_id\"");
    else
        kb_hint(r->err, "keybearer add %s", profile);
}

static void hint_clock(const struct kb_reading *r, int64_t lag)
{
    kb_hint(r->err,
        "this machine's clock is %lld s %s the server's, where what the client signs %s: set the "
        "clock",
        (long long)(lag > 0 ? lag : -lag), lag > 0 ? "behind" : "ahead of",
        lag > 0 ? "has expired" : "is not valid yet");
}

static void hint_assertion(const struct kb_reading *r)
{
    kb_hint(r->err,
        "the provider must know this client's public key; what it signs may need another audience "
        "(%s), or other claims",
        kb_setting_say(r->profile, "assertion_audience").text);
}

static void hint_grant(const struct kb_reading *r)
{
    const char *grant = r->profile->grant;

    if (kb_grant_is(r->profile, KB_GRANT_NONE))
        hint_request(r);
    else
        kb_hint(r->err, "allow the %s grant for this client at the provider",
            grant ? grant : "client credentials");
}

static bool is_wrong_address(long status)
{
    return (status >= 300 && status < 400) || status == 404 || status == 405;
}

static void hint_second(const struct kb_reading *r, long status)
{
    if (is_wrong_address(status))
        hint_second_address(r);
    else if (r->err->code == KB_ERR_DENIED)
        hint_request(r);
}

static bool refuses_assertion(const struct kb_reading *r, const struct kb_error_reply *why)
{
    return kb_grant_is(r->profile, KB_GRANT_JWT_BEARER) && strcmp(why->code, "invalid_grant") == 0;
}

static void hint_body(const struct kb_reading *r)
{
    const char *body = r->profile->body;

    kb_hint(r->err, "this server may want another body than %s: set %s", body ? body : "form",
        kb_setting_say(r->profile, "body").text);
}

/* Only who adds the provider may have the wrong place: it gave tokens to a profile that is there.
 */
static void hint_token_path(const struct kb_reading *r)
{
    kb_hint(r->err, "it has no text at %s; if the provider documents another place: set %s",
        r->path, kb_setting_say(r->profile, "token_path").text);
}

/*
 * The provider's own words first: its preset knows what they mean. But LAG, what spoiling_lag()
 * says, is a fact.
 */
static void hint(
    const struct kb_reading *r, const struct kb_error_reply *why, long status, int64_t lag)
{
    const char *known = kb_preset_hint(r->profile->preset, why->code, why->description);

    r->facts->known = known;
    if (lag != 0)
        hint_clock(r, lag);
    else if (known)
        kb_hint(r->err, "%s", known);
    else if (r->is_second)
        hint_second(r, status);
    else if (strcmp(why->code, "invalid_scope") == 0)
        kb_hint(r->err, "%s %s", r->profile->scope ? "correct" : "set",
            kb_setting_say(r->profile, "scope").text);
    else if (refuses_grant(why))
        hint_grant(r);
    else if (r->facts->client_refused)
        hint_client(r);
    else if (refuses_assertion(r, why))
        hint_assertion(r);
    else if (is_wrong_address(status))
        hint_address(r);
    else if (status == 415)
        hint_body(r);
    else if (r->err->code == KB_ERR_DENIED)
        hint_request(r);
}

static bool blames_client(const struct kb_reading *r, long status, const struct kb_error_reply *why)
{
    return !r->is_second && refuses_client(status, why) && !refuses_grant(why) &&
           strcmp(why->code, "invalid_scope") != 0;
}

static bool has_signed(const struct kb_oauth_context *context)
{
    for (size_t i = 0; context->assertions && i < KB_ASSERTION_USES; i++) {
        if (!kb_secret_is_empty(&context->assertions[i]))
            return true;
    }
    return false;
}

/*
 * Seconds by which our clock is behind the server's, where that makes what was signed worthless; 0:
 * the clock is not to blame.
 */
static int64_t spoiling_lag(const struct kb_reading *r)
{
    const char *date = kb_http_header(r->reply, "Date", NULL);
    int64_t at, lag;

    if (r->is_second || !has_signed(r->context) || !date || !kb_http_date_parse(date, &at))
        return 0;
    lag = at - kb_clock_seconds(r->now.wall_ms);
    return lag >= KB_ASSERTION_LIFE_S || lag <= -KB_ASSERTION_BACK_S ? lag : 0;
}

enum kb_err kb_reading_refused(const struct kb_reading *r, const struct json_object *body)
{
    KB_AUTO(kb_buf_clear) struct kb_buf message = KB_BUF_INIT(MESSAGE_MAX);
    long status = r->reply->status;
    struct kb_error_reply why;
    struct verdict verdict;
    bool good = kb_reading_is_success(r, status), blamed;
    int64_t lag;

    kb_error_reply_read(r->reply, body, r->context, &why);
    if (good)
        status = status_of_code(why.code);
    if (status == 429 || (status >= 500 && r->said.retry_after))
        r->facts->wait_s = r->said.wait_s;
    if (status == 429 && r->facts->wait_s == 0)
        r->facts->wait_s = OWN_WAIT;
    verdict = judge(status, good, &why, r->facts->wait_s > 0 ? KB_RETRY_AFTER : KB_RETRY_SOON);
    r->facts->retry = verdict.retry;
    blamed = blames_client(r, status, &why);
    lag = blamed || refuses_assertion(r, &why) ? spoiling_lag(r) : 0;
    r->facts->client_refused = blamed && lag == 0;
    memcpy(r->facts->request_id, why.request_id, sizeof(why.request_id));
    kb_reading_append_endpoint(r, &message);
    kb_buf_fmt(&message, " %s",
        r->is_second && verdict.what == refused_client ? "refused the token of the first step"
                                                       : verdict.what);
    add_reason(r, &why, &message);
    add_ids(r, &message);
    kb_fail(r->err, verdict.code, "%s", kb_buf_text(&message));
    hint(r, &why, status, lag);
    if (verdict.what == no_token && body && r->profile->is_typed && r->is_last && !*why.code &&
        !*why.description)
        hint_token_path(r);
    return verdict.code;
}

enum kb_err kb_reading_malformed(const struct kb_reading *r, const char *fmt, ...)
{
    KB_AUTO(kb_buf_clear) struct kb_buf message = KB_BUF_INIT(MESSAGE_MAX);
    char how[256];
    va_list args;

    va_start(args, fmt);
    vsnprintf(how, sizeof(how), fmt, args);
    va_end(args);
    r->facts->retry = KB_RETRY_BRIEF;
    kb_reading_append_endpoint(r, &message);
    kb_buf_fmt(&message, " answered HTTP %ld %s", r->reply->status, how);
    add_ids(r, &message);
    return kb_fail(r->err, KB_ERR_SERVER, "%s", kb_buf_text(&message));
}
