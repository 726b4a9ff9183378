/*
 * What another process of ours says on a pipe.
 */
#ifndef KB_BASE_PIPE_H
#define KB_BASE_PIPE_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"

/*
 * Appends to RET all that comes from descriptor FD until its end. WHO names the speaker in
 * errors, such as "the helper". KB_ERR_TIMEOUT: no end before DEADLINE. KB_ERR_SYSTEM: more than
 * RET takes, or a descriptor that cannot be read. What came before a failure stays in RET.
 */
KB_CHECKED enum kb_err kb_pipe_hear(
    int fd, const char *who, struct kb_deadline deadline, struct kb_buf *ret, struct kb_error *err);

#endif
