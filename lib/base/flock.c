/*
 * flock(2) that gives up after a while.
 *
 * A timer's signal interrupts the sleep in the kernel. The timer repeats, because its first
 * signal may come just before the sleep begins.
 */
#include "base/flock.h"

#include "base/clock.h"
#include "base/strings.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
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
    return (struct timeval){.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000L};
}

/* 0, or the errno: without a timer nobody may wait. */
static int alarm_start(int after_ms, struct saved_alarm *saved)
{
    struct sigaction action = {.sa_handler = on_alarm}; /* without SA_RESTART */
    (void)sigaction(SIGALRM, &action, &saved->action);

    sigset_t alarm_only;
    sigemptyset(&alarm_only);
    sigaddset(&alarm_only, SIGALRM);
    (void)sigprocmask(SIG_UNBLOCK, &alarm_only, &saved->mask);

    struct itimerval timer = {
        .it_value = timeval_of_ms(after_ms), .it_interval = timeval_of_ms(REPEAT_MS)};
    return setitimer(ITIMER_REAL, &timer, &saved->timer) == 0 ? 0 : errno;
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
    struct saved_alarm saved = {0};
    int sys = alarm_start(wait_ms, &saved);

    for (bool wait = sys == 0; wait; wait = sys == EINTR && !kb_deadline_passed(deadline))
        sys = flock(fd, LOCK_EX) == 0 ? 0 : errno;
    alarm_stop(&saved);
    return sys == EINTR ? EWOULDBLOCK : sys;
}

int kb_flock(int fd, int wait_ms)
{
    int sys = 0;

    do {
        sys = flock(fd, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
    } while (sys == EINTR);
    if (sys == EWOULDBLOCK && wait_ms > 0)
        return flock_within(fd, wait_ms);
    return sys;
}

static char missing[PATH_MAX];

/* Lustre without "flock", some FUSE and 9p file systems, NFS without its lock daemon. */
static bool has_no_locks(int sys)
{
    return sys == ENOSYS || sys == EOPNOTSUPP || sys == ENOLCK;
}

int kb_flock_dir(int fd, const char *path, int wait_ms)
{
    int sys = kb_flock(fd, wait_ms);

    if (!has_no_locks(sys))
        return sys;
    kb_text_copy(missing, sizeof(missing), path);
    return 0;
}

const char *kb_flock_missing(void)
{
    return missing;
}
