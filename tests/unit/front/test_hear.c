/*
 * Hearing a helper that answers, and helpers that do not: whatever they do, and however
 * long they live, the front goes on. A test that hangs here is one that failed.
 */
#include "front.h"

#include "base/file.h"

#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

enum { LONG_MS = 60000, SHORT_MS = 30 };

/* What terminal.c would know. */
static int notes;
static tcflag_t noted;

void terminal_hidden(const struct termios *before)
{
    notes++;
    noted = before->c_lflag;
}

/* What a helper does with the pipe for its frame. */
typedef void helper_act(int frame_fd);

static void stay(void)
{
    for (;;)
        pause();
}

static void write_report(int frame_fd)
{
    struct kb_frame frame = {.kind = KB_FRAME_REPORT, .report.kind = KB_REPORT_LOCK};
    KB_AUTO(kb_buf_clear) struct kb_buf packed = KB_BUF_INIT(KB_FRAME_MAX);

    kb_frame_pack(&frame, &packed);
    if (write(frame_fd, packed.data, packed.len) != (ssize_t)packed.len)
        _exit(1);
}

static void write_note(int frame_fd, tcflag_t flags)
{
    struct kb_frame_note note = kb_frame_note(&(struct termios){.c_lflag = flags});

    if (write(frame_fd, &note, sizeof(note)) != sizeof(note))
        _exit(1);
}

static void asks_twice_and_answers(int frame_fd)
{
    write_note(frame_fd, ICANON);
    write_note(frame_fd, ECHO);
    write_report(frame_fd);
}

static void asks_and_dies(int frame_fd)
{
    write_note(frame_fd, ECHO);
    raise(SIGKILL);
}

static void asks_and_keeps_everybody_waiting(int frame_fd)
{
    write_note(frame_fd, ECHO);
    stay();
}

static void answers(int frame_fd)
{
    write_report(frame_fd);
}

static void answers_and_stays(int frame_fd)
{
    write_report(frame_fd);
    close(frame_fd);
    stay();
}

static void is_of_another_release(int frame_fd)
{
    if (write(frame_fd, "KBF1\3\0\0\0\0", 9) != 9)
        _exit(1);
}

static void says_nothing(int frame_fd)
{
    (void)frame_fd;
    _exit(3);
}

static void says_nothing_and_stays(int frame_fd)
{
    close(frame_fd);
    stay();
}

static void dies(int frame_fd)
{
    (void)frame_fd;
    raise(SIGKILL);
}

static void is_interrupted(int frame_fd)
{
    (void)frame_fd;
    raise(SIGINT);
}

static void is_quit(int frame_fd)
{
    (void)frame_fd;
    raise(SIGQUIT);
}

static void keeps_everybody_waiting(int frame_fd)
{
    (void)frame_fd;
    stay();
}

/* The process that does ACT and is deaf to SIGTERM; the frame's end for reading in *ret_listen. */
static pid_t start(helper_act *act, int *ret_listen)
{
    int ends[2];
    pid_t pid;

    assert_int_equal(pipe(ends), 0);
    (void)fflush(NULL);
    pid = fork();
    if (pid == 0) {
        signal(SIGTERM, SIG_IGN);
        act(ends[1]);
        _exit(0);
    }
    assert_true(pid > 0);
    close(ends[1]);
    *ret_listen = ends[0];
    return pid;
}

static bool is_alive(pid_t pid)
{
    return kill(pid, 0) == 0;
}

static void expect_refusal(helper_act *act, int patience_ms, enum kb_err code, const char *message)
{
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    KB_AUTO(kb_fd_close) int listen = -1;
    struct kb_error err = {0};
    pid_t pid = start(act, &listen);

    assert_int_equal(helper_hear(pid, listen, patience_ms, &frame, &err), code);
    assert_string_equal(err.msg, message);
    assert_false(is_alive(pid));
}

static void test_one_that_answers_and_ends_is_reaped(void **state)
{
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    KB_AUTO(kb_fd_close) int listen = -1;
    pid_t pid = start(answers, &listen);

    (void)state;
    assert_int_equal(helper_hear(pid, listen, LONG_MS, &frame, NULL), KB_OK);
    assert_int_equal(frame.kind, KB_FRAME_REPORT);
    helper_reap();
    assert_false(is_alive(pid));
}

/* Its answer counts, and it is neither killed nor waited for without end. */
static void test_one_that_answers_and_stays_is_left_alone(void **state)
{
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    KB_AUTO(kb_fd_close) int listen = -1;
    pid_t pid = start(answers_and_stays, &listen);
    int status = 0;

    (void)state;
    assert_int_equal(helper_hear(pid, listen, LONG_MS, &frame, NULL), KB_OK);
    helper_reap();
    kill(pid, SIGUSR1); /* what it dies of, unless SIGKILL was sent before */
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGUSR1);
}

static void test_one_of_another_release_is_named(void **state)
{
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    KB_AUTO(kb_fd_close) int listen = -1;
    struct kb_error err = {0};
    pid_t pid = start(is_of_another_release, &listen);

    (void)state;
    assert_int_equal(helper_hear(pid, listen, LONG_MS, &frame, &err), KB_ERR_SYSTEM);
    assert_non_null(strstr(err.msg, "are of different releases"));
    assert_non_null(strstr(err.hint, "install keybearer again"));
    helper_reap();
}

static void test_one_that_ends_without_an_answer(void **state)
{
    (void)state;
    expect_refusal(
        says_nothing, LONG_MS, KB_ERR_SYSTEM, "the helper ended without an answer (exit status 3)");
    expect_refusal(dies, LONG_MS, KB_ERR_SYSTEM, "the helper was stopped by signal 9");
}

/* Nobody knows its status then, and none is made up. */
static void test_one_whose_end_is_ignored(void **state)
{
    void (*before)(int) = signal(SIGCHLD, SIG_IGN);
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    KB_AUTO(kb_fd_close) int listen = -1;
    struct kb_error err = KB_ERROR_INIT;
    pid_t pid = start(says_nothing, &listen);
    enum kb_err rc = helper_hear(pid, listen, LONG_MS, &frame, &err);

    (void)state;
    signal(SIGCHLD, before);
    assert_int_equal(rc, KB_ERR_SYSTEM);
    assert_string_equal(err.msg, "the helper ended without an answer");
}

/* The front that hears a helper do ACT, and was told to ignore and to block all keys. */
static int death_of_a_deaf_front(helper_act *act)
{
    static const int keys[] = {SIGINT, SIGQUIT};
    KB_AUTO(kb_fd_close) int listen = -1;
    pid_t helper, front;
    int status = 0;

    (void)fflush(NULL);
    front = fork();
    if (front == 0) {
        KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
        sigset_t all;

        helper = start(act, &listen);
        for (size_t i = 0; i < KB_COUNT(keys); i++)
            signal(keys[i], SIG_IGN);
        sigfillset(&all);
        sigprocmask(SIG_BLOCK, &all, NULL);
        KB_IGNORE(helper_hear(helper, listen, LONG_MS, &frame, NULL));
        _exit(0);
    }
    assert_int_equal(waitpid(front, &status, 0), front);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void test_one_that_a_key_ended_takes_us_along(void **state)
{
    (void)state;
    assert_int_equal(death_of_a_deaf_front(is_interrupted), SIGINT);
    assert_int_equal(death_of_a_deaf_front(is_quit), SIGQUIT);
    assert_int_equal(death_of_a_deaf_front(dies), 0);
}

/* As the first process of a container: no signal of its own ends it. */
static int hear_as_first(void *unused)
{
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    KB_AUTO(kb_fd_close) int listen = -1;
    struct kb_error err = KB_ERROR_INIT;
    pid_t pid = start(is_interrupted, &listen);

    (void)unused;
    return helper_hear(pid, listen, LONG_MS, &frame, &err) != KB_ERR_DISMISSED ||
           strcmp(err.msg, "a key ended it (Ctrl-C)") != 0;
}

static void test_the_first_process_of_a_container_is_dismissed(void **state)
{
    static char stack[1 << 20] __attribute__((aligned(16)));
    int status = -1;
    pid_t first;

    (void)state;
    if (getenv("KB_MEMCHECK")) {
        print_message("skipped: valgrind follows no clone() on a stack of its own\n");
        skip();
    }
    (void)fflush(NULL);
    first = clone(hear_as_first, stack + sizeof(stack),
        CLONE_NEWPID | (geteuid() == 0 ? 0 : CLONE_NEWUSER) | SIGCHLD, NULL);
    if (first < 0) {
        print_message("skipped: no namespace for processes here\n");
        skip();
    }
    assert_int_equal(waitpid(first, &status, 0), first);
    assert_int_equal(status, 0);
}

static void test_one_that_says_nothing_and_stays_is_stopped(void **state)
{
    (void)state;
    expect_refusal(
        says_nothing_and_stays, LONG_MS, KB_ERR_SYSTEM, "the helper was stopped by signal 9");
}

static void test_patience_ends(void **state)
{
    (void)state;
    expect_refusal(
        keeps_everybody_waiting, SHORT_MS, KB_ERR_TIMEOUT, "the helper did not answer in time");
}

/* How the terminal was set is known in any case: before an answer, and without one. */
static void test_what_comes_before_the_answer(void **state)
{
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    KB_AUTO(kb_fd_close) int listen = -1;
    pid_t pid = start(asks_twice_and_answers, &listen);

    (void)state;
    notes = 0;
    assert_int_equal(helper_hear(pid, listen, LONG_MS, &frame, NULL), KB_OK);
    assert_int_equal(frame.report.kind, KB_REPORT_LOCK);
    helper_reap();
    assert_int_equal(notes, 2);
    assert_int_equal(noted, ECHO);
    expect_refusal(asks_and_dies, LONG_MS, KB_ERR_SYSTEM, "the helper was stopped by signal 9");
    assert_int_equal(notes, 3);
}

static void test_what_comes_instead_of_an_answer(void **state)
{
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    KB_AUTO(kb_fd_close) int listen = -1;
    pid_t pid = start(asks_and_keeps_everybody_waiting, &listen);
    struct pollfd said = {.fd = listen, .events = POLLIN};

    (void)state;
    notes = 0;
    assert_int_equal(poll(&said, 1, LONG_MS), 1);
    assert_int_equal(helper_hear(pid, listen, SHORT_MS, &frame, NULL), KB_ERR_TIMEOUT);
    assert_int_equal(notes, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_that_answers_and_ends_is_reaped),
        cmocka_unit_test(test_one_that_answers_and_stays_is_left_alone),
        cmocka_unit_test(test_one_of_another_release_is_named),
        cmocka_unit_test(test_one_that_ends_without_an_answer),
        cmocka_unit_test(test_one_whose_end_is_ignored),
        cmocka_unit_test(test_one_that_a_key_ended_takes_us_along),
        cmocka_unit_test(test_the_first_process_of_a_container_is_dismissed),
        cmocka_unit_test(test_one_that_says_nothing_and_stays_is_stopped),
        cmocka_unit_test(test_patience_ends),
        cmocka_unit_test(test_what_comes_before_the_answer),
        cmocka_unit_test(test_what_comes_instead_of_an_answer),
    };
    return cmocka_run_group_tests_name("hear", tests, NULL, NULL);
}
