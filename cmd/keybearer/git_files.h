/*
 * The files of git that are here, without git.
 */
#ifndef KB_FRONT_GIT_FILES_H
#define KB_FRONT_GIT_FILES_H

#include "base/buf.h"

#include <limits.h>
#include <stdbool.h>

/* Whether the helper `store` has left a file; then PATH is that. */
bool git_store_file(char path[static PATH_MAX]);

/* Appends what is in PATH, as far as RET takes it; false: it cannot be read whole. */
bool git_read_file(const char *path, struct kb_buf *ret);

#endif
