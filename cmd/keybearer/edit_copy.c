/*
 * The folder with the copy that an editor gets. Must never write to the configuration, nor remove
 * anything but files of that folder.
 */
#include "edit_copy.h"

#include "base/edited.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/flock.h"
#include "base/trust.h"
#include "core/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX ".edit-"
#define ORIGINAL ".original"

enum { LOCK_WAIT_MS = 1000 };

static enum kb_err cannot_make(const char *folder, struct kb_error *err)
{
    return kb_hinted(err,
        kb_fail_sys(
            err, KB_ERR_SYSTEM, errno, "cannot make a copy of the configuration in %s", folder),
        "make %s writable; if a package or a dotfile manager keeps the file there, change it in "
        "that",
        folder);
}

/* Beside the file that a link leads to: only there it can be replaced in one step. */
static enum kb_err read_configuration(
    char path[static PATH_MAX], struct kb_buf *ret, struct kb_error *err)
{
    char named[PATH_MAX];
    struct stat st;
    enum kb_err rc = kb_config_path(named, sizeof(named), err);

    if (!rc)
        rc = kb_trust_resolve(named, path, err);
    if (!rc && stat(path, &st) == 0)
        rc = kb_edited_check_mode(&st, path, err);
    if (!rc)
        rc = kb_file_read_linked(path, KB_FILE_OURS, ret, err);
    return rc == KB_ERR_DENIED ? err->code = KB_ERR_CONFIG : rc;
}

static bool put_path(char dst[static PATH_MAX], const char *folder, const char *name)
{
    return snprintf(dst, PATH_MAX, "%s/%s", folder, name) < PATH_MAX;
}

/* Who sees the files sees the lock, if it is held. Without locks, no earlier one is looked at. */
static enum kb_err write_files(struct edit_copy *copy, const char *name, struct kb_error *err)
{
    const struct kb_buf *text = &copy->text;
    enum kb_err rc;

    copy->lock = open(copy->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (copy->lock < 0)
        return cannot_make(copy->folder, err);
    KB_IGNORE(kb_flock(copy->lock, LOCK_WAIT_MS)); /* who looks at it has it for a moment */
    rc = kb_file_replace_volatile(copy->lock, name, kb_buf_text(text), text->len, err);
    if (!rc)
        rc = kb_file_replace_volatile(copy->lock, ORIGINAL, kb_buf_text(text), text->len, err);
    return rc;
}

static void remove_files(int dir)
{
    KB_AUTO(kb_dir_end_list) DIR *listing = kb_dir_list(dir);
    struct dirent *entry;

    while (listing && (entry = readdir(listing)) != NULL)
        unlinkat(dir, entry->d_name, 0);
}

/* --- what earlier ones left ----------------------------------------------------------- */

/* Such as an editor keeps for what nobody saved. */
static bool has_more_than(int dir, const char *name)
{
    KB_AUTO(kb_dir_end_list) DIR *listing = kb_dir_list(dir);
    struct dirent *entry;

    while (listing && (entry = readdir(listing)) != NULL) {
        const char *found = entry->d_name;

        if (strcmp(found, ".") != 0 && strcmp(found, "..") != 0 && strcmp(found, name) != 0 &&
            strcmp(found, ORIGINAL) != 0)
            return true;
    }
    return !listing;
}

static bool is_unchanged(int dir, const char *name)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_CONFIG_MAX);
    KB_AUTO(kb_buf_clear) struct kb_buf original = KB_BUF_INIT(KB_CONFIG_MAX);

    return !kb_file_read(dir, name, KB_FILE_OURS, &text, NULL) &&
           !kb_file_read(dir, ORIGINAL, KB_FILE_OURS, &original, NULL) &&
           text.len == original.len &&
           memcmp(kb_buf_text(&text), kb_buf_text(&original), text.len) == 0;
}

/* Of one that is at work, the lock is held, or the files are not there yet. */
static void look_at_earlier(
    struct edit_copy *copy, int place, const char *path, const char *folder, const char *name)
{
    KB_AUTO(kb_fd_close)
    int dir = openat(place, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    char whole[PATH_MAX];

    if (dir < 0 || kb_flock(dir, 0) || faccessat(dir, ORIGINAL, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
        return;
    if (!has_more_than(dir, name) && is_unchanged(dir, name)) {
        remove_files(dir);
        unlinkat(place, folder, AT_REMOVEDIR);
    } else if (put_path(whole, path, folder)) {
        kb_strings_add(&copy->left, whole);
    }
}

static void look_for_earlier(struct edit_copy *copy, const char *path, const char *name)
{
    KB_AUTO(kb_fd_close) int place = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    KB_AUTO(kb_dir_end_list) DIR *listing = place < 0 ? NULL : kb_dir_list(place);
    struct dirent *entry;

    while (listing && (entry = readdir(listing)) != NULL)
        if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) == 0)
            look_at_earlier(copy, place, path, entry->d_name, name);
}

/* --- one copy --------------------------------------------------------------------------- */

enum kb_err edit_copy_make(struct edit_copy *ret, struct kb_error *err)
{
    char whole[PATH_MAX], folder[PATH_MAX];
    char *name;
    enum kb_err rc = read_configuration(whole, &ret->text, err);

    if (rc)
        return rc;
    name = strrchr(whole, '/');
    *name++ = '\0';
    look_for_earlier(ret, whole, name);
    if (!put_path(folder, whole, PREFIX "XXXXXX"))
        return kb_fail(err, KB_ERR_CONFIG, "the path of the configuration is too long");
    if (!mkdtemp(folder))
        return cannot_make(whole, err);
    memcpy(ret->folder, folder, sizeof(folder));
    if (!put_path(ret->path, folder, name) || !put_path(ret->original, folder, ORIGINAL))
        return kb_fail(err, KB_ERR_CONFIG, "the path of the configuration is too long");
    return write_files(ret, name, err);
}

void edit_copy_settle(const struct edit_copy *copy)
{
    KB_AUTO(kb_fd_close)
    int fd = open(copy->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat st;

    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        KB_IGNORE(fchmod(fd, st.st_mode & 07777 & ~(mode_t)(S_IWGRP | S_IWOTH)));
}

bool edit_copy_is_changed(const struct edit_copy *copy)
{
    KB_AUTO(kb_buf_clear) struct kb_buf now = KB_BUF_INIT(KB_CONFIG_MAX);
    struct stat st;

    if (lstat(copy->path, &st) < 0 || !S_ISREG(st.st_mode))
        return false;
    if (kb_file_read(AT_FDCWD, copy->path, KB_FILE_OURS, &now, NULL))
        return true;
    if (now.len == strspn(kb_buf_text(&now), " \t\r\n"))
        return false;
    return now.len != copy->text.len ||
           memcmp(kb_buf_text(&now), kb_buf_text(&copy->text), now.len) != 0;
}

void edit_copy_clear(struct edit_copy *copy)
{
    kb_buf_clear(&copy->text);
    kb_strings_clear(&copy->left);
    if (copy->lock >= 0 && !copy->keeps)
        remove_files(copy->lock);
    if (*copy->folder && !copy->keeps)
        rmdir(copy->folder);
    kb_fd_close(&copy->lock);
    *copy->folder = '\0';
}
