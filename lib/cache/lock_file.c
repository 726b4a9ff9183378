/*
 * Lock files. They are never unlinked: two processes could then hold "the same" lock.
 */
#include "lock_file.h"

#include "base/file.h"
#include "base/flock.h"

#include <errno.h>
#include <fcntl.h>

enum kb_err kb_lock_take(
    int dirfd, const char *name, int wait_ms, int *ret_fd, struct kb_error *err)
{
    KB_AUTO(kb_fd_close)
    int fd = openat(
        dirfd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);

    if (fd < 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot open the lock file %s", name);

    int sys = kb_flock(fd, wait_ms);
    if (sys == EWOULDBLOCK)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_TIMEOUT, "another process holds the lock %s", name),
            "try again; if another keybearer is stopped, continue or end it: pgrep -a keybearer");
    if (sys != 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, sys, "cannot lock %s", name);
    *ret_fd = fd;
    fd = -1;
    return KB_OK;
}
