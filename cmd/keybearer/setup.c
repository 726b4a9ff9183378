/*
 * `setup`: connects a tool. Shows what would change, asks, makes it, and asks the tool itself
 * whether it now gets a credential. Must never touch a store, nor ask for a secret.
 */
#include "setup.h"

#include "base/alloc.h"
#include "base/options.h"
#include "front.h"
#include "tool_facts.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE_MAX = 1 << 20 };

/* --- what is there ---------------------------------------------------------------------- */

struct plan {
    struct kb_changes changes;
    struct kb_found *found; /* one for each */
    struct kb_error *why;   /* one for each; of code KB_OK it can be made */
    size_t to_make, by_hand, failed;
};

static void clear_plan(struct plan *plan)
{
    kb_changes_clear(&plan->changes);
    free(plan->found);
    free(plan->why);
}

static void look_at_all(struct plan *plan)
{
    plan->found = kb_alloc(plan->changes.count, sizeof(*plan->found));
    plan->why = kb_alloc(plan->changes.count, sizeof(*plan->why));
    for (size_t i = 0; i < plan->changes.count; i++) {
        const struct kb_change *change = &plan->changes.items[i];
        struct kb_error err = KB_ERROR_INIT;

        if (setup_look(change, &plan->found[i], &err)) {
            plan->why[i] = err;
            plan->failed++;
        } else if (change->way == KB_WAY_PRINT) {
            plan->by_hand++;
        } else if (plan->found[i].standing != KB_STANDS_OURS) {
            plan->to_make++;
        }
    }
}

static bool is_to_be_made(const struct plan *plan, size_t i)
{
    return !plan->why[i].code && (plan->changes.items[i].way == KB_WAY_PRINT ||
                                     plan->found[i].standing != KB_STANDS_OURS);
}

/* Each profile's changes behind its name. */
static void describe(struct kb_buf *out, const struct kb_tool *tool, const struct plan *plan)
{
    const char *profile = NULL;

    for (size_t i = 0; i < plan->changes.count; i++) {
        const struct kb_change *change = &plan->changes.items[i];

        if (!is_to_be_made(plan, i))
            continue;
        if (!profile || strcmp(profile, change->profile) != 0)
            kb_buf_fmt(out, "%s, %s%s:\n", tool->title, *change->profile ? "profile " : "for every",
                *change->profile ? change->profile : " profile");
        profile = change->profile;
        setup_describe(out, change, &plan->found[i]);
    }
}

/* --- what else the person should know --------------------------------------------------- */

/* The tool finds us by a name in PATH. */
static void note_path(struct kb_buf *out, const struct kb_tool *tool)
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

/* git asks the helpers of all hosts before those of one. Their values may hold a password. */
static void note_other_helpers(struct kb_buf *out, const struct kb_tool *tool)
{
    KB_AUTO(kb_buf_clear) struct kb_buf said = KB_BUF_INIT(65536);
    KB_AUTO(kb_strings_clear) struct kb_strings words = {0};
    char path[PATH_MAX];
    const struct program_call call = {.path = path, .words = &words};
    int status = 0;

    if (strcmp(tool->word, "git") != 0 || !setup_find_program(tool, path))
        return;
    kb_strings_add(&words, "config");
    kb_strings_add(&words, "--get-all");
    kb_strings_add(&words, "credential.helper");
    if (program_run(&call, &said, &status, NULL) || status != 0)
        return;
    for (const char *line = kb_buf_text(&said); *line; line += strcspn(line, "\n"), line++) {
        size_t len = strcspn(line, " \n");

        if (len == 0 || strncmp(line, "keybearer", len) == 0)
            continue;
        if (*line == '!' || len > 64)
            kb_buf_str(out, "Note: a command that is set as credential.helper is asked for every "
                            "host, too.\n");
        else
            report_words(out, "Note: the helper %.*s of all hosts is asked, too.", (int)len, line);
    }
}

/* --- making --------------------------------------------------------------------------- */

static int fail_by_hand(const struct kb_change *change, const struct kb_error *why)
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(PAGE_MAX);
    int status = output_error(why);

    setup_describe_lines(&out, change);
    return output(&out, status);
}

/* What could not even be looked at. */
static int tell_failures(const struct plan *plan)
{
    int status = 0;

    for (size_t i = 0; i < plan->changes.count; i++) {
        if (plan->why[i].code) {
            int said = fail_by_hand(&plan->changes.items[i], &plan->why[i]);

            status = status ? status : said;
        }
    }
    return status;
}

static void say_made(struct kb_buf *out, const struct kb_change *change)
{
    const char *whom = *change->profile ? change->profile : "every profile";
    const char *tool = change->tool->title;

    switch (setup_verify(change)) {
    case SETUP_GETS_ONE:
        report_words(out, "%s is connected to %s, and gets a credential.", tool, whom);
        break;
    case SETUP_GETS_NONE:
        report_words(out, "%s is connected to %s, but gets no credential yet: keybearer token %s",
            tool, whom, whom);
        break;
    case SETUP_CANNOT_SAY:
        report_words(out, "%s is connected to %s.", tool, whom);
        break;
    }
}

/* Once for each profile: of its changes the first is the one that a tool can be asked about. */
static void say_all_made(struct kb_buf *out, const struct plan *plan)
{
    const char *profile = NULL;

    for (size_t i = 0; i < plan->changes.count; i++) {
        const struct kb_change *change = &plan->changes.items[i];

        if (plan->why[i].code || change->way == KB_WAY_PRINT ||
            (profile && strcmp(profile, change->profile) == 0))
            continue;
        profile = change->profile;
        say_made(out, change);
    }
}

static int make_all(struct plan *plan)
{
    KB_AUTO(kb_state_clear) struct kb_state state = KB_STATE_INIT;
    struct kb_error err = KB_ERROR_INIT;
    int status = 0;

    if (kb_state_open(true, &state, &err))
        return output_error(&err);
    for (size_t i = 0; i < plan->changes.count; i++) {
        const struct kb_change *change = &plan->changes.items[i];
        int said;

        if (plan->why[i].code || change->way == KB_WAY_PRINT || !setup_make(change, &state, &err))
            continue;
        plan->why[i] = err;
        said = fail_by_hand(change, &err);
        status = status ? status : said;
    }
    return status;
}

static int make_and_say(struct plan *plan, const struct kb_tool *tool, int status)
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(PAGE_MAX);
    int made = plan->to_make > 0 ? make_all(plan) : 0;

    say_all_made(&out, plan);
    note_other_helpers(&out, tool);
    note_path(&out, tool);
    if (!made && plan->to_make > 0)
        kb_buf_fmt(&out, "To undo it: keybearer setup %s --undo\n", tool->word);
    return output(&out, status ? status : made);
}

static int say_nothing_to_do(const struct kb_tool *tool, const struct plan *plan, int status)
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(PAGE_MAX);

    if (plan->failed < plan->changes.count)
        report_words(&out, "%s is already connected.", tool->title);
    note_path(&out, tool);
    return output(&out, status);
}

static int connect_tool(const struct setup_options *options, const struct kb_tool *tool,
    const struct kb_config *config, const struct kb_profile *profile)
{
    KB_AUTO(clear_plan) struct plan plan = {0};
    KB_AUTO(kb_buf_clear) struct kb_buf page = KB_BUF_INIT(PAGE_MAX);
    struct kb_error err = KB_ERROR_INIT;
    char front[PATH_MAX];
    struct kb_tool_ask ask = {.config = config, .profile = profile, .front = front};
    int status, agreed;

    if (!in_path_own(front)) {
        kb_fail(&err, KB_ERR_SYSTEM, "without /proc it is not known where this keybearer is");
        return output_error(&err);
    }
    if (kb_tool_plan(tool, &ask, &plan.changes, &err))
        return output_error(&err);
    look_at_all(&plan);
    status = tell_failures(&plan);
    if (plan.to_make == 0 && plan.by_hand == 0)
        return say_nothing_to_do(tool, &plan, status);
    describe(&page, tool, &plan);
    if (plan.to_make == 0) {
        note_path(&page, tool);
        return output(&page, status);
    }
    if (!setup_agreed(options, &page, "Make this change?", &agreed))
        return status ? status : agreed;
    return make_and_say(&plan, tool, status);
}

/* --- the offer of `add` ----------------------------------------------------------------- */

static bool is_offered(
    const struct kb_tool *tool, const struct kb_config *config, const struct kb_profile *profile)
{
    const struct kb_tool_ask ask = {.config = config, .profile = profile, .front = "/"};
    char path[PATH_MAX];

    return kb_tool_fits(tool, profile) && setup_find_program(tool, path) &&
           tool_standing(tool, &ask, setup_look, NULL) != TOOL_CONNECTED;
}

void setup_offer(const char *name)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf question = KB_BUF_INIT(1024);
    KB_AUTO(kb_strings_clear) struct kb_strings words = {0};
    const struct setup_options options = {.yes = true};
    const struct kb_profile *profile;
    size_t count;
    const struct kb_tool *tools = kb_tools(&count);

    if (!setup_can_ask() || kb_config_load_profile(name, &config, &profile, NULL))
        return;
    for (size_t i = 0; i < count; i++) {
        if (is_offered(&tools[i], &config, profile))
            kb_strings_add(&words, tools[i].word);
    }
    if (words.count == 0)
        return;
    kb_buf_str(&question, "\nConnect ");
    for (size_t i = 0; i < words.count; i++)
        kb_buf_fmt(&question, "%s%s",
            i == 0                ? ""
            : i + 1 < words.count ? ", "
                                  : " and ",
            words.items[i]);
    kb_buf_str(&question, " now?");
    if (!setup_ask(kb_buf_text(&question)))
        return;
    for (size_t i = 0; i < words.count; i++)
        connect_tool(&options, kb_tool_by_word(words.items[i]), &config, profile);
}

/* --- the verb -------------------------------------------------------------------------- */

static enum kb_err find_tool(const char *word, const struct kb_tool **ret, struct kb_error *err)
{
    const char *words[64];
    size_t count;
    const struct kb_tool *tools = kb_tools(&count);
    const char *nearest;

    *ret = kb_tool_by_word(word);
    if (*ret)
        return KB_OK;
    for (size_t i = 0; i < count && i < KB_COUNT(words); i++)
        words[i] = tools[i].word;
    nearest = kb_text_nearest(word, words, count < KB_COUNT(words) ? count : KB_COUNT(words));
    return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "\"%s\" is no tool that setup knows", word),
        "%s%s%s", nearest ? "did you mean " : "keybearer setup shows them", nearest ? nearest : "",
        nearest ? "?" : "");
}

static int show_table(void)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    KB_AUTO(kb_state_clear) struct kb_state state = KB_STATE_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(PAGE_MAX);
    struct kb_error err = KB_ERROR_INIT;

    if (kb_config_load_usual(&config, &err) || kb_state_open(false, &state, &err))
        return output_error(&err);
    setup_table(&out, &config, &state);
    return output(&out, 0);
}

/* Undoing needs no profile: it may be gone. */
static int run_with(const struct setup_options *options, const char *word, const char *name)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    struct kb_error err = KB_ERROR_INIT;
    const struct kb_tool *tool = NULL;
    const struct kb_profile *profile = NULL;
    enum kb_err rc = word ? find_tool(word, &tool, &err) : KB_OK;

    if (!rc && options->undo)
        return setup_take_back(options, tool, name);
    if (!rc && !tool)
        return show_table();
    if (!rc)
        rc = name ? kb_config_load_profile(name, &config, &profile, &err)
                  : kb_config_load_usual(&config, &err);
    return rc ? output_error(&err) : connect_tool(options, tool, &config, profile);
}

int verb_setup(int argc, char *argv[])
{
    struct setup_options options = {0};
    const struct kb_option table[] = {{.name = "dry-run", .flag = &options.dry_run},
        {.name = "undo", .flag = &options.undo}, {.name = "yes", .flag = &options.yes}};
    struct kb_error err = KB_ERROR_INIT;
    int operands;

    if (kb_options_parse(argc, argv, table, KB_COUNT(table), false, &operands, &err))
        return output_error(&err);
    if (operands > 2) {
        kb_options_too_much("a tool and a profile", argv[2], &err);
        return output_error(&err);
    }
    return run_with(&options, operands > 0 ? argv[0] : NULL, operands > 1 ? argv[1] : NULL);
}
