/*
 * Who could have changed a file: every directory and link on its way counts, and nobody's
 * group but the person's own.
 */
#include "base/trust.h"

#include "../sandbox.h"
#include "base/file.h"

#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/xattr.h>

#include <cmocka.h>

#define OTHER_UID 64323 /* nobody's */
#define THIRD_UID 64324

static char top[] = "/tmp/kb-test-trust-XXXXXX";
static char name[PATH_MAX];

static const char *at(const char *below)
{
    (void)snprintf(name, sizeof(name), "%s/%s", top, below);
    return name;
}

static int remove_top(void **state)
{
    char command[sizeof(top) + 16];

    (void)state;
    (void)snprintf(command, sizeof(command), "rm -rf %s", top);
    return system(command); /* NOLINT: a name of ours */
}

static void make_dir(const char *below, mode_t mode)
{
    assert_int_equal(mkdir(at(below), 0700), 0);
    assert_int_equal(chmod(at(below), mode), 0);
}

static void make_file(const char *below, mode_t mode)
{
    int fd = open(at(below), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, "content", 7), 7);
    assert_int_equal(fchmod(fd, mode), 0);
    assert_int_equal(close(fd), 0);
}

static int make_top(void **state)
{
    (void)state;
    memcpy(top + sizeof(top) - 7, "XXXXXX", 6);
    if (!mkdtemp(top) || chmod(top, 0755) < 0)
        return -1;
    make_dir("d", 0755);
    make_file("d/f", 0644);
    return 0;
}

static void need_root(void)
{
    if (geteuid() != 0) {
        print_message("skipped: needs root, to give files to another user\n");
        skip();
    }
}

static struct kb_error err;

/* What is said of d/f, which is never changed itself. */
static enum kb_err check(const char *below)
{
    err = KB_ERROR_INIT;
    return kb_file_check_linked(at(below), KB_FILE_OURS, &err);
}

static void assert_mends(const char *command, const char *below)
{
    char wanted[PATH_MAX + 32];

    (void)snprintf(wanted, sizeof(wanted), "%s %s", command, at(below));
    assert_string_equal(err.hint, wanted);
}

static void assert_runs_as_her(void)
{
    assert_non_null(strstr(err.msg, "belongs to uid 64323"));
    assert_non_null(strstr(err.hint, "run keybearer as uid 64323"));
    assert_null(strstr(err.hint, "chown"));
}

/* The command that an ordinary user is told to type, and what check() is of. */
struct told {
    const char *command, *at, *of;
};

static int is_told(void *argument)
{
    const struct told *told = argument;
    char wanted[PATH_MAX + 32];

    CHILD_CHECK(become(THIRD_UID));
    CHILD_CHECK(check(told->of) == KB_ERR_DENIED);
    (void)snprintf(wanted, sizeof(wanted), "%s %d %s", told->command, THIRD_UID, at(told->at));
    CHILD_CHECK(strcmp(err.hint, wanted) == 0);
    return 0;
}

static void assert_told(const char *command, const char *mended, const char *of)
{
    struct told told = {command, mended, of};

    assert_int_equal(in_child(is_told, &told), 0);
}

/* --- directories -------------------------------------------------------------------- */

static void others_write_to_a_directory(void **state)
{
    (void)state;
    static const mode_t modes[] = {0777, 0757, 0733, 0702};

    for (size_t i = 0; i < KB_COUNT(modes); i++) {
        assert_int_equal(chmod(at("d"), modes[i]), 0);
        assert_int_equal(check("d/f"), KB_ERR_DENIED);
        assert_non_null(strstr(err.msg, "could replace f: they may write to /"));
        assert_mends("chmod go-w", "d");
        assert_int_equal(kb_trust_check_dir(at("d"), &err), KB_ERR_DENIED);
    }
    assert_int_equal(chmod(at("d"), 0755), 0);
    assert_int_equal(check("d/f"), KB_OK);
    assert_int_equal(kb_trust_check_dir(at("d"), &err), KB_OK);
}

/* One further up is as good: what is below it can be replaced as a whole. */
static void others_write_further_up(void **state)
{
    (void)state;
    make_dir("d/e", 0755);
    make_file("d/e/f", 0644);
    assert_int_equal(check("d/e/f"), KB_OK);
    assert_int_equal(chmod(at("d"), 0777), 0);
    assert_int_equal(check("d/e/f"), KB_ERR_DENIED);
    assert_mends("chmod go-w", "d");
    assert_int_equal(kb_trust_check_dir(at("d/e"), &err), KB_ERR_DENIED);
}

static void a_sticky_directory(void **state)
{
    (void)state;
    assert_int_equal(chmod(at("d"), 01777), 0);
    assert_int_equal(check("d/f"), KB_OK);
    need_root();
    assert_int_equal(chown(at("d/f"), OTHER_UID, OTHER_UID), 0);
    assert_int_equal(check("d/f"), KB_ERR_DENIED);
    assert_runs_as_her();
    assert_told("chown", "d/f", "d/f");
}

static void a_strangers_directory(void **state)
{
    (void)state;
    need_root();
    assert_int_equal(chown(at("d"), OTHER_UID, OTHER_UID), 0);
    assert_int_equal(check("d/f"), KB_ERR_DENIED);
    assert_runs_as_her();
    assert_told("chown", "d", "d/f");
    assert_int_equal(chmod(at("d"), 01777), 0); /* he may still rename what is in it */
    assert_int_equal(check("d/f"), KB_ERR_DENIED);
}

/* --- links -------------------------------------------------------------------------- */

static void links_are_followed(void **state)
{
    (void)state;
    char resolved[PATH_MAX], absolute[PATH_MAX];

    memcpy(absolute, at("d/f"), sizeof(absolute));
    assert_int_equal(symlink("d", at("relative")), 0);
    assert_int_equal(symlink(absolute, at("absolute")), 0);
    assert_int_equal(symlink("./relative/../absolute", at("chain")), 0);
    assert_int_equal(kb_trust_resolve(at("chain"), resolved, &err), KB_OK);
    assert_string_equal(resolved, absolute);
    assert_int_equal(kb_trust_resolve(at("relative//./f"), resolved, &err), KB_OK);
    assert_string_equal(resolved, absolute);
    assert_int_equal(kb_trust_resolve("/", resolved, &err), KB_OK);
    assert_string_equal(resolved, "/");
}

/* The target is beyond reproach; but who may write where the link is can turn it elsewhere. */
static void a_link_that_others_may_turn(void **state)
{
    (void)state;
    make_dir("open", 0777);
    assert_int_equal(symlink("../d/f", at("open/link")), 0);
    assert_int_equal(check("open/link"), KB_ERR_DENIED);
    assert_mends("chmod go-w", "open");
    assert_int_equal(symlink("open/link", at("to_it")), 0);
    assert_int_equal(check("to_it"), KB_ERR_DENIED);
    assert_int_equal(check("open/../d/f"), KB_ERR_DENIED);
}

static void a_strangers_link_in_a_sticky_directory(void **state)
{
    (void)state;
    need_root();
    make_dir("sticky", 01777);
    assert_int_equal(symlink("../d/f", at("sticky/link")), 0);
    assert_int_equal(check("sticky/link"), KB_OK);
    assert_int_equal(lchown(at("sticky/link"), OTHER_UID, OTHER_UID), 0);
    assert_int_equal(check("sticky/link"), KB_ERR_DENIED);
    assert_runs_as_her();
    assert_told("chown -h", "sticky/link", "sticky/link");
}

static void links_without_an_end(void **state)
{
    (void)state;
    assert_int_equal(symlink("b", at("a")), 0);
    assert_int_equal(symlink("a", at("b")), 0);
    assert_int_equal(check("a"), KB_ERR_DENIED);
    assert_int_equal(err.sys, ELOOP);
}

static void paths_that_lead_nowhere(void **state)
{
    (void)state;
    char resolved[PATH_MAX] = "untouched", longer[2 * PATH_MAX];

    assert_int_equal(kb_trust_resolve(at("d/none"), resolved, &err), KB_ERR_NOT_FOUND);
    assert_int_equal(err.sys, ENOENT);
    assert_int_equal(kb_trust_resolve(at("d/f/none"), resolved, &err), KB_ERR_NOT_FOUND);
    assert_int_equal(err.sys, ENOTDIR);
    assert_int_equal(kb_trust_resolve(at("d/f/"), resolved, &err), KB_ERR_NOT_FOUND);
    assert_int_equal(kb_trust_check_dir(at("d/f"), &err), KB_ERR_NOT_FOUND);
    assert_int_equal(kb_trust_resolve("d/f", resolved, &err), KB_ERR_DENIED);
    memset(longer, '/', sizeof(longer));
    longer[sizeof(longer) - 1] = '\0';
    assert_int_equal(kb_trust_resolve(longer, resolved, &err), KB_ERR_DENIED);
    assert_string_equal(resolved, "untouched");
    /* what there is of the way was looked at all the same */
    assert_int_equal(chmod(at("d"), 0777), 0);
    assert_int_equal(kb_trust_resolve(at("d/none"), resolved, &err), KB_ERR_DENIED);
}

/* --- groups ------------------------------------------------------------------------- */

/* The mode 0664 and 0775 that a umask of 002 makes, in the group of the user's own. */
static int under_umask_002(void *unused)
{
    (void)unused;
    CHILD_CHECK(become(OTHER_UID));
    CHILD_CHECK(check("home/f") == KB_OK);
    CHILD_CHECK(kb_trust_check_dir(at("home"), &err) == KB_OK);
    return 0;
}

/* The group is ours, and another user's as well: its number is not the user's. */
static int in_a_shared_group(void *unused)
{
    (void)unused;
    CHILD_CHECK(syscall(SYS_setresgid, THIRD_UID, THIRD_UID, THIRD_UID) == 0);
    CHILD_CHECK(syscall(SYS_setresuid, OTHER_UID, OTHER_UID, OTHER_UID) == 0);
    CHILD_CHECK(check("home/f") == KB_ERR_DENIED);
    return 0;
}

/* The user's number, but not the group that we run with: it may be anybody's. */
static int with_another_primary_group(void *unused)
{
    (void)unused;
    CHILD_CHECK(check("home/f") == KB_ERR_DENIED);
    CHILD_CHECK(strncmp(err.hint, "chmod go-w ", 11) == 0);
    return 0;
}

static void a_home_for(uid_t uid, gid_t gid)
{
    make_dir("home", 0775);
    make_file("home/f", 0664);
    assert_int_equal(chown(at("home"), uid, gid), 0);
    assert_int_equal(chown(at("home/f"), uid, gid), 0);
}

static void a_group_of_ones_own(void **state)
{
    (void)state;
    need_root();
    a_home_for(OTHER_UID, OTHER_UID);
    assert_int_equal(in_child(under_umask_002, NULL), 0);
    assert_int_equal(in_child(in_a_shared_group, NULL), 0);
}

static void a_group_with_others(void **state)
{
    (void)state;
    need_root();
    a_home_for(OTHER_UID, THIRD_UID);
    assert_int_equal(in_child(in_a_shared_group, NULL), 0);
    assert_int_equal(chown(at("home"), 0, OTHER_UID), 0);
    assert_int_equal(in_child(with_another_primary_group, NULL), 0);
}

/* user::rw-, user:64324:rw-, group::r--, mask::rw-, other::r-- : the mode says 0664. */
static const unsigned char access_list[] = {2, 0, 0, 0, /* version */
    1, 0, 6, 0, 255, 255, 255, 255, 2, 0, 6, 0, 0x44, 0xfb, 0, 0, 4, 0, 4, 0, 255, 255, 255, 255,
    16, 0, 6, 0, 255, 255, 255, 255, 32, 0, 4, 0, 255, 255, 255, 255};

static int with_an_access_list(void *unused)
{
    (void)unused;
    CHILD_CHECK(become(OTHER_UID));
    CHILD_CHECK(check("home/f") == KB_ERR_DENIED);
    return 0;
}

static void an_access_list_lets_others_in(void **state)
{
    (void)state;
    need_root();
    a_home_for(OTHER_UID, OTHER_UID);
    if (setxattr(at("home/f"), "system.posix_acl_access", access_list, sizeof(access_list), 0)) {
        print_message("skipped: no access control lists in /tmp\n");
        skip();
    }
    assert_int_equal(in_child(with_an_access_list, NULL), 0);
}

/* --- user namespaces ---------------------------------------------------------------- */

static bool write_map(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

    if (fd >= 0)
        (void)close(fd);
    return done;
}

enum { NO_NAMESPACES = 2 };

/* As containers without root run: the machine's root is nobody in particular there. */
static int root_is_not_mapped(void *unused)
{
    struct stat st;
    char map[32];

    (void)unused;
    CHILD_CHECK(become(OTHER_UID) && prctl(PR_SET_DUMPABLE, 1) == 0);
    if (unshare(CLONE_NEWUSER) < 0)
        return NO_NAMESPACES;
    (void)snprintf(map, sizeof(map), "0 %d 1", OTHER_UID);
    CHILD_CHECK(write_map("/proc/self/setgroups", "deny"));
    CHILD_CHECK(write_map("/proc/self/uid_map", map) && write_map("/proc/self/gid_map", map));
    CHILD_CHECK(stat("/", &st) == 0 && st.st_uid == 65534 && geteuid() == 0);
    CHILD_CHECK(check("d/f") == KB_OK);
    CHILD_CHECK(kb_trust_owner(65534) && !kb_trust_owner(THIRD_UID));
    return 0;
}

/* A container that has every user: the number is some user's. The map is written from outside. */
static int everybody_is_mapped(void *unused)
{
    int go[2], status = 1;
    char path[64];
    pid_t mapper;

    (void)unused;
    CHILD_CHECK(pipe(go) == 0);
    (void)snprintf(path, sizeof(path), "/proc/%d/uid_map", (int)getpid());
    mapper = fork();
    if (mapper == 0) {
        char byte;
        _exit(read(go[0], &byte, 1) == 1 && write_map(path, "0 0 4294967295") ? 0 : 1);
    }
    if (unshare(CLONE_NEWUSER) < 0) {
        (void)kill(mapper, SIGKILL);
        (void)waitpid(mapper, &status, 0);
        return NO_NAMESPACES;
    }
    CHILD_CHECK(write(go[1], "", 1) == 1 && waitpid(mapper, &status, 0) == mapper);
    if (status != 0)
        return NO_NAMESPACES; /* we are in one ourselves that has not all of them */
    CHILD_CHECK(!kb_trust_owner(65534) && kb_trust_owner(0));
    return 0;
}

static void a_namespace_with_everybody(void **state)
{
    (void)state;
    int status;

    need_root();
    status = in_child(everybody_is_mapped, NULL);
    if (status == NO_NAMESPACES) {
        print_message("skipped: no user namespace can be made here that has every user\n");
        skip();
    }
    assert_int_equal(status, 0);
}

static void a_namespace_without_root(void **state)
{
    (void)state;
    int status;

    need_root();
    assert_false(kb_trust_owner(65534)); /* outside of one, a user like any other */
    status = in_child(root_is_not_mapped, NULL);
    if (status == NO_NAMESPACES) {
        print_message("skipped: user namespaces are forbidden here\n");
        skip();
    }
    assert_int_equal(status, 0);
}

/* --- where this must go on working -------------------------------------------------- */

static int as_another(void *path)
{
    CHILD_CHECK(become(OTHER_UID));
    CHILD_CHECK(kb_file_check_linked(path, KB_FILE_CREDENTIAL, &err) == KB_OK);
    return 0;
}

/* Root's files and directories serve everybody; so does the store of a package manager, which is
 * sticky and writable for the group of its builders. */
static void roots_store(void **state)
{
    (void)state;
    need_root();
    make_dir("store", 01775);
    assert_int_equal(chown(at("store"), 0, THIRD_UID), 0);
    make_dir("store/x", 0555);
    make_file("store/x/f", 0440);
    assert_int_equal(chown(at("store/x/f"), 0, OTHER_UID), 0);
    make_dir("home", 0755);
    assert_int_equal(chown(at("home"), OTHER_UID, OTHER_UID), 0);
    assert_int_equal(symlink("../store/x/f", at("home/link")), 0);
    assert_int_equal(lchown(at("home/link"), OTHER_UID, OTHER_UID), 0);
    memcpy(name, at("home/link"), sizeof(name));
    assert_int_equal(in_child(as_another, name), 0);
}

/* A volume as Kubernetes mounts a secret: sticky, with links to a directory of the day. */
static void a_mounted_secret(void **state)
{
    (void)state;
    need_root();
    make_dir("volume", 01777);
    make_dir("volume/..2026_11_28", 0755);
    make_file("volume/..2026_11_28/key", 0440);
    assert_int_equal(chown(at("volume/..2026_11_28/key"), 0, OTHER_UID), 0);
    assert_int_equal(symlink("..2026_11_28", at("volume/..data")), 0);
    assert_int_equal(symlink("..data/key", at("volume/key")), 0);
    memcpy(name, at("volume/key"), sizeof(name));
    assert_int_equal(in_child(as_another, name), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(others_write_to_a_directory, make_top, remove_top),
        cmocka_unit_test_setup_teardown(others_write_further_up, make_top, remove_top),
        cmocka_unit_test_setup_teardown(a_sticky_directory, make_top, remove_top),
        cmocka_unit_test_setup_teardown(a_strangers_directory, make_top, remove_top),
        cmocka_unit_test_setup_teardown(links_are_followed, make_top, remove_top),
        cmocka_unit_test_setup_teardown(a_link_that_others_may_turn, make_top, remove_top),
        cmocka_unit_test_setup_teardown(
            a_strangers_link_in_a_sticky_directory, make_top, remove_top),
        cmocka_unit_test_setup_teardown(links_without_an_end, make_top, remove_top),
        cmocka_unit_test_setup_teardown(paths_that_lead_nowhere, make_top, remove_top),
        cmocka_unit_test_setup_teardown(a_group_of_ones_own, make_top, remove_top),
        cmocka_unit_test_setup_teardown(a_group_with_others, make_top, remove_top),
        cmocka_unit_test_setup_teardown(an_access_list_lets_others_in, make_top, remove_top),
        cmocka_unit_test_setup_teardown(a_namespace_without_root, make_top, remove_top),
        cmocka_unit_test_setup_teardown(a_namespace_with_everybody, make_top, remove_top),
        cmocka_unit_test_setup_teardown(roots_store, make_top, remove_top),
        cmocka_unit_test_setup_teardown(a_mounted_secret, make_top, remove_top),
    };

    return cmocka_run_group_tests_name("trust", tests, NULL, NULL);
}
