/*
 * Where the person's files lie. Must never look at a file: what a path leads to may change, what
 * it is called does not.
 */
#include "core/place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void kb_path_make_plain(char *path)
{
    const char *from = path;
    char *to = path;

    for (size_t len; *from; from += len) {
        from += strspn(from, "/");
        len = strcspn(from, "/");
        if (len == 0 || (len == 1 && *from == '.'))
            continue;
        *to++ = '/';
        memmove(to, from, len);
        to += len;
    }
    if (to == path && *path)
        *to++ = '/';
    *to = '\0';
}

static const char *absolute_from_environment(const char *name)
{
    const char *path = getenv(name);

    return path && path[0] == '/' ? path : NULL;
}

enum kb_err kb_data_path(const char *leaf, char path[static KB_DATA_PATH_MAX], struct kb_error *err)
{
    const char *data = absolute_from_environment("XDG_DATA_HOME");
    const char *home = absolute_from_environment("HOME");
    int len;

    if (!data && !home) {
        kb_fail(
            err, KB_ERR_CONFIG, "neither XDG_DATA_HOME nor HOME says where keybearer/%s is", leaf);
        return kb_hint(err, "set HOME to an absolute path");
    }
    len = snprintf(path, KB_DATA_PATH_MAX, "%s%s/keybearer/%s", data ? data : home,
        data ? "" : "/.local/share", leaf);
    if (len < 0 || len >= KB_DATA_PATH_MAX)
        return kb_fail(err, KB_ERR_CONFIG, "the path of keybearer/%s is too long", leaf);
    kb_path_make_plain(path);
    return KB_OK;
}
