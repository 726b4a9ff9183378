/*
 * For a process that reads or writes a file of secrets, and has nobody to talk to.
 */
#ifndef KB_BASE_OFFLINE_H
#define KB_BASE_OFFLINE_H

#include "base/error.h"

/*
 * From now on this process, and what it starts, makes no socket and runs no other program: both
 * fail with EPERM. What is open stays open. Must have no_new_privs.
 * Where the kernel has no seccomp nothing happens, and the result is KB_OK; KB_ERR_SYSTEM where it
 * has, and refuses.
 */
KB_CHECKED enum kb_err kb_offline(struct kb_error *err);

#endif
