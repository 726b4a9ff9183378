/*
 * How an error looks on stderr, for everybody who prints one.
 */
#ifndef KB_BASE_ERROR_TEXT_H
#define KB_BASE_ERROR_TEXT_H

#include "base/buf.h"
#include "base/error.h"

/* Appends "keybearer: error: MSG\n" and "keybearer: hint: HINT\n": everybody gets a next step. */
void kb_error_append(const struct kb_error *err, struct kb_buf *out);

/*
 * The command that this process is: where an error about its words has no hint of its own, that is
 * this command's help. NAME must live as long as the process.
 */
void kb_error_text_of(const char *name);

#endif
