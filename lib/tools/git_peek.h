/*
 * What git's files say of a change, and they or git itself of who is asked for a profile, for
 * git.c.
 */
#ifndef KB_TOOLS_GIT_PEEK_H
#define KB_TOOLS_GIT_PEEK_H

#include "tools/others.h"

/* As the members of struct kb_tool_kind. */
bool kb_git_peek(const struct kb_change *change, enum kb_standing *ret);
void kb_git_others(const struct kb_profile *profile, struct kb_others *others);
void kb_git_ask_others(struct kb_strings *ret);
void kb_git_hear_others(
    const struct kb_profile *profile, const struct kb_buf *said, struct kb_others *others);

#endif
