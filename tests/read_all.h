/*
 * A whole file or pipe, for tests that keep samples in files.
 */
#ifndef KB_TESTS_READ_ALL_H
#define KB_TESTS_READ_ALL_H

#include "base/file.h"

/* Appends to RET what FD has, to its end; as kb_read_some(). */
static inline enum kb_err read_all(int fd, struct kb_buf *ret, struct kb_error *err)
{
    bool ended = false;
    enum kb_err rc = KB_OK;

    while (!rc && !ended)
        rc = kb_read_some(fd, -1, ret, &ended, err);
    return rc;
}

#endif
