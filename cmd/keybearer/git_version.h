/*
 * Which git is here, and whether it keeps what keybearer gives it from its other helpers.
 */
#ifndef KB_FRONT_GIT_VERSION_H
#define KB_FRONT_GIT_VERSION_H

#include "base/buf.h"
#include "tools/others.h"

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

/*
 * Whether GIT gives keybearer's tokens to OTHERS, as far as that can be known without it. RET_FILE:
 * where its helper `store` keeps them, in words.
 */
bool git_version_gives(
    const struct git_version *git, const struct kb_others *others, char ret_file[static PATH_MAX]);

#endif
