/*
 * Becoming the command that a person gave.
 */
#ifndef KB_BASE_BECOME_H
#define KB_BASE_BECOME_H

#include "base/error.h"

/*
 * What the command gets as its variable NAME; with VALUE NULL it gets none. An environment may have
 * a name twice, and programs differ in which one they read: none of the caller's stays.
 */
KB_CHECKED enum kb_err kb_become_export(const char *name, const char *value, struct kb_error *err);

/*
 * Becomes ARGV[0], which is looked for in PATH, as env(1) does. Returns only when that fails:
 * KB_ERR_NO_COMMAND, there is none of that name, or its interpreter is not there;
 * KB_ERR_NOT_RUNNABLE, there is one. By then signals and umask are the caller's again.
 */
enum kb_err kb_become(char *const argv[], struct kb_error *err);

#endif
