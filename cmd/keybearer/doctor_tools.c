/*
 * `doctor` about the tools that `setup` knows: which are here, to whom each is connected, who else
 * it asks, and the command that connects it. Must never start a tool: what PATH names may be
 * anybody's program, and some take seconds to say how they are set.
 */
#include "doctor.h"

#include "base/strings.h"
#include "front.h"
#include "setup.h"
#include "tool_facts.h"
#include "tools/others.h"
#include "tools/peek.h"

#include <stdio.h>

enum { NAMES_SHOWN = 160, TEXT_MAX = 1024, ABOUT_MAX = 256 };

/* What is said of one tool. */
struct entry {
    const struct kb_tool *tool;
    const struct kb_config *config;
    struct tool_facts facts;
    struct kb_others others;
    struct kb_buf text, hint;
    bool is_well; /* though there is a hint */
};

static void clear_entry(struct entry *entry)
{
    tool_facts_clear(&entry->facts);
    kb_others_clear(&entry->others);
    kb_buf_clear(&entry->text);
    kb_buf_clear(&entry->hint);
}

/* --- who else is asked ------------------------------------------------------------------- */

/* Of the profiles that the tool is connected to. */
static void gather_others(struct entry *entry)
{
    const struct kb_strings *connected = &entry->facts.profiles[TOOL_CONNECTED];

    for (size_t i = 0; entry->tool->scope == KB_TOOL_FITS && i < connected->count; i++)
        kb_tool_others(
            entry->tool, kb_config_find(entry->config, connected->items[i]), &entry->others);
}

/* --- in words ---------------------------------------------------------------------------- */

static void append_names(struct kb_buf *out, const struct kb_strings *names)
{
    size_t begin = out->len;

    for (size_t i = 0; i < names->count; i++) {
        if (out->len - begin > NAMES_SHOWN) {
            kb_buf_fmt(out, " and %zu more", names->count - i);
            return;
        }
        kb_buf_fmt(
            out, "%s%s", i > 0 ? ", " : "", *names->items[i] ? names->items[i] : "every profile");
    }
}

/* "; BEGIN a, b END", where there are NAMES. */
static void add_part(
    struct kb_buf *out, const char *begin, const struct kb_strings *names, const char *end)
{
    if (names->count == 0)
        return;
    kb_buf_fmt(out, "%s%s", out->len > 0 ? "; " : "", begin);
    append_names(out, names);
    kb_buf_str(out, end);
}

static void describe(struct entry *entry)
{
    const struct tool_facts *facts = &entry->facts;
    const struct kb_strings *missing = &facts->profiles[TOOL_UNCONNECTED];
    struct kb_buf *out = &entry->text;

    add_part(out, "connected to ", &facts->profiles[TOOL_CONNECTED],
        facts->is_here ? "" : ", but not in PATH");
    if (entry->tool->scope == KB_TOOL_ALL && missing->count > 0)
        kb_buf_str(out, "not connected");
    else if (facts->is_here)
        add_part(out, "not connected to ", missing, "");
    if (facts->is_here)
        add_part(out, "its files leave open whether it is connected to ",
            &facts->profiles[TOOL_UNKNOWN], "");
    add_part(out, "connected to ", &facts->profiles[TOOL_CHANGED],
        ", but that was changed since setup wrote it");
    add_part(out, "still connected to ", &facts->gone, ", of which there is no profile");
    add_part(out, "in the place of keybearer stands ", &facts->instead, "");
    add_part(out, "before keybearer it asks ", &entry->others.before, "");
    add_part(out, "behind keybearer it asks ", &entry->others.behind, "");
    add_part(out, "for a part of its addresses it asks ", &entry->others.within, ", too");
    if (entry->others.is_open)
        kb_buf_str(out, "; its files leave open whom else it asks");
}

static void advise(struct entry *entry)
{
    const struct tool_facts *facts = &entry->facts;
    const struct kb_strings *missing = &facts->profiles[TOOL_UNCONNECTED];
    const struct kb_strings *open = &facts->profiles[TOOL_UNKNOWN];
    const struct kb_strings *changed = &facts->profiles[TOOL_CHANGED];
    const struct kb_strings *whom = changed->count > 0   ? changed
                                    : missing->count > 0 ? missing
                                                         : open;
    bool matters = facts->is_here || changed->count > 0;
    bool names_one = whom->count == 1 && *whom->items[0];

    if (facts->gone.count > 0) {
        setup_describe_command(&entry->hint, entry->tool, facts->gone.items[0]);
        kb_buf_str(&entry->hint, " --undo");
    } else if (matters && whom->count > 0) {
        setup_describe_command(&entry->hint, entry->tool, names_one ? whom->items[0] : NULL);
    } else if (kb_others_any(&entry->others) || entry->others.is_open) {
        kb_buf_fmt(&entry->hint, "man %s", entry->tool->manual);
        entry->is_well =
            entry->others.before.count + entry->others.within.count == 0 && !entry->others.is_open;
    }
}

/* It is here, and nothing was found of it. */
static void describe_nothing(struct entry *entry)
{
    size_t count;
    const struct kb_profile *first = kb_tool_first(entry->tool, entry->config, &count);

    if (entry->tool->scope != KB_TOOL_NAMED || !first) {
        kb_buf_str(&entry->text, "no profile has an address for it");
        return;
    }
    kb_buf_str(&entry->text, "connected to no profile");
    setup_describe_command(&entry->hint, entry->tool, count == 1 ? first->name : "PROFILE");
}

static void say(struct doctor_page *page, const struct entry *entry)
{
    char about[ABOUT_MAX];
    bool is_well = entry->hint.len == 0 || entry->is_well;

    if (entry->text.len == 0)
        return;
    snprintf(about, sizeof(about), "tool %s", entry->tool->word);
    doctor_say(page, is_well ? FINDING_OK : FINDING_NOTE, about, kb_buf_text(&entry->hint), "%s",
        kb_buf_text(&entry->text));
}

static void check_tool(struct doctor_page *page, const struct kb_tool *tool,
    const struct kb_config *config, const struct kb_state *state, const char *front)
{
    KB_AUTO(clear_entry)
    struct entry entry = {.tool = tool,
        .config = config,
        .text = KB_BUF_INIT(TEXT_MAX),
        .hint = KB_BUF_INIT(TEXT_MAX)};

    tool_facts_gather(tool, config, state, front, kb_change_peek, &entry.facts);
    if ((!entry.facts.is_here || config->count == 0) &&
        entry.facts.profiles[TOOL_CONNECTED].count == 0 &&
        entry.facts.profiles[TOOL_CHANGED].count == 0 && entry.facts.gone.count == 0)
        return;
    gather_others(&entry);
    describe(&entry);
    advise(&entry);
    if (entry.text.len == 0)
        describe_nothing(&entry);
    say(page, &entry);
}

/* --- tools that are connected by hand ---------------------------------------------------- */

static void add_by_hand(
    struct doctor_page *page, const struct kb_tool *tool, struct kb_strings *words)
{
    KB_AUTO(kb_buf_clear) struct kb_buf hint = KB_BUF_INIT(ABOUT_MAX);
    char path[PATH_MAX], about[ABOUT_MAX];

    if (!setup_find_program(tool, path))
        return;
    kb_strings_add(words, tool->word);
    if (!page->as_json)
        return;
    snprintf(about, sizeof(about), "tool %s", tool->word);
    setup_describe_command(&hint, tool, tool->scope == KB_TOOL_NAMED ? "PROFILE" : NULL);
    doctor_say(page, FINDING_OK, about, kb_buf_text(&hint), "connected by hand; no file shows it");
}

/* What is true of all of them is said once; each in JSON. */
static void say_by_hand(struct doctor_page *page, const struct kb_strings *words)
{
    KB_AUTO(kb_buf_clear) struct kb_buf about = KB_BUF_INIT(TEXT_MAX);

    if (words->count == 0 || page->as_json)
        return;
    kb_buf_str(&about, words->count == 1 ? "tool " : "tools ");
    append_names(&about, words);
    doctor_say(page, FINDING_OK, kb_buf_text(&about),
        words->count == 1 ? "keybearer setup shows how" : "keybearer setup TOOL PROFILE shows how",
        "connected by hand; no file shows it");
}

void doctor_check_tools(struct doctor_page *page, const struct kb_config *config)
{
    KB_AUTO(kb_state_clear) struct kb_state state = KB_STATE_INIT;
    KB_AUTO(kb_strings_clear) struct kb_strings by_hand = {0};
    struct kb_error err = KB_ERROR_INIT;
    char front[PATH_MAX] = "/";
    size_t count;
    const struct kb_tool *tools = kb_tools(&count);

    if (kb_state_open(false, &state, &err))
        doctor_say(page, FINDING_FAIL, "tools", kb_err_hint(&err), "%s", err.msg);
    KB_IGNORE(in_path_own(front));
    for (size_t i = 0; i < count; i++) {
        if (tools[i].way != KB_WAY_PRINT)
            check_tool(page, &tools[i], config, &state, front);
        else if (config->count > 0)
            add_by_hand(page, &tools[i], &by_hand);
    }
    say_by_hand(page, &by_hand);
}
