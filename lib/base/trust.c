/*
 * Who could have changed a file. The path is walked as the kernel would, one component at a
 * time. Must never go on below a directory that others may change: what is checked there
 * could be replaced a moment later.
 */
#include "base/trust.h"

#include "base/strings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { LINKS_MAX = 40 }; /* as many as the kernel follows */

/* --- owners and groups ----------------------------------------------------------- */

/* What the kernel shows for every user that a user namespace has no number for. */
#define UNMAPPED_UID 65534

/* Whether line LINE of a map ("inside outside count") gives some user the number UID inside. */
static bool is_mapped_by(const char *line, unsigned long uid)
{
    char *rest;
    unsigned long inside = strtoul(line, &rest, 10);

    (void)strtoul(rest, &rest, 10);
    return uid >= inside && uid - inside < strtoul(rest, NULL, 10);
}

/*
 * Then it is one user, and not all those who have no number here; so it always is outside of a user
 * namespace. Without /proc we take it for that, where the rule is the stricter.
 */
static bool is_mapped(unsigned long uid)
{
    FILE *map = fopen("/proc/self/uid_map", "re");
    char line[128]; /* the kernel writes 33 bytes */
    bool found = !map;

    while (!found && fgets(line, sizeof(line), map))
        found = is_mapped_by(line, uid);
    if (map)
        (void)fclose(map);
    return found;
}

bool kb_trust_owner(uid_t owner)
{
    return owner == geteuid() || owner == 0 || (owner == UNMAPPED_UID && !is_mapped(owner));
}

void kb_trust_hint_owner(struct kb_error *err, uid_t owner, const char *path, bool is_link)
{
    if (geteuid() == 0)
        kb_hint(err,
            "run keybearer as uid %u, or with a HOME and files of root's own (HOME=/root, sudo -H)",
            owner);
    else
        kb_hint(err, "chown %s%u %s", is_link ? "-h " : "", geteuid(), path);
}

/* A list shows in the mode as what it gives the group at most: then the mode says too little. */
static bool has_access_list(int fd, const char *path)
{
    static const char name[] = "system.posix_acl_access";
    ssize_t size = fd >= 0 ? fgetxattr(fd, name, NULL, 0) : lgetxattr(path, name, NULL, 0);

    return size >= 0 || (errno != ENODATA && errno != EOPNOTSUPP);
}

static bool is_private_group(gid_t group)
{
    return group == getegid() && group == geteuid();
}

bool kb_trust_others_write(const struct stat *st, int fd, const char *path)
{
    if (st->st_mode & S_IWOTH)
        return true;
    if (!(st->st_mode & S_IWGRP))
        return false;
    return !is_private_group(st->st_gid) || has_access_list(fd, path);
}

/* --- the way ---------------------------------------------------------------------- */

struct walk {
    const char *goal;    /* the path as it was named */
    char done[PATH_MAX]; /* the directories so far; "" is the root directory */
    char left[PATH_MAX]; /* what is still to go */
    bool crowded;        /* others may make entries in DONE, and change only their own */
    int links;
};

static enum kb_err too_long(const struct walk *walk, struct kb_error *err)
{
    return kb_fail_sys(err, KB_ERR_DENIED, ENAMETOOLONG, "%s", walk->goal);
}

static enum kb_err look(const struct walk *walk, struct stat *ret, struct kb_error *err)
{
    const char *path = walk->done[0] ? walk->done : "/";

    if (lstat(path, ret) == 0)
        return KB_OK;
    if (errno == ENOENT || errno == ENOTDIR)
        return kb_fail_sys(err, KB_ERR_NOT_FOUND, errno, "%s", walk->goal);
    return kb_fail_sys(err, errno == EACCES ? KB_ERR_DENIED : KB_ERR_SYSTEM, errno, "%s", path);
}

/* The goal, by what of it is below DONE: that is in the message anyway. */
static const char *goal_below(const struct walk *walk)
{
    size_t len = strlen(walk->done);

    if (len > 0 && strncmp(walk->goal, walk->done, len) == 0 && walk->goal[len] == '/' &&
        walk->goal[len + 1])
        return walk->goal + len + 1;
    return walk->goal;
}

static enum kb_err somebody_elses(
    const struct walk *walk, const struct stat *st, struct kb_error *err)
{
    kb_fail(err, KB_ERR_DENIED, "another user could replace %s: %s belongs to uid %u",
        goal_below(walk), walk->done[0] ? walk->done : "/", st->st_uid);
    kb_trust_hint_owner(err, st->st_uid, walk->done, S_ISLNK(st->st_mode));
    return KB_ERR_DENIED;
}

/* DONE is a directory: may we go on below it? */
static enum kb_err enter(struct walk *walk, const struct stat *st, struct kb_error *err)
{
    const char *path = walk->done[0] ? walk->done : "/";

    if (!S_ISDIR(st->st_mode))
        return kb_fail_sys(err, KB_ERR_NOT_FOUND, ENOTDIR, "%s", walk->goal);
    if (!kb_trust_owner(st->st_uid))
        return somebody_elses(walk, st, err);
    walk->crowded = kb_trust_others_write(st, -1, path);
    if (!walk->crowded || st->st_mode & S_ISVTX)
        return KB_OK;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_DENIED, "others could replace %s: they may write to %s (mode %04o)",
            goal_below(walk), path, st->st_mode & 07777),
        "chmod go-w %s", path);
}

static enum kb_err enter_done(struct walk *walk, struct kb_error *err)
{
    struct stat st;
    enum kb_err rc = look(walk, &st, err);

    return rc ? rc : enter(walk, &st, err);
}

static enum kb_err go_to_root(struct walk *walk, struct kb_error *err)
{
    walk->done[0] = '\0';
    return enter_done(walk, err);
}

static void drop_last(struct walk *walk)
{
    char *slash = strrchr(walk->done, '/');

    if (slash)
        *slash = '\0';
}

/* Moves the next component from LEFT to NAME. False when there is none. */
static bool take_next(struct walk *walk, char name[static PATH_MAX])
{
    const char *start = walk->left + strspn(walk->left, "/");
    size_t len = strcspn(start, "/");

    memcpy(name, start, len);
    name[len] = '\0';
    memmove(walk->left, start + len, strlen(start + len) + 1);
    return len > 0;
}

/* It was a link a moment ago: who replaces it now may be somebody else. */
static enum kb_err cannot_follow(const struct walk *walk, struct kb_error *err)
{
    if (errno == ENOENT)
        return kb_fail_sys(err, KB_ERR_NOT_FOUND, errno, "%s", walk->goal);
    if (errno != EINVAL)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "%s", walk->done);
    return kb_hinted(err,
        kb_fail(err, KB_ERR_DENIED, "%s was replaced while it was looked at", walk->done),
        "ls -l %s, then try again", walk->done);
}

/* DONE is a link: its target comes in its place. */
static enum kb_err follow(struct walk *walk, struct kb_error *err)
{
    char target[PATH_MAX];
    char left[PATH_MAX];
    ssize_t len = readlink(walk->done, target, sizeof(target) - 1);

    if (len < 0)
        return cannot_follow(walk, err);
    if (++walk->links > LINKS_MAX)
        return kb_hinted(err, kb_fail_sys(err, KB_ERR_DENIED, ELOOP, "%s", walk->goal),
            "links on the way lead to each other: ls -l %s", walk->done);
    target[len] = '\0';
    len = snprintf(left, sizeof(left), "%s%s", target, walk->left);
    if (len < 0 || (size_t)len >= sizeof(left))
        return too_long(walk, err);
    memcpy(walk->left, left, (size_t)len + 1);
    drop_last(walk);
    return target[0] == '/' ? go_to_root(walk, err) : KB_OK;
}

static enum kb_err step(struct walk *walk, const char *name, struct kb_error *err)
{
    struct stat st;
    size_t len = strlen(walk->done);
    int more = snprintf(walk->done + len, sizeof(walk->done) - len, "/%s", name);
    enum kb_err rc;

    if (more < 0 || len + (size_t)more >= sizeof(walk->done))
        return too_long(walk, err);
    rc = look(walk, &st, err);
    if (rc)
        return rc;
    if (walk->crowded && !kb_trust_owner(st.st_uid))
        return somebody_elses(walk, &st, err);
    if (S_ISLNK(st.st_mode))
        return follow(walk, err);
    return walk->left[0] ? enter(walk, &st, err) : KB_OK;
}

static enum kb_err go(struct walk *walk, const char *path, struct kb_error *err)
{
    char name[PATH_MAX];
    enum kb_err rc;

    *walk = (struct walk){.goal = path};
    if (path[0] != '/')
        return kb_fail(err, KB_ERR_DENIED, "%s is not an absolute path", path);
    if (!kb_text_copy(walk->left, sizeof(walk->left), path))
        return too_long(walk, err);
    rc = go_to_root(walk, err);
    while (!rc && take_next(walk, name)) {
        if (strcmp(name, "..") == 0) {
            drop_last(walk);
            rc = enter_done(walk, err);
        } else if (strcmp(name, ".") != 0) {
            rc = step(walk, name, err);
        }
    }
    return rc;
}

enum kb_err kb_trust_resolve(const char *path, char ret[static PATH_MAX], struct kb_error *err)
{
    struct walk walk;
    enum kb_err rc = go(&walk, path, err);

    if (!rc)
        memcpy(ret, walk.done[0] ? walk.done : "/", strlen(walk.done) + 1 + !walk.done[0]);
    return rc;
}

enum kb_err kb_trust_check_dir(const char *path, struct kb_error *err)
{
    struct walk walk;
    enum kb_err rc = go(&walk, path, err);

    return rc ? rc : enter_done(&walk, err);
}
