/*
 * Runs a tool's own program for `setup`. Must never go through a shell, nor leave a program behind,
 * nor give it a terminal to ask on.
 */
#include "setup.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/harden.h"
#include "base/pipe.h"
#include "front.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_MS = 30000, SILENCE_MS = 2000, STEP_MS = 2, SAFE_FD = 10 };

/* What would lead the tool to other files, other programs, or a prompt; prefixes end with '*'. */
static const char *const dropped[] = {"LD_*",
    "GIT_DIR=", "GIT_WORK_TREE=", "GIT_INDEX_FILE=", "GIT_COMMON_DIR=", "GIT_OBJECT_DIRECTORY=",
    "GIT_NAMESPACE=", "GIT_PREFIX=", "GIT_CONFIG=", "GIT_CONFIG_COUNT=", "GIT_CONFIG_KEY_*",
    "GIT_CONFIG_VALUE_*", "GIT_CONFIG_PARAMETERS=", "GIT_TRACE*", "GIT_EXEC_PATH=", "GIT_ASKPASS=",
    "SSH_ASKPASS=", "GIT_TERMINAL_PROMPT=", "GCM_INTERACTIVE=", "KEYBEARER_LOG="};
static const char *const told[] = {
    "GIT_ASKPASS=", "SSH_ASKPASS=", "GIT_TERMINAL_PROMPT=0", "GCM_INTERACTIVE=never"};

/* Whether both set the same variable. */
static bool is_same_name(const char *entry, const char *other)
{
    size_t len = strcspn(entry, "=");

    return strncmp(entry, other, len) == 0 && other[len] == '=';
}

static bool is_dropped(const struct program_call *call, const char *entry)
{
    for (size_t i = 0; call->env && i < call->env->count; i++) {
        if (is_same_name(entry, call->env->items[i]))
            return true;
    }
    for (size_t i = 0; i < KB_COUNT(dropped); i++) {
        size_t len = strlen(dropped[i]);

        if (strncmp(entry, dropped[i], len - (dropped[i][len - 1] == '*')) == 0)
            return true;
    }
    return false;
}

/* The entries are borrowed; the caller frees the list. */
static char **build_environment(const struct program_call *call)
{
    size_t count = 0, kept = 0, added = call->env ? call->env->count : 0;
    union {
        const char *in; /* cppcheck-suppress unusedStructMember ; set below */
        char *out;      /* posix_spawn() takes char *const[], and does not write to the strings */
    } cast;
    char **list;

    while (environ[count])
        count++;
    list = kb_alloc(count + added + KB_COUNT(told) + 1, sizeof(*list));
    for (size_t i = 0; i < count; i++) {
        if (!is_dropped(call, environ[i]))
            list[kept++] = environ[i];
    }
    for (size_t i = 0; i < added; i++)
        list[kept++] = call->env->items[i];
    for (size_t i = 0; i < KB_COUNT(told); i++) {
        cast.in = told[i];
        list[kept++] = cast.out;
    }
    return list;
}

static char **build_argv(const struct program_call *call, char *name)
{
    char **argv = kb_alloc(call->words->count + 2, sizeof(*argv));

    argv[0] = name;
    for (size_t i = 0; i < call->words->count; i++)
        argv[i + 1] = call->words->items[i];
    return argv;
}

/* 0, or an errno value. */
static int plan_output(posix_spawn_file_actions_t *actions, int fd, int output, bool is_heard)
{
    return is_heard ? posix_spawn_file_actions_adddup2(actions, output, fd)
                    : posix_spawn_file_actions_addopen(actions, fd, "/dev/null", O_WRONLY, 0);
}

/* 0, or an errno value. */
static int plan(
    posix_spawn_file_actions_t *actions, int input, int output, enum program_hears hears)
{
    int sys = input >= 0 ? posix_spawn_file_actions_adddup2(actions, input, STDIN_FILENO)
                         : posix_spawn_file_actions_addopen(
                               actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);

    if (!sys)
        sys = plan_output(actions, STDOUT_FILENO, output, hears != PROGRAM_ERRORS);
    if (!sys)
        sys = plan_output(actions, STDERR_FILENO, output, hears != PROGRAM_OUTPUT);
    if (!sys)
        sys = posix_spawn_file_actions_addchdir_np(actions, "/");
    return sys ? sys : posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
}

/*
 * In a session of its own, so that it finds no terminal, and all of it can be ended; with the
 * signals as the person's shell has them. 0, or an errno value.
 */
static int plan_process(posix_spawnattr_t *attributes)
{
    int sys = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);

    return sys ? sys : posix_spawnattr_setsigmask(attributes, kb_harden_callers_signals());
}

static enum kb_err spawn(
    const struct program_call *call, int input, int output, pid_t *ret, struct kb_error *err)
{
    KB_AUTO(kb_str_free) char *name = kb_text_dup(call->path);
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    char **argv, **env;
    int sys;

    if (posix_spawn_file_actions_init(&actions))
        return kb_fail(err, KB_ERR_SYSTEM, "out of memory");
    if (posix_spawnattr_init(&attributes)) {
        posix_spawn_file_actions_destroy(&actions);
        return kb_fail(err, KB_ERR_SYSTEM, "out of memory");
    }
    argv = build_argv(call, name);
    env = build_environment(call);
    sys = plan(&actions, input, output, call->hears);
    if (!sys)
        sys = plan_process(&attributes);
    if (!sys)
        sys = posix_spawn(ret, call->path, &actions, &attributes, argv, env);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    free(argv);
    free(env);
    return sys ? kb_fail_sys(err, KB_ERR_SYSTEM, sys, "cannot start %s", call->path) : KB_OK;
}

static bool has_ended(pid_t pid)
{
    siginfo_t info = {.si_pid = 0};

    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
}

/*
 * Waits for its end until BY, then ends it; in any case all that it started in its session. Until
 * it is waited for, nobody else has its number.
 */
static enum kb_err reap(pid_t pid, struct kb_deadline by, int *ret_status)
{
    int status = 0;
    bool in_time;

    while (!has_ended(pid) && !kb_deadline_passed(by))
        kb_clock_sleep_ms(STEP_MS);
    in_time = has_ended(pid);
    kill(-pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    *ret_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return in_time ? KB_OK : KB_ERR_TIMEOUT;
}

/* A file in memory: whatever the program does, nobody waits for it to read. */
static enum kb_err make_input(const struct kb_buf *input, int *ret_fd, struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int fd = memfd_create("input", MFD_CLOEXEC);

    if (fd < 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot make a file in memory");
    if (kb_write_all(fd, kb_buf_text(input), input->len, err) || lseek(fd, 0, SEEK_SET) < 0)
        return kb_fail(err, KB_ERR_SYSTEM, "cannot write to a file in memory");
    *ret_fd = fcntl(fd, F_DUPFD_CLOEXEC, SAFE_FD);
    return *ret_fd < 0 ? kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot open a file") : KB_OK;
}

/* Until BY. A person who watches learns after a while what is waited for. */
static enum kb_err hear(const struct program_call *call, int fd, struct kb_deadline by,
    struct kb_buf *out, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf line = KB_BUF_INIT(256);
    struct kb_deadline silent = kb_deadline_in_ms(SILENCE_MS);
    enum kb_err rc;

    if (!call->waits_for || kb_deadline_left_ms(by) <= SILENCE_MS)
        return kb_pipe_hear(fd, call->path, by, out, err);
    rc = kb_pipe_hear(fd, call->path, silent, out, err);
    if (rc != KB_ERR_TIMEOUT)
        return rc;
    kb_buf_fmt(&line, "Waiting for %s, which asks for a credential ...\n", call->waits_for);
    output_progress(&line);
    return kb_pipe_hear(fd, call->path, by, out, err);
}

static enum kb_err hear_to_the_end(const struct program_call *call, int fd, pid_t pid,
    struct kb_deadline by, struct kb_buf *out, int *ret_status, struct kb_error *err)
{
    enum kb_err rc = hear(call, fd, by, out, err);

    if (rc)
        by = kb_deadline_in_ms(0);
    if (reap(pid, by, ret_status) && !rc)
        rc = kb_fail(err, KB_ERR_TIMEOUT, "%s did not end in time", call->path);
    return rc;
}

enum kb_err program_run(
    const struct program_call *call, struct kb_buf *out, int *ret_status, struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int input = -1;
    KB_AUTO(kb_fd_close) int listen = -1;
    KB_AUTO(kb_fd_close) int speak = -1;
    struct kb_deadline by = call->by ? *call->by : kb_deadline_in_ms(PATIENCE_MS);
    void (*child)(int);
    int ends[2];
    pid_t pid = 0;
    enum kb_err rc = call->input ? make_input(call->input, &input, err) : KB_OK;

    if (rc)
        return rc;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot make a pipe");
    listen = ends[0];
    speak = fcntl(ends[1], F_DUPFD_CLOEXEC, SAFE_FD);
    close(ends[1]);
    if (speak < 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot make a pipe");
    child = signal(SIGCHLD, SIG_DFL); /* ignored, its end would not be told */
    rc = spawn(call, input, speak, &pid, err);
    kb_fd_close(&speak);
    if (!rc)
        rc = hear_to_the_end(call, listen, pid, by, out, ret_status, err);
    signal(SIGCHLD, child);
    return rc;
}

bool setup_find_program(const struct kb_tool *tool, char path[static PATH_MAX])
{
    for (const char *const *name = tool->programs; *name; name++) {
        if (in_path_find(*name, NULL, path))
            return true;
    }
    return false;
}
