/*
 * Hearing a helper out: its one frame, until a deadline. Must never wait for a process that
 * is not a helper of ours, nor for one without a deadline, and never kill one without giving
 * it time to tidy the terminal.
 */
#include "front.h"

#include "base/pipe.h"

#include <signal.h>
#include <sys/wait.h>

enum { GRACE_MS = 500, GRACE_STEP_MS = 1 };

/* The last helper that was heard and is still taking itself down; 0: none. */
static pid_t leaving;

/*
 * Whether PID ends within the grace; *ret_status is then how, as waitpid() says it, unless whoever
 * started us has SIGCHLD ignored: the kernel forgets it then.
 */
static bool ends(pid_t pid, int *ret_status)
{
    struct kb_deadline grace = kb_deadline_in_ms(GRACE_MS);

    while (waitpid(pid, ret_status, WNOHANG) == 0) {
        if (kb_deadline_passed(grace))
            return false;
        kb_clock_sleep_ms(GRACE_STEP_MS);
    }
    return true;
}

void helper_reap(void)
{
    int status;

    if (leaving > 0)
        ends(leaving, &status);
    leaving = 0;
}

/*
 * A helper that sits at a prompt restores the terminal when it is asked to end. One that
 * a dead disk keeps from dying even of SIGKILL is left behind.
 */
static int stop(pid_t pid)
{
    int status = 0;

    kill(pid, SIGTERM);
    if (ends(pid, &status))
        return status;
    kill(pid, SIGKILL);
    ends(pid, &status);
    return status;
}

static bool is_key(int number)
{
    return number == SIGINT || number == SIGQUIT;
}

/*
 * A key of the person's (Ctrl-C, Ctrl-\) that ended the helper was meant for both. We get here
 * where whoever started us has us ignore it, and end as any program does that hears it: silently.
 * Only a container's first process goes on.
 */
static void end_by_key(int number)
{
    sigset_t this;

    signal(number, SIG_DFL);
    sigemptyset(&this);
    sigaddset(&this, number);
    sigprocmask(SIG_UNBLOCK, &this, NULL);
    raise(number);
}

static bool stays;

static void hear_key(int number)
{
    (void)number; /* it has ended the helper, or will */
}

void helper_outlive_keys(void)
{
    struct sigaction action = {.sa_handler = hear_key, .sa_flags = SA_RESTART};

    stays = true;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGQUIT, &action, NULL);
}

static enum kb_err silent_helper(pid_t pid, struct kb_error *err)
{
    int status = 0;

    if (!ends(pid, &status))
        status = stop(pid);
    if (WIFSIGNALED(status) && is_key(WTERMSIG(status))) {
        if (!stays)
            end_by_key(WTERMSIG(status));
        return kb_fail(err, KB_ERR_DISMISSED, "a key ended it (%s)",
            WTERMSIG(status) == SIGINT ? "Ctrl-C" : "Ctrl-\\");
    }
    if (WIFSIGNALED(status))
        return kb_hinted(err,
            kb_fail(err, KB_ERR_SYSTEM, "the helper was stopped by signal %d", WTERMSIG(status)),
            "run the command again; if it was the kernel, its log says why: journalctl -k");
    if (WEXITSTATUS(status) == 0)
        return kb_fail(err, KB_ERR_SYSTEM, "the helper ended without an answer");
    return kb_fail(err, KB_ERR_SYSTEM, "the helper ended without an answer (exit status %d)",
        WEXITSTATUS(status));
}

static void hear_notes(const char **bytes, size_t *len)
{
    struct termios before;

    while (kb_frame_take_note(bytes, len, &before))
        terminal_hidden(&before);
}

/*
 * The frame is complete when its pipe is closed. A helper that said all it had to say is
 * not waited for: taking its libraries down again is not part of the answer.
 */
enum kb_err helper_hear(
    pid_t pid, int fd, int patience_ms, struct kb_frame *ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf bytes = KB_BUF_INIT(KB_FRAME_MAX);
    enum kb_err rc = kb_pipe_hear(fd, "the helper", kb_deadline_in_ms(patience_ms), &bytes, err);
    const char *frame = bytes.data;
    size_t len = bytes.len;

    hear_notes(&frame, &len);
    if (rc) {
        stop(pid);
        return rc;
    }
    if (len == 0)
        return silent_helper(pid, err);
    helper_reap();
    leaving = pid;
    rc = kb_frame_unpack(frame, len, ret, err);
    if (!rc && kb_frame_is_error(ret)) {
        *err = ret->error;
        rc = ret->error.code;
    }
    return rc;
}
