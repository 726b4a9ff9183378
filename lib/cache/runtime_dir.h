/*
 * Where the cache lies: one private directory on a memory file system.
 */
#ifndef KB_CACHE_RUNTIME_DIR_H
#define KB_CACHE_RUNTIME_DIR_H

#include "base/error.h"
#include "cache/cache.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct kb_runtime_dir {
    int fd;       /* -1: not there */
    dev_t device; /* what tells it from others; set by kb_runtime_dir_open_any() only */
    ino_t inode;
    char path[KB_CACHE_PATH_MAX]; /* for people; "" when no place can be used */
    bool is_lost;                 /* there may be one, but it cannot be found among others */
};

#define KB_RUNTIME_DIR_INIT ((struct kb_runtime_dir){.fd = -1})

/*
 * Finds the directory (see cache.h for the places) and opens it; the caller closes
 * RET->fd. KB_ERR_NOT_FOUND: it would be RET->path, but CREATE was not asked for.
 * KB_ERR_UNAVAILABLE: no place can be used; the message says what is wrong with the
 * first one. KB_ERR_SYSTEM: a call failed, so that nobody knows which it would be. The choice does
 * not depend on CREATE, so readers and writers always agree.
 */
KB_CHECKED enum kb_err kb_runtime_dir_open(
    bool create, struct kb_runtime_dir *ret, struct kb_error *err);

/*
 * The same with CREATE, for who tells its path to other programs: they go there by themselves, and
 * later. So RET->path has no link in it, and nobody else can change where it leads. A place of
 * which that is not true is passed over, also where the cache uses it.
 */
KB_CHECKED enum kb_err kb_runtime_dir_open_by_path(
    struct kb_runtime_dir *ret, struct kb_error *err);

/*
 * Opens the directory at place N (from 0) for clearing it out: it must be ours, but others may
 * enter it, or it may lie on disk. KB_ERR_NOT_FOUND: there is none of ours there; so it is said
 * of what lies below a directory of another user's that we may not enter.
 * KB_ERR_DENIED: it cannot be opened. KB_ERR_UNAVAILABLE: there is no place N, nor any behind
 * it. RET->path is set in any case but the last, and where it is lost.
 */
KB_CHECKED enum kb_err kb_runtime_dir_open_any(
    size_t n, struct kb_runtime_dir *ret, struct kb_error *err);

struct kb_runtime_dir_work {
    /* What is done in each that there is. */
    enum kb_err (*in)(const struct kb_runtime_dir *dir, void *context, struct kb_error *err);
    /* What is done for one that is lost; NULL: that it is lost is a failure. */
    enum kb_err (*for_lost)(void *context, struct kb_error *err);
};

/* WORK at every place of this user's. Goes on after a failure and reports the first one. */
KB_CHECKED enum kb_err kb_runtime_dir_each(
    const struct kb_runtime_dir_work *work, void *context, struct kb_error *err);

/* Closes its descriptor; for KB_AUTO. */
void kb_runtime_dir_close(struct kb_runtime_dir *dir);

#endif
