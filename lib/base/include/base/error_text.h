/*
 * How an error looks on stderr, for everybody who prints one.
 */
#ifndef KB_BASE_ERROR_TEXT_H
#define KB_BASE_ERROR_TEXT_H

#include "base/buf.h"
#include "base/error.h"

/* Appends "keybearer: error: MSG\n" and "keybearer: hint: HINT\n": everybody gets a next step. */
void kb_error_append(const struct kb_error *err, struct kb_buf *out);

#endif
