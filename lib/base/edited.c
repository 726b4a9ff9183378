/*
 * Files of other programs that we change a part of. Must never write through a link, nor over what
 * somebody else wrote since it was read.
 */
#include "base/edited.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/strings.h"
#include "base/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { READ_TRIES = 20, EMPTY_MS = 50 };

void kb_edited_clear(struct kb_edited *file)
{
    kb_buf_clear(&file->text);
}

static bool is_same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           is_same_time(&a->st_mtim, &b->st_mtim) && is_same_time(&a->st_ctim, &b->st_ctim);
}

enum kb_err kb_edited_check_mode(const struct stat *st, const char *path, struct kb_error *err)
{
    if (st->st_mode & S_IWUSR)
        return KB_OK;
    return kb_hinted(err, kb_fail(err, KB_ERR_DENIED, "%s is read-only", path),
        "if it is yours to change: chmod u+w %s", path);
}

/* --- reading ------------------------------------------------------------------------ */

static enum kb_err check_file(const struct kb_edited *file, struct kb_error *err)
{
    const struct stat *st = &file->st;

    if (st->st_uid != geteuid()) {
        kb_fail(err, KB_ERR_DENIED, "%s belongs to another user, uid %u", file->path, st->st_uid);
        if (geteuid() == 0)
            kb_trust_hint_owner(err, st->st_uid, file->path, false);
        else
            kb_hint(err, "only that user can change it, or give it to you");
        return KB_ERR_DENIED;
    }
    if (st->st_nlink > 1)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_DENIED,
                "%s has a second name (hard link), which would keep the old content", file->path),
            "find the other name: find / -xdev -samefile %s", file->path);
    return kb_edited_check_mode(st, file->path, err);
}

/* "" is the root directory. */
static void folder_of(const char *path, char ret[static PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) : 0;

    memcpy(ret, path, len);
    ret[len] = '\0';
}

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static enum kb_err check_folder(const char *folder, struct kb_error *err)
{
    if (access(*folder ? folder : "/", W_OK) == 0)
        return KB_OK;
    return kb_hinted(err,
        kb_fail_sys(err, KB_ERR_DENIED, errno, "nothing can be written in %s", folder), "ls -ld %s",
        folder);
}

/* A failure that is none leaves nothing in ERR. */
static void give(const struct kb_error *why, struct kb_error *err)
{
    if (err)
        *err = *why;
}

/* Where folders are missing, the last one that is there gets the first of them. */
enum kb_err kb_edited_check_place(const char *path, struct kb_error *err)
{
    char folder[PATH_MAX];
    struct stat st;
    enum kb_err rc;

    for (folder_of(path, folder); *folder && lstat(folder, &st) < 0;)
        *strrchr(folder, '/') = '\0';
    if (*folder && (stat(folder, &st) < 0 || !S_ISDIR(st.st_mode)))
        return kb_hinted(
            err, kb_fail(err, KB_ERR_DENIED, "%s is no folder", folder), "ls -ld %s", folder);
    rc = kb_trust_check_dir(*folder ? folder : "/", err);
    return rc ? rc : check_folder(folder, err);
}

/* There is no such file; where would it be? */
static enum kb_err place_new(const char *path, struct kb_edited *ret, struct kb_error *err)
{
    char folder[PATH_MAX], resolved[PATH_MAX];
    struct kb_error why = KB_ERROR_INIT;
    struct stat st;
    enum kb_err rc;

    if (lstat(path, &st) == 0)
        return kb_hinted(err, kb_fail(err, KB_ERR_DENIED, "%s is a link that leads nowhere", path),
            "make what it leads to: touch %s; or remove the link: rm %s", path, path);
    folder_of(path, folder);
    rc = kb_trust_resolve(*folder ? folder : "/", resolved, &why);
    ret->lacks = rc == KB_ERR_NOT_FOUND ? kb_edited_lacks(path) : 0;
    if (rc == KB_ERR_NOT_FOUND)
        return kb_edited_check_place(path, err);
    if (rc) {
        give(&why, err);
        return rc;
    }
    if (snprintf(ret->path, sizeof(ret->path), "%s/%s", strcmp(resolved, "/") ? resolved : "",
            name_of(path)) >= (int)sizeof(ret->path))
        return kb_fail_sys(err, KB_ERR_DENIED, ENAMETOOLONG, "%s", path);
    return check_folder(resolved, err);
}

/* Some programs empty a file before they write it. */
static bool is_empty_for_now(const struct kb_edited *file, int tries)
{
    if (file->st.st_size > 0 || tries > 0)
        return false;
    kb_clock_sleep_ms(EMPTY_MS);
    return true;
}

enum kb_err kb_edited_keeps_changing(const char *path, struct kb_error *err)
{
    return kb_hinted(err, kb_fail(err, KB_ERR_SYSTEM, "%s keeps being changed", path),
        "end the program that writes it, then try again");
}

/* What is read is what lies there before and after: then no half of a change is in it. */
static enum kb_err read_steady(struct kb_edited *ret, struct kb_error *err)
{
    struct stat after;
    enum kb_err rc;

    for (int tries = 0; tries < READ_TRIES; tries++) {
        kb_buf_reset(&ret->text);
        if (lstat(ret->path, &ret->st) < 0)
            return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "%s", ret->path);
        rc = kb_file_read(AT_FDCWD, ret->path, KB_FILE_OURS, &ret->text, err);
        if (rc)
            return rc;
        if (!is_empty_for_now(ret, tries) && lstat(ret->path, &after) == 0 &&
            is_same(&ret->st, &after))
            return KB_OK;
    }
    return kb_edited_keeps_changing(ret->path, err);
}

enum kb_err kb_edited_read(const char *path, struct kb_edited *ret, struct kb_error *err)
{
    char folder[PATH_MAX];
    struct kb_error why = KB_ERROR_INIT;
    enum kb_err rc = kb_trust_resolve(path, ret->path, &why);

    ret->exists = !rc;
    if (rc && rc != KB_ERR_NOT_FOUND)
        give(&why, err);
    if (rc == KB_ERR_NOT_FOUND) {
        if (!kb_text_copy(ret->path, sizeof(ret->path), path))
            return kb_fail_sys(err, KB_ERR_DENIED, ENAMETOOLONG, "%s", path);
        return place_new(path, ret, err);
    }
    if (!rc)
        rc = read_steady(ret, err);
    if (!rc)
        rc = check_file(ret, err);
    folder_of(ret->path, folder);
    return rc ? rc : check_folder(folder, err);
}

/* --- folders ------------------------------------------------------------------------ */

void kb_edited_lies(const char *path, char ret[static PATH_MAX])
{
    char head[PATH_MAX], real[PATH_MAX];
    int len;

    kb_text_copy(head, sizeof(head), path);
    while (*head && !realpath(head, real))
        *strrchr(head, '/') = '\0';
    len = snprintf(
        ret, PATH_MAX, "%s%s", *head && strcmp(real, "/") != 0 ? real : "", path + strlen(head));
    if (len >= PATH_MAX)
        kb_text_copy(ret, PATH_MAX, path);
}

int kb_edited_lacks(const char *path)
{
    char folder[PATH_MAX];
    struct stat st;
    int count = 0;

    for (folder_of(path, folder); *folder && stat(folder, &st) < 0; count++)
        *strrchr(folder, '/') = '\0';
    return count;
}

void kb_edited_remove_folders(const char *path, int count)
{
    char folder[PATH_MAX];

    folder_of(path, folder);
    for (; count > 0 && *folder && rmdir(folder) == 0; count--)
        *strrchr(folder, '/') = '\0';
}

/* --- writing ------------------------------------------------------------------------ */

static bool is_changed(const struct kb_edited *file, int dirfd)
{
    struct stat now;

    if (fstatat(dirfd, name_of(file->path), &now, AT_SYMLINK_NOFOLLOW) < 0)
        return file->exists || errno != ENOENT;
    return !file->exists || !is_same(&file->st, &now);
}

/* The folder that FILE lies in; made, where there is none. The caller closes *RET_FD. */
static enum kb_err open_folder(const struct kb_edited *file, int *ret_fd, struct kb_error *err)
{
    char folder[PATH_MAX], resolved[PATH_MAX];
    enum kb_err rc;

    folder_of(file->path, folder);
    rc = file->lacks > 0 ? kb_dir_make(folder, err) : KB_OK;
    if (!rc)
        rc = kb_trust_resolve(*folder ? folder : "/", resolved, err);
    if (rc)
        return rc;
    *ret_fd = open(resolved, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (*ret_fd < 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "%s", resolved);
    kb_file_sweep_temporary(*ret_fd);
    return KB_OK;
}

/* Who may not give the file its group gives nothing to a group. */
static enum kb_err keep_mode(
    const struct kb_edited *file, const struct kb_file_draft *draft, struct kb_error *err)
{
    mode_t mode = file->st.st_mode & 07777;
    struct stat now;

    if (!file->exists)
        return KB_OK;
    if (fstatat(draft->dirfd, draft->temporary, &now, AT_SYMLINK_NOFOLLOW) < 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "%s", file->path);
    if (now.st_gid != file->st.st_gid && fchownat(draft->dirfd, draft->temporary, (uid_t)-1,
                                             file->st.st_gid, AT_SYMLINK_NOFOLLOW) < 0)
        mode &= ~(mode_t)S_IRWXG;
    if (fchmodat(draft->dirfd, draft->temporary, mode, 0) < 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot set the mode of %s", file->path);
    return KB_OK;
}

static enum kb_err keep_attribute(
    int from, int to, const char *name, const struct kb_edited *file, struct kb_error *err)
{
    char value[XATTR_SIZE_MAX];
    ssize_t len = fgetxattr(from, name, value, sizeof(value));

    if (len < 0 || fsetxattr(to, name, value, (size_t)len, 0) < 0)
        return kb_fail_sys(
            err, KB_ERR_SYSTEM, errno, "cannot keep the attribute %s of %s", name, file->path);
    return KB_OK;
}

/* Those that a program may give its files; the others are the system's. */
static enum kb_err keep_attributes(
    const struct kb_edited *file, const struct kb_file_draft *draft, struct kb_error *err)
{
    static const char own[] = "user.";
    const int flags = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    KB_AUTO(kb_fd_close) int from = openat(draft->dirfd, draft->name, O_RDONLY | flags);
    KB_AUTO(kb_fd_close) int to = openat(draft->dirfd, draft->temporary, O_WRONLY | flags);
    char names[XATTR_LIST_MAX];
    ssize_t len = from < 0 || to < 0 ? 0 : flistxattr(from, names, sizeof(names));
    enum kb_err rc = KB_OK;

    for (ssize_t at = 0; at < len && !rc; at += (ssize_t)strlen(names + at) + 1) {
        if (strncmp(names + at, own, strlen(own)) == 0)
            rc = keep_attribute(from, to, names + at, file, err);
    }
    return rc;
}

enum kb_err kb_edited_write(const struct kb_edited *file, const struct kb_buf *text,
    bool *ret_changed, struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int dirfd = -1;
    KB_AUTO(kb_file_discard) struct kb_file_draft draft = KB_FILE_DRAFT_INIT;
    enum kb_err rc = open_folder(file, &dirfd, err);

    if (!rc)
        rc = kb_file_draft(dirfd, name_of(file->path), kb_buf_text(text), text->len, &draft, err);
    if (!rc)
        rc = keep_mode(file, &draft, err);
    if (!rc && file->exists)
        rc = keep_attributes(file, &draft, err);
    if (rc)
        return rc;
    *ret_changed = is_changed(file, dirfd);
    return *ret_changed ? KB_OK : kb_file_commit(&draft, err);
}

enum kb_err kb_edited_remove(const struct kb_edited *file, bool *ret_changed, struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int dirfd = -1;
    enum kb_err rc = open_folder(file, &dirfd, err);

    if (rc)
        return rc;
    *ret_changed = is_changed(file, dirfd);
    return *ret_changed ? KB_OK : kb_file_remove(dirfd, name_of(file->path), err);
}

void kb_edited_sweep(const struct kb_edited *file)
{
    KB_AUTO(kb_fd_close) int dirfd = -1;

    if (file->lacks == 0)
        KB_IGNORE(open_folder(file, &dirfd, NULL));
}
