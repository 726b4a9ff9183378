/*
 * What is known of a tool: the one table of facts behind `setup` and `doctor`. Who asks says how it
 * is looked at: `setup` may ask the tool, `doctor` only reads files.
 */
#ifndef KB_FRONT_TOOL_FACTS_H
#define KB_FRONT_TOOL_FACTS_H

#include "tools/apply.h"
#include "tools/state.h"
#include "tools/tool.h"

/* setup_look() or kb_change_peek(). */
typedef enum kb_err tool_look(
    const struct kb_change *change, struct kb_found *ret, struct kb_error *err);

/* How far a tool is connected to one profile. */
enum tool_standing {
    TOOL_CONNECTED,
    TOOL_UNCONNECTED,
    TOOL_CHANGED, /* it was connected, and somebody changed that since */
    TOOL_UNKNOWN, /* the look failed */
    TOOL_BY_HAND, /* nothing that setup does could show it */
};
#define TOOL_STANDINGS (TOOL_BY_HAND + 1)

struct tool_facts {
    bool is_here;                               /* its program is in PATH */
    struct kb_strings profiles[TOOL_STANDINGS]; /* names by standing; "" stands for every profile */
    struct kb_strings gone;    /* still connected, though there is no such profile any more */
    struct kb_strings instead; /* plain names of helpers that stand in our place */
};

void tool_facts_clear(struct tool_facts *facts);

/*
 * Fills *RET, which is fresh. A tool that is connected to profiles by name is looked at for those
 * that STATE has; FRONT is where this program lies.
 */
void tool_facts_gather(const struct kb_tool *tool, const struct kb_config *config,
    const struct kb_state *state, const char *front, tool_look *look, struct tool_facts *ret);

/*
 * Of DONE, which names a profile that is gone: the one of CONFIG that it would be made for in the
 * same words, as after `rename`; NULL: there is none, or DONE's profile is there.
 */
const struct kb_profile *tool_heir(const struct kb_config *config, const struct kb_done *done);

#endif
