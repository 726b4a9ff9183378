/*
 * A link of the person's own to keybearer, for apply.c and undo.c. Only for who has the state open
 * to be changed: both remove what a killed one of ours left in the folder.
 */
#ifndef KB_TOOLS_LINK_H
#define KB_TOOLS_LINK_H

#include "base/error.h"

#include <stdbool.h>

/*
 * Makes absolute LINK a link to TARGET, and the folders that it lacks. REPLACES: one is there, and
 * is replaced in one step. KB_ERR_DENIED: the folder is not the person's alone to change, or LINK
 * is there and REPLACES is not. KB_ERR_SYSTEM: the rest.
 */
KB_CHECKED enum kb_err kb_link_put(
    const char *link, const char *target, bool replaces, struct kb_error *err);

/* Removes LINK, which is there. KB_ERR_SYSTEM: it cannot be. */
KB_CHECKED enum kb_err kb_link_remove(const char *link, struct kb_error *err);

#endif
