/*
 * Gathers what is known of a tool. Must never change anything, nor decide what is said of it.
 */
#include "tool_facts.h"

#include "setup.h"

#include <string.h>

void tool_facts_clear(struct tool_facts *facts)
{
    for (size_t i = 0; i < TOOL_STANDINGS; i++)
        kb_strings_clear(&facts->profiles[i]);
    kb_strings_clear(&facts->gone);
    kb_strings_clear(&facts->instead);
}

/* What tool_facts_gather() was given. */
struct subject {
    const struct kb_tool *tool;
    const struct kb_state *state;
    tool_look *look;
    struct tool_facts *facts;
    bool *is_mute; /* its command failed once, maybe after a long wait: it is not run again */
};

/* How the tool stands to what ASK is about. */
static enum tool_standing find_standing(
    const struct subject *subject, const struct kb_tool_ask *ask)
{
    KB_AUTO(kb_changes_clear) struct kb_changes changes = {0};
    size_t seen = 0, missing = 0, changed = 0;

    if (kb_tool_plan(subject->tool, ask, &changes, NULL))
        return TOOL_UNCONNECTED;
    for (size_t i = 0; i < changes.count; i++) {
        struct kb_found found = {0};

        if (changes.items[i].way == KB_WAY_PRINT)
            continue;
        if (changes.items[i].way == KB_WAY_COMMAND && *subject->is_mute)
            return TOOL_UNKNOWN;
        if (subject->look(&changes.items[i], &found, NULL)) {
            *subject->is_mute = changes.items[i].way == KB_WAY_COMMAND;
            return TOOL_UNKNOWN;
        }
        seen++;
        missing += found.standing != KB_STANDS_OURS;
        if (*found.other)
            kb_strings_add_once(&subject->facts->instead, found.other);
        kb_change_recall(&changes.items[i], subject->state, &found);
        changed += found.standing == KB_STANDS_CHANGED;
    }
    if (seen == 0)
        return TOOL_BY_HAND;
    if (changed > 0)
        return TOOL_CHANGED;
    return missing > 0 ? TOOL_UNCONNECTED : TOOL_CONNECTED;
}

static void add(const struct subject *subject, const struct kb_tool_ask *ask, const char *name)
{
    kb_strings_add_once(&subject->facts->profiles[find_standing(subject, ask)], name);
}

static bool would_make(const struct kb_tool *tool, const struct kb_config *config,
    const struct kb_profile *profile, const struct kb_done *done)
{
    KB_AUTO(kb_changes_clear) struct kb_changes changes = {0};
    const struct kb_tool_ask ask = {.config = config, .profile = profile, .front = "/"};

    if (!kb_tool_takes(tool, profile) || kb_tool_plan(tool, &ask, &changes, NULL))
        return false;
    for (size_t i = 0; i < changes.count; i++) {
        const struct kb_change *change = &changes.items[i];

        if (kb_done_is_at(done, change) && change->value && strcmp(done->after, change->value) == 0)
            return true;
    }
    return false;
}

const struct kb_profile *tool_heir(const struct kb_config *config, const struct kb_done *done)
{
    const struct kb_tool *tool = kb_tool_by_word(done->tool);

    if (!*done->profile || kb_config_find(config, done->profile))
        return NULL;
    for (size_t i = 0; i < config->count; i++) {
        if (would_make(tool, config, &config->profiles[i], done))
            return &config->profiles[i];
    }
    return NULL;
}

/* What setup noted, as far as it still stands. Of what cannot be looked at, the note counts. */
static void add_noted(
    const struct subject *subject, const struct kb_tool_ask *of_all, const struct kb_done *done)
{
    struct tool_facts *facts = subject->facts;
    struct kb_tool_ask ask = *of_all;
    enum tool_standing standing;

    ask.profile = kb_config_find(ask.config, done->profile);
    if (!ask.profile)
        ask.profile = tool_heir(ask.config, done);
    if (!ask.profile) {
        kb_strings_add_once(&facts->gone, done->profile);
        return;
    }
    if (kb_tool_fits(subject->tool, ask.profile))
        return; /* it is looked at anyway */
    standing = find_standing(subject, &ask);
    kb_strings_add_once(
        &facts->profiles[standing == TOOL_UNKNOWN ? TOOL_CONNECTED : standing], ask.profile->name);
}

void tool_facts_gather(const struct kb_tool *tool, const struct kb_config *config,
    const struct kb_state *state, const char *front, tool_look *look, struct tool_facts *ret)
{
    const struct kb_tool_ask ask = {.config = config, .front = front};
    bool is_mute = false;
    const struct subject subject = {
        .tool = tool, .state = state, .look = look, .facts = ret, .is_mute = &is_mute};
    char path[PATH_MAX];

    ret->is_here = setup_find_program(tool, path);
    for (size_t i = 0; i < state->count; i++) {
        const struct kb_done *done = &state->items[i];

        if (strcmp(done->tool, tool->word) == 0 && *done->profile && !kb_done_is_of_other(done))
            add_noted(&subject, &ask, done);
    }
    for (size_t i = 0; i < config->count; i++) {
        struct kb_tool_ask one = ask;

        one.profile = &config->profiles[i];
        if (kb_tool_fits(tool, one.profile))
            add(&subject, &one, one.profile->name);
    }
    if (tool->scope == KB_TOOL_ALL)
        add(&subject, &ask, "");
}
