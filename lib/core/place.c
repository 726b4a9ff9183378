/*
 * Where the person's files lie, by the environment alone, and which version of one is there. Must
 * never look at the working directory.
 */
#include "core/place.h"

#include "base/buf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void kb_path_make_plain(char *path)
{
    const char *from = path;
    char *to = path;

    for (size_t len; *from; from += len) {
        from += strspn(from, "/");
        len = strcspn(from, "/");
        if (len == 0 || (len == 1 && *from == '.'))
            continue;
        *to++ = '/';
        memmove(to, from, len);
        to += len;
    }
    if (to == path && *path)
        *to++ = '/';
    *to = '\0';
}

static const char *absolute_from_environment(const char *name)
{
    const char *path = getenv(name);

    return path && path[0] == '/' ? path : NULL;
}

enum kb_err kb_data_path(const char *leaf, char path[static KB_DATA_PATH_MAX], struct kb_error *err)
{
    const char *data = absolute_from_environment("XDG_DATA_HOME");
    const char *home = absolute_from_environment("HOME");
    int len;

    if (!data && !home)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_CONFIG, "neither XDG_DATA_HOME nor HOME says where keybearer/%s is",
                leaf),
            "set HOME to an absolute path");
    len = snprintf(path, KB_DATA_PATH_MAX, "%s%s/keybearer/%s", data ? data : home,
        data ? "" : "/.local/share", leaf);
    if (len < 0 || len >= KB_DATA_PATH_MAX)
        return kb_fail(err, KB_ERR_CONFIG, "the path of keybearer/%s is too long", leaf);
    kb_path_make_plain(path);
    return KB_OK;
}

/* --- the configuration -------------------------------------------------------------- */

/* An environment variable that is set and not empty, else NULL. */
static const char *variable(const char *name)
{
    const char *value = getenv(name);

    return value && value[0] ? value : NULL;
}

static enum kb_err put_path(
    char *dst, size_t cap, const char *base, const char *rest, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf path = KB_BUF_INIT(cap - 1);

    kb_buf_str(&path, base);
    kb_buf_str(&path, rest);
    if (path.failed)
        return kb_fail(err, KB_ERR_CONFIG, "the path of the configuration is too long");
    memcpy(dst, kb_buf_text(&path), path.len + 1);
    kb_path_make_plain(dst);
    return KB_OK;
}

enum kb_err kb_config_path(char *dst, size_t cap, struct kb_error *err)
{
    const char *named = variable("KEYBEARER_CONFIG");
    const char *xdg = variable("XDG_CONFIG_HOME");
    const char *home = variable("HOME");

    if (named && named[0] != '/')
        return kb_hinted(err,
            kb_fail(err, KB_ERR_CONFIG, "KEYBEARER_CONFIG is not an absolute path"),
            "export KEYBEARER_CONFIG=/absolute/path/config.json");
    if (named)
        return put_path(dst, cap, named, "", err);
    /* A relative XDG_CONFIG_HOME is to be ignored, says the XDG specification. */
    if (xdg && xdg[0] == '/')
        return put_path(dst, cap, xdg, "/keybearer/config.json", err);
    if (home && home[0] == '/')
        return put_path(dst, cap, home, "/.config/keybearer/config.json", err);
    return kb_hinted(err,
        kb_fail(err, KB_ERR_CONFIG, "HOME is not %s, so there is no place for a configuration",
            home ? "an absolute path" : "set"),
        "export KEYBEARER_CONFIG=/absolute/path/config.json");
}

enum kb_err kb_config_identify(
    const char *path, struct kb_config_identity *ret, struct kb_error *err)
{
    struct kb_config_identity none = {0};
    struct stat st;

    if (stat(path, &st) < 0) {
        if (errno != ENOENT && errno != ENOTDIR)
            return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "%s", path);
        *ret = none;
        return KB_OK;
    }
    *ret = (struct kb_config_identity){
        .device = st.st_dev,
        .inode = st.st_ino,
        .size = st.st_size,
        .mtime = st.st_mtim,
        .ctime = st.st_ctim,
    };
    return KB_OK;
}
