/*
 * Whom a tool asks besides, for `setup`: asked of the tool itself, as it alone follows what its
 * files include, and knows where all of them are. Must never keep what it says.
 */
#include "setup.h"

enum { OUTPUT_MAX = 1 << 20 };

/* False: it cannot say, or did not. */
static bool ask(const struct kb_tool *tool, struct kb_buf *said)
{
    KB_AUTO(kb_strings_clear) struct kb_strings words = {0};
    char path[PATH_MAX];
    const struct program_call call = {.path = path, .words = &words};
    int status = 0;

    if (!tool->kind->ask_others || !setup_find_program(tool, path))
        return false;
    tool->kind->ask_others(&words);
    return !program_run(&call, said, &status, NULL) &&
           (status == 0 || status == tool->kind->none_status);
}

void setup_find_others(const struct setup_plan *plan, struct kb_others *ret)
{
    KB_AUTO(kb_buf_clear) struct kb_buf said = KB_BUF_INIT(OUTPUT_MAX);
    bool has_said = ask(plan->tool, &said);

    for (size_t i = 0; i < plan->changes.count; i++) {
        const struct kb_profile *profile =
            kb_config_find(plan->config, plan->changes.items[i].profile);

        if (profile && has_said)
            kb_tool_others_said(plan->tool, profile, &said, ret);
        else if (profile)
            kb_tool_others(plan->tool, profile, ret);
    }
}
