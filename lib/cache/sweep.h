/*
 * All files of a directory at once: the cache's, or one in it.
 */
#ifndef KB_CACHE_SWEEP_H
#define KB_CACHE_SWEEP_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

typedef bool kb_sweep_wanted(const char *name, void *context);

/*
 * Records, keys and left-over temporary files. Spares locks, pauses of servers and the directories
 * of token_dir.h: they belong to no key.
 */
bool kb_sweep_of_a_key(const char *name, void *unused);

/* How many names WANTED (NULL: each) says yes to; 0 when the directory cannot be read. */
size_t kb_sweep_count(int dirfd, kb_sweep_wanted *wanted, void *context);

/* Removes those files. Goes on after a failure and reports the first one. */
KB_CHECKED enum kb_err kb_sweep_remove(
    int dirfd, kb_sweep_wanted *wanted, void *context, struct kb_error *err);

/*
 * Removes what was written more than HOURS ago, or has a time as far ahead: no key is that old,
 * so nobody can open it, whoever sealed it. Not locks and pauses, of which there are few, and
 * not the records of the key KEY_ID, since it may be the clock that has changed. Best effort.
 */
void kb_sweep_old(int dirfd, const char *key_id, int hours);

/* Whether FILE below DIRFD is missing, or its time is more than HOURS away from now. */
bool kb_sweep_is_old(int dirfd, const char *name, int hours);

#endif
