/* Where this program lies. Must never ask the environment, nor how the program was called. */
#include "base/place.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum kb_err kb_place_beside(
    int up, const char *below, char ret[static PATH_MAX], struct kb_error *err)
{
    char own[PATH_MAX], path[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", own, sizeof(own) - 1);
    int needed;

    if (len < 0)
        return kb_hinted(err,
            kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot tell where this program lies"),
            "mount /proc: programs of an archive find each other by it");
    own[len] = '\0';
    for (int i = 0; i <= up; i++) {
        char *slash = strrchr(own, '/');

        if (!slash)
            return kb_fail(err, KB_ERR_SYSTEM, "this program lies too high for %s", below);
        *slash = '\0';
    }
    needed = snprintf(path, sizeof(path), "%s/%s", own, below);
    if (needed < 0 || (size_t)needed >= sizeof(path))
        return kb_fail_sys(err, KB_ERR_SYSTEM, ENAMETOOLONG, "%s", own);
    memcpy(ret, path, (size_t)needed + 1);
    return KB_OK;
}
