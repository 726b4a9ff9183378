/*
 * What a file of git's settings says about credentials of an address, without git. Pure:
 * git-config(1), SYNTAX; gitcredentials(7), CONFIGURATION OPTIONS and CREDENTIAL CONTEXTS.
 */
#ifndef KB_TOOLS_GIT_SETTINGS_H
#define KB_TOOLS_GIT_SETTINGS_H

#include "base/strings.h"
#include "core/url.h"

#include <stdbool.h>

/* One question to git's files, and what they answer in turn. */
struct kb_git_answer {
    struct kb_url address;
    const char *key;
    struct kb_strings values; /* for all of the address */
    struct kb_strings within; /* for what only begins with it */
    bool is_sure;
};

/* A question about ADDRESS, which nothing was said to yet. */
#define KB_GIT_ASK(about, name)                                                                    \
    ((struct kb_git_answer){.address = (about), .key = (name), .is_sure = true})

void kb_git_answer_clear(struct kb_git_answer *answer);

/*
 * Appends to ANSWER, in order, what TEXT sets credential.KEY to: for every address, for those that
 * cover the answer's, and for those within it. A key without a value is "true". An empty value
 * takes back all before it, as git reads a list; one for an address within takes back nothing.
 * IS_SURE becomes false where TEXT leaves it open: it names other files, has KEY for only some of
 * what git asks at the address (a user, a pattern, a path behind a host alone), or spelled as git
 * alone reads it, or is not of git's form.
 */
void kb_git_settings_read(const char *text, struct kb_git_answer *answer);

/*
 * The same of what `git config --null --get-regexp` SAID: git has read all files then, and followed
 * what they include. IS_SURE becomes false also where it follows some only in some repositories.
 */
void kb_git_settings_hear(const struct kb_buf *said, struct kb_git_answer *answer);

#endif
