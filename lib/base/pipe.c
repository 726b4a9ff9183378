/*
 * Reads what comes on a pipe, and writes to one. Must never wait beyond a deadline, nor take more
 * than the buffer's cap.
 */
#include "base/pipe.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

enum { CHUNK = 4096 };

/* As poll(): 0 when neither EVENTS nor the end came before BY, if there is one. */
static int wait_for(int fd, short events, const struct kb_deadline *by)
{
    struct pollfd ready = {.fd = fd, .events = events};
    int n;

    do
        n = poll(&ready, 1, by ? kb_deadline_left_ms(*by) : -1);
    while (n < 0 && errno == EINTR);
    return n;
}

/* A caller may hand us a descriptor that does not block by itself: then we wait for it. */
static bool try_again(int fd, const struct kb_deadline *by)
{
    return errno == EINTR || (errno == EAGAIN && (by || wait_for(fd, POLLIN, NULL) > 0));
}

enum kb_err kb_pipe_take(
    int fd, const struct kb_deadline *by, struct kb_buf *ret, bool *ret_end, struct kb_error *err)
{
    char beyond, *room = &beyond; /* the cap, when it is reached: is there more? */
    size_t want = kb_buf_room(ret, CHUNK, &room);
    ssize_t got;

    do {
        int ready = by ? wait_for(fd, POLLIN, by) : 1;
        if (ready == 0)
            return kb_fail(err, KB_ERR_TIMEOUT, "no input in time");
        if (ready < 0)
            return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot wait for input");
        got = read(fd, room, want ? want : 1);
    } while (got < 0 && try_again(fd, by));
    if (got < 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot read");
    if (got > 0 && !want)
        return kb_fail(err, KB_ERR_USAGE, "there are more than %zu bytes of input", ret->max);
    if (got > 0)
        kb_buf_took(ret, (size_t)got);
    *ret_end = got == 0;
    return KB_OK;
}

enum kb_err kb_pipe_hear(
    int fd, const char *who, struct kb_deadline by, struct kb_buf *ret, struct kb_error *err)
{
    struct kb_error why = KB_ERROR_INIT;
    enum kb_err rc = KB_OK;
    bool ended = false;

    while (!rc && !ended)
        rc = kb_pipe_take(fd, &by, ret, &ended, &why);
    if (rc == KB_ERR_TIMEOUT)
        return kb_fail(err, rc, "%s did not answer in time", who);
    if (rc == KB_ERR_USAGE)
        return kb_fail(err, KB_ERR_SYSTEM, "%s's answer is too long", who);
    return rc ? kb_fail_sys(err, rc, why.sys, "cannot read %s's answer", who) : KB_OK;
}

enum kb_err kb_pipe_tell(int fd, const char *who, struct kb_deadline by, const void *bytes,
    size_t len, struct kb_error *err)
{
    const char *next = bytes;

    while (len > 0) {
        int ready = wait_for(fd, POLLOUT, &by);
        ssize_t put;

        if (ready == 0)
            return kb_fail(err, KB_ERR_TIMEOUT, "%s did not listen in time", who);
        if (ready < 0)
            return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot wait for %s", who);
        /* So much has room at once where there is any. */
        put = write(fd, next, len < PIPE_BUF ? len : PIPE_BUF);
        if (put < 0 && errno != EINTR && errno != EAGAIN)
            return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot write to %s", who);
        if (put > 0) {
            next += put;
            len -= (size_t)put;
        }
    }
    return KB_OK;
}
