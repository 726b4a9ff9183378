/*
 * Where this program lies, as the kernel names it: for what an archive has beside its programs,
 * wherever a person unpacked it.
 */
#ifndef KB_BASE_PLACE_H
#define KB_BASE_PLACE_H

#include "base/error.h"

#include <limits.h>

/*
 * RET is the path of BELOW in the folder that is UP folders above this program's file: for
 * /opt/bin/a and 1, /opt/BELOW. The program's own path has no link in it (/proc/self/exe, proc(5));
 * whether something is at RET, and whose, is for the caller to look at.
 *
 * KB_ERR_SYSTEM: /proc is not mounted, there are fewer folders, or the path is too long.
 */
KB_CHECKED enum kb_err kb_place_beside(
    int up, const char *below, char ret[static PATH_MAX], struct kb_error *err);

#endif
