/*
 * Where the person's files lie, by the environment alone, and which version of one is there. Must
 * never look at the working directory.
 */
#include "core/place.h"

#include "base/strings.h"

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

/* An environment variable that is set and not empty, else NULL. */
static const char *variable(const char *name)
{
    const char *value = getenv(name);

    return value && value[0] ? value : NULL;
}

static const char *absolute(const char *name)
{
    const char *path = getenv(name);

    return path && path[0] == '/' ? path : NULL;
}

const char *kb_base_folder(const char *variable, const char *usual, const char **ret_below)
{
    const char *named = variable ? absolute(variable) : NULL;
    const char *base = named ? named : absolute("HOME");

    if (base)
        *ret_below = named ? "" : usual;
    return base;
}

/* --- ours --------------------------------------------------------------------------- */

/* Our LEAF there, made plain; false when it does not fit into the CAP bytes at DST. */
static bool put_own(char *dst, size_t cap, const char *base, const char *below, const char *leaf)
{
    int len = snprintf(dst, cap, "%s%s/keybearer/%s", base, below, leaf);

    if (len < 0 || (size_t)len >= cap)
        return false;
    make_plain(dst);
    return true;
}

static enum kb_err find_own(const char *variable, const char *usual, const char *leaf,
    char path[static KB_DATA_PATH_MAX], struct kb_error *err)
{
    const char *below, *base = kb_base_folder(variable, usual, &below);

    if (!base)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_CONFIG, "neither %s nor HOME says where keybearer/%s is", variable,
                leaf),
            "set HOME to an absolute path");
    if (!put_own(path, KB_DATA_PATH_MAX, base, below, leaf))
        return kb_fail(err, KB_ERR_CONFIG, "the path of keybearer/%s is too long", leaf);
    return KB_OK;
}

enum kb_err kb_data_path(const char *leaf, char path[static KB_DATA_PATH_MAX], struct kb_error *err)
{
    return find_own("XDG_DATA_HOME", "/.local/share", leaf, path, err);
}

enum kb_err kb_state_path(
    const char *leaf, char path[static KB_DATA_PATH_MAX], struct kb_error *err)
{
    return find_own("XDG_STATE_HOME", "/.local/state", leaf, path, err);
}

/* --- the configuration -------------------------------------------------------------- */

/* Without our own variable; NULL: no variable helps. */
static const char *usual_folder(const char **ret_below)
{
    return kb_base_folder("XDG_CONFIG_HOME", "/.config", ret_below);
}

/* False: no variable helps, or it is too long. */
static bool put_usual(char *dst, size_t cap)
{
    const char *below, *base = usual_folder(&below);

    return base && put_own(dst, cap, base, below, "config.json");
}

static bool put_named(char *dst, size_t cap, const char *path)
{
    if (!kb_text_copy(dst, cap, path))
        return false;
    make_plain(dst);
    return true;
}

enum kb_err kb_config_path(char *dst, size_t cap, struct kb_error *err)
{
    const char *named = variable("KEYBEARER_CONFIG"), *below;
    bool fits;

    if (named && named[0] != '/')
        return kb_hinted(err,
            kb_fail(err, KB_ERR_CONFIG, "KEYBEARER_CONFIG is not an absolute path"),
            "export KEYBEARER_CONFIG=/absolute/path/config.json");
    if (!named && !usual_folder(&below))
        return kb_hinted(err,
            kb_fail(err, KB_ERR_CONFIG, "HOME is not %s, so there is no place for a configuration",
                variable("HOME") ? "an absolute path" : "set"),
            "export KEYBEARER_CONFIG=/absolute/path/config.json");
    fits = named ? put_named(dst, cap, named) : put_usual(dst, cap);
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
