/*
 * Looks at changes without the tools. Must never start a program, nor read a file that somebody
 * else could have written.
 */
#include "tools/peek.h"

#include "kinds.h"

enum kb_err kb_change_peek(
    const struct kb_change *change, struct kb_found *ret, struct kb_error *err)
{
    const struct kb_tool_kind *kind = change->tool->kind;
    enum kb_standing standing;

    if (change->way == KB_WAY_PRINT) {
        *ret = (struct kb_found){.standing = KB_STANDS_NOTHING};
        return KB_OK;
    }
    if (change->way != KB_WAY_COMMAND)
        return kb_change_look(change, ret, err);
    if (!kind->peek || !kind->peek(change, &standing))
        return kb_fail(
            err, KB_ERR_UNAVAILABLE, "only %s can say how it is set", change->tool->title);
    *ret = (struct kb_found){.standing = standing};
    return KB_OK;
}
