/*
 * A directory for the cache where another user took the one of our name.
 */
#ifndef KB_CACHE_SPARE_DIR_H
#define KB_CACHE_SPARE_DIR_H

#include "base/error.h"

#include <stddef.h>
#include <sys/types.h>

struct kb_spare_name {
    char text[32];
};

/*
 * The name of our spare directory number N (from 0) below PARENT, in the order of their names;
 * there is one, as a rule. All processes of a user find the same. Those with a bit of FORBIDDEN
 * in their mode do not count. KB_ERR_NOT_FOUND: there is none. KB_ERR_UNAVAILABLE: PARENT may not
 * be listed. KB_ERR_DENIED: it holds more than we look at, and the error says whose. KB_ERR_SYSTEM:
 * a call failed.
 */
KB_CHECKED enum kb_err kb_spare_dir_find(
    int parent, mode_t forbidden, size_t n, struct kb_spare_name *ret, struct kb_error *err);

/* Makes one, unless somebody was quicker, and says which is to be used. */
KB_CHECKED enum kb_err kb_spare_dir_make(
    int parent, struct kb_spare_name *ret, struct kb_error *err);

#endif
