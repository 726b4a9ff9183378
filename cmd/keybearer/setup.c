/*
 * `setup`: connects a tool. Shows what would change, asks, makes it, and asks the tool itself
 * whether it now gets a credential. Must never touch a store, nor ask for a secret.
 */
#include "setup.h"

#include "base/options.h"
#include "front.h"

enum { PAGE_MAX = 1 << 20 };

/* --- one tool ---------------------------------------------------------------------------- */

/* Whom it is undone for. */
static const char *name_of(const struct setup_plan *plan)
{
    return plan->profile && plan->tool->scope != KB_TOOL_ALL ? plan->profile->name : NULL;
}

int setup_finish(struct setup_plan *plan)
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(PAGE_MAX);
    const struct kb_tool *tool = plan->tool;
    int status;

    setup_plan_make(plan);
    status = setup_plan_tell(plan);
    setup_note_connected(&out, plan);
    setup_note_helpers(&out, plan);
    setup_note_path(&out, tool);
    if (status == 0) {
        kb_buf_str(&out, "To undo it: ");
        setup_describe_command(&out, tool, name_of(plan));
        kb_buf_str(&out, " --undo\n");
    }
    return output(&out, status);
}

/* What stands may be taken back behind it, or lack what only the tool knows. */
static bool may_lack_something(const struct setup_plan *plan)
{
    bool may = plan->tool->kind->server || plan->tool->kind->verify;

    for (size_t i = 0; i < plan->changes.count; i++)
        may = may || plan->changes.items[i].missing;
    return may;
}

static int say_nothing_to_do(const struct setup_plan *plan, int status)
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(PAGE_MAX);

    if (may_lack_something(plan))
        setup_note_connected(&out, plan);
    else if (plan->failed == 0)
        report_words(&out, "%s is already connected.", plan->tool->title);
    if (plan->failed < plan->changes.count)
        setup_note_configuration(&out, plan->tool);
    if (plan->failed < plan->changes.count)
        setup_note_path(&out, plan->tool);
    return output(&out, status);
}

static int connect_tool(const struct setup_options *options, const struct kb_tool *tool,
    const struct kb_config *config, const struct kb_profile *profile)
{
    KB_AUTO(setup_plan_clear) struct setup_plan plan = {0};
    KB_AUTO(kb_buf_clear) struct kb_buf page = KB_BUF_INIT(PAGE_MAX);
    KB_AUTO(kb_buf_clear) struct kb_buf command = KB_BUF_INIT(1024);
    struct kb_error err = KB_ERROR_INIT;
    int status, ended;

    if (setup_plan(tool, config, profile, &plan, &err))
        return output_error(&err);
    status = setup_plan_tell(&plan);
    if (plan.to_make == 0 && plan.by_hand == 0)
        return say_nothing_to_do(&plan, status);
    setup_plan_describe(&page, &plan);
    if (plan.to_make == 0) {
        setup_note_path(&page, tool);
        return output(&page, status);
    }
    setup_describe_command(&command, tool, profile ? profile->name : NULL);
    if (!setup_agreed(options, &page, "Make this change? ", kb_buf_text(&command), &ended))
        return status ? status : ended;
    if (!options->yes && setup_plan_check_still(&plan, &err))
        return output_error(&err);
    ended = setup_finish(&plan);
    return status ? status : ended;
}

/* --- the verb -------------------------------------------------------------------------- */

/* Whoever names the profile first: "setup corp git" is "setup git corp". */
static bool suggest_order(const char *word, const char *next, struct kb_error *err)
{
    static const struct kb_tool any = {.word = "TOOL"};
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf command = KB_BUF_INIT(1024);
    const struct kb_tool *tool = next ? kb_tool_by_word(next) : NULL;

    if (kb_config_load_usual(&config, NULL) || !kb_config_find(&config, word))
        return false;
    setup_describe_command(&command, tool ? tool : &any, word);
    kb_hint(err, "%s is a profile: %s", word, kb_buf_text(&command));
    return true;
}

static enum kb_err find_tool(
    const char *word, const char *next, const struct kb_tool **ret, struct kb_error *err)
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
    kb_fail(err, KB_ERR_USAGE, "\"%s\" is no tool that setup knows", word);
    if (suggest_order(word, next, err))
        return KB_ERR_USAGE;
    nearest = kb_text_nearest(word, words, count < KB_COUNT(words) ? count : KB_COUNT(words));
    return kb_hinted(err, KB_ERR_USAGE, "%s%s%s",
        nearest ? "did you mean " : "keybearer setup shows them", nearest ? nearest : "",
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
    enum kb_err rc = word ? find_tool(word, name, &tool, &err) : KB_OK;

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
