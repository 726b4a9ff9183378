/*
 * Finds, checks and makes the directory of the cache.
 *
 * A directory that exists and passes is used as it is: three system calls, on the way
 * of every answer. Only where there is none does the parent count, because it decides
 * whether ours would be made there. Everything is checked on the descriptor in use.
 * Somebody else's directory is never used, changed or removed.
 *
 * Whoever makes keybearer-UID in /dev/shm first keeps us out of it. Then a directory beside it
 * is used, whose name nobody knows beforehand (spare_dir.c).
 */
#include "runtime_dir.h"

#include "base/file.h"
#include "base/landlock.h"
#include "base/strings.h"
#include "base/trust.h"
#include "spare_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

struct place {
    char parent[200];
    char leaf[32];
    bool shared; /* the parent belongs to root and everybody may create in it */
};

static bool fill(struct place *place, const char *parent, const char *leaf, bool shared)
{
    place->shared = shared;
    return kb_text_copy(place->parent, sizeof(place->parent), parent) &&
           kb_text_copy(place->leaf, sizeof(place->leaf), leaf);
}

static bool place_from_environment(struct place *ret)
{
    const char *dir = getenv("XDG_RUNTIME_DIR");

    return dir && dir[0] == '/' && fill(ret, dir, "keybearer", false);
}

static bool place_of_login(struct place *ret)
{
    char parent[40];

    (void)snprintf(parent, sizeof(parent), "/run/user/%u", (unsigned)geteuid());
    return fill(ret, parent, "keybearer", false);
}

static bool place_in_shared_memory(struct place *ret)
{
    char leaf[32];

    (void)snprintf(leaf, sizeof(leaf), "keybearer-%u", (unsigned)geteuid());
    return fill(ret, KB_CACHE_SHARED_MEMORY, leaf, true);
}

_Static_assert(sizeof(((struct kb_runtime_dir *)0)->path) >
                   sizeof(((struct place *)0)->parent) + sizeof(((struct place *)0)->leaf),
    "a place fits into the path");
_Static_assert(sizeof(((struct place *)0)->leaf) >= sizeof(struct kb_spare_name),
    "so does the name of a spare directory");

/* In order of preference. False: this place does not exist here. */
static bool (*const places[])(struct place *ret) = {
    place_from_environment,
    place_of_login,
    place_in_shared_memory,
};

_Static_assert(KB_COUNT(places) == KB_CACHE_PLACES_KNOWN, "they are known to others");

/*
 * A place that must not be used is passed over. One that could not be looked at, because a call
 * failed for a reason of the moment, is not: the next process would choose it again, and what
 * was put elsewhere meanwhile would be found by nobody.
 */
static enum kb_err refusal(int sys)
{
    switch (sys) {
    case EACCES:
    case EPERM:
    case ELOOP:
    case ENOENT:
    case ENOTDIR:
    case EROFS:
        return KB_ERR_DENIED;
    default:
        return KB_ERR_SYSTEM;
    }
}

static enum kb_err check_in_memory(int fd, const char *path, struct kb_error *err)
{
    struct statfs fs;

    if (fstatfs(fd, &fs) != 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "%s", path);
    unsigned long type = (unsigned long)fs.f_type;
    if (type == TMPFS_MAGIC || type == RAMFS_MAGIC)
        return KB_OK;
    return kb_fail(err, KB_ERR_DENIED, "%s is not on tmpfs", path);
}

static bool parent_is_safe(const struct stat *st, bool shared)
{
    if (shared && st->st_uid == 0 && st->st_mode & S_ISVTX)
        return true;
    return st->st_uid == geteuid() && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

/* KB_ERR_DENIED when we would not make our directory there. */
static enum kb_err open_parent(const struct place *place, int *ret_fd, struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int fd = open(place->parent, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return kb_fail_sys(err, refusal(errno), errno, "%s", place->parent);
    struct stat st;
    if (fstat(fd, &st) != 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "%s", place->parent);
    if (!parent_is_safe(&st, place->shared))
        return kb_fail(
            err, KB_ERR_DENIED, "%s is not yours, or others may write to it", place->parent);
    enum kb_err rc = check_in_memory(fd, place->parent, err);
    if (rc)
        return rc;
    *ret_fd = fd;
    fd = -1;
    return KB_OK;
}

/* KB_ERR_NOT_FOUND: there is none. KB_ERR_DENIED: it must not be used. KB_ERR_SYSTEM: unknown. */
static enum kb_err open_ours(
    int parent, const char *name, struct kb_runtime_dir *ret, struct kb_error *err)
{
    KB_AUTO(kb_fd_close)
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    int sys = errno;
    if (fd < 0 && (sys == ENOENT || kb_landlock_hides(sys, ret->path)))
        return kb_fail_sys(err, KB_ERR_NOT_FOUND, ENOENT, "%s", ret->path);
    if (fd < 0)
        return kb_fail_sys(err, refusal(sys), sys, "%s", ret->path);
    struct stat st;
    if (fstat(fd, &st) != 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "%s", ret->path);
    if (st.st_uid != geteuid())
        return kb_fail(err, KB_ERR_DENIED, "%s belongs to user %u, not to you", ret->path,
            (unsigned)st.st_uid);
    if (st.st_mode & (S_IRWXG | S_IRWXO))
        return kb_fail(
            err, KB_ERR_DENIED, "%s is open to others (chmod 700 %s)", ret->path, ret->path);
    enum kb_err rc = check_in_memory(fd, ret->path, err);
    if (rc)
        return rc;
    ret->fd = fd;
    fd = -1;
    return KB_OK;
}

static void set_path(struct kb_runtime_dir *dir, const struct place *place)
{
    (void)snprintf(dir->path, sizeof(dir->path), "%s/%s", place->parent, place->leaf);
}

static enum kb_err try_place(
    const struct place *place, bool create, struct kb_runtime_dir *ret, struct kb_error *err)
{
    set_path(ret, place);
    enum kb_err rc = open_ours(AT_FDCWD, ret->path, ret, err);
    if (rc != KB_ERR_NOT_FOUND)
        return rc;

    KB_AUTO(kb_fd_close) int parent = -1;
    rc = open_parent(place, &parent, err);
    if (rc)
        return rc;
    if (!create)
        return kb_fail(err, KB_ERR_NOT_FOUND, "there is no %s yet", ret->path);
    if (mkdirat(parent, place->leaf, 0700) != 0 && errno != EEXIST)
        return kb_fail_sys(err, refusal(errno), errno, "cannot create %s", ret->path);
    return open_ours(parent, place->leaf, ret, err);
}

/* Another user may make a new directory there, and cannot take it from us. */
static enum kb_err try_spare(bool create, struct kb_runtime_dir *ret, struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int parent = -1;
    struct place place = {.parent = KB_CACHE_SHARED_MEMORY, .leaf = "keybearer-*", .shared = true};
    struct kb_spare_name name = {""};

    set_path(ret, &place);
    enum kb_err rc = open_parent(&place, &parent, err);
    if (!rc)
        rc = kb_spare_dir_find(parent, S_IRWXG | S_IRWXO, 0, &name, err);
    if (rc == KB_ERR_NOT_FOUND && create)
        rc = kb_spare_dir_make(parent, &name, err);
    if (rc)
        return rc;
    memcpy(place.leaf, name.text, sizeof(name.text));
    set_path(ret, &place);
    return open_ours(parent, place.leaf, ret, err);
}

/* DIR, which is open, gets the path that whoever walks it comes by to the same directory. */
static enum kb_err settle_path(struct kb_runtime_dir *dir, struct kb_error *err)
{
    char path[PATH_MAX];
    struct stat here, there;
    enum kb_err rc = kb_trust_resolve(dir->path, path, err);

    if (rc)
        return rc == KB_ERR_NOT_FOUND ? KB_ERR_DENIED : rc;
    if (fstat(dir->fd, &here) != 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "%s", dir->path);
    if (lstat(path, &there) != 0 || there.st_dev != here.st_dev || there.st_ino != here.st_ino)
        return kb_fail(err, KB_ERR_DENIED, "%s leads elsewhere for others", dir->path);
    if (!kb_text_copy(dir->path, sizeof(dir->path), path))
        return kb_fail(err, KB_ERR_DENIED, "the path of %s is too long", dir->path);
    return KB_OK;
}

static enum kb_err open_first(
    bool create, bool by_path, struct kb_runtime_dir *ret, struct kb_error *err)
{
    struct kb_error first = KB_ERROR_INIT;

    for (size_t i = 0; i <= KB_COUNT(places); i++) {
        struct place place;
        struct kb_runtime_dir dir = KB_RUNTIME_DIR_INIT;
        struct kb_error why = KB_ERROR_INIT;
        if (i < KB_COUNT(places) && !places[i](&place))
            continue;
        enum kb_err rc = i < KB_COUNT(places) ? try_place(&place, create, &dir, &why)
                                              : try_spare(create, &dir, &why);
        if (!rc && by_path)
            rc = settle_path(&dir, &why);
        if (rc)
            kb_fd_close(&dir.fd);
        if (!rc || rc == KB_ERR_NOT_FOUND)
            *ret = dir;
        if (!rc || rc == KB_ERR_NOT_FOUND || rc == KB_ERR_SYSTEM)
            return rc ? kb_fail(err, rc, "%s", why.msg) : KB_OK;
        if (!first.code)
            first = why;
    }
    return kb_fail(err, KB_ERR_UNAVAILABLE, "%s", first.msg);
}

enum kb_err kb_runtime_dir_open(bool create, struct kb_runtime_dir *ret, struct kb_error *err)
{
    return open_first(create, false, ret, err);
}

enum kb_err kb_runtime_dir_open_by_path(struct kb_runtime_dir *ret, struct kb_error *err)
{
    return open_first(true, true, ret, err);
}

/*
 * KB_ERR_UNAVAILABLE: there is no such one, nor another behind it. KB_ERR_DENIED: nobody can tell.
 */
static enum kb_err find_spare(size_t n, struct kb_spare_name *ret, struct kb_error *err)
{
    KB_AUTO(kb_fd_close)
    int parent = open(KB_CACHE_SHARED_MEMORY, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct kb_error why = KB_ERROR_INIT;
    enum kb_err rc = KB_ERR_NOT_FOUND;

    if (parent >= 0)
        rc = kb_spare_dir_find(parent, 0, n, ret, &why);
    else if (errno != ENOENT && refusal(errno) == KB_ERR_SYSTEM)
        rc = kb_fail_sys(&why, KB_ERR_SYSTEM, errno, "%s", KB_CACHE_SHARED_MEMORY);
    if (!rc)
        return KB_OK;
    if ((rc == KB_ERR_SYSTEM || rc == KB_ERR_DENIED) && n == 0) {
        if (err)
            *err = why;
        return KB_ERR_DENIED;
    }
    return kb_fail(err, KB_ERR_UNAVAILABLE, "there is no such place");
}

/* Place N for clearing it out: the spare directories follow the places. */
static enum kb_err find_place(size_t n, struct place *ret, struct kb_error *err)
{
    struct kb_spare_name name;

    if (n < KB_COUNT(places))
        return places[n](ret) ? KB_OK
                              : kb_fail(err, KB_ERR_NOT_FOUND, "there is no such directory");
    enum kb_err rc = find_spare(n - KB_COUNT(places), &name, err);
    if (!rc)
        (void)fill(ret, KB_CACHE_SHARED_MEMORY, name.text, true); /* it fits, see above */
    return rc;
}

/*
 * Nothing of ours is where another user's directory, file or link is, nor below a directory
 * of another user's that we may not enter: su keeps XDG_RUNTIME_DIR.
 */
static bool is_a_strangers(const char *path)
{
    char way[KB_CACHE_PATH_MAX];
    struct stat st;
    char *slash = NULL;
    bool known = lstat(path, &st) == 0;

    (void)kb_text_copy(way, sizeof(way), path);
    while (!known && errno == EACCES && (slash = strrchr(way, '/')) != NULL && slash != way) {
        *slash = '\0';
        known = stat(way, &st) == 0;
    }
    return known && st.st_uid != geteuid();
}

enum kb_err kb_runtime_dir_open_any(size_t n, struct kb_runtime_dir *ret, struct kb_error *err)
{
    struct place place = {.parent = ""};
    struct stat st;

    *ret = KB_RUNTIME_DIR_INIT;
    enum kb_err rc = find_place(n, &place, err);
    ret->is_lost = rc == KB_ERR_DENIED;
    if (rc)
        return rc;
    set_path(ret, &place);

    KB_AUTO(kb_fd_close) int fd = open(ret->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int sys = errno;
    if (fd < 0 && (sys == ENOENT || kb_landlock_hides(sys, ret->path)))
        return kb_fail(err, KB_ERR_NOT_FOUND, "there is no %s", ret->path);
    if (is_a_strangers(ret->path))
        return kb_fail(err, KB_ERR_NOT_FOUND, "%s does not belong to you", ret->path);
    if (fd < 0 || fstat(fd, &st) != 0)
        return kb_fail_sys(err, KB_ERR_DENIED, fd < 0 ? sys : errno, "%s", ret->path);
    if (st.st_uid != geteuid())
        return kb_fail(err, KB_ERR_NOT_FOUND, "%s does not belong to you", ret->path);
    ret->device = st.st_dev;
    ret->inode = st.st_ino;
    ret->fd = fd;
    fd = -1;
    return KB_OK;
}

enum kb_err kb_runtime_dir_each(
    const struct kb_runtime_dir_work *work, void *context, struct kb_error *err)
{
    enum kb_err result = KB_OK;

    for (size_t n = 0;; n++) {
        KB_AUTO(kb_runtime_dir_close) struct kb_runtime_dir dir = KB_RUNTIME_DIR_INIT;
        struct kb_error why = KB_ERROR_INIT;
        enum kb_err rc = kb_runtime_dir_open_any(n, &dir, &why);

        if (rc == KB_ERR_UNAVAILABLE)
            return result;
        if (rc == KB_ERR_NOT_FOUND)
            continue;
        if (!rc)
            rc = work->in(&dir, context, &why);
        else if (dir.is_lost && work->for_lost)
            rc = work->for_lost(context, &why);
        if (rc && !result) {
            result = rc;
            if (err)
                *err = why;
        }
    }
}

static void say_obstacle(const char *path, const struct stat *st, struct kb_error *ret)
{
    if (st->st_uid != geteuid()) {
        kb_fail(ret, KB_ERR_DENIED, "%s was made by user %u, so it is not used", path,
            (unsigned)st->st_uid);
        kb_hint(ret, "%srm -r %s", geteuid() ? "have root remove it: " : "", path);
    } else if (!S_ISDIR(st->st_mode)) {
        kb_fail(ret, KB_ERR_DENIED, "%s is not a directory, so it is not used", path);
        kb_hint(ret, "rm %s", path);
    } else if (st->st_mode & (S_IRWXG | S_IRWXO)) {
        kb_fail(ret, KB_ERR_DENIED, "%s is open to others (mode %04o), so it is not used", path,
            st->st_mode & 07777);
        kb_hint(ret, "chmod 700 %s", path);
    }
}

bool kb_cache_obstacle(size_t n, struct kb_error *ret)
{
    struct place place;
    struct kb_runtime_dir dir = KB_RUNTIME_DIR_INIT;
    struct stat st;

    *ret = KB_ERROR_INIT;
    if (n >= KB_COUNT(places))
        return false;
    if (places[n](&place)) {
        set_path(&dir, &place);
        if (lstat(dir.path, &st) == 0)
            say_obstacle(dir.path, &st, ret);
    }
    return true;
}

void kb_runtime_dir_close(struct kb_runtime_dir *dir)
{
    kb_fd_close(&dir->fd);
}
