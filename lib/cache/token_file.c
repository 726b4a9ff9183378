/*
 * Tokens in clear. Must never make a file where others could read it or a disk would keep it, nor
 * name a path that others could lead elsewhere, and never remove one that somebody keeps.
 */
#include "cache/token_file.h"

#include "base/file.h"
#include "base/flock.h"
#include "base/random.h"
#include "lock_file.h"
#include "runtime_dir.h"
#include "sweep.h"
#include "token_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME "token"
#define RANDOM_BYTES 4

/* Between a new directory and its lock, and between its lock and its end, nobody else may come. */
#define LOCK_NAME KB_LOCK_PREFIX "run"
enum { LOCK_MS = 5000 };

_Static_assert(sizeof(((struct kb_token_file *)0)->name) >
                   sizeof(KB_TOKEN_DIR_PREFIX) + 2 * (size_t)RANDOM_BYTES,
    "a name fits");

/* --- Removing ----------------------------------------------------------------------- */

static enum kb_err remove_dir(int parent, const char *name, int dir, struct kb_error *err)
{
    enum kb_err rc = kb_sweep_remove(dir, NULL, NULL, err);

    if (!rc && unlinkat(parent, name, AT_REMOVEDIR) != 0 && errno != ENOENT)
        rc = kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot remove %s", name);
    return rc;
}

/* Whoever can lock it is alone with it. */
static enum kb_err remove_if_left(
    const struct kb_runtime_dir *place, const char *name, struct kb_error *err)
{
    KB_AUTO(kb_fd_close)
    int dir = openat(place->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int sys = dir < 0 ? errno : kb_flock(dir, 0);

    if (sys == EWOULDBLOCK || sys == ENOENT)
        return KB_OK;
    if (sys)
        return kb_fail_sys(err, KB_ERR_SYSTEM, sys, "cannot lock %s/%s", place->path, name);
    return remove_dir(place->fd, name, dir, err);
}

/* All of them, and the first failure. */
static enum kb_err sweep(const struct kb_runtime_dir *place, struct kb_error *err)
{
    KB_AUTO(kb_dir_end_list) DIR *listing = kb_dir_list(place->fd);
    const struct dirent *entry = NULL;
    enum kb_err rc = KB_OK;

    while (listing && (entry = readdir(listing)) != NULL) {
        enum kb_err one = KB_OK;

        if (kb_is_token_dir(entry->d_name, NULL))
            one = remove_if_left(place, entry->d_name, rc ? NULL : err);
        rc = rc ? rc : one;
    }
    return rc;
}

static enum kb_err sweep_in(const struct kb_runtime_dir *place, void *unused, struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int lock = -1;
    enum kb_err rc;

    (void)unused;
    if (kb_sweep_count(place->fd, kb_is_token_dir, NULL) == 0)
        return KB_OK;
    rc = kb_lock_take(place->fd, LOCK_NAME, LOCK_MS, &lock, err);
    return rc ? rc : sweep(place, err);
}

enum kb_err kb_token_file_sweep(struct kb_error *err)
{
    static const struct kb_runtime_dir_work work = {sweep_in, NULL};

    return kb_runtime_dir_each(&work, NULL, err);
}

void kb_token_file_close(struct kb_token_file *file)
{
    kb_fd_close(&file->dir);
    kb_fd_close(&file->parent);
}

/* The token first: where a container ends with its command, we have no time for more. */
void kb_token_file_remove(struct kb_token_file *file)
{
    if (file->dir >= 0) {
        unlinkat(file->dir, FILE_NAME, 0);
        KB_IGNORE(remove_dir(file->parent, file->name, file->dir, NULL));
    }
    kb_token_file_close(file);
}

/* --- Making ------------------------------------------------------------------------- */

static enum kb_err make_dir(struct kb_token_file *file, struct kb_error *err)
{
    unsigned char random[RANDOM_BYTES];
    const size_t prefix = strlen(KB_TOKEN_DIR_PREFIX);
    enum kb_err rc = kb_random(random, sizeof(random), err);
    int sys;

    if (rc)
        return rc;
    memcpy(file->name, KB_TOKEN_DIR_PREFIX, prefix);
    sodium_bin2hex(file->name + prefix, sizeof(file->name) - prefix, random, sizeof(random));
    if (mkdirat(file->parent, file->name, 0700) != 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot create %s", file->name);
    file->dir = openat(file->parent, file->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    sys = file->dir < 0 ? errno : kb_flock(file->dir, 0);
    if (!sys)
        return KB_OK;
    unlinkat(file->parent, file->name, AT_REMOVEDIR);
    return kb_fail_sys(err, KB_ERR_SYSTEM, sys, "cannot lock %s", file->name);
}

enum kb_err kb_token_file_find_place(struct kb_error *err)
{
    KB_AUTO(kb_runtime_dir_close) struct kb_runtime_dir place = KB_RUNTIME_DIR_INIT;

    return kb_runtime_dir_open_by_path(&place, err);
}

enum kb_err kb_token_file_make(struct kb_token_file *ret, struct kb_error *err)
{
    KB_AUTO(kb_token_file_close) struct kb_token_file file = KB_TOKEN_FILE_INIT;
    KB_AUTO(kb_fd_close) int lock = -1;
    struct kb_runtime_dir place = KB_RUNTIME_DIR_INIT;
    enum kb_err rc = kb_runtime_dir_open_by_path(&place, err);

    if (rc)
        return rc;
    file.parent = place.fd;
    rc = kb_lock_take(file.parent, LOCK_NAME, LOCK_MS, &lock, err);
    if (rc)
        return rc;
    KB_IGNORE(sweep(&place, NULL));
    rc = make_dir(&file, err);
    if (rc)
        return rc;
    snprintf(file.path, sizeof(file.path), "%s/%s/" FILE_NAME, place.path, file.name);
    *ret = file;
    file = KB_TOKEN_FILE_INIT;
    return KB_OK;
}

enum kb_err kb_token_file_write(
    const struct kb_token_file *file, const struct kb_secret *token, struct kb_error *err)
{
    return kb_file_replace_volatile(file->dir, FILE_NAME, token->bytes, token->len, err);
}
