/*
 * The end of `run`. Its failures have the statuses that shells and env(1) give them, so that a
 * script can tell them from those of the command.
 */
#include "base/become.h"

#include "base/harden.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the kernel says of a path that is there is about the path, and not what is wrong with it. */
static enum kb_err explain(const char *path, int sys, struct kb_error *err)
{
    enum kb_err code = sys == ENOENT ? KB_ERR_NO_COMMAND : KB_ERR_NOT_RUNNABLE;
    struct stat st;
    bool is_there = strchr(path, '/') && stat(path, &st) == 0;

    if (is_there && S_ISDIR(st.st_mode))
        return kb_hinted(err, kb_fail(err, code, "cannot run %s: it is a directory", path),
            "name a program in it");
    if (is_there && sys == ENOENT)
        return kb_hinted(err,
            kb_fail(err, code, "cannot run %s: the program that it is for is missing", path),
            "look at the program that its first line names: head -n 1 %s", path);
    if (is_there && sys == EACCES && access(path, X_OK) != 0)
        return kb_hinted(err, kb_fail(err, code, "cannot run %s: it is not executable", path),
            "chmod +x %s, or name the program that reads it: sh %s", path, path);
    return kb_fail_sys(err, code, sys, "cannot run %s", path);
}

enum kb_err kb_become_export(const char *name, const char *value, struct kb_error *err)
{
    if (unsetenv(name) < 0 || (value && setenv(name, value, 1) < 0))
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot set %s", name);
    return KB_OK;
}

enum kb_err kb_become(char *const argv[], struct kb_error *err)
{
    kb_harden_undo();
    execvp(argv[0], argv);
    return explain(argv[0], errno, err);
}
