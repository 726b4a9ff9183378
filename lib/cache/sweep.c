/*
 * Counts and removes files of the cache directory by their names.
 *
 * Never goes below the directory, and never touches "." and "..".
 */
#include "sweep.h"

#include "base/file.h"
#include "lock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

bool kb_sweep_not_a_lock(const char *name)
{
    return strncmp(name, KB_LOCK_PREFIX, strlen(KB_LOCK_PREFIX)) != 0;
}

static void close_listing(DIR **listing)
{
    if (*listing)
        closedir(*listing);
}

/* A listing of its own, so that DIRFD's position is nobody's business. NULL with errno. */
static DIR *open_listing(int dirfd)
{
    int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *listing = fd < 0 ? NULL : fdopendir(fd);
    if (!listing)
        kb_fd_close(&fd);
    return listing;
}

/* The next name that is wanted, or NULL at the end. */
static const char *next_name(DIR *listing, kb_sweep_wanted *wanted)
{
    const struct dirent *entry = NULL;
    while ((entry = readdir(listing)) != NULL) {
        const char *name = entry->d_name;
        if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && wanted(name))
            return name;
    }
    return NULL;
}

size_t kb_sweep_count(int dirfd, kb_sweep_wanted *wanted)
{
    KB_AUTO(close_listing) DIR *listing = open_listing(dirfd);
    size_t count = 0;
    while (listing && next_name(listing, wanted))
        count++;
    return count;
}

enum kb_err kb_sweep_remove(int dirfd, kb_sweep_wanted *wanted, struct kb_error *err)
{
    KB_AUTO(close_listing) DIR *listing = open_listing(dirfd);
    if (!listing)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot list the cache directory");
    enum kb_err rc = KB_OK;
    const char *name = NULL;
    while ((name = next_name(listing, wanted)) != NULL) {
        if (unlinkat(dirfd, name, 0) != 0 && errno != ENOENT && rc == KB_OK)
            rc = kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot remove the cached %s", name);
    }
    return rc;
}
