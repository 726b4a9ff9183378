/*
 * What another process says on a pipe, and what it is told on one.
 */
#ifndef KB_BASE_PIPE_H
#define KB_BASE_PIPE_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"

#include <stdbool.h>

/*
 * Appends to RET what descriptor FD has, a few KiB at most; *RET_END: that was all. Waits for the
 * first byte until BY; NULL: for as long as the writer keeps its end open. KB_ERR_TIMEOUT: nothing
 * came. KB_ERR_USAGE: there is more than RET's cap. KB_ERR_SYSTEM: FD cannot be read.
 */
KB_CHECKED enum kb_err kb_pipe_take(
    int fd, const struct kb_deadline *by, struct kb_buf *ret, bool *ret_end, struct kb_error *err);

/*
 * Appends to RET all that a process of ours says on FD until its end. WHO names it in errors, such
 * as "the helper". KB_ERR_TIMEOUT: no end before BY. KB_ERR_SYSTEM: more than RET takes, or a
 * descriptor that cannot be read. What came before a failure stays in RET.
 */
KB_CHECKED enum kb_err kb_pipe_hear(
    int fd, const char *who, struct kb_deadline by, struct kb_buf *ret, struct kb_error *err);

/*
 * Writes the LEN BYTES to FD, a pipe that nobody else writes to and WHO reads. KB_ERR_TIMEOUT: it
 * has not taken all of them before BY. KB_ERR_SYSTEM: FD cannot be written to, as after WHO ended.
 */
KB_CHECKED enum kb_err kb_pipe_tell(int fd, const char *who, struct kb_deadline by,
    const void *bytes, size_t len, struct kb_error *err);

#endif
