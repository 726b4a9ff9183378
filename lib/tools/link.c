/*
 * Puts and removes links. Must never leave a moment without one where one is replaced: a tool may
 * be about to start it.
 */
#include "link.h"

#include "base/file.h"
#include "base/strings.h"
#include "base/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

static const char *name_of(const char *link)
{
    return strrchr(link, '/') + 1;
}

static void folder_of(const char *link, char ret[static PATH_MAX])
{
    kb_text_copy(ret, PATH_MAX, link);
    ret[strrchr(link, '/') - link] = '\0';
}

static enum kb_err open_folder(const char *folder, int *ret_fd, struct kb_error *err)
{
    int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "%s", folder);
    kb_file_sweep_temporary(fd);
    *ret_fd = fd;
    return KB_OK;
}

static enum kb_err replace(int dirfd, const char *link, const char *target, struct kb_error *err)
{
    struct kb_error why = KB_ERROR_INIT;
    enum kb_err rc = kb_file_replace_link(dirfd, name_of(link), target, &why);

    return rc ? kb_fail_sys(err, rc, why.sys, "cannot replace the link %s", link) : KB_OK;
}

enum kb_err kb_link_put(const char *link, const char *target, bool replaces, struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int dirfd = -1;
    char folder[PATH_MAX];
    enum kb_err rc;

    folder_of(link, folder);
    rc = kb_dir_make(folder, err);
    if (!rc)
        rc = kb_trust_check_dir(folder, err);
    if (!rc)
        rc = open_folder(folder, &dirfd, err);
    if (!rc && replaces)
        return replace(dirfd, link, target, err);
    if (!rc && symlinkat(target, dirfd, name_of(link)) < 0)
        rc = kb_fail_sys(err, errno == EEXIST || errno == EACCES ? KB_ERR_DENIED : KB_ERR_SYSTEM,
            errno, "cannot make the link %s", link);
    return rc;
}

enum kb_err kb_link_remove(const char *link, struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int dirfd = -1;
    char folder[PATH_MAX];
    enum kb_err rc;

    folder_of(link, folder);
    rc = open_folder(folder, &dirfd, err);
    if (!rc && unlinkat(dirfd, name_of(link), 0) < 0)
        rc = kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot remove %s", link);
    return rc;
}
