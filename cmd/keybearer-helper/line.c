/*
 * One line from a descriptor. Must never wait for one that does not come.
 */
#include "helper.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

enum line_end line_read(int fd, struct kb_deadline deadline, struct kb_buf *line)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    char byte = 0;

    while (!line->failed) {
        ssize_t got;
        int n = poll(&ready, 1, kb_deadline_left_ms(deadline));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0 || kb_deadline_passed(deadline))
            return LINE_LATE;
        got = read(fd, &byte, 1);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got <= 0)
            return got < 0 ? LINE_BROKEN : LINE_CUT_SHORT;
        if (byte == '\n')
            return LINE_COMPLETE;
        kb_buf_byte(line, byte);
    }
    return LINE_TOO_LONG;
}
