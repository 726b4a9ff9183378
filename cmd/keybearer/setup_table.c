/*
 * `setup` without a tool: which are here, which are connected, which profiles would fit. Must
 * change nothing; of programs it starts only those that say how they are set.
 */
#include "setup.h"

#include "front.h"
#include "tool_facts.h"

enum { NAMES_MAX = 4096 };

static void add_names(struct kb_buf *line, const struct kb_strings *names)
{
    for (size_t i = 0; i < names->count; i++)
        kb_buf_fmt(line, "%s%s", line->len > 0 ? ", " : "",
            *names->items[i] ? names->items[i] : "every profile");
}

/* Of a tool that would be connected to every profile at once none is named. */
static void add_fitting(
    struct kb_buf *line, const struct kb_tool *tool, const struct tool_facts *facts)
{
    if (tool->scope != KB_TOOL_FITS)
        return;
    add_names(line, &facts->profiles[TOOL_UNCONNECTED]);
    add_names(line, &facts->profiles[TOOL_UNKNOWN]);
    add_names(line, &facts->profiles[TOOL_BY_HAND]);
}

static void add_row(struct kb_buf *out, const struct kb_tool *tool, const struct kb_config *config,
    const struct kb_state *state, const char *front, const char **fits)
{
    KB_AUTO(tool_facts_clear) struct tool_facts facts = {0};
    KB_AUTO(kb_buf_clear) struct kb_buf connected = KB_BUF_INIT(NAMES_MAX);
    KB_AUTO(kb_buf_clear) struct kb_buf fitting = KB_BUF_INIT(NAMES_MAX);

    tool_facts_gather(tool, config, state, front, setup_look, &facts);
    add_names(&connected, &facts.profiles[TOOL_CONNECTED]);
    add_names(&connected, &facts.gone);
    if (facts.is_here || tool->way != KB_WAY_COMMAND)
        add_fitting(&fitting, tool, &facts);
    if (facts.is_here && fitting.len > 0 && !*fits)
        *fits = tool->word;
    kb_buf_fmt(out, "%-10s %-5s %-24s %s\n", tool->word, facts.is_here ? "yes" : "no",
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
