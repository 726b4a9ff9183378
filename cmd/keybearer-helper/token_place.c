/*
 * Where a file of a token lies, over links that are replaced while it is in use. Must never widen
 * that to the home directory, or to everything.
 */
#include "helper.h"

#include "base/strings.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Everything, or all of the person's, however it is spelled: not for the sake of one link. */
static bool is_too_wide(const char *folder)
{
    const char *home = getenv("HOME");
    size_t len = strlen(folder);
    struct stat it, own;

    if (len == 0 || (home && strncmp(home, folder, len) == 0 && (!home[len] || home[len] == '/')))
        return true;
    return home && stat(folder, &it) == 0 && stat(home, &own) == 0 && it.st_ino == own.st_ino &&
           it.st_dev == own.st_dev;
}

/* Whether a link to TARGET leads out of the folder that it lies in. */
static bool leads_out(const char *target)
{
    for (const char *name = target; *name; name += strspn(name, "/")) {
        size_t len = strcspn(name, "/");

        if (len == 0 || (len == 2 && strncmp(name, "..", 2) == 0))
            return true;
        name += len;
    }
    return false;
}

/* The length of the first part of PATH that is a link, and where that leads; 0: there is none. */
static size_t find_link(const char *path, char target[static PATH_MAX])
{
    for (size_t len = 1; path[len - 1]; len++) {
        char part[PATH_MAX];
        ssize_t got;

        if (path[len] != '/' && path[len] != '\0')
            continue;
        (void)kb_text_copy(part, len + 1, path);
        got = readlink(part, target, PATH_MAX - 1);
        if (got > 0) {
            target[got] = '\0';
            return len;
        }
    }
    return 0;
}

/* PATH leads over a link to TARGET that ends at LEN: PATH without it. */
static void go_on(char path[static PATH_MAX], size_t len, size_t folder_len, const char *target)
{
    KB_AUTO(kb_buf_clear) struct kb_buf next = KB_BUF_INIT(PATH_MAX - 1);

    if (*target != '/')
        kb_buf_add(&next, path, folder_len + 1);
    kb_buf_str(&next, target);
    kb_buf_str(&next, path + len);
    (void)kb_text_copy(path, PATH_MAX, next.failed ? "" : kb_buf_text(&next));
}

void find_token_place(const char *path, char ret[static PATH_MAX])
{
    enum { LINKS_MAX = 40 };
    char target[PATH_MAX], folder[PATH_MAX];

    (void)kb_text_copy(ret, PATH_MAX, path);
    for (int links = 0; links < LINKS_MAX; links++) {
        size_t len = find_link(ret, target), folder_len = len;

        if (len == 0)
            return;
        do
            folder_len--;
        while (ret[folder_len] != '/'); /* the one before the link, not the one behind it */
        (void)kb_text_copy(folder, folder_len + 1, ret);
        if (!leads_out(target) && !is_too_wide(folder)) {
            (void)kb_text_copy(ret, PATH_MAX, folder);
            return;
        }
        go_on(ret, len, folder_len, target);
    }
}
