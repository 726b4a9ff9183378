/*
 * The end of `run`. Its failures have the statuses that shells and env(1) give them, so that a
 * script can tell them from those of the command.
 */
#include "base/become.h"

#include "base/harden.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum kb_err kb_become_export(const char *name, const char *value, struct kb_error *err)
{
    if (unsetenv(name) < 0 || (value && setenv(name, value, 1) < 0))
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot set %s", name);
    return KB_OK;
}

enum kb_err kb_become(char *const argv[], struct kb_error *err)
{
    int sys;

    kb_harden_undo();
    execvp(argv[0], argv);
    sys = errno;
    enum kb_err code = sys == ENOENT ? KB_ERR_NO_COMMAND : KB_ERR_NOT_RUNNABLE;
    return kb_fail_sys(err, code, sys, "cannot run %s", argv[0]);
}
