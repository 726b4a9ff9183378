/*
 * Confinement in the kernel that runs the tests: what is out of reach afterwards, by every
 * way there is to make, change, remove or run something.
 */
#include "base/landlock.h"

#include "../sandbox.h"

#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include <cmocka.h>

/* outside, inside, replaced, readable and listable, each with the same in it */
static char top[] = "/tmp/kb-test-landlock-XXXXXX";
static char inside[64], outside[64], replaced[64], readable[64], listable[64];

static void make_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0 && write(fd, "old", 3) == 3);
    close(fd);
}

static void fill(const char *directory)
{
    assert_int_equal(mkdir(directory, 0700), 0);
    assert_int_equal(chdir(directory), 0);
    make_file("file");
    make_file("other");
    assert_int_equal(mkdir("dir", 0700), 0);
    assert_int_equal(symlink("/bin/true", "program"), 0);
}

static int make_tree(void **state)
{
    (void)state;
    if (!mkdtemp(top))
        return -1;
    (void)snprintf(inside, sizeof(inside), "%s/inside", top);
    (void)snprintf(outside, sizeof(outside), "%s/outside", top);
    (void)snprintf(replaced, sizeof(replaced), "%s/replaced", top);
    (void)snprintf(readable, sizeof(readable), "%s/readable", top);
    (void)snprintf(listable, sizeof(listable), "%s/listable", top);
    fill(inside);
    fill(outside);
    fill(replaced);
    fill(readable);
    fill(listable);
    return 0;
}

static int remove_tree(void **state)
{
    (void)state;
    char command[128];
    if (chdir("/") != 0)
        return -1;
    (void)snprintf(command, sizeof(command), "rm -rf %s", top);
    return system(command);
}

/* --- what may be tried in a directory; 0 or -1 with errno ------------------------------ */

static int made(int fd)
{
    if (fd < 0)
        return -1;
    close(fd);
    return 0;
}

static int try_read(void)
{
    return made(open("file", O_RDONLY | O_CLOEXEC));
}

static int try_list(void)
{
    return made(open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static int try_write(void)
{
    return made(open("file", O_WRONLY | O_CLOEXEC));
}

static int try_append(void)
{
    return made(open("file", O_WRONLY | O_APPEND | O_CLOEXEC));
}

static int try_create(void)
{
    return made(open("new", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
}

static int try_rename(void)
{
    return rename("other", "renamed");
}

static int try_unlink(void)
{
    return unlink("file");
}

static int try_link(void)
{
    return link("file", "linked");
}

static int try_link_from_elsewhere(void)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/file", outside);
    return link(path, "stolen");
}

static int try_rename_to_elsewhere(void)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/carried", outside);
    return rename("other", path);
}

static int try_symlink(void)
{
    return symlink("file", "link");
}

static int try_mkdir(void)
{
    return mkdir("new-dir", 0700);
}

static int try_rmdir(void)
{
    return rmdir("dir");
}

static int try_fifo(void)
{
    return mkfifo("fifo", 0600);
}

static int try_device(void)
{
    return mknod("null", S_IFCHR | 0600, makedev(1, 3));
}

static int try_socket(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "socket"};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int done = bind(fd, (struct sockaddr *)&address, sizeof(address));
    int sys = errno;
    close(fd);
    errno = sys;
    return done;
}

static int try_execute(void)
{
    char program[] = "program";
    char *argv[] = {program, NULL};
    return execv("program", argv); /* returns only when it was refused */
}

static int try_truncate(void)
{
    return truncate("file", 0);
}

struct attempt {
    const char *name;
    int (*function)(void);
    int since; /* the version of Landlock that can forbid it */
    bool when_kept, when_read;
};

/* What is refused everywhere comes first: the rest changes what is there. */
static const struct attempt attempts[] = {
    {"link from elsewhere", try_link_from_elsewhere, 1, false, false},
    {"rename to elsewhere", try_rename_to_elsewhere, 1, false, false},
    {"symlink", try_symlink, 1, false, false},
    {"mkdir", try_mkdir, 1, false, false},
    {"rmdir", try_rmdir, 1, false, false},
    {"fifo", try_fifo, 1, false, false},
    {"device", try_device, 1, false, false},
    {"socket", try_socket, 1, false, false},
    {"execute", try_execute, 1, false, false},
    {"truncate", try_truncate, 3, false, false},
    {"read", try_read, 1, true, true},
    {"list", try_list, 1, true, true},
    {"write", try_write, 1, true, false},
    {"append", try_append, 1, true, false},
    {"create", try_create, 1, true, false},
    {"link", try_link, 1, true, false},
    {"rename", try_rename, 1, true, false},
    {"unlink", try_unlink, 1, true, false},
};

static bool confine_child(void)
{
    const struct kb_landlock_place places[] = {
        {inside, KB_LANDLOCK_KEEP},
        {replaced, KB_LANDLOCK_REPLACE},
        {readable, KB_LANDLOCK_READ},
        {listable, KB_LANDLOCK_LIST},
        {"/no/such/place", KB_LANDLOCK_KEEP},
        {"relative", KB_LANDLOCK_KEEP},
        {"/dev/null", KB_LANDLOCK_TALK},
    };
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           kb_landlock_confine(places, KB_COUNT(places), NULL) == KB_OK;
}

struct trial {
    const struct attempt *attempt;
    const char *where;
    bool allowed;
};

static int try_one(void *argument)
{
    const struct trial *trial = argument;
    CHILD_CHECK(chdir(trial->where) == 0);
    CHILD_CHECK(confine_child());
    int done = trial->attempt->function();
    int sys = errno;
    if (done == 0)
        return trial->allowed ? 0 : 3;
    return !trial->allowed && (sys == EACCES || sys == EXDEV || sys == EPERM) ? 0 : 4;
}

static void need_landlock(void)
{
    if (kb_landlock_abi() == 0) {
        print_message("skipped: this kernel has no Landlock\n");
        skip();
    }
}

static void try_all(const char *where, bool (*allowed)(const struct attempt *))
{
    for (size_t i = 0; i < KB_COUNT(attempts); i++) {
        struct trial trial = {&attempts[i], where, allowed(&attempts[i])};
        if (kb_landlock_abi() < attempts[i].since)
            continue;
        int status = in_child(try_one, &trial);
        if (status != 0)
            fail_msg("%s in %s: %s", attempts[i].name, where,
                status == 3 ? "was possible" : "went wrong");
    }
}

static bool nowhere(const struct attempt *attempt)
{
    (void)attempt;
    return false;
}

static bool where_kept(const struct attempt *attempt)
{
    return attempt->when_kept;
}

static bool where_replaced(const struct attempt *attempt)
{
    return attempt->when_kept && strcmp(attempt->name, "read") != 0;
}

static bool where_read(const struct attempt *attempt)
{
    return attempt->when_read;
}

static bool where_listed(const struct attempt *attempt)
{
    return strcmp(attempt->name, "list") == 0;
}

static void outside_nothing_is_possible(void **state)
{
    (void)state;
    need_landlock();
    try_all(outside, nowhere);
}

static void a_readable_place_is_only_read(void **state)
{
    (void)state;
    need_landlock();
    try_all(readable, where_read);
}

static void a_listed_place_gives_its_names_only(void **state)
{
    (void)state;
    need_landlock();
    try_all(listable, where_listed);
}

/* Also the proof that the attempts work at all. */
static void a_kept_place_holds_regular_files(void **state)
{
    (void)state;
    need_landlock();
    try_all(inside, where_kept);
}

static void where_files_are_replaced_none_is_read(void **state)
{
    (void)state;
    need_landlock();
    try_all(replaced, where_replaced);
}

static int no_program_at_all(void *unused)
{
    (void)unused;
    char program[] = "/bin/true";
    char *argv[] = {program, NULL};
    const struct kb_landlock_place everything = {"/", KB_LANDLOCK_READ};
    CHILD_CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHILD_CHECK(kb_landlock_confine(&everything, 1, NULL) == KB_OK);
    execv(program, argv);
    CHILD_CHECK(errno == EACCES);
    return 0;
}

static void nothing_can_be_executed(void **state)
{
    (void)state;
    need_landlock();
    assert_int_equal(in_child(no_program_at_all, NULL), 0);
}

static int listen_and_signal(void *unused)
{
    (void)unused;
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHILD_CHECK(confine_child());
    if (kb_landlock_abi() >= 4)
        CHILD_CHECK(bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0 && errno == EACCES);
    if (kb_landlock_abi() >= 6)
        CHILD_CHECK(kill(getppid(), 0) < 0 && errno == EPERM);
    CHILD_CHECK(kill(getpid(), 0) == 0);
    return 0;
}

static void nobody_is_listened_to_or_signalled(void **state)
{
    (void)state;
    need_landlock();
    assert_int_equal(in_child(listen_and_signal, NULL), 0);
}

static int keep_a_link(void *unused)
{
    (void)unused;
    char link[128];
    (void)snprintf(link, sizeof(link), "%s/link-to-outside", top);
    CHILD_CHECK(symlink(outside, link) == 0);
    const struct kb_landlock_place place = {link, KB_LANDLOCK_KEEP};
    CHILD_CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHILD_CHECK(kb_landlock_confine(&place, 1, NULL) == KB_OK);
    CHILD_CHECK(chdir(outside) == 0);
    CHILD_CHECK(try_create() < 0 && errno == EACCES);
    return 0;
}

static void what_is_written_to_is_never_a_link(void **state)
{
    (void)state;
    need_landlock();
    assert_int_equal(in_child(keep_a_link, NULL), 0);
}

static int look_at_what_was_missing(void *unused)
{
    (void)unused;
    char later[96], below[128], beside[128];
    (void)snprintf(later, sizeof(later), "%s/later", top);
    (void)snprintf(below, sizeof(below), "%s/vault", later);
    (void)snprintf(beside, sizeof(beside), "%s-too", later);
    const struct kb_landlock_place places[] = {
        {inside, KB_LANDLOCK_KEEP}, {later, KB_LANDLOCK_KEEP}, {"relative", KB_LANDLOCK_KEEP}};
    CHILD_CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHILD_CHECK(kb_landlock_confine(places, KB_COUNT(places), NULL) == KB_OK);
    CHILD_CHECK(kb_landlock_hides(EACCES, later) && kb_landlock_hides(EACCES, below));
    CHILD_CHECK(!kb_landlock_hides(EIO, later) && !kb_landlock_hides(EACCES, beside));
    CHILD_CHECK(!kb_landlock_hides(EACCES, inside) && !kb_landlock_hides(EACCES, outside));
    return 0;
}

/* Else a lock that may not unlock the vault would take it for missing, and call it locked. */
static void only_what_was_missing_is_hidden(void **state)
{
    (void)state;
    need_landlock();
    assert_int_equal(in_child(look_at_what_was_missing, NULL), 0);
}

static int without_landlock(void *sys)
{
    const struct kb_landlock_place nothing = {"/no/such/place", KB_LANDLOCK_READ};
    CHILD_CHECK(forbid_calls(SYS_landlock_create_ruleset, SYS_landlock_restrict_self, *(int *)sys));
    CHILD_CHECK(kb_landlock_abi() == 0);
    CHILD_CHECK(kb_landlock_confine(&nothing, 1, NULL) == KB_OK);
    CHILD_CHECK(chdir(outside) == 0 && try_read() == 0);
    return 0;
}

/* An old kernel, one that has it switched off, a container run-time that does not know it. */
static void without_landlock_all_goes_on(void **state)
{
    (void)state;
    int causes[] = {ENOSYS, EOPNOTSUPP, EPERM};
    for (size_t i = 0; i < KB_COUNT(causes); i++)
        assert_int_equal(in_child(without_landlock, &causes[i]), 0);
}

static int refused_by_the_kernel(void *unused)
{
    (void)unused;
    struct kb_error err = KB_ERROR_INIT;
    const struct kb_landlock_place nothing = {"/no/such/place", KB_LANDLOCK_READ};
    CHILD_CHECK(forbid_calls(SYS_landlock_restrict_self, SYS_landlock_restrict_self, E2BIG));
    CHILD_CHECK(kb_landlock_confine(&nothing, 1, &err) == KB_ERR_SYSTEM);
    CHILD_CHECK(err.sys == E2BIG && strstr(err.msg, "Landlock") && err.hint[0]);
    return 0;
}

static void a_confinement_that_fails_is_an_error(void **state)
{
    (void)state;
    need_landlock();
    assert_int_equal(in_child(refused_by_the_kernel, NULL), 0);
}

static int short_of(void *sys)
{
    struct kb_error err = KB_ERROR_INIT;
    const struct kb_landlock_place place = {inside, KB_LANDLOCK_KEEP};
    CHILD_CHECK(forbid_calls(SYS_openat, SYS_openat, *(int *)sys));
    CHILD_CHECK(kb_landlock_confine(&place, 1, &err) == KB_ERR_SYSTEM);
    CHILD_CHECK(err.sys == *(int *)sys && strstr(err.msg, inside));
    return 0;
}

/* Else the process would do without a place that it needs, and go to another. */
static void a_place_that_cannot_be_opened_now_is_not_left_out(void **state)
{
    (void)state;
    need_landlock();
    int causes[] = {EMFILE, ENFILE, ENOMEM};
    for (size_t i = 0; i < KB_COUNT(causes); i++)
        assert_int_equal(in_child(short_of, &causes[i]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outside_nothing_is_possible),
        cmocka_unit_test(a_readable_place_is_only_read),
        cmocka_unit_test(a_listed_place_gives_its_names_only),
        cmocka_unit_test(a_kept_place_holds_regular_files),
        cmocka_unit_test(where_files_are_replaced_none_is_read),
        cmocka_unit_test(nothing_can_be_executed),
        cmocka_unit_test(nobody_is_listened_to_or_signalled),
        cmocka_unit_test(what_is_written_to_is_never_a_link),
        cmocka_unit_test(only_what_was_missing_is_hidden),
        cmocka_unit_test(without_landlock_all_goes_on),
        cmocka_unit_test(a_confinement_that_fails_is_an_error),
        cmocka_unit_test(a_place_that_cannot_be_opened_now_is_not_left_out),
    };
    return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
