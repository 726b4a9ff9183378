/*
 * KEYBEARER_LOG=file: the log in $XDG_STATE_HOME/keybearer/log (0600, in a folder 0700), for tools
 * that swallow stderr. Opened anew for each line: so nobody writes to a file that was put aside,
 * and each line is one write at the end of the file, whole beside those of others. A file that is
 * full becomes log.1, in place of the one before. Must never follow a link, write where others may
 * look, wait for anybody, or grow beyond what two full files have.
 */
#include "log_file.h"

#include "base/attr.h"
#include "base/file.h"
#include "base/flock.h"
#include "core/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define NAME "log"
#define FORMER "log.1"

/* While a full one cannot be put aside, because somebody else is at it, it may grow a little. */
enum { FULL = 1 << 20, FULL_FOR_GOOD = 2 * FULL };

static enum kb_err check(const struct stat *st, const char *path, struct kb_error *err)
{
    if (!S_ISREG(st->st_mode) || st->st_nlink > 1)
        return kb_hinted(err, kb_fail(err, KB_ERR_DENIED, "%s is not a file of its own", path),
            S_ISDIR(st->st_mode) ? "rm -r %s" : "rm %s", path);
    if (st->st_uid != geteuid())
        return kb_hinted(err,
            kb_fail(err, KB_ERR_DENIED, "%s belongs to user %u, not to you", path,
                (unsigned)st->st_uid),
            "rm -f %s", path);
    if (st->st_mode & (S_IRWXG | S_IRWXO))
        return kb_hinted(
            err, kb_fail(err, KB_ERR_DENIED, "%s is open to others", path), "chmod 600 %s", path);
    return KB_OK;
}

/* O_NONBLOCK: a pipe that somebody put there has nobody at its other end, and is refused. */
static enum kb_err open_log(
    int dir, const char *path, int *ret_fd, struct stat *ret_st, struct kb_error *err)
{
    KB_AUTO(kb_fd_close)
    int fd = openat(dir, NAME,
        O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
    enum kb_err rc;

    if (fd < 0 && errno == ELOOP)
        return kb_hinted(
            err, kb_fail(err, KB_ERR_DENIED, "%s is not a file of its own", path), "rm %s", path);
    if (fd < 0 || fstat(fd, ret_st) < 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "%s", path);
    rc = check(ret_st, path, err);
    if (rc)
        return rc;
    *ret_fd = fd;
    fd = -1;
    return KB_OK;
}

/*
 * The lock is the full file's: whoever has it, and finds that file still in its place, is the one
 * who puts it aside. A stopped one holds up nobody.
 */
static void put_aside(int dir, int fd, const struct stat *st)
{
    struct stat there;

    if (kb_flock(fd, 0) == 0 && fstatat(dir, NAME, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
        there.st_dev == st->st_dev && there.st_ino == st->st_ino)
        (void)renameat(dir, NAME, dir, FORMER);
}

static enum kb_err open_with_room(
    int dir, const char *path, int *ret_fd, struct stat *ret_st, struct kb_error *err)
{
    enum kb_err rc = open_log(dir, path, ret_fd, ret_st, err);

    if (rc || ret_st->st_size < FULL)
        return rc;
    put_aside(dir, *ret_fd, ret_st);
    kb_fd_close(ret_fd);
    rc = open_log(dir, path, ret_fd, ret_st, err);
    if (!rc && ret_st->st_size >= FULL_FOR_GOOD)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_SYSTEM, "%s is full, and cannot be put aside", path),
            "rm -r %s %s.1", path, path);
    return rc;
}

static enum kb_err open_folder(
    char path[static KB_DATA_PATH_MAX], int *ret_fd, struct kb_error *err)
{
    char folder[KB_DATA_PATH_MAX];
    enum kb_err rc = kb_state_path(NAME, path, err);

    if (!rc)
        rc = kb_state_path("", folder, err);
    if (!rc)
        rc = kb_dir_open(folder, true, ret_fd, err);
    return rc;
}

/* Where there was no room for the whole of it. */
static bool is_cut_off(int fd, const struct stat *st)
{
    char last = '\n';

    return st->st_size > 0 && pread(fd, &last, 1, st->st_size - 1) == 1 && last != '\n';
}

/* One write; a rest would follow somebody else's line. */
static enum kb_err append(
    int fd, bool ends_another, const struct kb_buf *line, const char *path, struct kb_error *err)
{
    char line_end[] = "\n";
    const struct iovec parts[] = {
        {line_end, ends_another ? 1 : 0},
        {line->data, line->len},
    };
    ssize_t put = writev(fd, parts, KB_COUNT(parts));

    if (put < 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "%s", path);
    if ((size_t)put < parts[0].iov_len + parts[1].iov_len)
        return kb_fail(err, KB_ERR_SYSTEM, "%s took a part of a line only", path);
    return KB_OK;
}

enum kb_err log_file_write(const struct kb_buf *line, struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int dir = -1;
    KB_AUTO(kb_fd_close) int fd = -1;
    char path[KB_DATA_PATH_MAX];
    struct stat st = {0};
    enum kb_err rc = open_folder(path, &dir, err);

    if (!rc)
        rc = open_with_room(dir, path, &fd, &st, err);
    return rc ? rc : append(fd, is_cut_off(fd, &st), line, path, err);
}

enum kb_err log_file_check(char ret_path[static KB_DATA_PATH_MAX], struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int dir = -1;
    char folder[KB_DATA_PATH_MAX];
    struct stat st;
    enum kb_err rc = kb_state_path(NAME, ret_path, err);

    if (!rc)
        rc = kb_state_path("", folder, err);
    if (!rc)
        rc = kb_dir_open(folder, false, &dir, err);
    if (rc == KB_ERR_NOT_FOUND) /* the first line will make it */
        return KB_OK;
    if (rc)
        return rc;
    if (fstatat(dir, NAME, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? KB_OK : kb_fail_sys(err, KB_ERR_SYSTEM, errno, "%s", ret_path);
    return check(&st, ret_path, err);
}
