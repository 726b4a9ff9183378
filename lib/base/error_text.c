/*
 * The two lines of an error.
 */
#include "base/error_text.h"

void kb_error_append(const struct kb_error *err, struct kb_buf *out)
{
    kb_buf_fmt(out, "keybearer: error: %s\n", err->msg);
    kb_buf_fmt(out, "keybearer: hint: %s\n", kb_err_hint(err));
}
