/*
 * Reading and replacing files on the descriptors in use. Must never follow a link,
 * block on a FIFO, or leave a half-written file behind.
 */
#include "base/file.h"

#include "base/alloc.h"
#include "base/landlock.h"
#include "base/random.h"
#include "base/strings.h"
#include "base/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OPEN_TRIES = 100 };

/* --- trust ----------------------------------------------------------------------- */

/* Whether others may do with the file open as FD what TRUST does not allow them. */
static bool is_open_to_others(const struct stat *st, int fd, enum kb_file_trust trust)
{
    switch (trust) {
    case KB_FILE_OURS:
        return kb_trust_others_write(st, fd, NULL);
    case KB_FILE_CREDENTIAL:
        return st->st_mode & (S_IWGRP | S_IXGRP | S_IRWXO);
    case KB_FILE_PRIVATE:
        break;
    }
    return st->st_mode & (S_IRWXG | S_IRWXO);
}

static bool owner_is_trusted(uid_t owner, enum kb_file_trust trust)
{
    return trust == KB_FILE_PRIVATE ? owner == geteuid() : kb_trust_owner(owner);
}

static const char *kind_of(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFDIR:
        return "a directory";
    case S_IFIFO:
        return "a FIFO";
    default:
        return "a device";
    }
}

/*
 * What is told of a file of ours; of another one only whoever knows what it is for can tell what
 * helps. The hint ends with NAME.
 */
static enum kb_err tell(enum kb_err code, enum kb_file_trust trust, const char *what,
    const char *name, struct kb_error *err)
{
    if (trust == KB_FILE_PRIVATE)
        kb_hint(err, "%s %s", what, name);
    return code;
}

static enum kb_err not_a_file(
    mode_t mode, const char *name, enum kb_file_trust trust, struct kb_error *err)
{
    enum kb_err rc =
        kb_fail(err, KB_ERR_DENIED, "%s is %s, not a regular file", name, kind_of(mode));

    return tell(rc, trust, S_ISDIR(mode) ? "ls -ld" : "rm", name, err);
}

/* A credential is a file that somebody named, maybe by mistake: it may be a file of the system. */
static enum kb_err too_open(
    const struct stat *st, const char *name, enum kb_file_trust trust, struct kb_error *err)
{
    kb_fail(err, KB_ERR_DENIED, "others may %swrite %s (mode %04o)",
        trust == KB_FILE_OURS ? "" : "read or ", name, st->st_mode & 07777);
    if (trust == KB_FILE_OURS)
        kb_hint(err, "chmod go-w %s", name);
    else if (trust == KB_FILE_PRIVATE)
        kb_hint(err, "chmod 600 %s", name);
    else if (st->st_uid != geteuid())
        kb_hint(err, "name another file: this one belongs to uid %u", st->st_uid);
    else
        kb_hint(err, "name another file; or, if it is the right one: chmod 600 %s", name);
    return KB_ERR_DENIED;
}

static enum kb_err check_trust(
    const struct stat *st, int fd, const char *name, enum kb_file_trust trust, struct kb_error *err)
{
    if (!S_ISREG(st->st_mode))
        return not_a_file(st->st_mode, name, trust, err);
    if (!owner_is_trusted(st->st_uid, trust)) {
        kb_fail(err, KB_ERR_DENIED, "%s belongs to another user", name);
        kb_trust_hint_owner(err, st->st_uid, name, false);
        return KB_ERR_DENIED;
    }
    if (is_open_to_others(st, fd, trust))
        return too_open(st, name, trust, err);
    if (trust == KB_FILE_PRIVATE && st->st_nlink > 1)
        return kb_hinted(err, kb_fail(err, KB_ERR_DENIED, "%s has a second name (hard link)", name),
            "remove the other name; to find it: find / -xdev -samefile %s", name);
    return KB_OK;
}

/* --- reading --------------------------------------------------------------------- */

static enum kb_err open_error(int sys, const char *name, struct kb_error *err)
{
    switch (sys) {
    case ENOENT:
        return kb_fail_sys(err, KB_ERR_NOT_FOUND, sys, "%s", name);
    case ENXIO: /* or a device that is not there */
        return kb_fail(err, KB_ERR_DENIED, "%s is a socket, not a regular file", name);
    case ELOOP:
        return kb_fail(err, KB_ERR_DENIED, "%s is a symbolic link", name);
    case EACCES:
    case EPERM:
        return kb_fail_sys(err, KB_ERR_DENIED, sys, "%s", name);
    default:
        return kb_fail_sys(err, KB_ERR_SYSTEM, sys, "%s", name);
    }
}

/* Reads exactly the SIZE bytes that fstat() promised: a file of ours is replaced, never grown. */
static enum kb_err read_sized(
    int fd, const char *name, size_t size, struct kb_buf *ret, struct kb_error *err)
{
    char *room = NULL;
    ssize_t got;

    for (size_t left = size; left > 0; left -= (size_t)got) {
        size_t want = kb_buf_room(ret, left, &room);

        if (want == 0)
            return kb_fail(err, KB_ERR_SYSTEM, "out of memory");
        got = read(fd, room, want);
        if (got < 0 && errno == EINTR)
            got = 0;
        else if (got <= 0)
            return kb_fail_sys(
                err, got ? KB_ERR_SYSTEM : KB_ERR_CORRUPT, got ? errno : EIO, "%s", name);
        kb_buf_took(ret, (size_t)got);
    }
    return KB_OK;
}

static enum kb_err cannot_open(
    int sys, const char *name, enum kb_file_trust trust, struct kb_error *err)
{
    enum kb_err rc = open_error(sys, name, err);

    if (sys == ENXIO)
        return tell(rc, trust, "rm", name, err);
    if (sys == ELOOP)
        return tell(rc, trust, "put the file itself in its place, or: rm", name, err);
    return rc;
}

/* Opens NAME, whatever it is. The caller closes *RET_FD. */
static enum kb_err open_any(int dirfd, const char *name, enum kb_file_trust trust, int *ret_fd,
    struct stat *st, struct kb_error *err)
{
    KB_AUTO(kb_fd_close)
    int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

    *st = (struct stat){0};
    if (fd < 0)
        return cannot_open(errno, name, trust, err);
    if (fstat(fd, st) < 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "%s", name);
    *ret_fd = fd;
    fd = -1;
    return KB_OK;
}

/* It was replaced, or removed, after it was opened: there is another one by its name, or none. */
static bool lost_its_name(const struct stat *st, enum kb_file_trust trust)
{
    return trust == KB_FILE_PRIVATE && st->st_nlink == 0;
}

/* Opens NAME if TRUST allows what it is. The caller closes *RET_FD. */
static enum kb_err open_trusted(int dirfd, const char *name, enum kb_file_trust trust, int *ret_fd,
    struct stat *st, struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int fd = -1;
    enum kb_err rc = open_any(dirfd, name, trust, &fd, st, err);

    for (int tries = 1; !rc && lost_its_name(st, trust); tries++) {
        kb_fd_close(&fd);
        if (tries == OPEN_TRIES)
            return kb_fail(err, KB_ERR_SYSTEM, "%s keeps being replaced", name);
        rc = open_any(dirfd, name, trust, &fd, st, err);
    }
    if (!rc)
        rc = check_trust(st, fd, name, trust, err);
    if (rc)
        return rc;
    *ret_fd = fd;
    fd = -1;
    return KB_OK;
}

enum kb_err kb_file_read(
    int dirfd, const char *name, enum kb_file_trust trust, struct kb_buf *ret, struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int fd = -1;
    struct stat st;
    enum kb_err rc = open_trusted(dirfd, name, trust, &fd, &st, err);

    if (rc)
        return rc;
    if (st.st_size < 0 || (size_t)st.st_size > ret->max - ret->len)
        return kb_fail(err, KB_ERR_CORRUPT, "%s is larger than %zu bytes", name, ret->max);
    return read_sized(fd, name, (size_t)st.st_size, ret, err);
}

enum kb_err kb_file_read_linked(
    const char *path, enum kb_file_trust trust, struct kb_buf *ret, struct kb_error *err)
{
    char resolved[PATH_MAX];
    enum kb_err rc = kb_trust_resolve(path, resolved, err);

    return rc ? rc : kb_file_read(AT_FDCWD, resolved, trust, ret, err);
}

enum kb_err kb_file_check_linked(const char *path, enum kb_file_trust trust, struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int fd = -1;
    char resolved[PATH_MAX];
    struct stat st;
    enum kb_err rc = kb_trust_resolve(path, resolved, err);

    return rc ? rc : open_trusted(AT_FDCWD, resolved, trust, &fd, &st, err);
}

/* --- writing --------------------------------------------------------------------- */

/* Whether to write again. A caller may hand us a descriptor that does not block by itself. */
static bool try_again(int fd)
{
    struct pollfd ready = {.fd = fd, .events = POLLOUT};

    return errno == EINTR || (errno == EAGAIN && (poll(&ready, 1, -1) >= 0 || errno == EINTR));
}

enum kb_err kb_write_all(int fd, const void *data, size_t len, struct kb_error *err)
{
    const char *next = data;

    while (len > 0) {
        ssize_t put = write(fd, next, len);

        if (put < 0 && try_again(fd))
            continue;
        if (put < 0)
            return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot write");
        next += put;
        len -= (size_t)put;
    }
    return KB_OK;
}

#define TEMPORARY_PREFIX ".kb-tmp-"
#define TEMPORARY_DIGITS 16
#define FORMER_MAX (1 << 20)

/* A name nobody else uses: ".kb-tmp-" and 16 random hexadecimal digits. */
static enum kb_err temporary_name(char dst[static 32], struct kb_error *err)
{
    const size_t prefix = strlen(TEMPORARY_PREFIX);
    unsigned char random[TEMPORARY_DIGITS / 2];
    enum kb_err rc = kb_random(random, sizeof(random), err);

    if (rc)
        return rc;
    memcpy(dst, TEMPORARY_PREFIX, prefix);
    sodium_bin2hex(dst + prefix, 32 - prefix, random, sizeof(random));
    return KB_OK;
}

static enum kb_err write_temporary(int dirfd, const char *temporary, const char *name,
    const void *data, size_t len, bool durable, struct kb_error *err)
{
    KB_AUTO(kb_fd_close)
    int fd = openat(dirfd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    struct kb_error cause;

    if (fd < 0 || fchmod(fd, 0600) < 0) /* whatever the umask made of it */
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot create %s", name);
    if (kb_write_all(fd, data, len, &cause))
        return kb_fail_sys(err, KB_ERR_SYSTEM, cause.sys, "cannot write %s", name);
    if (durable && fsync(fd) < 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot write %s", name);
    return KB_OK;
}

static enum kb_err draft(int dirfd, const char *name, const void *data, size_t len, bool durable,
    struct kb_file_draft *ret, struct kb_error *err)
{
    struct kb_file_draft fresh = {.dirfd = dirfd, .name = name};
    enum kb_err rc = temporary_name(fresh.temporary, err);

    if (rc)
        return rc;
    rc = write_temporary(dirfd, fresh.temporary, name, data, len, durable, err);
    if (rc)
        kb_file_discard(&fresh);
    else
        *ret = fresh;
    return rc;
}

enum kb_err kb_file_draft(int dirfd, const char *name, const void *data, size_t len,
    struct kb_file_draft *ret, struct kb_error *err)
{
    return draft(dirfd, name, data, len, true, ret, err);
}

void kb_file_discard(struct kb_file_draft *draft)
{
    if (draft->dirfd >= 0)
        unlinkat(draft->dirfd, draft->temporary, 0);
    draft->dirfd = -1;
}

static enum kb_err move_in(const struct kb_file_draft *draft, struct kb_error *err)
{
    if (renameat(draft->dirfd, draft->temporary, draft->dirfd, draft->name) < 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot replace %s", draft->name);
    return KB_OK;
}

/* What was in the place before, to be put back; UNKNOWN cannot be. */
enum former { FORMER_UNKNOWN, FORMER_MISSING, FORMER_READ };

static enum former remember(const struct kb_file_draft *draft, struct kb_buf *ret)
{
    KB_AUTO(kb_fd_close)
    int fd = openat(
        draft->dirfd, draft->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat st;

    if (fd < 0)
        return errno == ENOENT ? FORMER_MISSING : FORMER_UNKNOWN;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > FORMER_MAX ||
        read_sized(fd, draft->name, (size_t)st.st_size, ret, NULL))
        return FORMER_UNKNOWN;
    return FORMER_READ;
}

/* Some file systems cannot do it for a directory, and say EINVAL: nobody could do more there. */
static bool sync_directory(int dirfd)
{
    return fsync(dirfd) == 0 || errno == EINVAL;
}

/* The disk did not confirm the new file, so the old one counts: also for us. */
static void move_back(
    const struct kb_file_draft *draft, enum former former, const struct kb_buf *content)
{
    if (former == FORMER_MISSING)
        unlinkat(draft->dirfd, draft->name, 0);
    else if (former == FORMER_READ)
        KB_IGNORE(kb_file_replace_volatile(
            draft->dirfd, draft->name, kb_buf_text(content), content->len, NULL));
}

enum kb_err kb_file_commit(struct kb_file_draft *draft, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf content = KB_BUF_INIT(FORMER_MAX);
    enum former former = remember(draft, &content);
    enum kb_err rc = move_in(draft, err);

    if (rc) {
        kb_file_discard(draft);
    } else if (!sync_directory(draft->dirfd)) {
        rc = kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot make %s durable", draft->name);
        move_back(draft, former, &content);
    }
    draft->dirfd = -1;
    return rc;
}

enum kb_err kb_file_replace(
    int dirfd, const char *name, const void *data, size_t len, struct kb_error *err)
{
    struct kb_file_draft fresh = KB_FILE_DRAFT_INIT;
    enum kb_err rc = kb_file_draft(dirfd, name, data, len, &fresh, err);

    return rc ? rc : kb_file_commit(&fresh, err);
}

enum kb_err kb_file_replace_volatile(
    int dirfd, const char *name, const void *data, size_t len, struct kb_error *err)
{
    KB_AUTO(kb_file_discard) struct kb_file_draft fresh = KB_FILE_DRAFT_INIT;
    enum kb_err rc = draft(dirfd, name, data, len, false, &fresh, err);

    if (!rc)
        rc = move_in(&fresh, err);
    if (!rc)
        fresh.dirfd = -1;
    return rc;
}

enum kb_err kb_file_replace_link(
    int dirfd, const char *name, const char *target, struct kb_error *err)
{
    char temporary[32];
    enum kb_err rc = temporary_name(temporary, err);

    if (rc)
        return rc;
    if (symlinkat(target, dirfd, temporary) < 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot create the link %s", name);
    if (renameat(dirfd, temporary, dirfd, name) < 0) {
        rc = kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot replace the link %s", name);
        unlinkat(dirfd, temporary, 0);
    }
    return rc;
}

/* Somebody else's file may have a name that begins like ours. */
static bool is_temporary(const char *name)
{
    const char *digits = name + strlen(TEMPORARY_PREFIX);

    return strncmp(name, TEMPORARY_PREFIX, strlen(TEMPORARY_PREFIX)) == 0 &&
           strlen(digits) == TEMPORARY_DIGITS &&
           strspn(digits, "0123456789abcdef") == TEMPORARY_DIGITS;
}

void kb_file_sweep_temporary(int dirfd)
{
    KB_AUTO(kb_dir_end_list) DIR *listing = kb_dir_list(dirfd);
    const struct dirent *entry = NULL;

    while (listing && (entry = readdir(listing)) != NULL) {
        if (is_temporary(entry->d_name))
            unlinkat(dirfd, entry->d_name, 0);
    }
}

enum kb_err kb_file_remove(int dirfd, const char *name, struct kb_error *err)
{
    if (unlinkat(dirfd, name, 0) < 0 && errno != ENOENT)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot remove %s", name);
    return KB_OK;
}

/* --- directories ----------------------------------------------------------------- */

DIR *kb_dir_list(int dirfd)
{
    int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *listing = fd < 0 ? NULL : fdopendir(fd);

    if (!listing)
        kb_fd_close(&fd);
    return listing;
}

void kb_dir_end_list(DIR **listing)
{
    if (*listing)
        closedir(*listing);
}

enum kb_err kb_dir_make(const char *path, struct kb_error *err)
{
    KB_AUTO(kb_str_free) char *prefix = kb_text_dup(path);
    char *end = prefix;

    /* NOLINTBEGIN(clang-analyzer-unix.Malloc): KB_AUTO frees it */
    do {
        end = strchrnul(end + (*end == '/'), '/');
        *end = '\0';
        if (mkdir(prefix, 0700) < 0 && errno != EEXIST)
            return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot create directory %s", prefix);
        *end = path[end - prefix];
    } while (*end);
    return KB_OK;
    /* NOLINTEND(clang-analyzer-unix.Malloc) */
}

static enum kb_err check_directory(int fd, const char *path, struct kb_error *err)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "%s", path);
    if (st.st_uid != geteuid()) {
        kb_fail(err, KB_ERR_DENIED, "directory %s belongs to another user", path);
        kb_trust_hint_owner(err, st.st_uid, path, false);
        return KB_ERR_DENIED;
    }
    if (st.st_mode & (S_IRWXG | S_IRWXO))
        return kb_hinted(err,
            kb_fail(err, KB_ERR_DENIED, "others may enter directory %s (mode %04o)", path,
                st.st_mode & 07777),
            "chmod 700 %s", path);
    return KB_OK;
}

enum kb_err kb_dir_open(const char *path, bool create, int *ret_fd, struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int fd = -1;
    enum kb_err rc = create ? kb_dir_make(path, err) : KB_OK;
    int sys;

    if (rc)
        return rc;
    fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    sys = errno;
    if (fd < 0 && sys == ENOTDIR) /* what the kernel also says of a symbolic link */
        return kb_fail(err, KB_ERR_DENIED, "%s is not a directory", path);
    if (fd < 0)
        return open_error(kb_landlock_hides(sys, path) ? ENOENT : sys, path, err);
    rc = check_directory(fd, path, err);
    if (rc)
        return rc;
    *ret_fd = fd;
    fd = -1;
    return KB_OK;
}
