/*
 * The folder with the copy that an editor gets. Must never write to the configuration, nor remove
 * anything but files of that folder.
 */
#include "edit_copy.h"

#include "base/fd.h"
#include "base/file.h"
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
    enum kb_err rc = kb_config_path(named, sizeof(named), err);

    if (!rc)
        rc = kb_trust_resolve(named, path, err);
    if (!rc)
        rc = kb_file_read_linked(path, KB_FILE_OURS, ret, err);
    return rc == KB_ERR_DENIED ? err->code = KB_ERR_CONFIG : rc;
}

static bool put_path(char dst[static PATH_MAX], const char *folder, const char *name)
{
    return snprintf(dst, PATH_MAX, "%s/%s", folder, name) < PATH_MAX;
}

static enum kb_err write_files(struct edit_copy *copy, const char *name, struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int dir = open(copy->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum kb_err rc;

    if (dir < 0)
        return cannot_make(copy->folder, err);
    rc = kb_file_replace_volatile(dir, name, kb_buf_text(&copy->text), copy->text.len, err);
    if (!rc)
        rc = kb_file_replace_volatile(
            dir, ".original", kb_buf_text(&copy->text), copy->text.len, err);
    return rc;
}

enum kb_err edit_copy_make(struct edit_copy *ret, struct kb_error *err)
{
    char whole[PATH_MAX], folder[PATH_MAX];
    char *name;
    enum kb_err rc = read_configuration(whole, &ret->text, err);

    if (rc)
        return rc;
    name = strrchr(whole, '/');
    *name++ = '\0';
    if (!put_path(folder, whole, ".edit-XXXXXX"))
        return kb_fail(err, KB_ERR_CONFIG, "the path of the configuration is too long");
    if (!mkdtemp(folder))
        return cannot_make(whole, err);
    memcpy(ret->folder, folder, sizeof(folder));
    if (!put_path(ret->path, folder, name) || !put_path(ret->original, folder, ".original"))
        return kb_fail(err, KB_ERR_CONFIG, "the path of the configuration is too long");
    return write_files(ret, name, err);
}

void edit_copy_clear(struct edit_copy *copy)
{
    KB_AUTO(kb_fd_close) int dir = -1;
    KB_AUTO(kb_dir_end_list) DIR *listing = NULL;
    struct dirent *entry;

    kb_buf_clear(&copy->text);
    if (!*copy->folder || copy->keeps)
        return;
    dir = open(copy->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    listing = dir < 0 ? NULL : kb_dir_list(dir);
    while (listing && (entry = readdir(listing)) != NULL)
        unlinkat(dir, entry->d_name, 0);
    rmdir(copy->folder);
    *copy->folder = '\0';
}
