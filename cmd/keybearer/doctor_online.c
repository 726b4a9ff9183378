/*
 * `doctor --online`: what is met on the way to the endpoints of profiles, as keybearer-fetch sees
 * it, which takes nothing along. Must never ask for a token, nor look while an endpoint wants
 * silence.
 */
#include "doctor.h"

#include "front.h"

#include "cache/pause.h"
#include "core/sight.h"

#include <inttypes.h>
#include <string.h>

/* The helper itself gives up after ten seconds. */
enum { PATIENCE_MS = 12000 };

enum { DAY_S = 86400, SOON_DAYS = 14, CLOCK_S = 60 };

/* --- asking the helper ---------------------------------------------------------------- */

static enum kb_err look(const struct kb_profile *profile, const char *endpoint,
    struct kb_frame *ret, struct kb_error *err)
{
    char setting[16];
    char *argv[] = {profile->name, setting};
    const struct helper_call call = {.program = "keybearer-fetch",
        .verb = "look",
        .report = KB_REPORT_LOOK,
        .argc = KB_COUNT(argv),
        .argv = argv,
        .lock_fd = -1,
        .patience_ms = PATIENCE_MS};

    kb_text_copy(setting, sizeof(setting), endpoint);
    return helper_call(&call, ret, err);
}

/* --- what it says --------------------------------------------------------------------- */

/* Whether PART was got, or was not needed to get on. */
static bool is_got(const struct kb_sight *sight, enum kb_sight_part part)
{
    return !sight->failed || sight->missing > (int64_t)part;
}

static void say_missing(struct doctor_page *page, const struct kb_sight *sight, const char *about)
{
    doctor_say(page, FINDING_FAIL, about, sight->hint, "%s", sight->problem);
}

static void say_proxy(struct doctor_page *page, const struct kb_sight *sight)
{
    if (!is_got(sight, KB_SIGHT_PROXY))
        say_missing(page, sight, "proxy");
    else if (sight->proxy == KB_SIGHT_PROXY_USED)
        doctor_say(
            page, FINDING_OK, "proxy", NULL, "%s, from %s", sight->proxy_at, sight->variable);
    else if (sight->proxy == KB_SIGHT_PROXY_EXEMPT)
        doctor_say(page, FINDING_OK, "proxy", NULL, "none, because no_proxy names %s", sight->host);
    else if (sight->proxy == KB_SIGHT_PROXY_LOOPBACK)
        doctor_say(
            page, FINDING_OK, "proxy", NULL, "none, because %s is this machine", sight->host);
    else
        doctor_say(page, FINDING_OK, "proxy", NULL, "none");
}

static void say_name(struct doctor_page *page, const struct kb_sight *sight)
{
    if (!is_got(sight, KB_SIGHT_NAME))
        say_missing(page, sight, "name");
    else if (sight->proxy == KB_SIGHT_PROXY_USED)
        doctor_say(page, FINDING_OK, "name", NULL, "the proxy finds %s", sight->host);
    else if (*sight->address)
        doctor_say(page, FINDING_OK, "name", NULL, "%s is %s", sight->host, sight->address);
    else
        doctor_say(page, FINDING_OK, "name", NULL, "%s has an address", sight->host);
}

/* The day in UTC that Unix time WALL_S is on. */
struct day {
    char text[KB_CLOCK_TEXT];
};

static struct day day_of(int64_t wall_s)
{
    struct day day;

    kb_clock_rfc3339(wall_s, day.text);
    day.text[strcspn(day.text, "T")] = '\0';
    return day;
}

/* An authority in between may end before what it has signed. */
static void say_ends(struct doctor_page *page, const struct kb_sight *sight)
{
    bool is_own = sight->chain_ends_s == 0 || sight->chain_ends_s >= sight->ends_s;
    int64_t ends_s = is_own ? sight->ends_s : sight->chain_ends_s;
    int64_t days = (ends_s - sight->heard_s) / DAY_S;
    bool is_soon = days < SOON_DAYS;

    doctor_say(page, is_soon ? FINDING_NOTE : FINDING_OK, "certificate",
        is_soon ? "ask who runs the server to renew it before that day" : NULL,
        "trusted, issued by %s; %s ends on %s, in %" PRId64 " day%s", sight->issuer,
        is_own ? "it" : "an authority's", day_of(ends_s).text, days, days == 1 ? "" : "s");
}

static void say_certificate(struct doctor_page *page, const struct kb_sight *sight)
{
    if (!is_got(sight, KB_SIGHT_CERTIFICATE))
        say_missing(page, sight, "certificate");
    else if (!sight->encrypted)
        doctor_say(page, FINDING_OK, "certificate", NULL,
            "none is needed: %s is this machine, and asked without TLS", sight->host);
    else if (sight->ends_s == 0)
        doctor_say(page, FINDING_OK, "certificate", NULL, "trusted; its end cannot be read");
    else
        say_ends(page, sight);
}

/* A server refuses an assertion that comes from its future, or its past. */
static void say_clock(
    struct doctor_page *page, const struct kb_profile *profile, const struct kb_sight *sight)
{
    int64_t ahead_s = sight->heard_s - sight->date_s;
    int64_t off_s = ahead_s < 0 ? -ahead_s : ahead_s;
    bool signs = kb_profile_signs(profile);

    if (sight->date_s == 0)
        doctor_say(
            page, FINDING_NOTE, "clock", NULL, "%s does not say what time it is", sight->host);
    else if (off_s <= CLOCK_S)
        doctor_say(page, FINDING_OK, "clock", NULL, "as the server's, within %d s", CLOCK_S);
    else
        doctor_say(page, signs ? FINDING_FAIL : FINDING_NOTE, "clock",
            "set this machine's clock, if the server's is right: timedatectl status",
            "this machine is %s %s the server%s", kb_clock_say(off_s).text,
            ahead_s < 0 ? "behind" : "ahead of",
            signs ? ", which may refuse what the client signs" : "");
}

/* Nothing of the client's was brought along: that the way ends there says nothing of a request. */
static bool is_wanted_proof(const struct kb_profile *profile, const struct kb_sight *sight)
{
    return sight->failed && sight->may_want_certificate && kb_profile_proves_by_tls(profile);
}

static void say_wanted_proof(
    struct doctor_page *page, const struct kb_profile *profile, const struct kb_sight *sight)
{
    KB_AUTO(kb_buf_clear) struct kb_buf hint = KB_BUF_INIT(512);

    kb_buf_fmt(&hint, "keybearer refresh %s shows it", profile->name);
    doctor_say(page, FINDING_NOTE, "endpoint", kb_buf_text(&hint),
        "%s wants to see the client's certificate, which was not shown to it", sight->host);
}

static void say_answer(struct doctor_page *page, const struct kb_sight *sight)
{
    if (sight->failed)
        say_missing(page, sight, "endpoint");
    else
        doctor_say(page, FINDING_OK, "endpoint", NULL, "%s answers (HTTP %" PRId64 ")", sight->host,
            sight->status);
}

/* From the first to the last that was got, and what was missing then. */
static void judge(
    struct doctor_page *page, const struct kb_profile *profile, const struct kb_sight *sight)
{
    if (sight->failed && sight->missing == KB_SIGHT_NOTHING) {
        say_missing(page, sight, "endpoint");
        return;
    }
    say_proxy(page, sight);
    if (is_got(sight, KB_SIGHT_PROXY))
        say_name(page, sight);
    if (sight->missing == KB_SIGHT_CONNECTION)
        say_missing(page, sight, "connection");
    if (is_wanted_proof(profile, sight)) {
        if (sight->encrypted)
            say_certificate(page, sight);
        say_wanted_proof(page, profile, sight);
        return;
    }
    if (is_got(sight, KB_SIGHT_CONNECTION))
        say_certificate(page, sight);
    if (!sight->failed)
        say_clock(page, profile, sight);
    if (is_got(sight, KB_SIGHT_CERTIFICATE))
        say_answer(page, sight);
}

/* --- the whole ------------------------------------------------------------------------ */

static void say_asking(const struct kb_url *url)
{
    KB_AUTO(kb_buf_clear) struct kb_buf line = KB_BUF_INIT(1024);

    kb_buf_str(&line, "Looking at ");
    kb_url_append_authority(url, &line);
    kb_buf_str(&line, " ...\n");
    output_progress(&line);
}

/* While it wants silence, a request of ours, too, would be one too many. */
static void check_endpoint(struct doctor_page *page, const struct kb_profile *profile,
    const struct kb_url *url, const struct kb_cache *cache)
{
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    struct kb_error err = KB_ERROR_INIT;
    int64_t pause = kb_pause_of_endpoint_s(cache, url, kb_clock_now());

    if (pause > 0) {
        KB_AUTO(kb_buf_clear) struct kb_buf hint = KB_BUF_INIT(512);

        kb_buf_fmt(&hint, "keybearer doctor --online %s, after that", profile->name);
        doctor_say(page, FINDING_NOTE, "endpoint", kb_buf_text(&hint),
            "it asked for a pause, and is not looked at for another %s", kb_clock_say(pause).text);
        return;
    }
    say_asking(url);
    if (look(profile, page->endpoint, &frame, &err))
        doctor_say(page, FINDING_FAIL, "endpoint", kb_err_hint(&err), "%s", err.msg);
    else
        judge(page, profile, &frame.report.look);
}

/* It is looked at in any case: nothing of the client's goes there. */
static void check_bond(struct doctor_page *page, const struct kb_profile *profile)
{
    struct kb_error err = KB_ERROR_INIT;
    struct kb_ref client;

    if (client_on_card(profile, &client, &err) == KB_ERR_DENIED)
        doctor_say(page, FINDING_FAIL, "bond", kb_err_hint(&err), "%s", err.msg);
}

void doctor_check_online(struct doctor_page *page, const struct kb_config *config, const char *only)
{
    KB_AUTO(kb_cache_close) struct kb_cache cache = KB_CACHE_INIT;

    kb_cache_open(&cache);
    for (size_t i = 0; i < config->count; i++) {
        const struct kb_profile *profile = &config->profiles[i];

        if (only && strcmp(profile->name, only) != 0)
            continue;
        page->profile = profile->name;
        page->endpoint = "token_url";
        check_bond(page, profile);
        check_endpoint(page, profile, &profile->token_url, &cache);
        if (profile->second_url_text) {
            page->endpoint = "second_url";
            check_endpoint(page, profile, &profile->second_url, &cache);
        }
    }
    page->profile = page->endpoint = NULL;
}
