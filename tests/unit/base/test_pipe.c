/*
 * Hearing another process out: to its end, to the deadline, to the cap.
 */
#include "base/pipe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
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

static void a_descriptor_that_is_none_is_an_error(void **state)
{
    (void)state;
    KB_AUTO(kb_buf_clear) struct kb_buf heard = KB_BUF_INIT(100);
    assert_int_equal(
        kb_pipe_hear(999, "the other", kb_deadline_in_ms(10000), &heard, NULL), KB_ERR_SYSTEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_it_is_heard),
        cmocka_unit_test(nobody_waits_for_who_says_no_more),
        cmocka_unit_test(nobody_takes_more_than_fits),
        cmocka_unit_test(a_descriptor_that_is_none_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
