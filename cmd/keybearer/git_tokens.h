/*
 * Whom git gives keybearer's tokens besides: its other helpers, and what they do with them.
 */
#ifndef KB_FRONT_GIT_TOKENS_H
#define KB_FRONT_GIT_TOKENS_H

#include "git_version.h"

#include "base/buf.h"
#include "tools/others.h"

#include <limits.h>

enum git_gives {
    GIT_GIVES_NOBODY, /* as far as anybody can tell without git */
    GIT_MAY_GIVE,     /* its settings leave it open, or only a file of `store` is there */
    GIT_GIVES,        /* another helper is set */
};

struct git_tokens {
    enum git_gives gives;
    char file[PATH_MAX]; /* where its helper `store` writes them, in words; "": nobody knows */
};

/* What GIT, which asks OTHERS besides, does with our tokens. Looks for the file of `store`. */
void git_tokens_judge(
    const struct git_version *git, const struct kb_others *others, struct git_tokens *ret);

/* Appends, as one sentence without its end, what GIT does; where it gives them to nobody, nothing.
 */
void git_tokens_warn(
    struct kb_buf *out, const struct git_version *git, const struct git_tokens *tokens);

/* What helps against it. */
#define GIT_TOKENS_CURE                                                                            \
    "use git 2.46 or later, or let keybearer be the only helper of its addresses: "                \
    "man git-credential-keybearer, SECURITY CONSIDERATIONS"

#endif
