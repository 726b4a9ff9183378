/*
 * Where the person's files lie, by the environment alone, and which version of one is there. Must
 * never look at the working directory.
 */
#include "core/place.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Takes the "." and the needless slashes out of absolute PATH. */
static void make_plain(char *path)
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

/* BASE, MIDDLE and LEAF, made plain; false when they do not fit into the CAP bytes at DST. */
static bool put_path(char *dst, size_t cap, const char *base, const char *middle, const char *leaf)
{
    int len = snprintf(dst, cap, "%s%s%s", base, middle, leaf);

    if (len < 0 || (size_t)len >= cap)
        return false;
    make_plain(dst);
    return true;
}

/* An environment variable that is set and not empty, else NULL. */
static const char *variable(const char *name)
{
    const char *value = getenv(name);

    return value && value[0] ? value : NULL;
}

/* The XDG specification wants a relative path ignored. */
static const char *absolute(const char *name)
{
    const char *path = getenv(name);

    return path && path[0] == '/' ? path : NULL;
}

enum kb_err kb_data_path(const char *leaf, char path[static KB_DATA_PATH_MAX], struct kb_error *err)
{
    const char *data = absolute("XDG_DATA_HOME"), *home = absolute("HOME");

    if (!data && !home)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_CONFIG, "neither XDG_DATA_HOME nor HOME says where keybearer/%s is",
                leaf),
            "set HOME to an absolute path");
    if (!put_path(path, KB_DATA_PATH_MAX, data ? data : home,
            data ? "/keybearer/" : "/.local/share/keybearer/", leaf))
        return kb_fail(err, KB_ERR_CONFIG, "the path of keybearer/%s is too long", leaf);
    return KB_OK;
}

enum kb_err kb_state_path(
    const char *leaf, char path[static KB_DATA_PATH_MAX], struct kb_error *err)
{
    const char *state = absolute("XDG_STATE_HOME"), *home = absolute("HOME");

    if (!state && !home)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_CONFIG,
                "neither XDG_STATE_HOME nor HOME says where keybearer/%s is", leaf),
            "set HOME to an absolute path");
    if (!put_path(path, KB_DATA_PATH_MAX, state ? state : home,
            state ? "/keybearer/" : "/.local/state/keybearer/", leaf))
        return kb_fail(err, KB_ERR_CONFIG, "the path of keybearer/%s is too long", leaf);
    return KB_OK;
}

/* --- the configuration -------------------------------------------------------------- */

/* False: no variable helps, or it is too long. */
static bool put_usual(char *dst, size_t cap)
{
    const char *xdg = absolute("XDG_CONFIG_HOME"), *home = absolute("HOME");

    return (xdg || home) && put_path(dst, cap, xdg ? xdg : home,
                                xdg ? "/keybearer/" : "/.config/keybearer/", "config.json");
}

enum kb_err kb_config_path(char *dst, size_t cap, struct kb_error *err)
{
    const char *named = variable("KEYBEARER_CONFIG");
    bool fits;

    if (named && named[0] != '/')
        return kb_hinted(err,
            kb_fail(err, KB_ERR_CONFIG, "KEYBEARER_CONFIG is not an absolute path"),
            "export KEYBEARER_CONFIG=/absolute/path/config.json");
    if (!named && !absolute("XDG_CONFIG_HOME") && !absolute("HOME"))
        return kb_hinted(err,
            kb_fail(err, KB_ERR_CONFIG, "HOME is not %s, so there is no place for a configuration",
                variable("HOME") ? "an absolute path" : "set"),
            "export KEYBEARER_CONFIG=/absolute/path/config.json");
    fits = named ? put_path(dst, cap, named, "", "") : put_usual(dst, cap);
    return fits ? KB_OK : kb_fail(err, KB_ERR_CONFIG, "the path of the configuration is too long");
}

bool kb_config_is_named(void)
{
    return variable("KEYBEARER_CONFIG");
}

bool kb_config_is_other(void)
{
    char path[PATH_MAX], usual[PATH_MAX];

    return kb_config_is_named() && !kb_config_path(path, sizeof(path), NULL) &&
           (!put_usual(usual, sizeof(usual)) || strcmp(path, usual) != 0);
}

enum kb_err kb_config_identify(
    const char *path, struct kb_config_identity *ret, struct kb_error *err)
{
    struct stat st;

    if (stat(path, &st) < 0) {
        if (errno != ENOENT && errno != ENOTDIR)
            return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "%s", path);
        *ret = (struct kb_config_identity){0};
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
