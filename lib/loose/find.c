/*
 * Reading what others may have put there: what is no regular file is not even opened.
 */
#include "loose/find.h"

#include "base/file.h"
#include "base/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

enum kb_err kb_loose_read(const char *path, struct kb_buf *text, struct kb_error *err)
{
    char resolved[PATH_MAX];
    struct stat st;
    enum kb_err rc = kb_trust_resolve(path, resolved, err);

    if (rc)
        return rc;
    if (lstat(resolved, &st) < 0)
        return kb_fail_sys(
            err, errno == ENOENT ? KB_ERR_NOT_FOUND : KB_ERR_SYSTEM, errno, "%s", path);
    if (!S_ISREG(st.st_mode))
        return kb_hinted(
            err, kb_fail(err, KB_ERR_DENIED, "%s is no regular file", path), "ls -ld %s", path);
    return kb_file_read(AT_FDCWD, resolved, KB_FILE_OURS, text, err);
}
