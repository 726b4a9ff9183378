/*
 * The two lines of an error. Keeps the name of the command, which a program has one of.
 */
#include "base/error_text.h"

#include <stddef.h>

static const char *command;

void kb_error_text_of(const char *name)
{
    command = name;
}

void kb_error_append(const struct kb_error *err, struct kb_buf *out)
{
    kb_buf_fmt(out, "keybearer: error: %s\n", err->msg);
    if (err->code == KB_ERR_USAGE && !err->hint[0] && command)
        kb_buf_fmt(out, "keybearer: hint: keybearer help %s\n", command);
    else
        kb_buf_fmt(out, "keybearer: hint: %s\n", kb_err_hint(err));
}
