/*
 * Which git is here, and whether it can keep what keybearer gives it from its other helpers.
 */
#ifndef KB_FRONT_GIT_VERSION_H
#define KB_FRONT_GIT_VERSION_H

#include <limits.h>
#include <stdbool.h>

struct git_version {
    char path[PATH_MAX];
    char text[24]; /* its version, of a longer one the beginning; "": it is not known */
    bool keeps_tokens;
};

/* Of the first git in PATH, which is read, and not started. */
void git_version_find(struct git_version *ret);

#endif
