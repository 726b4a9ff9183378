/*
 * Writing the configuration. Must never leave a file that does not parse, and never lose
 * what another writer put there a moment before.
 */
#include "config_file.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/strings.h"
#include "core/config_edit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

enum { LOCK_WAIT_MS = 5000, LOCK_POLL_MS = 20 };

/* Where the file really is: a dotfile manager's link leads to the file to replace. */
struct place {
    char path[PATH_MAX]; /* the directory part is cut off at the last slash */
    const char *name;
    int dir;
};

static void leave(struct place *place)
{
    kb_fd_close(&place->dir);
}

/* The path with its last component, if it is a link, followed. */
static enum kb_err resolve(char path[static PATH_MAX], struct kb_error *err)
{
    char target[PATH_MAX];

    if (realpath(path, target))
        memcpy(path, target, strlen(target) + 1);
    else if (errno != ENOENT)
        return kb_fail_sys(err, KB_ERR_CONFIG, errno, "%s", path);
    return KB_OK;
}

static enum kb_err find(struct place *place, struct kb_error *err)
{
    char *slash;
    enum kb_err rc = kb_config_path(place->path, sizeof(place->path), err);

    if (!rc)
        rc = resolve(place->path, err);
    if (rc)
        return rc;
    slash = strrchr(place->path, '/');
    *slash = '\0';
    place->name = slash + 1;
    place->dir = -1;
    return KB_OK;
}

/* The configuration's directory may be as open as its owner likes: nothing in it is secret. */
static enum kb_err open_directory(struct place *place, struct kb_error *err)
{
    enum kb_err rc = kb_dir_make(place->path, err);

    if (rc)
        return rc;
    place->dir = open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (place->dir < 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "%s", place->path);
    return KB_OK;
}

static enum kb_err lock(const struct place *place, struct kb_error *err)
{
    const struct timespec pause = {.tv_nsec = LOCK_POLL_MS * 1000000L};
    struct kb_deadline deadline = kb_deadline_in_ms(LOCK_WAIT_MS);

    while (flock(place->dir, LOCK_EX | LOCK_NB) < 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot lock %s", place->path);
        if (kb_deadline_passed(deadline))
            return kb_fail(err, KB_ERR_TIMEOUT,
                "another keybearer is writing the configuration in %s", place->path);
        nanosleep(&pause, NULL);
    }
    return KB_OK;
}

static enum kb_err enter(struct place *place, struct kb_error *err)
{
    enum kb_err rc = find(place, err);

    if (!rc)
        rc = open_directory(place, err);
    return rc ? rc : lock(place, err);
}

static enum kb_err read_text(const struct place *place, struct kb_buf *ret, struct kb_error *err)
{
    enum kb_err rc = kb_file_read(place->dir, place->name, KB_FILE_OURS, ret, err);

    return rc == KB_ERR_NOT_FOUND ? KB_OK : rc;
}

enum kb_err config_file_check_writable(struct kb_error *err)
{
    KB_AUTO(leave) struct place place = {.dir = -1};
    enum kb_err rc = find(&place, err);

    if (!rc)
        rc = open_directory(&place, err);
    if (rc)
        return rc;
    if (faccessat(place.dir, ".", W_OK, AT_EACCESS) < 0) {
        kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot write the configuration in %s", place.path);
        return kb_hint(err, "make %s writable, or set KEYBEARER_CONFIG", place.path);
    }
    return KB_OK;
}

enum kb_err config_file_preview(
    const char *name, const char *object, struct kb_config *ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf old = KB_BUF_INIT(KB_CONFIG_MAX);
    KB_AUTO(kb_buf_clear) struct kb_buf fresh = KB_BUF_INIT(KB_CONFIG_MAX);
    KB_AUTO(leave) struct place place = {.dir = -1};
    enum kb_err rc = enter(&place, err);

    if (!rc)
        rc = read_text(&place, &old, err);
    if (!rc)
        rc = kb_config_set_profile(
            place.name, kb_buf_text(&old), old.len, KB_SCHEMA_PATH, name, object, &fresh, err);
    return rc ? rc : kb_config_parse(place.name, kb_buf_text(&fresh), fresh.len, ret, err);
}

enum kb_err config_file_set(const char *name, const char *object, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf old = KB_BUF_INIT(KB_CONFIG_MAX);
    KB_AUTO(kb_buf_clear) struct kb_buf fresh = KB_BUF_INIT(KB_CONFIG_MAX);
    KB_AUTO(leave) struct place place = {.dir = -1};
    enum kb_err rc = enter(&place, err);

    if (!rc)
        rc = read_text(&place, &old, err);
    if (!rc)
        rc = kb_config_set_profile(
            place.name, kb_buf_text(&old), old.len, KB_SCHEMA_PATH, name, object, &fresh, err);
    return rc ? rc : kb_file_replace(place.dir, place.name, fresh.data, fresh.len, err);
}

enum kb_err config_file_remove(const char *name, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf old = KB_BUF_INIT(KB_CONFIG_MAX);
    KB_AUTO(kb_buf_clear) struct kb_buf fresh = KB_BUF_INIT(KB_CONFIG_MAX);
    KB_AUTO(leave) struct place place = {.dir = -1};
    enum kb_err rc = enter(&place, err);

    if (!rc)
        rc = read_text(&place, &old, err);
    if (!rc)
        rc = kb_config_remove_profile(place.name, kb_buf_text(&old), old.len, name, &fresh, err);
    return rc ? rc : kb_file_replace(place.dir, place.name, fresh.data, fresh.len, err);
}
