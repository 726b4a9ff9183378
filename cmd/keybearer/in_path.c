/*
 * Programs by their names in PATH, as a shell finds them, and where we ourselves lie. Must never
 * run anything.
 */
#include "front.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

/* A shell passes over a directory of that name, and anything else that is no file. */
static bool is_program(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

bool in_path_find(const char *name, const char *behind, char found[static PATH_MAX])
{
    const char *path = getenv("PATH");
    bool is_found = false, is_behind = !behind;

    for (const char *entry = path, *end; entry; entry = *end ? end + 1 : NULL) {
        char here[PATH_MAX];

        end = entry + strcspn(entry, ":");
        snprintf(here, sizeof(here), "%.*s/%s", (int)(end - entry), entry, name);
        if (*entry != '/' || !is_program(here))
            continue;
        if (behind && in_path_same(here, behind)) {
            is_found = is_found && is_behind;
            is_behind = true;
        } else if (!is_found) {
            memcpy(found, here, sizeof(here));
            is_found = true;
        }
    }
    return is_found;
}

/* Without /proc: as it was started, else what the kernel says. */
bool in_path_own(char own[static PATH_MAX])
{
    const char *started =
        (const char *)getauxval(AT_EXECFN); /* NOLINT(performance-no-int-to-ptr) */
    char path[PATH_MAX];                    /* one that fails leaves something there */
    bool is_known = realpath("/proc/self/exe", path) || (started && realpath(started, path));

    if (is_known)
        memcpy(own, path, sizeof(path));
    return is_known;
}

bool in_path_same(const char *one, const char *other)
{
    struct stat a, b;

    return stat(one, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}
