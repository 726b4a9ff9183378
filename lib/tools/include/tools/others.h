/*
 * Who else a tool asks for what it asks us: the one answer behind `setup` and `doctor`, as far as
 * the tool's files, or the tool itself, tell. No value of theirs is in it: a name is a plain one,
 * and of a command only that it is one, as it may hold a password.
 */
#ifndef KB_TOOLS_OTHERS_H
#define KB_TOOLS_OTHERS_H

#include "tools/tool.h"

/* Helpers that are not ours, each once in its list. */
struct kb_others {
    struct kb_strings before; /* that are asked before ours, or where ours is not set */
    struct kb_strings behind;
    struct kb_strings within; /* for a part of an address, wherever they come */
    bool is_open;             /* there may be more: the files leave that open */
    bool has_usual_file;      /* one of them writes down what it gets, in its usual place */
};

void kb_others_clear(struct kb_others *others);

/* Adds those of TOOL for PROFILE; none where that is not for it, or the tool cannot have any. */
void kb_tool_others(
    const struct kb_tool *tool, const struct kb_profile *profile, struct kb_others *others);

/* The same by what TOOL itself SAID to the words of its kind's `ask_others`, which it must have. */
void kb_tool_others_said(const struct kb_tool *tool, const struct kb_profile *profile,
    const struct kb_buf *said, struct kb_others *others);

/* Whether there is one for certain. */
bool kb_others_any(const struct kb_others *others);

#endif
