/*
 * Which git is here, and whether it keeps what keybearer gives it from its other helpers.
 */
#ifndef KB_FRONT_GIT_VERSION_H
#define KB_FRONT_GIT_VERSION_H

#include "base/buf.h"

#include <limits.h>
#include <stdbool.h>

struct git_version {
    char path[PATH_MAX];
    char text[24]; /* its version, of a longer one the beginning; "": it is not known */
    bool keeps_tokens;
};

/* Of the first git in PATH, which is read, and not started. */
void git_version_find(struct git_version *ret);

/* Appends, as one sentence, what GIT does with tokens; FILE: where its helper `store` keeps them.
 */
void git_version_warn(struct kb_buf *out, const struct git_version *git, const char *file);

/* What helps against it. */
#define GIT_VERSION_CURE                                                                           \
    "use git 2.46 or later, or let keybearer be the only helper of its addresses: "                \
    "man git-credential-keybearer, SECURITY CONSIDERATIONS"

#endif
