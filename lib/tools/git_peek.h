/*
 * What git's files say of a change, and of a profile's addresses, for git.c.
 */
#ifndef KB_TOOLS_GIT_PEEK_H
#define KB_TOOLS_GIT_PEEK_H

#include "tools/others.h"

/* As the members `peek` and `others` of struct kb_tool_kind. */
bool kb_git_peek(const struct kb_change *change, enum kb_standing *ret);
void kb_git_others(const struct kb_profile *profile, struct kb_others *others);

#endif
