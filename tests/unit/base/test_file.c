/*
 * Files: only what is ours and private is read, and a replacement is all or nothing.
 */
#include "base/file.h"

#include "../sandbox.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cmocka.h>

#define OTHER_UID 64323 /* nobody's */

static char top[] = "/tmp/kb-test-file-XXXXXX";
static int dir = -1;

static int make_top(void **state)
{
    (void)state;
    memcpy(top + sizeof(top) - 7, "XXXXXX", 6);
    if (!mkdtemp(top))
        return -1;
    dir = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return dir < 0 ? -1 : 0;
}

static void remove_below(int parent)
{
    DIR *listing = fdopendir(parent);
    for (struct dirent *entry; listing && (entry = readdir(listing));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (unlinkat(parent, entry->d_name, 0) == 0)
            continue;
        int child = openat(parent, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (child >= 0)
            remove_below(child);
        (void)unlinkat(parent, entry->d_name, AT_REMOVEDIR);
    }
    (void)closedir(listing);
}

static int remove_top(void **state)
{
    (void)state;
    remove_below(dir);
    return rmdir(top);
}

static void make_file(const char *name, const char *content, mode_t mode)
{
    int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), strlen(content));
    assert_int_equal(fchmod(fd, mode), 0);
    assert_int_equal(close(fd), 0);
}

static enum kb_err read_file(const char *name, enum kb_file_trust trust, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf content = KB_BUF_INIT(16);
    enum kb_err rc = kb_file_read(dir, name, trust, &content, err);
    if (rc == KB_OK)
        assert_string_equal(kb_buf_text(&content), "content");
    else
        assert_int_equal(content.len, 0);
    return rc;
}

static bool content_is(const char *name, const char *expected)
{
    KB_AUTO(kb_buf_clear) struct kb_buf content = KB_BUF_INIT(100000);
    return kb_file_read(dir, name, KB_FILE_PRIVATE, &content, NULL) == KB_OK &&
           content.len == strlen(expected) &&
           memcmp(kb_buf_text(&content), expected, content.len) == 0;
}

static int count_entries(void)
{
    int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), count = 0;
    DIR *listing = fdopendir(copy);
    while (readdir(listing))
        count++;
    (void)closedir(listing);
    return count - 2;
}

/* --- reading ----------------------------------------------------------------------- */

/* Which of the twelve mode bits on top of 0600 each kind of trust forbids. */
static void each_mode_bit(void **state)
{
    (void)state;
    static const mode_t forbidden[] = {
        [KB_FILE_PRIVATE] = 0077,
        [KB_FILE_OURS] = 0022,
        [KB_FILE_CREDENTIAL] = 0037,
    };
    static const char *const hints[] = {
        [KB_FILE_PRIVATE] = "chmod 600 f",
        [KB_FILE_OURS] = "chmod go-w f",
        [KB_FILE_CREDENTIAL] = "name another file; or, if it is the right one: chmod 600 f",
    };
    for (int bit = 0; bit < 12; bit++) {
        mode_t mode = 1U << bit;
        make_file("f", "content", 0600 | mode);
        for (enum kb_file_trust trust = KB_FILE_PRIVATE; trust <= KB_FILE_CREDENTIAL; trust++) {
            struct kb_error err = KB_ERROR_INIT;
            enum kb_err rc = read_file("f", trust, &err);
            /* a configuration may be the group's, where the group is one's own (test_trust) */
            if (trust == KB_FILE_OURS && mode == S_IWGRP && getegid() == geteuid())
                assert_int_equal(rc, KB_OK);
            else
                assert_int_equal(rc, mode & forbidden[trust] ? KB_ERR_DENIED : KB_OK);
            assert_string_equal(err.hint, rc ? hints[trust] : "");
        }
    }
}

static void links_are_not_followed(void **state)
{
    (void)state;
    struct kb_error err = KB_ERROR_INIT;
    make_file("f", "content", 0600);
    assert_int_equal(symlinkat("f", dir, "symbolic"), 0);
    assert_int_equal(symlinkat("nowhere", dir, "dangling"), 0);
    assert_int_equal(read_file("symbolic", KB_FILE_OURS, &err), KB_ERR_DENIED);
    assert_non_null(strstr(err.msg, "symbolic link"));
    assert_string_equal(err.hint, ""); /* a configuration's, which is the caller's to know */
    assert_int_equal(read_file("dangling", KB_FILE_PRIVATE, &err), KB_ERR_DENIED);
    assert_non_null(strstr(err.hint, "rm dangling"));
    assert_int_equal(read_file("f", KB_FILE_PRIVATE, &err), KB_OK);
    assert_int_equal(linkat(dir, "f", dir, "hard", 0), 0);
    assert_int_equal(read_file("f", KB_FILE_PRIVATE, &err), KB_ERR_DENIED);
    assert_non_null(strstr(err.msg, "hard link"));
    assert_non_null(strstr(err.hint, "find / -xdev -samefile f"));
    assert_int_equal(read_file("f", KB_FILE_OURS, &err), KB_OK); /* configurations may have two */
}

/*
 * What happens to "f" once somebody has opened it, so many times: another file takes its name,
 * and then it is removed. Linked with --wrap=openat.
 */
static int times_replaced, times_removed;

int __real_openat(int dirfd, const char *name, int flags, ...);
int __wrap_openat(int dirfd, const char *name, int flags, ...);

int __wrap_openat(int dirfd, const char *name, int flags, ...)
{
    int fd = __real_openat(dirfd, name, flags, 0600);
    int other;

    if (fd < 0 || strcmp(name, "f") != 0 || (times_replaced == 0 && times_removed == 0))
        return fd;
    if (times_replaced > 0) {
        other = __real_openat(dirfd, "other", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        assert_int_equal(write(other, "content", 7), 7);
        assert_int_equal(close(other), 0);
        assert_int_equal(renameat(dirfd, "other", dirfd, "f"), 0);
        times_replaced--;
    } else {
        assert_int_equal(unlinkat(dirfd, "f", 0), 0);
        times_removed--;
    }
    return fd;
}

static void a_file_that_is_replaced_is_opened_again(void **state)
{
    (void)state;
    struct kb_error err = KB_ERROR_INIT;
    for (int times = 1; times <= 10; times++) {
        make_file("f", "content", 0600);
        times_replaced = times;
        assert_int_equal(read_file("f", KB_FILE_PRIVATE, &err), KB_OK);
        assert_int_equal(times_replaced, 0);
    }
    times_replaced = 2;
    times_removed = 1;
    assert_int_equal(read_file("f", KB_FILE_PRIVATE, &err), KB_ERR_NOT_FOUND);
    assert_int_equal(times_removed, 0);
    make_file("f", "content", 0600);
    times_replaced = 100000; /* it has an end */
    assert_int_equal(read_file("f", KB_FILE_PRIVATE, &err), KB_ERR_SYSTEM);
    times_replaced = 0;
}

static void only_regular_files(void **state)
{
    (void)state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", top);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(mkfifoat(dir, "fifo", 0600), 0);
    assert_int_equal(mkdirat(dir, "directory", 0700), 0);
    struct kb_error err = KB_ERROR_INIT;
    assert_int_equal(read_file("fifo", KB_FILE_PRIVATE, &err), KB_ERR_DENIED); /* and at once */
    assert_string_equal(err.msg, "fifo is a FIFO, not a regular file");
    assert_string_equal(err.hint, "rm fifo");
    assert_int_equal(read_file("directory", KB_FILE_PRIVATE, &err), KB_ERR_DENIED);
    assert_string_equal(err.msg, "directory is a directory, not a regular file");
    assert_string_equal(err.hint, "ls -ld directory");
    assert_int_equal(read_file("socket", KB_FILE_PRIVATE, &err), KB_ERR_DENIED);
    assert_string_equal(err.hint, "rm socket");
    assert_int_equal(read_file("/dev/null", KB_FILE_OURS, &err), KB_ERR_DENIED);
    assert_string_equal(err.hint, ""); /* not rm */
    (void)close(fd);
}

static void sizes(void **state)
{
    (void)state;
    static const struct {
        size_t size;
        enum kb_err rc;
    } rows[] = {{0, KB_OK}, {19999, KB_OK}, {20000, KB_OK}, {20001, KB_ERR_CORRUPT}};
    char text[20002];
    for (size_t i = 0; i < KB_COUNT(rows); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf content = KB_BUF_INIT(20000);
        memset(text, 'x', sizeof(text));
        text[rows[i].size] = '\0';
        make_file("f", text, 0600);
        assert_int_equal(kb_file_read(dir, "f", KB_FILE_PRIVATE, &content, NULL), rows[i].rc);
        assert_string_equal(kb_buf_text(&content), rows[i].rc ? "" : text);
    }
}

static void what_is_not_there(void **state)
{
    (void)state;
    struct kb_error err = KB_ERROR_INIT;
    assert_int_equal(read_file("absent", KB_FILE_PRIVATE, &err), KB_ERR_NOT_FOUND);
    assert_int_equal(err.sys, ENOENT);
    assert_int_equal(kb_file_remove(dir, "absent", &err), KB_OK);
    make_file("f", "content", 0600);
    assert_int_equal(kb_file_remove(dir, "f", &err), KB_OK);
    assert_int_equal(count_entries(), 0);
    assert_int_equal(mkdirat(dir, "directory", 0700), 0);
    assert_int_equal(kb_file_remove(dir, "directory", &err), KB_ERR_SYSTEM);
}

static void need_root(void)
{
    if (geteuid() != 0) {
        print_message("skipped: needs root, to give files to another user\n");
        skip();
    }
}

static void owners(void **state)
{
    (void)state;
    need_root();
    struct kb_error err = KB_ERROR_INIT;
    make_file("f", "content", 0600);
    assert_int_equal(fchownat(dir, "f", OTHER_UID, OTHER_UID, 0), 0);
    for (enum kb_file_trust trust = KB_FILE_PRIVATE; trust <= KB_FILE_CREDENTIAL; trust++) {
        assert_int_equal(read_file("f", trust, &err), KB_ERR_DENIED);
        assert_ptr_equal(strstr(err.hint, "run keybearer as uid "), err.hint);
    }
}

/* Root's configuration and credentials serve ordinary users; root's private files do not. */
static int read_as_another(void *unused)
{
    (void)unused;
    struct kb_error err = KB_ERROR_INIT;
    CHILD_CHECK(become(OTHER_UID));
    CHILD_CHECK(read_file("config", KB_FILE_OURS, &err) == KB_OK);
    CHILD_CHECK(read_file("config", KB_FILE_PRIVATE, &err) == KB_ERR_DENIED);
    CHILD_CHECK(strncmp(err.hint, "chown ", 6) == 0);
    CHILD_CHECK(read_file("credential", KB_FILE_CREDENTIAL, &err) == KB_OK);
    CHILD_CHECK(read_file("config", KB_FILE_CREDENTIAL, &err) == KB_ERR_DENIED);
    CHILD_CHECK(strstr(err.hint, "name another file") && !strstr(err.hint, "chmod"));
    CHILD_CHECK(read_file("private", KB_FILE_PRIVATE, &err) == KB_ERR_DENIED);
    CHILD_CHECK(err.sys == EACCES);
    return 0;
}

static void roots_files(void **state)
{
    (void)state;
    need_root();
    make_file("config", "content", 0644);
    make_file("private", "content", 0600);
    make_file("credential", "content", 0440);
    assert_int_equal(fchownat(dir, "credential", 0, OTHER_UID, 0), 0);
    assert_int_equal(fchmod(dir, 0755), 0);
    assert_int_equal(in_child(read_as_another, NULL), 0);
}

/* --- replacing --------------------------------------------------------------------- */

typedef enum kb_err replace_function(
    int dirfd, const char *name, const void *data, size_t len, struct kb_error *err);
static replace_function *replacements[] = {kb_file_replace, kb_file_replace_volatile};

static void the_mode_is_0600_under_any_umask(void **state)
{
    (void)state;
    static const mode_t masks[] = {0, 022, 077, 0777};
    for (size_t i = 0; i < 2 * KB_COUNT(masks); i++) {
        struct stat st;
        mode_t old = umask(masks[i / 2]);
        enum kb_err rc = replacements[i % 2](dir, "f", "content", 7, NULL);
        umask(old);
        assert_int_equal(rc, KB_OK);
        assert_int_equal(fstatat(dir, "f", &st, AT_SYMLINK_NOFOLLOW), 0);
        assert_int_equal(st.st_mode, S_IFREG | 0600);
        assert_true(content_is("f", "content"));
        assert_int_equal(unlinkat(dir, "f", 0), 0);
    }
}

static void a_replacement_replaces(void **state)
{
    (void)state;
    for (size_t i = 0; i < KB_COUNT(replacements); i++) {
        make_file("f", "older and longer", 0644);
        assert_int_equal(replacements[i](dir, "f", "new", 3, NULL), KB_OK);
        assert_true(content_is("f", "new"));
        assert_int_equal(replacements[i](dir, "f", NULL, 0, NULL), KB_OK);
        assert_true(content_is("f", ""));
        assert_int_equal(count_entries(), 1);
    }
}

/* The link goes, what it names stays. */
static void a_link_is_replaced_not_followed(void **state)
{
    (void)state;
    for (size_t i = 0; i < KB_COUNT(replacements); i++) {
        make_file("target", "content", 0600);
        assert_int_equal(symlinkat("target", dir, "f"), 0);
        assert_int_equal(replacements[i](dir, "f", "new", 3, NULL), KB_OK);
        assert_true(content_is("f", "new"));
        assert_true(content_is("target", "content"));
        assert_int_equal(unlinkat(dir, "f", 0), 0);
    }
}

static int replace_on_a_full_disk(void *function)
{
    static const struct rlimit room = {3, 3};
    struct kb_error err = KB_ERROR_INIT;
    CHILD_CHECK(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    CHILD_CHECK(setrlimit(RLIMIT_FSIZE, &room) == 0);
    CHILD_CHECK((*(replace_function **)function)(dir, "f", "new", 3, &err) == KB_OK);
    CHILD_CHECK((*(replace_function **)function)(dir, "f", "longer", 6, &err));
    CHILD_CHECK(err.code == KB_ERR_SYSTEM && err.sys == EFBIG);
    CHILD_CHECK(strstr(err.msg, "cannot write f"));
    return 0;
}

static void a_failed_write_keeps_the_old_file(void **state)
{
    (void)state;
    for (size_t i = 0; i < KB_COUNT(replacements); i++) {
        make_file("f", "old", 0600);
        assert_int_equal(in_child(replace_on_a_full_disk, &replacements[i]), 0);
        assert_true(content_is("f", "new"));
        assert_int_equal(count_entries(), 1);
    }
}

struct refusal {
    unsigned call, other;
    int sys;
    const char *left; /* in the file afterwards */
};

static int replace_with_a_refused_call(void *argument)
{
    const struct refusal *refusal = argument;
    struct kb_error err = KB_ERROR_INIT;
    CHILD_CHECK(forbid_calls(refusal->call, refusal->other, refusal->sys));
    CHILD_CHECK(kb_file_replace(dir, "f", "new", 3, &err) == KB_ERR_SYSTEM);
    CHILD_CHECK(err.sys == refusal->sys);
    return 0;
}

static void every_failing_step_leaves_one_whole_file(void **state)
{
    (void)state;
    if (getenv("KB_MEMCHECK")) {
        print_message("skipped: valgrind itself would be refused write()\n");
        skip();
    }
    struct refusal refusals[] = {
        {SYS_fchmod, SYS_fchmod, EPERM, "old"},
        {SYS_write, SYS_write, ENOSPC, "old"},
        {SYS_fsync, SYS_fsync, EIO, "old"},
        {SYS_renameat, SYS_renameat2, EROFS, "old"},
    };
    for (size_t i = 0; i < KB_COUNT(refusals); i++) {
        make_file("f", "old", 0600);
        assert_int_equal(in_child(replace_with_a_refused_call, &refusals[i]), 0);
        assert_true(content_is("f", refusals[i].left));
        assert_int_equal(count_entries(), 1);
    }
}

/* What fsync() of a directory says in the tests below; linked with --wrap=fsync. */
static int directory_fault;

int __real_fsync(int fd);
int __wrap_fsync(int fd);

int __wrap_fsync(int fd)
{
    struct stat st;
    if (directory_fault && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        errno = directory_fault;
        return -1;
    }
    return __real_fsync(fd);
}

static void a_directory_that_is_not_synced_keeps_what_it_had(void **state)
{
    (void)state;
    struct kb_error err = KB_ERROR_INIT;
    directory_fault = EIO;
    assert_int_equal(kb_file_replace(dir, "f", "new", 3, &err), KB_ERR_SYSTEM);
    assert_int_equal(count_entries(), 0);
    make_file("f", "old", 0600);
    assert_int_equal(kb_file_replace(dir, "f", "new", 3, &err), KB_ERR_SYSTEM);
    assert_int_equal(err.sys, EIO);
    directory_fault = 0;
    assert_true(content_is("f", "old"));
    assert_int_equal(count_entries(), 1);
}

static void a_directory_that_cannot_be_synced_is_good_enough(void **state)
{
    (void)state;
    directory_fault = EINVAL;
    assert_int_equal(kb_file_replace(dir, "f", "new", 3, NULL), KB_OK);
    directory_fault = 0;
    assert_true(content_is("f", "new"));
    assert_int_equal(count_entries(), 1);
}

static void a_draft_is_nothing_until_it_is_committed(void **state)
{
    (void)state;
    struct kb_file_draft draft = KB_FILE_DRAFT_INIT;
    make_file("f", "old", 0600);
    assert_int_equal(kb_file_draft(dir, "f", "new", 3, &draft, NULL), KB_OK);
    assert_true(content_is("f", "old"));
    kb_file_discard(&draft);
    assert_int_equal(count_entries(), 1);
    assert_int_equal(kb_file_draft(dir, "f", "new", 3, &draft, NULL), KB_OK);
    assert_int_equal(kb_file_commit(&draft, NULL), KB_OK);
    kb_file_discard(&draft);
    assert_true(content_is("f", "new"));
    assert_int_equal(count_entries(), 1);
}

static void a_directory_in_the_way(void **state)
{
    (void)state;
    struct kb_error err = KB_ERROR_INIT;
    assert_int_equal(mkdirat(dir, "f", 0700), 0);
    assert_int_equal(kb_file_replace(dir, "f", "new", 3, &err), KB_ERR_SYSTEM);
    assert_int_equal(count_entries(), 1);
}

/* --- directories ------------------------------------------------------------------- */

static const char *below_top(const char *name)
{
    static char path[200];
    (void)snprintf(path, sizeof(path), "%s/%s", top, name);
    return path;
}

static void directories_are_made_private(void **state)
{
    (void)state;
    static const char *const made[] = {"a", "a/b", "a/b/c"};
    struct stat st;
    int fd = -1;
    mode_t old = umask(0);
    enum kb_err rc = kb_dir_open(below_top("a/b/c"), true, &fd, NULL);
    umask(old);
    assert_int_equal(rc, KB_OK);
    for (size_t i = 0; i < KB_COUNT(made); i++) {
        assert_int_equal(fstatat(dir, made[i], &st, AT_SYMLINK_NOFOLLOW), 0);
        assert_int_equal(st.st_mode, S_IFDIR | 0700);
    }
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    assert_int_equal(faccessat(fd, "../c", R_OK, 0), 0);
    kb_fd_close(&fd);
    assert_int_equal(kb_dir_make(below_top("a/b/c"), NULL), KB_OK);
    assert_int_equal(kb_dir_make("", NULL), KB_ERR_SYSTEM);
}

static void each_directory_mode(void **state)
{
    (void)state;
    assert_int_equal(mkdirat(dir, "d", 0700), 0);
    for (int bit = 0; bit < 6; bit++) {
        struct kb_error err = KB_ERROR_INIT;
        char hint[220];
        int fd = -1;
        assert_int_equal(fchmodat(dir, "d", 0700U | 1U << bit, 0), 0);
        assert_int_equal(kb_dir_open(below_top("d"), true, &fd, &err), KB_ERR_DENIED);
        assert_int_equal(fd, -1);
        (void)snprintf(hint, sizeof(hint), "chmod 700 %s", below_top("d"));
        assert_string_equal(err.hint, hint);
    }
}

static void only_real_directories(void **state)
{
    (void)state;
    struct kb_error err = KB_ERROR_INIT;
    int fd = -1;
    make_file("f", "content", 0600);
    assert_int_equal(mkdirat(dir, "d", 0700), 0);
    assert_int_equal(symlinkat("d", dir, "link"), 0);
    assert_int_equal(kb_dir_open(below_top("f"), false, &fd, &err), KB_ERR_DENIED);
    assert_int_equal(kb_dir_open(below_top("link"), false, &fd, &err), KB_ERR_DENIED);
    assert_int_equal(kb_dir_open(below_top("absent"), false, &fd, &err), KB_ERR_NOT_FOUND);
    assert_int_equal(kb_dir_open(below_top("f/x"), true, &fd, &err), KB_ERR_SYSTEM);
    assert_int_equal(fd, -1);
}

static void a_foreign_directory_is_refused(void **state)
{
    (void)state;
    need_root();
    struct kb_error err = KB_ERROR_INIT;
    int fd = -1;
    assert_int_equal(mkdirat(dir, "d", 0700), 0);
    assert_int_equal(fchownat(dir, "d", OTHER_UID, OTHER_UID, 0), 0);
    assert_int_equal(kb_dir_open(below_top("d"), true, &fd, &err), KB_ERR_DENIED);
    assert_ptr_equal(strstr(err.hint, "run keybearer as uid "), err.hint);
}

/* --- streams ----------------------------------------------------------------------- */

static void a_full_disk_is_an_error(void **state)
{
    (void)state;
    struct kb_error err = KB_ERROR_INIT;
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_int_equal(kb_write_all(full, "x", 1, &err), KB_ERR_SYSTEM);
    assert_int_equal(err.sys, ENOSPC);
    kb_fd_close(&full);
    assert_int_equal(full, -1);
    kb_fd_close(&full);
}

/* What a killed one of ours left, and nobody else's file. */
static void only_our_temporary_files_are_swept(void **state)
{
    static const char ours[] = ".kb-tmp-0123456789abcdef";
    static const char *const others[] = {
        ".kb-tmp-notes", ".kb-tmp-0123456789abcdef0", ".kb-tmp-0123456789ABCDEF", ".kb-tmp-"};

    (void)state;
    assert_int_equal(kb_file_replace(dir, ours, "x", 1, NULL), KB_OK);
    for (size_t i = 0; i < KB_COUNT(others); i++)
        assert_int_equal(kb_file_replace(dir, others[i], "x", 1, NULL), KB_OK);
    kb_file_sweep_temporary(dir);
    assert_int_equal(faccessat(dir, ours, F_OK, 0), -1);
    for (size_t i = 0; i < KB_COUNT(others); i++)
        assert_int_equal(faccessat(dir, others[i], F_OK, 0), 0);
}

static void expect_link(const char *target)
{
    char there[16] = "";

    assert_int_equal(readlinkat(dir, "name", there, sizeof(there) - 1), strlen(target));
    assert_string_equal(there, target);
    assert_int_equal(count_entries(), 1);
}

static void a_link_takes_the_place_of_what_is_there(void **state)
{
    (void)state;
    assert_int_equal(kb_file_replace_link(dir, "name", "one", NULL), KB_OK);
    expect_link("one");
    assert_int_equal(kb_file_replace_link(dir, "name", "other", NULL), KB_OK);
    expect_link("other");
    assert_int_equal(unlinkat(dir, "name", 0), 0);
    make_file("name", "content", 0600);
    assert_int_equal(kb_file_replace_link(dir, "name", "one", NULL), KB_OK);
    expect_link("one");
}

static void a_link_that_cannot_be_put_there_leaves_nothing(void **state)
{
    (void)state;
    struct kb_error err = KB_ERROR_INIT;

    assert_int_equal(mkdirat(dir, "name", 0700), 0);
    assert_int_equal(kb_file_replace_link(dir, "name", "one", &err), KB_ERR_SYSTEM);
    assert_int_equal(err.sys, EISDIR);
    assert_int_equal(count_entries(), 1);
}

#define FILE_TEST(function) cmocka_unit_test_setup_teardown(function, make_top, remove_top)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(each_mode_bit),
        FILE_TEST(links_are_not_followed),
        FILE_TEST(a_file_that_is_replaced_is_opened_again),
        FILE_TEST(only_regular_files),
        FILE_TEST(sizes),
        FILE_TEST(what_is_not_there),
        FILE_TEST(owners),
        FILE_TEST(roots_files),
        FILE_TEST(the_mode_is_0600_under_any_umask),
        FILE_TEST(a_replacement_replaces),
        FILE_TEST(a_link_is_replaced_not_followed),
        FILE_TEST(a_failed_write_keeps_the_old_file),
        FILE_TEST(every_failing_step_leaves_one_whole_file),
        FILE_TEST(a_directory_that_is_not_synced_keeps_what_it_had),
        FILE_TEST(a_directory_that_cannot_be_synced_is_good_enough),
        FILE_TEST(a_draft_is_nothing_until_it_is_committed),
        FILE_TEST(only_our_temporary_files_are_swept),
        FILE_TEST(a_link_takes_the_place_of_what_is_there),
        FILE_TEST(a_link_that_cannot_be_put_there_leaves_nothing),
        FILE_TEST(a_directory_in_the_way),
        FILE_TEST(directories_are_made_private),
        FILE_TEST(each_directory_mode),
        FILE_TEST(only_real_directories),
        FILE_TEST(a_foreign_directory_is_refused),
        FILE_TEST(a_full_disk_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
