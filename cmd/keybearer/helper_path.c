/*
 * Where the helpers lie. As built by default: at an absolute path that is compiled in. Built with
 * KEYBEARER_RELOCATABLE, for an archive that a person unpacks anywhere: in the folder libexec
 * beside this program's own, where others may have had a hand in it. Must never ask the environment
 * or PATH, nor give the path of a program there that others could change.
 */
#include "front.h"

#include "base/place.h"
#include "base/trust.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The file itself; the folders on the way are known to be ours or root's. */
static enum kb_err check_file(const char *path, struct kb_error *err)
{
    struct stat st;

    if (lstat(path, &st) < 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot look at %s", path);
    if (!S_ISREG(st.st_mode))
        return kb_hinted(err, kb_fail(err, KB_ERR_DENIED, "%s is not a file", path),
            "unpack the archive of keybearer again");
    if (!kb_trust_owner(st.st_uid)) {
        kb_fail(err, KB_ERR_DENIED, "%s belongs to uid %u", path, st.st_uid);
        kb_trust_hint_owner(err, st.st_uid, path, false);
        return KB_ERR_DENIED;
    }
    if (kb_trust_others_write(&st, -1, path))
        return kb_hinted(err,
            kb_fail(
                err, KB_ERR_DENIED, "others may write to %s (mode %04o)", path, st.st_mode & 07777),
            "unpack the archive of keybearer again, if you did not allow that yourself; "
            "then chmod go-w %s",
            path);
    return KB_OK;
}

/* PATH has no link in it that was there when this program was started, so none is expected. */
static enum kb_err check_way(const char *path, struct kb_error *err)
{
    char real[PATH_MAX];
    enum kb_err rc = kb_trust_resolve(path, real, err);

    if (rc == KB_ERR_NOT_FOUND)
        return kb_hinted(err, kb_fail_sys(err, KB_ERR_SYSTEM, err->sys, "cannot start %s", path),
            "unpack the archive of keybearer again: its folders bin and libexec belong together");
    if (!rc && strcmp(path, real) != 0)
        return kb_hinted(err, kb_fail(err, KB_ERR_DENIED, "a link leads from %s to %s", path, real),
            "unpack the archive of keybearer again; a link may lead to its bin/keybearer only");
    return rc;
}

enum kb_err helper_path(const char *name, char ret[static PATH_MAX], struct kb_error *err)
{
    char below[64], path[PATH_MAX];
    enum kb_err rc;

    if (!KB_RELOCATABLE) {
        snprintf(ret, PATH_MAX, "%s/%s", KB_HELPER_DIR, name);
        return KB_OK;
    }
    snprintf(below, sizeof(below), "libexec/keybearer/%s", name);
    rc = kb_place_beside(1, below, path, err);
    if (!rc)
        rc = check_way(path, err);
    if (!rc)
        rc = check_file(path, err);
    if (!rc)
        memcpy(ret, path, sizeof(path));
    return rc;
}
