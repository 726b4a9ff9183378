/*
 * Whether a change stands, as far as files tell: for who may start no program.
 */
#ifndef KB_TOOLS_PEEK_H
#define KB_TOOLS_PEEK_H

#include "tools/apply.h"
#include "tools/tool.h"

/*
 * As kb_change_look(), also of KB_WAY_COMMAND. KB_ERR_UNAVAILABLE: the tool's files leave it open,
 * or it is not known which they are.
 */
KB_CHECKED enum kb_err kb_change_peek(
    const struct kb_change *change, struct kb_found *ret, struct kb_error *err);

/*
 * Appends the other helpers that the tool asks for what CHANGE connects: BEFORE ours, and BEHIND.
 * A name is a plain one; of a command only that it is one, as it may hold a password.
 */
void kb_change_others(
    const struct kb_change *change, struct kb_strings *before, struct kb_strings *behind);

#endif
