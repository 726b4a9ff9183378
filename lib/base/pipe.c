/*
 * Reads a pipe to its end. Must never wait beyond the deadline, nor take more than the buffer's
 * cap.
 */
#include "base/pipe.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

enum { CHUNK = 4096 };

enum kb_err kb_pipe_hear(
    int fd, const char *who, struct kb_deadline deadline, struct kb_buf *ret, struct kb_error *err)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    ssize_t got = 1;

    while (got != 0) {
        char *room = NULL;
        size_t want;
        int n = poll(&ready, 1, kb_deadline_left_ms(deadline));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot wait for %s", who);
        if (n == 0)
            return kb_fail(err, KB_ERR_TIMEOUT, "%s did not answer in time", who);
        want = kb_buf_room(ret, CHUNK, &room);
        if (want == 0)
            return kb_fail(err, KB_ERR_SYSTEM, "%s's answer is too long", who);
        got = read(fd, room, want);
        if (got > 0)
            kb_buf_took(ret, (size_t)got);
        else if (got < 0 && errno != EINTR)
            return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot read %s's answer", who);
    }
    return KB_OK;
}
