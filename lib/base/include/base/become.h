/*
 * Becoming the command that a person gave.
 */
#ifndef KB_BASE_BECOME_H
#define KB_BASE_BECOME_H

#include "base/error.h"

/*
 * Becomes ARGV[0], which is looked for in PATH, as env(1) does. Returns only when that fails:
 * KB_ERR_NO_COMMAND, there is none of that name, or its interpreter is not there;
 * KB_ERR_NOT_RUNNABLE, there is one. By then signals and umask are the caller's again.
 */
enum kb_err kb_become(char *const argv[], struct kb_error *err);

#endif
