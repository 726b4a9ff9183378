/*
 * What `setup` says when a change stands: whether the tool gets a credential now, and what the
 * person should know besides. Must never show what a tool says of a credential, nor the value of a
 * helper that is not ours: it may hold a password.
 */
#include "setup.h"

#include "base/clock.h"
#include "base/shell_word.h"
#include "config/match.h"
#include "core/place.h"
#include "front.h"
#include "git_version.h"

#include <limits.h>
#include <string.h>

/* However many profiles: a person waits so long for all of them. */
enum { PROOFS_MS = 30000 };

enum { OUTPUT_MAX = 256 << 10, TAIL_MAX = 4096 };

/* --- who else is there ------------------------------------------------------------------ */

bool setup_is_found(const struct kb_tool *tool)
{
    char found[PATH_MAX];

    return !*tool->seeks || in_path_find(tool->seeks, NULL, found);
}

void setup_note_path(struct kb_buf *out, const struct kb_tool *tool)
{
    char own[PATH_MAX], found[PATH_MAX];

    if (!*tool->seeks || !in_path_own(own))
        return;
    if (!in_path_find(tool->seeks, NULL, found))
        report_words(out, "Note: %s is not in PATH, where %s looks for it: put %.*s there.",
            tool->seeks, tool->title, (int)(strrchr(own, '/') - own), own);
    else if (!in_path_same(found, own))
        report_words(out, "Note: %s, which %s finds, is not this keybearer.", found, tool->title);
}

/* A setting names a profile, or none, and no configuration. */
void setup_note_configuration(struct kb_buf *out, const struct kb_tool *tool)
{
    KB_AUTO(kb_buf_clear) struct kb_buf word = KB_BUF_INIT((size_t)2 * PATH_MAX);
    char path[PATH_MAX];

    if (!kb_config_is_other() || kb_config_path(path, sizeof(path), NULL))
        return;
    kb_shell_word(&word, path);
    report_words(out,
        "Note: %s needs KEYBEARER_CONFIG=%s in its environment, too: without it, keybearer reads "
        "the usual configuration there.",
        tool->title, kb_buf_text(&word));
}

static void note_names(struct kb_buf *out, const struct kb_tool *tool, const char *when,
    const struct kb_strings *names, const char *end)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(65536);

    setup_describe_names(&text, names);
    if (names->count > 0)
        report_words(out, "Note: %s %s asks %s%s.", when, tool->title, kb_buf_text(&text), end);
}

/* An old git hands our token to the others, and `store` writes it down. */
static void warn_of_old_git(struct kb_buf *out, const struct kb_others *others)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT((size_t)2 * PATH_MAX);
    char file[PATH_MAX];
    struct git_version git;

    git_version_find(&git);
    if (!git_version_gives(&git, others, file))
        return;
    kb_buf_str(&text, "Note: git ");
    git_version_warn(&text, &git, file);
    report_words(out, "%s. To avoid that: %s.", kb_buf_text(&text), GIT_VERSION_CURE);
}

/* Only git has other helpers beside ours. */
void setup_note_helpers(struct kb_buf *out, const struct setup_plan *plan)
{
    KB_AUTO(kb_others_clear) struct kb_others others = {.is_open = false};
    const struct kb_tool *tool = plan->tool;

    if (!tool->kind->others)
        return;
    for (size_t i = 0; i < plan->changes.count; i++) {
        const struct kb_profile *profile =
            kb_config_find(plan->config, plan->changes.items[i].profile);

        if (profile)
            kb_tool_others(tool, profile, &others);
    }
    note_names(out, tool, "before keybearer", &others.before, "");
    note_names(out, tool, "behind keybearer", &others.behind, "");
    note_names(out, tool, "for a part of its addresses", &others.within, ", too");
    if (others.is_open)
        report_words(out, "Note: %s's files leave open whom else it asks.", tool->title);
    warn_of_old_git(out, &others);
}

/* --- the proof -------------------------------------------------------------------------- */

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
