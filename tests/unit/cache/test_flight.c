/*
 * Single flight: one leader at a time, and no leader holds anybody up for ever.
 */
#include "cache/flight.h"
#include "fixture.h"

#include "base/file.h"

#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/time.h>

#define LONG_MS 60000 /* longer than any test may take */
#define SHORT_MS 30

static struct kb_cache cache;

static int make_cache(void **state)
{
    if (make_runtime_dir(state) != 0)
        return -1;
    kb_cache_create(&cache);
    return cache.dir < 0;
}

static int remove_cache(void **state)
{
    kb_cache_close(&cache);
    return remove_runtime_dir(state);
}

#define FLIGHT_TEST(function) cmocka_unit_test_setup_teardown(function, make_cache, remove_cache)

static enum kb_err lead(int patience_ms, int *ret_fd)
{
    struct kb_cache_key key = key_of('k');
    return kb_flight_lead(&cache, &key, patience_ms, ret_fd, NULL);
}

static enum kb_err try_lead(int *ret_fd)
{
    struct kb_cache_key key = key_of('k');
    return kb_flight_try(&cache, &key, ret_fd, NULL);
}

static bool is_free(void)
{
    KB_AUTO(kb_fd_close) int fd = -1;
    return try_lead(&fd) == KB_OK;
}

/* A process that leads and then does END to itself; it is leading, or stopped, on return. */
static pid_t start_leader(int end)
{
    int ready[2];
    char byte = 0;
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    if (pid == 0) {
        int fd = -1;
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* where an assertion ends the test early */
        if (lead(LONG_MS, &fd) != KB_OK || write(ready[1], "x", 1) != 1)
            _exit(1);
        if (end != 0)
            (void)raise(end);
        for (;;)
            pause();
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
    int status = 0;
    if (end == SIGSTOP)
        assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
    return pid;
}

static void end_leader(pid_t pid)
{
    int status = 0;
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
}

static void the_lock_keeps_others_out_until_it_is_closed(void **state)
{
    (void)state;
    int fd = -1, other = -1;
    struct kb_cache_key key = key_of('x');
    assert_int_equal(lead(LONG_MS, &fd), KB_OK);
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    assert_int_equal(try_lead(&other), KB_ERR_TIMEOUT);
    assert_int_equal(other, -1);
    assert_int_equal(kb_flight_try(&cache, &key, &other, NULL), KB_OK); /* another token */
    kb_fd_close(&other);
    kb_fd_close(&fd);
    assert_true(is_free());
}

static void the_lock_passes_to_a_child(void **state)
{
    (void)state;
    int fd = -1, hold[2], status = 0;
    char byte = 0;
    assert_int_equal(pipe(hold), 0);
    assert_int_equal(lead(LONG_MS, &fd), KB_OK);
    pid_t pid = fork();
    if (pid == 0)
        _exit(read(hold[0], &byte, 1) != 1);
    kb_fd_close(&fd);
    assert_false(is_free());
    assert_int_equal(write(hold[1], "x", 1), 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(is_free());
    close(hold[0]);
    close(hold[1]);
}

struct herd {
    atomic_int leading, most, done;
};

static int take_a_turn(struct herd *herd, int start)
{
    int fd = -1;
    char byte;
    (void)!read(start, &byte, 1); /* returns when the parent closes the pipe */
    CHILD_CHECK(lead(LONG_MS, &fd) == KB_OK && fd >= 0);
    int now = atomic_fetch_add(&herd->leading, 1) + 1;
    if (now > atomic_load(&herd->most))
        atomic_store(&herd->most, now);
    for (int i = 0; i < 10; i++)
        (void)sched_yield();
    atomic_fetch_sub(&herd->leading, 1);
    atomic_fetch_add(&herd->done, 1);
    return 0;
}

static void fifty_processes_lead_one_at_a_time(void **state)
{
    (void)state;
    struct herd *herd =
        mmap(NULL, sizeof *herd, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int start[2], status = 0;
    assert_true(herd != MAP_FAILED);
    assert_int_equal(pipe(start), 0);
    for (int i = 0; i < 50; i++) {
        if (fork() == 0) {
            close(start[1]);
            _exit(take_a_turn(herd, start[0]));
        }
    }
    close(start[0]);
    close(start[1]);
    for (int i = 0; i < 50; i++) {
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    assert_int_equal(atomic_load(&herd->most), 1);
    assert_int_equal(atomic_load(&herd->done), 50);
    (void)munmap(herd, sizeof *herd);
}

static int wait_for_turn(void *unused)
{
    (void)unused;
    int fd = -1;
    CHILD_CHECK(lead(LONG_MS, &fd) == KB_OK && fd >= 0);
    return 0;
}

static void a_killed_leader_lets_the_next_one_in(void **state)
{
    (void)state;
    int status = 0;
    pid_t leader = start_leader(0);
    assert_false(is_free());
    pid_t waiter = fork();
    if (waiter == 0)
        _exit(wait_for_turn(NULL));
    end_leader(leader);
    assert_int_equal(waitpid(waiter, &status, 0), waiter);
    assert_int_equal(status, 0);
    assert_true(is_free());
}

static int run_out_of_patience(void *unused)
{
    (void)unused;
    int fd = -1;
    struct kb_error err = KB_ERROR_INIT;
    struct kb_cache_key key = key_of('k');
    CHILD_CHECK(kb_flight_lead(&cache, &key, SHORT_MS, &fd, &err) == KB_ERR_TIMEOUT);
    CHILD_CHECK(fd == -1 && err.code == KB_ERR_TIMEOUT && err.msg[0] != '\0');
    return 0;
}

static void a_stopped_leader_is_replaced_once(void **state)
{
    (void)state;
    int second = -1, third = -1;
    pid_t leader = start_leader(SIGSTOP);
    assert_int_equal(lead(SHORT_MS, &second), KB_OK);
    assert_true(second >= 0);
    assert_int_equal(in_child(run_out_of_patience, NULL), 0);
    kb_fd_close(&second);
    assert_int_equal(lead(SHORT_MS, &third), KB_OK);
    kb_fd_close(&third);
    end_leader(leader);
    assert_true(is_free());
}

static void count_nothing(int signal_number)
{
    (void)signal_number;
}

static bool alarm_is_blocked(void)
{
    sigset_t mask;
    (void)sigprocmask(SIG_SETMASK, NULL, &mask);
    return sigismember(&mask, SIGALRM) == 1;
}

static void the_alarm_is_left_as_it_was(void **state)
{
    (void)state;
    const struct itimerval armed = {.it_value.tv_sec = 100000}, off = {0};
    struct sigaction action = {.sa_handler = count_nothing}, found;
    struct itimerval timer;
    sigset_t alarm_only;
    int fd = -1;
    pid_t leader = start_leader(0);
    sigemptyset(&alarm_only);
    sigaddset(&alarm_only, SIGALRM);
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    assert_int_equal(sigprocmask(SIG_BLOCK, &alarm_only, NULL), 0); /* must not mean: no limit */
    assert_int_equal(setitimer(ITIMER_REAL, &armed, NULL), 0);

    assert_int_equal(lead(SHORT_MS, &fd), KB_OK);
    assert_int_equal(sigaction(SIGALRM, NULL, &found), 0);
    assert_true(found.sa_handler == count_nothing);
    assert_int_equal(getitimer(ITIMER_REAL, &timer), 0);
    assert_true(timer.it_value.tv_sec > 90000);
    assert_true(alarm_is_blocked());

    (void)setitimer(ITIMER_REAL, &off, NULL);
    (void)sigprocmask(SIG_UNBLOCK, &alarm_only, NULL);
    kb_fd_close(&fd);
    end_leader(leader);
}

static void without_a_directory_everybody_leads(void **state)
{
    (void)state;
    struct kb_cache none = KB_CACHE_INIT;
    struct kb_cache_key key = key_of('k');
    int fd = 99;
    assert_int_equal(kb_flight_lead(&none, &key, LONG_MS, &fd, NULL), KB_OK);
    assert_int_equal(fd, -1);
    fd = 99;
    assert_int_equal(kb_flight_try(&none, &key, &fd, NULL), KB_OK);
    assert_int_equal(fd, -1);
}

static void without_a_lock_file_everybody_leads(void **state)
{
    (void)state;
    int fd = 99;
    kb_fd_close(&cache.dir);
    cache.dir = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* no file can be made */
    assert_int_equal(lead(LONG_MS, &fd), KB_OK);
    assert_int_equal(fd, -1);
}

static void a_vain_exchange_is_told_until_one_is_cached(void **state)
{
    (void)state;
    struct kb_cache none = KB_CACHE_INIT;
    struct kb_cache_key key = key_of('k'), other = key_of('x');
    int fd = -1;
    kb_flight_tell(&cache, &key, false); /* nobody has a lock: nobody to be told */
    assert_false(kb_flight_is_vain(&cache, &key));
    assert_int_equal(lead(LONG_MS, &fd), KB_OK);
    assert_false(kb_flight_is_vain(&cache, &key));
    kb_flight_tell(&cache, &key, false);
    assert_true(kb_flight_is_vain(&cache, &key));
    assert_false(kb_flight_is_vain(&cache, &other));
    kb_fd_close(&fd);
    assert_int_equal(lead(LONG_MS, &fd), KB_OK); /* it is a lock as before */
    assert_true(kb_flight_is_vain(&cache, &key));
    kb_flight_tell(&cache, &key, true);
    assert_false(kb_flight_is_vain(&cache, &key));
    kb_fd_close(&fd);
    kb_flight_tell(&none, &key, false);
    assert_false(kb_flight_is_vain(&none, &key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLIGHT_TEST(the_lock_keeps_others_out_until_it_is_closed),
        FLIGHT_TEST(the_lock_passes_to_a_child),
        FLIGHT_TEST(fifty_processes_lead_one_at_a_time),
        FLIGHT_TEST(a_killed_leader_lets_the_next_one_in),
        FLIGHT_TEST(a_stopped_leader_is_replaced_once),
        FLIGHT_TEST(the_alarm_is_left_as_it_was),
        FLIGHT_TEST(without_a_directory_everybody_leads),
        FLIGHT_TEST(without_a_lock_file_everybody_leads),
        FLIGHT_TEST(a_vain_exchange_is_told_until_one_is_cached),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
