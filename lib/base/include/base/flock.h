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

#endif
