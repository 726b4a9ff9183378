/*
 * flock(2) that gives up after a while.
 */
#ifndef KB_BASE_FLOCK_H
#define KB_BASE_FLOCK_H

#include "base/attr.h"

/*
 * Waits at most WAIT_MS for the exclusive lock of FD, which may be a directory; 0 does not
 * wait at all. Returns 0, EWOULDBLOCK when somebody else held it all the time, or another
 * errno. The kernel wakes the waiter, so nobody polls; uses SIGALRM and the real-time
 * interval timer while it waits and restores both.
 */
KB_CHECKED int kb_flock(int fd, int wait_ms);

/*
 * The same for FD, which is the directory PATH. Where the file system has no locks, 0: who changes
 * something there must be able to, and two who do it at once are rare. That is remembered.
 */
KB_CHECKED int kb_flock_dir(int fd, const char *path, int wait_ms);

/* The last directory that kb_flock_dir() could not lock, to be told; "": there was none. */
const char *kb_flock_missing(void);

#endif
