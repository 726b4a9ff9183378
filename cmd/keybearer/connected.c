/*
 * Which tools `setup` connected to a profile, after the profile itself was changed, and the
 * commands that bring them along. Must never change a tool's settings, nor what setup noted.
 */
#include "front.h"

#include "setup.h"

#include <string.h>

/* How one tool that was connected to a profile stands to it after the change. */
struct change {
    bool stale;   /* some of that is not how it would be connected now */
    bool missing; /* what would connect it now was not made yet */
    bool fits;    /* it can be connected now */
};

static bool is_noted(const struct kb_done *done, const struct kb_tool *tool, const char *name)
{
    return strcmp(done->tool, tool->word) == 0 && strcmp(done->profile, name) == 0 &&
           !kb_done_is_of_other(done);
}

static size_t count_noted(
    const struct kb_state *state, const struct kb_tool *tool, const char *name)
{
    size_t count = 0;

    for (size_t i = 0; i < state->count; i++)
        count += is_noted(&state->items[i], tool, name);
    return count;
}

/* Where it does not fit, there is no plan: all that was noted is stale. */
static struct change compare(const struct kb_state *state, const struct kb_tool *tool,
    const struct kb_tool_ask *ask, const char *name)
{
    KB_AUTO(kb_changes_clear) struct kb_changes plan = {0};
    struct change ret = {.fits = ask->profile && !kb_tool_plan(tool, ask, &plan, NULL)};
    size_t noted = count_noted(state, tool, name), still = 0;

    for (size_t i = 0; noted > 0 && ret.fits && i < plan.count; i++) {
        const struct kb_done *done = kb_state_find(state, &plan.items[i]);

        still += done && is_noted(done, tool, name);
        ret.missing = ret.missing || (!done && plan.items[i].way != KB_WAY_PRINT);
    }
    ret.stale = still < noted;
    return ret;
}

/* --- what is said ---------------------------------------------------------------------- */

static void say_undo(struct kb_buf *out, const struct kb_tool *tool, const char *name)
{
    kb_buf_str(out, "  ");
    setup_describe_command(out, tool, name);
    kb_buf_str(out, " --undo\n");
}

static void say_setup(struct kb_buf *out, const struct kb_tool *tool, const char *name)
{
    kb_buf_str(out, "  ");
    setup_describe_command(out, tool, name);
    kb_buf_byte(out, '\n');
}

void connected_say_gone(struct kb_buf *out, const char *name, const char *now)
{
    KB_AUTO(kb_state_clear) struct kb_state state = KB_STATE_INIT;
    size_t count, said = 0;
    const struct kb_tool *tools = kb_tools(&count);

    if (kb_state_open(false, &state, NULL))
        return;
    for (size_t i = 0; i < count; i++) {
        if (count_noted(&state, &tools[i], name) == 0)
            continue;
        if (said++ == 0)
            report_words(out, "keybearer setup connected tools to %s. To %s:", name,
                now ? "connect them to the new name" : "take that back");
        say_undo(out, &tools[i], name);
        if (now)
            say_setup(out, &tools[i], now);
    }
}

void connected_say_moved(struct kb_buf *out, const char *name)
{
    KB_AUTO(kb_state_clear) struct kb_state state = KB_STATE_INIT;
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    char own[PATH_MAX] = "/";
    struct kb_tool_ask ask = {.config = &config, .front = own};
    size_t count, said = 0;
    const struct kb_tool *tools = kb_tools(&count);

    KB_IGNORE(in_path_own(own));
    if (kb_state_open(false, &state, NULL) || kb_config_load_usual(&config, NULL))
        return;
    ask.profile = kb_config_find(&config, name);
    for (size_t i = 0; i < count; i++) {
        const struct change change = compare(&state, &tools[i], &ask, name);

        if (!change.stale && !change.missing)
            continue;
        if (said++ == 0)
            report_words(out,
                "keybearer setup connected tools to the addresses that %s had. To connect them to "
                "those that it has:",
                name);
        if (change.stale)
            say_undo(out, &tools[i], name);
        if (change.fits)
            say_setup(out, &tools[i], name);
    }
}
