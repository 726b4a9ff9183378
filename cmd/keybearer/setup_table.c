/*
 * `setup` without a tool: which are here, which are connected, which profiles would fit. Must
 * change nothing; of programs it starts only those that say how they are set.
 */
#include "setup.h"

#include "front.h"
#include "tool_facts.h"

#include <stdio.h>
#include <string.h>

enum { NAMES_MAX = 4096, NAME_MAX_SHOWN = 128, CONNECTED_ROOM = 24, FITS_ROOM = 38 };

/* What is worth a line below the table. */
struct advice {
    const struct kb_tool *tool; /* the first that is here and could be connected; or NULL */
    const char *profile;        /* to this one */
    struct kb_buf undo;
};

/* --- names in a column ------------------------------------------------------------------ */

static const char *say(const char *name)
{
    return *name ? name : "every profile";
}

/* "a, b and 2 more", in ROOM columns if the first of NAMES leaves any. */
static void append_names(struct kb_buf *out, const struct kb_strings *names, size_t room)
{
    size_t used = 0;

    for (size_t i = 0; i < names->count; i++) {
        char more[32] = "";
        size_t len = strlen(names->items[i]) + (i > 0 ? 2 : 0);

        if (i + 1 < names->count)
            snprintf(more, sizeof(more), " and %zu more", names->count - i - 1);
        if (used + len + strlen(more) > room) {
            kb_buf_fmt(out, i > 0 ? " and %zu more" : "%zu profile", names->count - i);
            kb_buf_str(out, i == 0 && names->count > 1 ? "s" : "");
            return;
        }
        kb_buf_fmt(out, "%s%s", i > 0 ? ", " : "", names->items[i]);
        used += len;
    }
    if (names->count == 0)
        kb_buf_str(out, "-");
}

/* --- the two columns -------------------------------------------------------------------- */

/* "corp (gone)" */
static void add_marked(struct kb_strings *ret, const struct kb_strings *names, const char *mark)
{
    for (size_t i = 0; i < names->count; i++) {
        char text[NAME_MAX_SHOWN];

        snprintf(text, sizeof(text), "%s (%s)", say(names->items[i]), mark);
        kb_strings_add(ret, text);
    }
}

static void gather_connected(const struct tool_facts *facts, struct kb_strings *ret)
{
    const struct kb_strings *connected = &facts->profiles[TOOL_CONNECTED];

    for (size_t i = 0; i < connected->count; i++)
        kb_strings_add(ret, say(connected->items[i]));
    add_marked(ret, &facts->profiles[TOOL_CHANGED], "changed");
    add_marked(ret, &facts->gone, "gone");
}

/* Also in a way that somebody changed, which setup would not touch. */
static bool is_connected(const struct tool_facts *facts, const char *name)
{
    return kb_strings_has(&facts->profiles[TOOL_CONNECTED], name) ||
           kb_strings_has(&facts->profiles[TOOL_CHANGED], name);
}

/* Of a tool that takes a profile by name all that it takes; else those that say they are for it. */
static void gather_fitting(const struct kb_tool *tool, const struct kb_config *config,
    const struct tool_facts *facts, struct kb_strings *ret)
{
    if (tool->scope == KB_TOOL_ALL) {
        if (config->count > 0 && !is_connected(facts, ""))
            kb_strings_add(ret, say(""));
        return;
    }
    for (size_t i = 0; i < config->count; i++) {
        const struct kb_profile *profile = &config->profiles[i];
        bool fits = tool->scope == KB_TOOL_NAMED ? kb_tool_takes(tool, profile)
                                                 : kb_tool_fits(tool, profile);

        if (fits && !is_connected(facts, profile->name))
            kb_strings_add(ret, profile->name);
    }
}

static void advise(struct advice *advice, const struct kb_tool *tool,
    const struct kb_config *config, const struct tool_facts *facts,
    const struct kb_strings *fitting)
{
    if (facts->is_here && fitting->count > 0 && !advice->tool) {
        advice->tool = tool;
        if (tool->scope == KB_TOOL_NAMED)
            advice->profile = kb_config_find(config, fitting->items[0])->name;
    }
    for (size_t i = 0; i < facts->gone.count; i++) {
        kb_buf_fmt(&advice->undo, "There is no profile %s any more: ", facts->gone.items[i]);
        setup_describe_command(&advice->undo, tool, facts->gone.items[i]);
        kb_buf_str(&advice->undo, " --undo\n");
    }
}

static void add_row(struct kb_buf *out, const struct kb_tool *tool, const struct kb_config *config,
    const struct kb_state *state, const char *front, struct advice *advice)
{
    KB_AUTO(tool_facts_clear) struct tool_facts facts = {0};
    KB_AUTO(kb_strings_clear) struct kb_strings connected = {0};
    KB_AUTO(kb_strings_clear) struct kb_strings fitting = {0};
    KB_AUTO(kb_buf_clear) struct kb_buf left = KB_BUF_INIT(NAMES_MAX);
    KB_AUTO(kb_buf_clear) struct kb_buf right = KB_BUF_INIT(NAMES_MAX);

    tool_facts_gather(tool, config, state, front, setup_look, &facts);
    gather_connected(&facts, &connected);
    gather_fitting(tool, config, &facts, &fitting);
    advise(advice, tool, config, &facts, &fitting);
    append_names(&left, &connected, CONNECTED_ROOM);
    append_names(&right, &fitting, FITS_ROOM);
    kb_buf_fmt(out, "%-10s %-5s %-24s %s\n", tool->word, facts.is_here ? "yes" : "no",
        kb_buf_text(&left), kb_buf_text(&right));
    out->failed = out->failed || left.failed || right.failed;
}

/* --- the page --------------------------------------------------------------------------- */

static void add_advice(struct kb_buf *out, const struct advice *advice, bool has_profiles)
{
    kb_buf_byte(out, '\n');
    kb_buf_str(out, kb_buf_text(&advice->undo));
    if (!has_profiles) {
        kb_buf_str(out, "There is no profile yet to connect one to: keybearer help add\n");
    } else if (advice->tool) {
        kb_buf_fmt(out, "To connect %s: ", advice->tool->title);
        setup_describe_command(out, advice->tool, advice->profile);
        kb_buf_byte(out, '\n');
    } else {
        kb_buf_str(out, "To connect one to a profile: keybearer setup TOOL PROFILE\n");
    }
}

void setup_table(struct kb_buf *out, const struct kb_config *config, const struct kb_state *state)
{
    size_t count;
    const struct kb_tool *tools = kb_tools(&count);
    struct advice advice = {.undo = KB_BUF_INIT(65536)};
    char front[PATH_MAX] = "/";

    KB_IGNORE(in_path_own(front));
    kb_buf_fmt(out, "%-10s %-5s %-24s %s\n", "TOOL", "HERE", "CONNECTED TO", "WOULD FIT");
    for (size_t i = 0; i < count; i++)
        add_row(out, &tools[i], config, state, front, &advice);
    add_advice(out, &advice, config->count > 0);
    out->failed = out->failed || advice.undo.failed;
    kb_buf_clear(&advice.undo);
}
