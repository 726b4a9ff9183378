/*
 * flock(2) that gives up after a while.
 *
 * The kernel wakes the waiter, so nobody polls; a timer's signal interrupts the sleep.
 * The timer repeats, because its first signal may come just before the sleep begins.
 * Lock files are never unlinked: two processes could then hold "the same" lock.
 */
#include "lock.h"

#include "base/clock.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/time.h>

#define REPEAT_MS 50

struct saved_alarm {
    struct sigaction action;
    struct itimerval timer;
    sigset_t mask;
};

static void on_alarm(int signal_number)
{
    (void)signal_number; /* its only effect is EINTR */
}

static struct timeval timeval_of_ms(int ms)
{
    return (struct timeval){.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
}

static void alarm_start(int after_ms, struct saved_alarm *saved)
{
    struct sigaction action = {.sa_handler = on_alarm}; /* without SA_RESTART */
    (void)sigaction(SIGALRM, &action, &saved->action);

    sigset_t alarm_only;
    sigemptyset(&alarm_only);
    sigaddset(&alarm_only, SIGALRM);
    (void)sigprocmask(SIG_UNBLOCK, &alarm_only, &saved->mask);

    struct itimerval timer = {
        .it_value = timeval_of_ms(after_ms), .it_interval = timeval_of_ms(REPEAT_MS)};
    (void)setitimer(ITIMER_REAL, &timer, &saved->timer);
}

/* The timer stops first, so that no late signal meets the old handler. */
static void alarm_stop(const struct saved_alarm *saved)
{
    const struct itimerval off = {0};
    (void)setitimer(ITIMER_REAL, &off, NULL);
    (void)sigaction(SIGALRM, &saved->action, NULL);
    (void)sigprocmask(SIG_SETMASK, &saved->mask, NULL);
    (void)setitimer(ITIMER_REAL, &saved->timer, NULL);
}

/* 0, or the errno: EINTR when the time is over. */
static int flock_within(int fd, int wait_ms)
{
    struct kb_deadline deadline = kb_deadline_in_ms(wait_ms);
    struct saved_alarm saved;
    int sys = 0;
    alarm_start(wait_ms, &saved);
    do {
        sys = flock(fd, LOCK_EX) == 0 ? 0 : errno;
    } while (sys == EINTR && !kb_deadline_passed(deadline));
    alarm_stop(&saved);
    return sys;
}

enum kb_err kb_lock_take(
    int dirfd, const char *name, int wait_ms, int *ret_fd, struct kb_error *err)
{
    KB_AUTO(kb_fd_close)
    int fd = openat(dirfd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot open the lock file %s", name);

    int sys = flock(fd, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
    if (sys == EWOULDBLOCK && wait_ms > 0)
        sys = flock_within(fd, wait_ms);
    if (sys == EWOULDBLOCK || sys == EINTR)
        return kb_fail(err, KB_ERR_LOCKED, "another process holds the lock %s", name);
    if (sys != 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, sys, "cannot lock %s", name);
    *ret_fd = fd;
    fd = -1;
    return KB_OK;
}
