/*
 * A whole file or pipe, for tests that keep samples in files.
 */
#ifndef KB_TESTS_READ_ALL_H
#define KB_TESTS_READ_ALL_H

#include "base/pipe.h"

/* Appends to RET what FD has, to its end; as kb_pipe_take(). */
static inline enum kb_err read_all(int fd, struct kb_buf *ret, struct kb_error *err)
{
    bool ended = false;
    enum kb_err rc = KB_OK;

    while (!rc && !ended)
        rc = kb_pipe_take(fd, NULL, ret, &ended, err);
    return rc;
}

#endif
