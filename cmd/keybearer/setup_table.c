/*
 * `setup` without a tool: which are here, which are connected, which profiles would fit. Must
 * change nothing; of programs it starts only those that say how they are set.
 */
#include "setup.h"

#include "front.h"

#include <string.h>

enum { NAMES_MAX = 4096 };

bool setup_is_connected(const struct kb_tool *tool, const struct kb_tool_ask *ask)
{
    KB_AUTO(kb_changes_clear) struct kb_changes changes = {0};

    if (kb_tool_plan(tool, ask, &changes, NULL))
        return false;
    for (size_t i = 0; i < changes.count; i++) {
        struct kb_found found;

        if (changes.items[i].way == KB_WAY_PRINT || setup_look(&changes.items[i], &found, NULL) ||
            found.standing != KB_STANDS_OURS)
            return false;
    }
    return true;
}

static void add_name(struct kb_buf *names, const char *name)
{
    kb_buf_fmt(names, "%s%s", names->len > 0 ? ", " : "", name);
}

/* Of the tools that a person connects to a profile by its name. */
static void add_noted(
    const struct kb_tool *tool, const struct kb_state *state, struct kb_buf *connected)
{
    for (size_t i = 0; i < state->count; i++) {
        const struct kb_done *done = &state->items[i];
        bool is_repeated = false;

        for (size_t k = 0; k < i; k++)
            is_repeated = is_repeated || (strcmp(state->items[k].tool, tool->word) == 0 &&
                                             strcmp(state->items[k].profile, done->profile) == 0);
        if (strcmp(done->tool, tool->word) == 0 && !is_repeated)
            add_name(connected, done->profile);
    }
}

static void add_fitting(const struct kb_tool *tool, const struct kb_config *config,
    struct kb_buf *connected, struct kb_buf *fitting)
{
    for (size_t i = 0; i < config->count; i++) {
        const struct kb_profile *profile = &config->profiles[i];
        struct kb_tool_ask ask = {.config = config, .profile = profile, .front = "/"};

        if (kb_tool_fits(tool, profile))
            add_name(setup_is_connected(tool, &ask) ? connected : fitting, profile->name);
    }
}

static void add_row(struct kb_buf *out, const struct kb_tool *tool, const struct kb_config *config,
    const struct kb_state *state, const char *front, const char **fits)
{
    KB_AUTO(kb_buf_clear) struct kb_buf connected = KB_BUF_INIT(NAMES_MAX);
    KB_AUTO(kb_buf_clear) struct kb_buf fitting = KB_BUF_INIT(NAMES_MAX);
    struct kb_tool_ask ask = {.config = config, .front = front};
    char path[PATH_MAX];
    bool is_here = setup_find_program(tool, path);

    if (tool->scope == KB_TOOL_NAMED)
        add_noted(tool, state, &connected);
    else if (tool->scope == KB_TOOL_FITS && (is_here || tool->way != KB_WAY_COMMAND))
        add_fitting(tool, config, &connected, &fitting);
    else if (tool->scope == KB_TOOL_ALL && is_here && setup_is_connected(tool, &ask))
        add_name(&connected, "every profile");
    if (is_here && fitting.len > 0 && !*fits)
        *fits = tool->word;
    kb_buf_fmt(out, "%-10s %-5s %-24s %s\n", tool->word, is_here ? "yes" : "no",
        connected.len > 0 ? kb_buf_text(&connected) : "-",
        fitting.len > 0 ? kb_buf_text(&fitting) : "-");
    out->failed = out->failed || connected.failed || fitting.failed;
}

void setup_table(struct kb_buf *out, const struct kb_config *config, const struct kb_state *state)
{
    size_t count;
    const struct kb_tool *tools = kb_tools(&count);
    const char *fits = NULL;
    char front[PATH_MAX] = "/";

    in_path_own(front);
    kb_buf_fmt(out, "%-10s %-5s %-24s %s\n", "TOOL", "HERE", "CONNECTED TO", "WOULD FIT");
    for (size_t i = 0; i < count; i++)
        add_row(out, &tools[i], config, state, front, &fits);
    if (fits)
        kb_buf_fmt(out, "\nTo connect %s: keybearer setup %s\n", fits, fits);
    else
        kb_buf_str(out, "\nTo connect one to a profile: keybearer setup TOOL PROFILE\n");
}
