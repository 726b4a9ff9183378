/*
 * Landlock by its raw system calls: the C library has no wrappers, and its headers may be
 * older than the kernel. Must never leave a process half confined and say that all is well.
 */
#include "base/landlock.h"

#include "base/alloc.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What later kernels added to <linux/landlock.h>; the numbers are the kernel's for ever. */
#define FS_REFER (1ULL << 13)     /* version 2 */
#define FS_TRUNCATE (1ULL << 14)  /* version 3 */
#define NET_BIND_TCP (1ULL << 0)  /* version 4 */
#define FS_IOCTL_DEV (1ULL << 15) /* version 5 */
#define SCOPE_SIGNAL (1ULL << 1)  /* version 6 */

#define FS_VERSION_1 (FS_REFER - 1)

#define FS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_KEEP                                                                                    \
    (FS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |                       \
        LANDLOCK_ACCESS_FS_REMOVE_FILE)
#define FS_REPLACE (FS_KEEP & ~(uint64_t)LANDLOCK_ACCESS_FS_READ_FILE)
#define FS_TALK (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | FS_IOCTL_DEV)

/* All that a rule for something else than a directory may hold. */
#define FS_OF_A_FILE                                                                               \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE |   \
        FS_TRUNCATE | FS_IOCTL_DEV)

/* The kernel's struct as of version 6; an older one takes it as long as its end is zero. */
struct ruleset {
    uint64_t handled_fs;
    uint64_t handled_net;
    uint64_t scoped;
};

/* Places that did not exist when this process was confined. */
static char *missing[KB_LANDLOCK_PLACES_MAX];
static size_t missing_count;

static const uint64_t rights[] = {
    [KB_LANDLOCK_LIST] = LANDLOCK_ACCESS_FS_READ_DIR,
    [KB_LANDLOCK_READ] = FS_READ,
    [KB_LANDLOCK_KEEP] = FS_KEEP,
    [KB_LANDLOCK_REPLACE] = FS_REPLACE,
    [KB_LANDLOCK_TALK] = FS_TALK,
};

int kb_landlock_abi(void)
{
    long version =
        syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, LANDLOCK_CREATE_RULESET_VERSION);

    return version > 0 ? (int)version : 0;
}

/* Not the scope of abstract sockets: the session bus may be one. */
static struct ruleset ruleset_for(int abi)
{
    return (struct ruleset){
        .handled_fs = FS_VERSION_1 | (abi >= 2 ? FS_REFER : 0) | (abi >= 3 ? FS_TRUNCATE : 0) |
                      (abi >= 5 ? FS_IOCTL_DEV : 0),
        .handled_net = abi >= 4 ? NET_BIND_TCP : 0,
        .scoped = abi >= 6 ? SCOPE_SIGNAL : 0,
    };
}

static enum kb_err refused(int sys, const char *what, struct kb_error *err)
{
    return kb_hinted(err,
        kb_fail_sys(
            err, KB_ERR_SYSTEM, sys, "the helper cannot be confined with Landlock (%s)", what),
        "is keybearer run inside another sandbox? try it outside of that");
}

static int open_place(const struct kb_landlock_place *place)
{
    bool writes = place->use == KB_LANDLOCK_KEEP || place->use == KB_LANDLOCK_REPLACE;
    int keep = writes ? O_DIRECTORY | O_NOFOLLOW : 0;

    errno = ENOENT;
    return place->path[0] == '/' ? open(place->path, O_PATH | O_CLOEXEC | keep) : -1;
}

static enum kb_err allow(
    int ruleset, uint64_t handled, const struct kb_landlock_place *place, struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int fd = open_place(place);
    struct landlock_path_beneath_attr rule = {
        .allowed_access = rights[place->use] & handled,
        .parent_fd = fd,
    };
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0) { /* what cannot be looked at cannot be used either */
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) /* but in a moment it can */
            return refused(errno, place->path, err);
        if (errno == ENOENT && place->path[0] == '/' && missing_count < KB_COUNT(missing))
            missing[missing_count++] = kb_text_dup(place->path);
        return KB_OK;
    }
    if (!S_ISDIR(st.st_mode))
        rule.allowed_access &= FS_OF_A_FILE;
    if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
        return refused(errno, place->path, err);
    return KB_OK;
}

enum kb_err kb_landlock_confine(
    const struct kb_landlock_place *places, size_t count, struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int ruleset = -1;
    int abi = kb_landlock_abi();
    struct ruleset set = ruleset_for(abi);
    enum kb_err rc = KB_OK;

    if (abi == 0)
        return KB_OK;
    ruleset = (int)syscall(SYS_landlock_create_ruleset, &set, sizeof(set), 0);
    if (ruleset < 0)
        return refused(errno, "rule set", err);
    for (size_t i = 0; !rc && i < count; i++)
        rc = allow(ruleset, set.handled_fs, &places[i], err);
    if (!rc && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
        rc = refused(errno, "this process", err);
    return rc;
}

bool kb_landlock_hides(int sys, const char *directory)
{
    for (size_t i = 0; sys == EACCES && i < missing_count; i++) {
        size_t len = strlen(missing[i]);
        if (strncmp(directory, missing[i], len) == 0 &&
            (directory[len] == '/' || directory[len] == '\0'))
            return true;
    }
    return false;
}
