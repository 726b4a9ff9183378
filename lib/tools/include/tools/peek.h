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

#endif
