/*
 * Who keeps the file of a token for the command of `run`. The command is the process that the
 * caller started, so that signals, job control and exit status are its own; the keeper watches it
 * from outside. Where that one could be killed before it removes the file, it is the command's
 * parent instead.
 *
 * There are two of them. One waits for the command's end, and then removes the file at once. The
 * other renews the token (run_renew.c), which may take as long as an exchange may. Neither may hold
 * anything of the caller's but stderr, nor a token for longer than it takes to write it.
 */
#include "run.h"

#include "base/file.h"
#include "base/harden.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* For another renewer, once one was killed; and for the last one, once the command has ended. */
enum { PAUSE_MS = 1000, GRACE_MS = 500 };

static int watch(pid_t process)
{
    return (int)syscall(SYS_pidfd_open, process, 0);
}

/* --- The renewer -------------------------------------------------------------------- */

static void cannot_renew(struct run_keeper *keeper)
{
    struct kb_error err = KB_ERROR_INIT;

    kb_fail_sys(&err, KB_ERR_SYSTEM, errno, "the token in the file is not renewed for now");
    if (!keeper->said)
        output_error_at_once(&err);
    keeper->said = true;
}

/* It removes the file, too, in case that the other keeper was killed. */
static void start_renewer(struct run_keeper *keeper)
{
    keeper->renewer = fork();
    if (keeper->renewer == 0) {
        run_renew(keeper);
        kb_token_file_remove(&keeper->file);
        _exit(0);
    }
    keeper->renewer_pidfd = keeper->renewer > 0 ? watch(keeper->renewer) : -1;
    if (keeper->renewer_pidfd >= 0)
        return;
    cannot_renew(keeper);
    if (keeper->renewer > 0 && kill(keeper->renewer, SIGKILL) == 0)
        waitpid(keeper->renewer, NULL, 0);
}

static void forget_renewer(struct run_keeper *keeper)
{
    waitpid(keeper->renewer, NULL, 0);
    kb_fd_close(&keeper->renewer_pidfd);
}

/* In the midst of an exchange it would hold stderr, for whose end somebody may wait. */
static void end_renewer(struct run_keeper *keeper)
{
    if (keeper->renewer_pidfd >= 0 && !run_has_ended(keeper->renewer_pidfd, GRACE_MS))
        kill(keeper->renewer, SIGKILL);
}

/* --- As the command's parent -------------------------------------------------------- */

/* Orphans are children of the first process of a container. */
static void reap(struct run_keeper *keeper)
{
    pid_t ended;
    int status;

    while ((ended = waitpid(-1, &status, WNOHANG)) > 0) {
        if (ended == keeper->command)
            keeper->status = status;
    }
}

/* A signal for us is meant for the command. What a key sends, it has already. */
static void hand_on_signal(struct run_keeper *keeper)
{
    struct signalfd_siginfo info = {0};

    if (read(keeper->signals, &info, sizeof(info)) != sizeof(info))
        return;
    if (info.ssi_signo == SIGCHLD)
        reap(keeper);
    else if (info.ssi_code != SI_KERNEL)
        syscall(SYS_pidfd_send_signal, keeper->command_pidfd, info.ssi_signo, NULL, 0);
}

/* Keys stop us with the command, and so they are not taken from us. */
static int take_signals(void)
{
    const int left[] = {SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT};
    sigset_t ours;

    sigfillset(&ours);
    for (size_t i = 0; i < KB_COUNT(left); i++)
        sigdelset(&ours, left[i]);
    sigprocmask(SIG_SETMASK, &ours, NULL);
    return signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* As the command did, or, where no signal ends us, as a shell tells of it. */
static void end_like_command(struct run_keeper *keeper) __attribute__((noreturn));
static void end_like_command(struct run_keeper *keeper)
{
    int status = keeper->status; /* unless it is there still */
    sigset_t all;

    waitpid(keeper->command, &status, 0);
    if (!WIFSIGNALED(status))
        _exit(WEXITSTATUS(status));
    signal(WTERMSIG(status), SIG_DFL);
    sigfillset(&all);
    sigprocmask(SIG_UNBLOCK, &all, NULL);
    kill(getpid(), WTERMSIG(status));
    _exit(128 + WTERMSIG(status));
}

/* --- Keeping ------------------------------------------------------------------------ */

/* Waits for the command's end. Another renewer follows one that was killed: memory may be short. */
static void keep_fresh(struct run_keeper *keeper)
{
    int pause_ms = 0;

    for (;;) {
        struct pollfd ends[] = {{.fd = keeper->command_pidfd, .events = POLLIN},
            {.fd = keeper->renewer_pidfd, .events = POLLIN},
            {.fd = keeper->signals, .events = POLLIN}};
        int count = poll(ends, KB_COUNT(ends), keeper->renewer_pidfd < 0 ? pause_ms : -1);

        if (count < 0 && errno == EINTR) /* stopped, and gone on */
            continue;
        if (count < 0 || ends[0].revents)
            return;
        if (ends[2].revents)
            hand_on_signal(keeper);
        if (ends[1].revents)
            forget_renewer(keeper);
        if (count == 0)
            start_renewer(keeper);
        pause_ms = PAUSE_MS;
    }
}

static void keep(struct run_keeper *keeper)
{
    keep_fresh(keeper);
    dup2(STDOUT_FILENO, STDERR_FILENO);
    kb_token_file_remove(&keeper->file);
    end_renewer(keeper);
}

enum { FIRST_FD = 3, SAFE_FD = 10 };

/* Moves what the keeper needs to the lowest descriptors, and closes all others. */
static bool keep_only(struct run_keeper *keeper)
{
    int *const kept[] = {&keeper->file.parent, &keeper->file.dir, &keeper->command_pidfd,
        &keeper->signals, &keeper->waiting};
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC), next = FIRST_FD;

    if (nowhere < 0 || dup2(nowhere, STDIN_FILENO) < 0 || dup2(nowhere, STDOUT_FILENO) < 0)
        return false;
    for (size_t i = 0; i < KB_COUNT(kept); i++) {
        int high = *kept[i] < 0 ? -1 : fcntl(*kept[i], F_DUPFD_CLOEXEC, SAFE_FD);

        if (high < 0 && *kept[i] >= 0)
            return false;
        *kept[i] = high;
    }
    for (size_t i = 0; i < KB_COUNT(kept); i++) {
        if (*kept[i] < 0)
            continue;
        if (dup3(*kept[i], next, O_CLOEXEC) < 0)
            return false;
        *kept[i] = next++;
    }
    closefrom(next);
    return true;
}

/* Out of reach of the command's keys, and of signals for its group. */
static bool detach(struct run_keeper *keeper)
{
    return setsid() >= 0 && chdir("/") == 0 && keep_only(keeper);
}

/* A grandchild whose parent is gone: the command has no child of ours, and begins only then. */
static void stay_outside(struct run_keeper *keeper) __attribute__((noreturn));
static void stay_outside(struct run_keeper *keeper)
{
    pid_t grandchild = detach(keeper) ? fork() : -1;

    if (grandchild == 0)
        keep(keeper);
    _exit(grandchild < 0 ? errno : 0);
}

/* The command does not begin without a word from us: then it ends, and says why. */
static void stay_as_parent(struct run_keeper *keeper) __attribute__((noreturn));
static void stay_as_parent(struct run_keeper *keeper)
{
    bool is_ready;

    keeper->command_pidfd = watch(keeper->command);
    keeper->signals = take_signals();
    is_ready = keeper->command_pidfd >= 0 && keeper->signals >= 0 && chdir("/") == 0 &&
               keep_only(keeper) && write(keeper->waiting, "", 1) == 1;
    kb_fd_close(&keeper->waiting);
    if (is_ready)
        keep(keeper);
    end_like_command(keeper);
}

void run_keeper_stay(struct run_keeper *keeper)
{
    kb_harden_privileges();
    if (keeper->command > 0)
        stay_as_parent(keeper);
    stay_outside(keeper);
}

/* --- Starting ----------------------------------------------------------------------- */

static enum kb_err no_keeper(int sys, struct kb_error *err)
{
    return kb_fail_sys(err, KB_ERR_SYSTEM, sys, "cannot start who keeps the file of the token");
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
    return no_keeper(WIFEXITED(status) ? WEXITSTATUS(status) : 0, err);
}

static enum kb_err start_outside(
    struct run_keeper *keeper, bool *ret_is_keeper, struct kb_error *err)
{
    pid_t child;
    enum kb_err rc;

    keeper->command_pidfd = watch(getpid());
    if (keeper->command_pidfd < 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot watch the command for its end");
    child = fork();
    *ret_is_keeper = child == 0;
    if (*ret_is_keeper)
        return KB_OK;
    rc = child < 0 ? kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot start a process")
                   : wait_for(child, err);
    kb_fd_close(&keeper->command_pidfd);
    return rc;
}

static bool adopts_orphans(void)
{
    int adopts = 0;

    return prctl(PR_GET_CHILD_SUBREAPER, &adopts) != 0 || adopts;
}

/* The new process goes on as the command, and waits for a word of this one. */
static enum kb_err start_as_parent(
    struct run_keeper *keeper, bool *ret_is_keeper, struct kb_error *err)
{
    bool adopts = adopts_orphans(), may_begin;
    int ends[2];
    char word;
    pid_t command;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot make a pipe");
    command = fork();
    *ret_is_keeper = command > 0;
    if (*ret_is_keeper) {
        close(ends[0]);
        keeper->waiting = ends[1];
        keeper->command = command;
        return KB_OK;
    }
    close(ends[1]);
    if (adopts)
        prctl(PR_SET_CHILD_SUBREAPER, 1);
    may_begin = command == 0 && read(ends[0], &word, 1) == 1;
    close(ends[0]);
    return may_begin ? KB_OK : no_keeper(command < 0 ? errno : 0, err);
}

/* The kernel's own number for it; without /proc nobody knows. */
static bool is_in_first_pid_namespace(void)
{
    struct stat st;

    return stat("/proc/self/ns/pid", &st) == 0 && st.st_ino == 0xeffffffc;
}

/*
 * A container ends with its first process, and what is left in it is killed: nobody could remove
 * the file once the command has ended. And who adopts orphans would have the keepers for children:
 * one that waits for the last of them would wait for ever.
 */
static bool must_be_parent(void)
{
    return !is_in_first_pid_namespace() || adopts_orphans();
}

/*
 * No signal ends a keeper: its work is to be done just then. SIGKILL does, and others sweep. Where
 * SIGCHLD is ignored, as the caller may have it, the kernel forgets how a child ended.
 */
enum kb_err run_keeper_start(struct run_keeper *keeper, bool *ret_is_keeper, struct kb_error *err)
{
    void (*callers)(int) = signal(SIGCHLD, SIG_DFL);
    sigset_t all, before;
    enum kb_err rc;

    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    rc = must_be_parent() ? start_as_parent(keeper, ret_is_keeper, err)
                          : start_outside(keeper, ret_is_keeper, err);
    if (*ret_is_keeper)
        return rc;
    signal(SIGCHLD, callers);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return rc;
}
