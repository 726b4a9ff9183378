/*
 * Who keeps the file of a token for the command of `run`. The command is the process that the
 * caller started, so that signals, job control and exit status are its own; the keeper watches it
 * from outside.
 *
 * There are two of them. One waits for the command's end, and then removes the file at once. The
 * other renews the token, which may take as long as an exchange may. Neither may hold anything of
 * the caller's but stderr, nor a token for longer than it takes to write it.
 */
#include "run.h"

#include "base/file.h"
#include "base/harden.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The clocks may jump, or the machine sleep: nobody trusts a longer wait. */
enum { NAP_MS = 30000, PAUSE_LEAST_MS = 1000 };

/* For the other keeper, once the command has ended. */
enum { GRACE_MS = 500 };

/* Whether the command has ended, or does within WAIT_MS; -1: waits for it. */
static bool has_ended(const struct run_keeper *keeper, int wait_ms)
{
    struct pollfd command = {.fd = keeper->command_pidfd, .events = POLLIN};

    return poll(&command, 1, wait_ms) != 0;
}

/* --- Renewing ----------------------------------------------------------------------- */

static int within(int64_t ms, int least, int most)
{
    return ms < least ? least : ms > most ? most : (int)ms;
}

/* A nap at most. */
static int due_in_ms(const struct run_keeper *keeper)
{
    return within(kb_token_refresh_in_ms(&keeper->life, keeper->profile->min_ttl,
                      keeper->profile->refresh_ahead, kb_clock_now()),
        0, NAP_MS);
}

/* Between two tries: the shorter the tokens live, the shorter. */
static int pause_ms(const struct run_keeper *keeper)
{
    return within(keeper->life.life_ms / 16, PAUSE_LEAST_MS, NAP_MS);
}

static enum kb_err renew_once(struct run_keeper *keeper, struct kb_error *err)
{
    KB_AUTO(kb_token_clear) struct kb_token token = KB_TOKEN_INIT;
    enum kb_err rc = obtain_by_name(keeper->profile->name, OBTAIN_AHEAD, &token, err);

    helper_reap();
    if (!rc)
        rc = kb_token_file_write(&keeper->file, &token.value, err);
    if (rc)
        return rc;
    keeper->life = token;
    keeper->life.value = KB_SECRET_INIT;
    return KB_OK;
}

/* While the old token lives, nobody need know; and who knows already need not be told again. */
static void complain(const struct run_keeper *keeper, const struct kb_error *why, bool *said)
{
    struct kb_error err = KB_ERROR_INIT;

    if (*said || kb_token_rest_ms(&keeper->life, kb_clock_now()) > 0)
        return;
    kb_fail(&err, why->code, "the token in the file for the command has expired: %s", why->msg);
    kb_hint(&err, "%s", why->hint);
    output_error(&err);
    *said = true;
}

/* Returns how long to wait until the next look. */
static int renew_if_due(struct run_keeper *keeper, bool *said)
{
    struct kb_error err = KB_ERROR_INIT;
    int due_ms = due_in_ms(keeper);
    enum kb_err rc;

    if (due_ms > 0)
        return due_ms;
    rc = renew_once(keeper, &err);
    *said = *said && rc;
    if (rc && !has_ended(keeper, 0))
        complain(keeper, &err, said);
    due_ms = due_in_ms(keeper);
    /* A new token that is to be renewed at once is the old one still, or as short-lived. */
    return due_ms > pause_ms(keeper) ? due_ms : pause_ms(keeper);
}

static void renew(struct run_keeper *keeper)
{
    int wait_ms = due_in_ms(keeper);
    bool said = false;

    while (!has_ended(keeper, wait_ms + 1))
        wait_ms = renew_if_due(keeper, &said);
}

/* --- Starting, and ending ----------------------------------------------------------- */

enum { FIRST_FD = 3, FIRST_FREE_FD = 6, SAFE_FD = 10 };

/* Moves what the keeper needs to the lowest descriptors, and closes all others. */
static bool keep_only(struct run_keeper *keeper)
{
    int *const kept[] = {&keeper->file.parent, &keeper->file.dir, &keeper->command_pidfd};
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (nowhere < 0 || dup2(nowhere, STDIN_FILENO) < 0 || dup2(nowhere, STDOUT_FILENO) < 0)
        return false;
    for (size_t i = 0; i < KB_COUNT(kept); i++)
        *kept[i] = fcntl(*kept[i], F_DUPFD_CLOEXEC, SAFE_FD);
    for (size_t i = 0; i < KB_COUNT(kept); i++) {
        if (*kept[i] < 0 || dup3(*kept[i], FIRST_FD + (int)i, O_CLOEXEC) < 0)
            return false;
        *kept[i] = FIRST_FD + (int)i;
    }
    closefrom(FIRST_FREE_FD);
    return true;
}

/* Out of reach of the command's keys, and of signals for its group. */
static bool detach(struct run_keeper *keeper)
{
    kb_harden_privileges();
    return setsid() >= 0 && chdir("/") == 0 && keep_only(keeper);
}

static void cannot_keep(void)
{
    struct kb_error err = KB_ERROR_INIT;

    kb_fail_sys(&err, KB_ERR_SYSTEM, errno, "the token in the file will not be renewed");
    output_error(&err);
}

/* In the midst of an exchange it would hold stderr, for whose end somebody may wait. */
static void end(pid_t renewer)
{
    const struct timespec grace = {.tv_nsec = GRACE_MS * 1000000L};
    sigset_t ended;

    sigemptyset(&ended);
    sigaddset(&ended, SIGCHLD);
    if (renewer > 0 && sigtimedwait(&ended, NULL, &grace) < 0)
        kill(renewer, SIGKILL);
}

static void keep(struct run_keeper *keeper)
{
    pid_t renewer = fork();

    if (renewer < 0)
        cannot_keep();
    if (renewer == 0) {
        renew(keeper);
    } else {
        dup2(STDOUT_FILENO, STDERR_FILENO);
        has_ended(keeper, -1);
    }
    kb_token_file_remove(&keeper->file);
    end(renewer);
}

/*
 * A grandchild whose parent is gone: the command has no child of ours, unless it adopts orphans,
 * and begins only then.
 */
void run_keeper_stay(struct run_keeper *keeper)
{
    pid_t grandchild = detach(keeper) ? fork() : -1;

    if (grandchild == 0)
        keep(keeper);
    _exit(grandchild < 0 ? errno : 0);
}

static enum kb_err wait_for(pid_t child, struct kb_error *err)
{
    int status = 0;

    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR)
            return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot wait for a process");
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return KB_OK;
    return kb_fail_sys(err, KB_ERR_SYSTEM, WIFEXITED(status) ? WEXITSTATUS(status) : 0,
        "cannot start who keeps the file of the token");
}

/* Where SIGCHLD is ignored, as the caller may have it, the kernel forgets how a child ended. */
static enum kb_err start(struct run_keeper *keeper, bool *ret_is_keeper, struct kb_error *err)
{
    int command = (int)syscall(SYS_pidfd_open, getpid(), 0);
    void (*callers)(int);
    enum kb_err rc;
    pid_t child;

    if (command < 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot watch the command for its end");
    callers = signal(SIGCHLD, SIG_DFL);
    child = fork();
    if (child == 0) {
        *ret_is_keeper = true;
        keeper->command_pidfd = command;
        return KB_OK;
    }
    rc = child < 0 ? kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot start a process")
                   : wait_for(child, err);
    signal(SIGCHLD, callers);
    close(command);
    return rc;
}

/*
 * A signal may not end us as long as nobody would remove the file. Nor does one end the keeper
 * ever, because its work is to be done just then. SIGKILL does, and others sweep.
 */
enum kb_err run_keeper_start(struct run_keeper *keeper, const struct kb_secret *token,
    bool *ret_is_keeper, struct kb_error *err)
{
    sigset_t all, before;
    enum kb_err rc;

    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    rc = kb_token_file_write(&keeper->file, token, err);
    if (!rc)
        rc = start(keeper, ret_is_keeper, err);
    if (rc)
        kb_token_file_remove(&keeper->file);
    if (!*ret_is_keeper)
        sigprocmask(SIG_SETMASK, &before, NULL);
    return rc;
}
