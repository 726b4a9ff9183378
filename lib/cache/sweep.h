/*
 * All files of the cache directory at once.
 */
#ifndef KB_CACHE_SWEEP_H
#define KB_CACHE_SWEEP_H

#include "base/attr.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

typedef bool kb_sweep_wanted(const char *name);

/* Records, keys and left-over temporary files: everything but lock files. */
bool kb_sweep_not_a_lock(const char *name);

/* How many names WANTED says yes to; 0 when the directory cannot be read. */
size_t kb_sweep_count(int dirfd, kb_sweep_wanted *wanted);

/* Removes those files. Goes on after a failure and reports the first one. */
KB_CHECKED enum kb_err kb_sweep_remove(int dirfd, kb_sweep_wanted *wanted, struct kb_error *err);

#endif
