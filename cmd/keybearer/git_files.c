/*
 * git's files, as it finds them itself. Must never write one, nor wait for what is no regular file.
 */
#include "git_files.h"

#include "base/fd.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 1 << 20 };

static bool is_in(const char *folder, const char *name, char path[static PATH_MAX])
{
    if (!folder || folder[0] != '/')
        return false;
    return snprintf(path, PATH_MAX, "%s/%s", folder, name) < PATH_MAX && access(path, F_OK) == 0;
}

static bool home_file(const char *name, char path[static PATH_MAX])
{
    return is_in(getenv("HOME"), name, path);
}

/* Unlike others git takes a relative one: below whatever folder it is started in. */
static bool config_file(const char *name, char path[static PATH_MAX])
{
    const char *folder = getenv("XDG_CONFIG_HOME");
    char whole[64];

    if (folder && *folder)
        return is_in(folder, name, path);
    snprintf(whole, sizeof(whole), ".config/%s", name);
    return is_in(getenv("HOME"), whole, path);
}

/* git alone says who its helpers are, but `store` leaves a file of a known name. */
bool git_store_file(char path[static PATH_MAX])
{
    return home_file(".git-credentials", path) || config_file("git/credentials", path);
}

/* git's own builds give its program more than one name, so kb_file_read() would refuse it. */
bool git_read_file(const char *path, struct kb_buf *ret)
{
    KB_AUTO(kb_fd_close) int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return false;
    for (;;) {
        char *room = NULL;
        size_t want = kb_buf_room(ret, CHUNK, &room);
        ssize_t got = want ? read(fd, room, want) : -1;

        if (got <= 0)
            return got == 0;
        kb_buf_took(ret, (size_t)got);
    }
}
