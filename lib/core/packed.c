/*
 * Both ends of the way from `run` to `exec`. Must never let a packed variable pass for a plain one.
 */
#include "core/packed.h"

#include "base/alloc.h"

#include <string.h>

static const char mark = '\003';

void kb_packed_put(const char *name, const char *expanded, struct kb_buf *out)
{
    kb_buf_byte(out, mark);
    kb_buf_str(out, name);
    if (!expanded)
        return;
    kb_buf_byte(out, '=');
    kb_buf_str(out, expanded);
}

bool kb_packed_take(const char *entry, char **ret_name, const char **ret_expanded)
{
    const char *equals = strchr(entry, '=');
    char *name;

    if (entry[0] != mark)
        return false;
    name = kb_text_dup(entry + 1);
    if (equals)
        name[equals - entry - 1] = '\0';
    *ret_name = name;
    *ret_expanded = equals ? equals + 1 : NULL;
    return true;
}
