/*
 * What git's files say of a change, for git.c.
 */
#ifndef KB_TOOLS_GIT_PEEK_H
#define KB_TOOLS_GIT_PEEK_H

#include "tools/tool.h"

/* As the members `peek` and `others` of struct kb_tool_kind. */
bool kb_git_peek(const struct kb_change *change, enum kb_standing *ret);
void kb_git_others(
    const struct kb_change *change, struct kb_strings *before, struct kb_strings *behind);

#endif
