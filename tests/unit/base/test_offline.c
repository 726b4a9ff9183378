/*
 * A process that is kept from sockets and programs: by each call there is for one, also by the
 * numbers of another architecture. What is open stays of use.
 */
#include "base/offline.h"

#include "../sandbox.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

static bool go_offline(void)
{
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && kb_offline(NULL) == KB_OK;
}

static bool is_refused(long result)
{
    return result == -1 && errno == EPERM;
}

static int no_socket(void *unused)
{
    static const int families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_VSOCK};
    struct sockaddr_in nowhere = {.sin_family = AF_INET};
    int before = socket(AF_INET, SOCK_STREAM, 0), pair[2];

    (void)unused;
    CHILD_CHECK(before >= 0);
    CHILD_CHECK(go_offline());
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
        CHILD_CHECK(is_refused(socket(families[i], SOCK_STREAM, 0)));
    CHILD_CHECK(is_refused(socketpair(AF_UNIX, SOCK_STREAM, 0, pair)));
    CHILD_CHECK(is_refused(connect(before, (struct sockaddr *)&nowhere, sizeof(nowhere))));
    CHILD_CHECK(is_refused(syscall(SYS_io_uring_setup, 1, NULL)));
    return 0;
}

static int no_program(void *unused)
{
    char program[] = "/bin/true";
    char *argv[] = {program, NULL};
    pid_t pid;

    (void)unused;
    CHILD_CHECK(go_offline());
    CHILD_CHECK(is_refused(execv(program, argv)));
    CHILD_CHECK(is_refused(syscall(SYS_execveat, -1, program, argv, NULL, 0)));
    CHILD_CHECK(posix_spawn(&pid, program, NULL, NULL, argv, NULL) == EPERM);
    return 0;
}

/* A child of its own is not free either. */
static int no_socket_for_children(void *unused)
{
    (void)unused;
    CHILD_CHECK(go_offline());
    return in_child(no_socket, NULL) == 1 ? 0 : 1; /* its first socket is refused */
}

static int other_numbers(void *unused)
{
    (void)unused;
    CHILD_CHECK(go_offline());
#ifdef __x86_64__
    {
        const long x32 = 0x40000000;

        CHILD_CHECK(is_refused(syscall(x32 | SYS_socket, AF_INET, SOCK_STREAM, 0)));
        CHILD_CHECK(is_refused(syscall(x32 | SYS_getpid)));
    }
#endif
    return 0;
}

static int what_is_open_stays(void *unused)
{
    int ends[2];
    char byte = 0;

    (void)unused;
    CHILD_CHECK(pipe(ends) == 0);
    CHILD_CHECK(go_offline());
    CHILD_CHECK(write(ends[1], "x", 1) == 1 && read(ends[0], &byte, 1) == 1 && byte == 'x');
    return 0;
}

/* An emulator of a processor may have none. */
static void need_seccomp(void)
{
    if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0) {
        print_message("skipped: there are no filters of system calls here\n");
        skip();
    }
}

static void test_each(void **state)
{
    static int (*const functions[])(void *) = {
        no_socket, no_program, no_socket_for_children, other_numbers, what_is_open_stays};

    (void)state;
    need_seccomp();
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
        if (in_child(functions[i], NULL) != 0)
            fail_msg("number %zu", i);
}

static int without_seccomp(void *unused)
{
    (void)unused;
    CHILD_CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHILD_CHECK(forbid_calls(SYS_prctl, SYS_prctl, EINVAL));
    CHILD_CHECK(kb_offline(NULL) == KB_OK);
    return 0;
}

static int refused(void *unused)
{
    struct kb_error err = KB_ERROR_INIT;

    (void)unused;
    CHILD_CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHILD_CHECK(forbid_calls(SYS_prctl, SYS_prctl, EACCES));
    CHILD_CHECK(kb_offline(&err) == KB_ERR_SYSTEM && err.sys == EACCES);
    return 0;
}

static void test_a_kernel_that_cannot(void **state)
{
    (void)state;
    need_seccomp();
    assert_int_equal(in_child(without_seccomp, NULL), 0);
    assert_int_equal(in_child(refused, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each),
        cmocka_unit_test(test_a_kernel_that_cannot),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
