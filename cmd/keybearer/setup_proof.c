/*
 * Whether a tool that `setup` connected gets a credential now: it is asked itself, and what it says
 * decides what the person is told. Must never show what a tool says of a credential.
 */
#include "setup.h"

#include "base/clock.h"
#include "config/match.h"
#include "front.h"

#include <limits.h>
#include <string.h>

/* However many profiles: a person waits so long for all of them. */
enum { PROOFS_MS = 30000 };

enum { OUTPUT_MAX = 256 << 10, TAIL_MAX = 4096 };

/* --- asking ----------------------------------------------------------------------------- */

enum verdict { CANNOT_SAY, GETS_NONE, GETS_ONE, IS_LATE };

/* Whether the tool itself now gets a credential for what CHANGE connects. */
static enum verdict verify(const struct kb_change *change, const struct kb_deadline *by)
{
    KB_AUTO(kb_strings_clear) struct kb_strings words = {0};
    KB_AUTO(kb_buf_clear) struct kb_buf input = KB_BUF_INIT(8192);
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(OUTPUT_MAX);
    const struct kb_tool_kind *kind = change->tool->kind;
    char path[PATH_MAX];
    const struct program_call call = {
        .path = path, .words = &words, .input = &input, .by = by, .waits_for = change->tool->title};
    int status = 0;
    enum kb_err rc;

    if (!kind->verify || !kind->verify(change, &words, &input) || !setup_is_found(change->tool) ||
        !setup_find_program(change->tool, path))
        return CANNOT_SAY;
    rc = kb_deadline_passed(*by) ? KB_ERR_TIMEOUT : program_run(&call, &out, &status, NULL);
    if (rc)
        return rc == KB_ERR_TIMEOUT ? IS_LATE : GETS_NONE;
    return status == 0 && kind->got(kb_buf_text(&out)) ? GETS_ONE : GETS_NONE;
}

/* Whether keybearer itself has a token of PROFILE: then it is the tool that gets none. */
static bool has_token(const char *profile, const struct kb_deadline *by)
{
    KB_AUTO(kb_strings_clear) struct kb_strings words = {0};
    KB_AUTO(kb_buf_clear) struct kb_buf errors = KB_BUF_INIT(OUTPUT_MAX);
    char own[PATH_MAX];
    const struct program_call call = {
        .path = own, .words = &words, .hears = PROGRAM_ERRORS, .by = by, .waits_for = "keybearer"};
    int status = 0;

    kb_strings_add(&words, "token");
    kb_strings_add(&words, profile);
    return in_path_own(own) && !program_run(&call, &errors, &status, NULL) && status == 0;
}

/* The server that the tool asks next, if the profile NAME does not serve it: only a match could. */
static bool find_unserved(const struct setup_plan *plan, const char *name,
    const struct kb_deadline *by, struct kb_url *ret)
{
    KB_AUTO(kb_strings_clear) struct kb_strings words = {0};
    KB_AUTO(kb_buf_clear) struct kb_buf said = KB_BUF_INIT(OUTPUT_MAX);
    const struct kb_profile *profile = kb_config_find(plan->config, name);
    char path[PATH_MAX];
    const struct program_call call = {.path = path, .words = &words, .by = by};
    int status = 0;

    if (!plan->tool->kind->server || !profile || !setup_find_program(plan->tool, path))
        return false;
    plan->tool->kind->server(&words);
    if (program_run(&call, &said, &status, NULL) || status != 0 ||
        kb_url_parse(kb_buf_text(&said), strcspn(kb_buf_text(&said), "\n"), ret, NULL))
        return false;
    return strcmp(ret->scheme, "https") == 0 && !kb_match_covers(plan->config, profile, ret, true);
}

static void append_unserved(struct kb_buf *out, const char *profile, const struct kb_url *url)
{
    kb_buf_fmt(out,
        ", but gets no credential for the server of its context yet: keybearer match add %s ",
        profile);
    kb_url_append_origin(url, out);
    if (strcmp(url->path, "/") != 0)
        kb_buf_str(out, url->path);
}

/* What follows "git is connected to PROFILE". */
static void append_tail(struct kb_buf *out, const struct setup_plan *plan,
    const struct kb_change *change, const struct kb_deadline *by)
{
    struct kb_url url = KB_URL_INIT;
    enum verdict verdict;

    if (find_unserved(plan, change->profile, by, &url)) {
        append_unserved(out, change->profile, &url);
        return;
    }
    verdict = change->missing ? GETS_NONE : verify(change, by);

    if (verdict == GETS_ONE)
        kb_buf_str(out, ", and gets a credential.");
    else if (verdict == CANNOT_SAY)
        kb_buf_str(out, ".");
    else if (verdict == IS_LATE)
        kb_buf_fmt(out, ", but no answer came in time: keybearer token %s", change->profile);
    else if (change->missing)
        kb_buf_fmt(out, ", but gets no credential yet: %s", change->missing);
    else if (has_token(change->profile, by))
        kb_buf_str(out, ", but gets no credential yet: keybearer doctor");
    else
        kb_buf_fmt(out, ", but gets no credential yet: keybearer token %s", change->profile);
}

/* --- in words --------------------------------------------------------------------------- */

/* One that failed in part is not connected. */
static bool has_failed(const struct setup_plan *plan, const char *profile)
{
    for (size_t i = 0; i < plan->changes.count; i++) {
        if (plan->why[i].code && strcmp(plan->changes.items[i].profile, profile) == 0)
            return true;
    }
    return false;
}

/* Of each profile's changes the first is the one that a tool can be asked about. */
static void gather(
    const struct setup_plan *plan, struct kb_strings *profiles, struct kb_strings *tails)
{
    const struct kb_deadline by = kb_deadline_in_ms(PROOFS_MS);
    const char *last = NULL;

    for (size_t i = 0; i < plan->changes.count; i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf tail = KB_BUF_INIT(TAIL_MAX);
        const struct kb_change *change = &plan->changes.items[i];

        if (change->way == KB_WAY_PRINT || (last && strcmp(last, change->profile) == 0) ||
            has_failed(plan, change->profile))
            continue;
        last = change->profile;
        append_tail(&tail, plan, change, &by);
        kb_strings_add(profiles, *change->profile ? change->profile : "every profile");
        kb_strings_add(tails, kb_buf_text(&tail));
    }
}

void setup_note_connected(struct kb_buf *out, const struct setup_plan *plan)
{
    KB_AUTO(kb_strings_clear) struct kb_strings profiles = {0};
    KB_AUTO(kb_strings_clear) struct kb_strings tails = {0};

    gather(plan, &profiles, &tails);
    for (size_t i = 0; i < tails.count; i++) {
        KB_AUTO(kb_strings_clear) struct kb_strings same = {0};
        KB_AUTO(kb_buf_clear) struct kb_buf names = KB_BUF_INIT(65536);
        bool is_said = false;

        for (size_t k = 0; k < i; k++)
            is_said = is_said || strcmp(tails.items[k], tails.items[i]) == 0;
        for (size_t k = i; !is_said && k < tails.count; k++) {
            if (strcmp(tails.items[k], tails.items[i]) == 0)
                kb_strings_add(&same, profiles.items[k]);
        }
        if (is_said)
            continue;
        setup_describe_names(&names, &same);
        report_words(
            out, "%s is connected to %s%s", plan->tool->title, kb_buf_text(&names), tails.items[i]);
    }
}
