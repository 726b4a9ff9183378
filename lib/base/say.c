#include "base/say.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * What FD is open to, opened once more: O_NONBLOCK on FD itself would be for all who share it. -1:
 * it belongs to somebody else, or there is no /proc.
 */
static int open_apart(int fd)
{
    char path[32];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

/* A short line has room where poll() says that there is any. */
static ssize_t write_if_ready(int fd, const void *line, size_t len)
{
    struct pollfd wanted = {.fd = fd, .events = POLLOUT};

    return poll(&wanted, 1, 0) == 1 && wanted.revents == POLLOUT ? write(fd, line, len) : -1;
}

static void write_at_once(int fd, const void *line, size_t len)
{
    KB_AUTO(kb_fd_close) int apart = -1;
    struct stat st;

    if (fstat(fd, &st) < 0)
        return;
    if (S_ISREG(st.st_mode)) /* opened again it would have a place of its own to write at */
        KB_IGNORE(kb_write_all(fd, line, len, NULL));
    else if (S_ISSOCK(st.st_mode))
        KB_IGNORE(send(fd, line, len, MSG_DONTWAIT | MSG_NOSIGNAL));
    else if ((apart = open_apart(fd)) >= 0)
        KB_IGNORE(write(apart, line, len));
    else
        KB_IGNORE(write_if_ready(fd, line, len));
}

void kb_say_at_once(int fd, const struct kb_buf *line)
{
    sigset_t stop, callers;

    /* Who is in the background would be stopped for it (stty tostop). */
    sigemptyset(&stop);
    sigaddset(&stop, SIGTTOU);
    sigprocmask(SIG_BLOCK, &stop, &callers);
    write_at_once(fd, line->data, line->len);
    sigprocmask(SIG_SETMASK, &callers, NULL);
}
