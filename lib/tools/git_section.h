/*
 * Whether a section [credential "..."] of git's settings is for an address, as git 2.39 matches
 * them: gitcredentials(7), CREDENTIAL CONTEXTS; git-config(1), http.<url>.*. Pure.
 */
#ifndef KB_TOOLS_GIT_SECTION_H
#define KB_TOOLS_GIT_SECTION_H

#include "core/url.h"

enum kb_git_match {
    KB_GIT_NOT,
    KB_GIT_MAYBE,  /* for some of what git asks there: of one user, or spelled in a certain way */
    KB_GIT_WITHIN, /* for what only begins with the address */
    KB_GIT_ABOUT,  /* for all of it */
};

/* TEXT is what stands between the quotes; "" where nothing does: that is for every address. */
enum kb_git_match kb_git_section(const char *text, const struct kb_url *address);

#endif
