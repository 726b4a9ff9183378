/*
 * Waiting for a lock, and giving up.
 */
#include "base/clock.h"
#include "base/flock.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Two open files of one name: locks between them count as between processes. */
static int open_twice(int *ret_second)
{
    char path[] = "/tmp/kb-flock-XXXXXX";
    int first = mkstemp(path);
    assert_true(first >= 0);
    *ret_second = open(path, O_RDWR | O_CLOEXEC);
    assert_true(*ret_second >= 0);
    assert_int_equal(unlink(path), 0);
    return first;
}

static void a_held_lock_is_waited_for_and_given_up(void **state)
{
    (void)state;
    int second = -1;
    int first = open_twice(&second);
    struct kb_deadline limit = kb_deadline_in_ms(20000);
    assert_int_equal(kb_flock(first, 0), 0);
    assert_int_equal(kb_flock(second, 0), EWOULDBLOCK);
    assert_false(kb_deadline_passed(limit));
    struct kb_deadline soonest = kb_deadline_in_ms(100);
    assert_int_equal(kb_flock(second, 150), EWOULDBLOCK);
    assert_true(kb_deadline_passed(soonest));
    close(first);
    assert_int_equal(kb_flock(second, 0), 0);
    close(second);
}

static void a_lock_that_is_released_is_taken_before_the_time_is_over(void **state)
{
    (void)state;
    int second = -1, status;
    int first = open_twice(&second);
    struct kb_deadline limit = kb_deadline_in_ms(20000);
    assert_int_equal(kb_flock(first, 0), 0);
    pid_t waiter = fork();
    if (waiter == 0) {
        close(first); /* the child's copy would hold it for ever */
        _exit(kb_flock(second, 30000));
    }
    usleep(50000); /* most likely it waits now; if not, the test is weaker and still right */
    close(first);
    assert_int_equal(waitpid(waiter, &status, 0), waiter);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_false(kb_deadline_passed(limit));
    close(second);
}

static void what_cannot_be_locked_says_why(void **state)
{
    (void)state;
    assert_int_equal(kb_flock(-1, 1000), EBADF);
}

static void no_timer_is_left_behind(void **state)
{
    (void)state;
    int second = -1;
    int first = open_twice(&second);
    struct itimerval timer;
    struct sigaction action;
    assert_int_equal(kb_flock(first, 0), 0);
    assert_int_equal(kb_flock(second, 20), EWOULDBLOCK);
    assert_int_equal(getitimer(ITIMER_REAL, &timer), 0);
    assert_true(timer.it_value.tv_sec == 0 && timer.it_value.tv_usec == 0);
    assert_int_equal(sigaction(SIGALRM, NULL, &action), 0);
    assert_ptr_equal(action.sa_handler, SIG_DFL);
    close(first);
    close(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_held_lock_is_waited_for_and_given_up),
        cmocka_unit_test(a_lock_that_is_released_is_taken_before_the_time_is_over),
        cmocka_unit_test(what_cannot_be_locked_says_why),
        cmocka_unit_test(no_timer_is_left_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
