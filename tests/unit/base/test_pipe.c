/*
 * What another process says: to its end, to the deadline, to the cap. What it is told: all of it,
 * or until the deadline.
 */
#include "../../read_all.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void pipe_with(const char *text, int ret[2])
{
    assert_int_equal(pipe(ret), 0);
    assert_int_equal(write(ret[1], text, strlen(text)), (ssize_t)strlen(text));
}

static void all_of_it_is_heard(void **state)
{
    (void)state;
    KB_AUTO(kb_buf_clear) struct kb_buf heard = KB_BUF_INIT(100);
    struct kb_error err = KB_ERROR_INIT;
    int ends[2];
    pipe_with("one and two", ends);
    close(ends[1]);
    assert_int_equal(
        kb_pipe_hear(ends[0], "the other", kb_deadline_in_ms(10000), &heard, &err), KB_OK);
    assert_string_equal(kb_buf_text(&heard), "one and two");
    close(ends[0]);
}

static void nobody_waits_for_who_says_no_more(void **state)
{
    (void)state;
    KB_AUTO(kb_buf_clear) struct kb_buf heard = KB_BUF_INIT(100);
    struct kb_error err = KB_ERROR_INIT;
    int ends[2];
    pipe_with("one", ends);
    assert_int_equal(
        kb_pipe_hear(ends[0], "the other", kb_deadline_in_ms(20), &heard, &err), KB_ERR_TIMEOUT);
    assert_string_equal(err.msg, "the other did not answer in time");
    close(ends[0]);
    close(ends[1]);
}

static void nobody_takes_more_than_fits(void **state)
{
    (void)state;
    KB_AUTO(kb_buf_clear) struct kb_buf heard = KB_BUF_INIT(4);
    struct kb_error err = KB_ERROR_INIT;
    int ends[2];
    pipe_with("12345", ends);
    close(ends[1]);
    assert_int_equal(
        kb_pipe_hear(ends[0], "the other", kb_deadline_in_ms(10000), &heard, &err), KB_ERR_SYSTEM);
    assert_string_equal(err.msg, "the other's answer is too long");
    close(ends[0]);
}

/* The cap and no more; what is beyond it is not cut off in silence. */
static void input_is_read_to_its_end(void **state)
{
    (void)state;
    static const struct {
        size_t size;
        enum kb_err rc;
    } rows[] = {{0, KB_OK}, {9000, KB_OK}, {9001, KB_ERR_USAGE}};
    for (size_t i = 0; i < KB_COUNT(rows); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf input = KB_BUF_INIT(9000);
        char bytes[9001] = {0};
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        assert_int_equal(write(ends[1], bytes, rows[i].size), (ssize_t)rows[i].size);
        assert_int_equal(close(ends[1]), 0);
        assert_int_equal(read_all(ends[0], &input, NULL), rows[i].rc);
        if (rows[i].rc == KB_OK)
            assert_int_equal(input.len, rows[i].size);
        assert_int_equal(close(ends[0]), 0);
    }
}

static void a_descriptor_that_is_none_is_an_error(void **state)
{
    (void)state;
    KB_AUTO(kb_buf_clear) struct kb_buf heard = KB_BUF_INIT(100);
    struct kb_error err = KB_ERROR_INIT;
    bool ended = false;
    assert_int_equal(kb_pipe_take(-1, NULL, &heard, &ended, &err), KB_ERR_SYSTEM);
    assert_int_equal(err.sys, EBADF);
    assert_false(ended);
    assert_int_equal(
        kb_pipe_hear(999, "the other", kb_deadline_in_ms(10000), &heard, &err), KB_ERR_SYSTEM);
    assert_int_equal(err.sys, EBADF);
}

/* A caller's descriptor may be set not to block: nothing there yet is not the end. */
static void a_descriptor_that_does_not_block_is_waited_for(void **state)
{
    (void)state;
    KB_AUTO(kb_buf_clear) struct kb_buf heard = KB_BUF_INIT(100);
    bool ended = true;
    int ends[2];
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    struct kb_deadline soon = kb_deadline_in_ms(20);
    assert_int_equal(kb_pipe_take(ends[0], &soon, &heard, &ended, NULL), KB_ERR_TIMEOUT);
    pid_t child = fork();
    if (child == 0)
        _exit(write(ends[1], "late", 4) != 4);
    assert_int_equal(kb_pipe_take(ends[0], NULL, &heard, &ended, NULL), KB_OK);
    assert_string_equal(kb_buf_text(&heard), "late");
    assert_false(ended);
    assert_int_equal(waitpid(child, NULL, 0), child);
    close(ends[0]);
    close(ends[1]);
}

/* poll() refuses more descriptors than we may have: no reason to read without a deadline. */
static void where_nobody_can_wait_nobody_reads(void **state)
{
    (void)state;
    if (getenv("KB_MEMCHECK")) {
        print_message("skipped: valgrind keeps the limit of descriptors to itself\n");
        skip();
    }
    KB_AUTO(kb_buf_clear) struct kb_buf heard = KB_BUF_INIT(100);
    struct kb_error err = KB_ERROR_INIT;
    struct rlimit before;
    bool ended = false;
    int ends[2];
    pipe_with("one", ends);
    struct kb_deadline by = kb_deadline_in_ms(10000);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){0, before.rlim_max}), 0);
    enum kb_err rc = kb_pipe_take(ends[0], &by, &heard, &ended, &err);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(rc, KB_ERR_SYSTEM);
    assert_int_equal(err.sys, EINVAL);
    assert_int_equal(heard.len, 0);
    close(ends[0]);
    close(ends[1]);
}

/* More than any pipe holds. */
enum { MUCH = 3000000 };

static void all_of_it_is_told(void **state)
{
    (void)state;
    static char bytes[MUCH];
    KB_AUTO(kb_buf_clear) struct kb_buf heard = KB_BUF_INIT(MUCH);
    int ends[2], status;
    assert_int_equal(pipe(ends), 0);
    memset(bytes, 'a', sizeof(bytes) - 1);
    pid_t child = fork();
    if (child == 0)
        _exit((int)kb_pipe_tell(
            ends[1], "the other", kb_deadline_in_ms(60000), bytes, sizeof(bytes), NULL));
    close(ends[1]);
    assert_int_equal(read_all(ends[0], &heard, NULL), KB_OK);
    assert_int_equal(heard.len, sizeof(bytes));
    assert_memory_equal(heard.data, bytes, sizeof(bytes));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    close(ends[0]);
}

static void nobody_waits_for_who_does_not_listen(void **state)
{
    (void)state;
    static const char bytes[MUCH];
    struct kb_error err = KB_ERROR_INIT;
    int ends[2];
    alarm(60); /* rather than for ever */
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(
        kb_pipe_tell(ends[1], "the other", kb_deadline_in_ms(20), bytes, sizeof(bytes), &err),
        KB_ERR_TIMEOUT);
    assert_string_equal(err.msg, "the other did not listen in time");
    close(ends[0]);
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);
    assert_int_equal(
        kb_pipe_tell(ends[1], "the other", kb_deadline_in_ms(10000), "x", 1, &err), KB_ERR_SYSTEM);
    assert_int_equal(err.sys, EPIPE);
    signal(SIGPIPE, before);
    alarm(0);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_it_is_heard),
        cmocka_unit_test(nobody_waits_for_who_says_no_more),
        cmocka_unit_test(nobody_takes_more_than_fits),
        cmocka_unit_test(input_is_read_to_its_end),
        cmocka_unit_test(a_descriptor_that_is_none_is_an_error),
        cmocka_unit_test(a_descriptor_that_does_not_block_is_waited_for),
        cmocka_unit_test(where_nobody_can_wait_nobody_reads),
        cmocka_unit_test(all_of_it_is_told),
        cmocka_unit_test(nobody_waits_for_who_does_not_listen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
