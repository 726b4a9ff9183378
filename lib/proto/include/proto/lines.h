/*
 * Whole lines of a capped input: LF ends a line, one CR right before it is dropped,
 * any other CR or a NUL makes the input unacceptable. No line is ever split.
 */
#ifndef KB_PROTO_LINES_H
#define KB_PROTO_LINES_H

#include "base/buf.h"
#include "base/error.h"

#include <stddef.h>

#define KB_INPUT_MAX (1U << 20)  /* bytes of one request */
#define KB_LINE_MAX (128U << 10) /* bytes of one line */

/* Walks TEXT; every call yields the next line as a NUL-terminated string inside TEXT. */
struct kb_lines {
    char *next;
    size_t left;
};

struct kb_lines kb_lines(struct kb_buf *text);

/*
 * *RET_LINE gets the next line, or NULL at the end. KB_ERR_USAGE for a line longer than
 * KB_LINE_MAX or with a stray CR or a NUL.
 */
KB_CHECKED enum kb_err kb_lines_next(struct kb_lines *lines, char **ret_line, struct kb_error *err);

#endif
