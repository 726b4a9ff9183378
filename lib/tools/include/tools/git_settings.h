/*
 * What a file of git's settings says about credentials of an address, without git. Pure:
 * git-config(1), SYNTAX; gitcredentials(7), CONFIGURATION OPTIONS and CREDENTIAL CONTEXTS.
 */
#ifndef KB_TOOLS_GIT_SETTINGS_H
#define KB_TOOLS_GIT_SETTINGS_H

#include "base/strings.h"
#include "core/url.h"

#include <stdbool.h>

/*
 * Appends to VALUES, in order, what TEXT sets credential.KEY to: for every address, and for those
 * that cover ADDRESS. A key without a value is "true". An empty value takes back all before it, as
 * git reads a list. *RET_SURE becomes false where TEXT leaves that open: it names other files, has
 * a pattern for an address or one with a user name, or is not of git's form.
 */
void kb_git_settings_read(const char *text, const struct kb_url *address, const char *key,
    struct kb_strings *values, bool *ret_sure);

#endif
