/*
 * A lock file with a bounded wait. Lock files are never unlinked: their names begin with
 * KB_LOCK_PREFIX, which every sweep of the directory spares.
 */
#ifndef KB_CACHE_LOCK_FILE_H
#define KB_CACHE_LOCK_FILE_H

#include "base/error.h"

#define KB_LOCK_PREFIX "f-"

/*
 * Opens (or makes) the lock file NAME below DIRFD and waits at most WAIT_MS for its
 * lock; 0 does not wait at all. *RET_FD holds the lock until its last copy is closed.
 * KB_ERR_TIMEOUT: somebody else held it all the time. Uses SIGALRM and the real-time
 * interval timer while it waits and restores both.
 */
KB_CHECKED enum kb_err kb_lock_take(
    int dirfd, const char *name, int wait_ms, int *ret_fd, struct kb_error *err);

#endif
