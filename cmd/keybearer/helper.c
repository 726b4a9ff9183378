/*
 * Starting a helper; hear.c listens to it, helper_path.c knows where it lies. The environment is
 * built from a list, and only the descriptors named here cross over:
 * 3 is the pipe for the frame, 4 the held lock. Verbs that read our stdin get that, too, and
 * `unlock` gets our stderr, if that is a terminal: it tells who waits there what it does.
 */
#include "front.h"

#include "base/file.h"
#include "core/store_status.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <unistd.h>

enum { FRAME_FD = 3, LOCK_FD = 4, FIRST_FREE_FD = 5, SAFE_FD = 10 };
enum { ARGV_MAX = 256, ENV_MAX = 32 };

/* A store takes five seconds at most. */
enum { ASK_MS = 8000 };

/* What a child may know of our environment. Everything else stays here. */
static const char *const passed_on[] = {"HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TERM",
    "DISPLAY", "WAYLAND_DISPLAY", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR",
    "DBUS_SESSION_BUS_ADDRESS", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY",
    "CREDENTIALS_DIRECTORY", "KEYBEARER_CONFIG", "KEYBEARER_KEY_FILE"};

/*
 * And what it is told besides. libcurl pulls GnuTLS in through librtmp: left to itself it
 * would get ready for work that nobody has for it, a thirtieth of the time of an exchange.
 * A libcurl that speaks TLS through GnuTLS asks it to get ready.
 */
static const char told[] = "GNUTLS_NO_IMPLICIT_INIT=1";
_Static_assert(KB_COUNT(passed_on) + 1 < ENV_MAX, "the environment's array is too small");

/* posix_spawn() takes char *const[], and promises not to write to the strings. */
static char *unconst(const char *text)
{
    union {
        const char *in; /* cppcheck-suppress unusedStructMember ; set by its initialiser */
        char *out;
    } cast = {text};

    return cast.out;
}

static bool is_passed_on(const char *entry)
{
    for (size_t i = 0; i < KB_COUNT(passed_on); i++) {
        size_t len = strlen(passed_on[i]);

        if (strncmp(entry, passed_on[i], len) == 0 && entry[len] == '=')
            return true;
    }
    return false;
}

static void build_environment(char *env[static ENV_MAX])
{
    size_t count = 0;

    env[count++] = unconst(told);
    for (char **entry = environ; *entry && count < ENV_MAX - 1; entry++) {
        if (is_passed_on(*entry))
            env[count++] = *entry;
    }
    env[count] = NULL;
}

const char *helper_for_store(const char *store)
{
    return kb_is_vault(store) ? "keybearer-fetch" : "keybearer-helper";
}

static enum kb_err build_argv(
    const struct helper_call *call, char *argv[static ARGV_MAX], struct kb_error *err)
{
    int count = 0;

    if (call->argc > ARGV_MAX - 3)
        return kb_fail(err, KB_ERR_USAGE, "too many arguments");
    argv[count++] = unconst("keybearer-helper");
    argv[count++] = unconst(call->verb);
    for (int i = 0; i < call->argc; i++)
        argv[count++] = call->argv[i];
    argv[count] = NULL;
    return KB_OK;
}

/* Which of our descriptors become which of the helper's; -1: none. */
struct plumbing {
    int frame;
    int lock;
    bool passes_stdin;
    bool passes_stderr;
    bool detached;
};

/*
 * Nothing of the caller's: a helper that outlives us would hold a pipe that somebody reads to
 * its end, and what a library says is for nobody. Only a terminal is handed on, to a helper that
 * tells who waits there what it does; and a sanitizer's report must be seen. 0, or an errno value.
 */
static int plan_standard_descriptors(posix_spawn_file_actions_t *plan, const struct plumbing *p)
{
    bool open = p->passes_stderr || (KB_SANITIZED && !p->detached);
    int last = open ? STDOUT_FILENO : STDERR_FILENO;
    int sys = 0;

    for (int fd = p->passes_stdin ? STDOUT_FILENO : STDIN_FILENO; !sys && fd <= last; fd++)
        sys = posix_spawn_file_actions_addopen(plan, fd, "/dev/null", O_RDWR, 0);
    return sys;
}

/* 0, or an errno value. */
static int plan_descriptors(posix_spawn_file_actions_t *plan, const struct plumbing *p)
{
    int first_unwanted = p->lock >= 0 ? FIRST_FREE_FD : LOCK_FD;
    int sys = plan_standard_descriptors(plan, p);

    if (!sys)
        sys = posix_spawn_file_actions_adddup2(plan, p->frame, FRAME_FD);
    if (!sys && p->lock >= 0)
        sys = posix_spawn_file_actions_adddup2(plan, p->lock, LOCK_FD);
    return sys ? sys : posix_spawn_file_actions_addclosefrom_np(plan, first_unwanted);
}

static enum kb_err spawn(const struct helper_call *call, const struct plumbing *plumbing,
    pid_t *ret_pid, struct kb_error *err)
{
    char *argv[ARGV_MAX], *env[ENV_MAX];
    char program[PATH_MAX];
    posix_spawn_file_actions_t plan;
    posix_spawnattr_t attributes;
    enum kb_err rc = build_argv(call, argv, err);
    int sys;

    if (!rc)
        rc = helper_path(call->program ? call->program : "keybearer-helper", program, err);
    if (rc)
        return rc;
    build_environment(env);
    if (posix_spawn_file_actions_init(&plan) || posix_spawnattr_init(&attributes))
        return kb_fail(err, KB_ERR_SYSTEM, "out of memory");
    sys = plan_descriptors(&plan, plumbing);
    if (!sys && plumbing->detached)
        sys = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
    if (!sys)
        sys = posix_spawn(ret_pid, program, &plan, &attributes, argv, env);
    posix_spawn_file_actions_destroy(&plan);
    posix_spawnattr_destroy(&attributes);
    if (!sys)
        return KB_OK;
    kb_fail_sys(err, KB_ERR_SYSTEM, sys, "cannot start %s", program);
    if (sys == ENOENT || sys == EACCES || sys == ENOEXEC)
        kb_hint(err, "install keybearer again: the helper belongs there");
    return KB_ERR_SYSTEM;
}

/* A duplicate well above the helper's 3 and 4, so that placing one never hits the other. */
static int move_up(int fd)
{
    return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, SAFE_FD);
}

enum kb_err helper_call(const struct helper_call *call, struct kb_frame *ret, struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int listen = -1;
    KB_AUTO(kb_fd_close) int speak = -1;
    KB_AUTO(kb_fd_close) int lock = move_up(call->lock_fd);
    struct plumbing plumbing = {
        .lock = lock, .passes_stdin = call->passes_stdin, .passes_stderr = call->passes_stderr};
    int64_t began_boot_ms = kb_clock_now().boot_ms;
    int ends[2];
    pid_t pid = -1;
    enum kb_err rc;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot make a pipe");
    listen = ends[0];
    speak = move_up(ends[1]);
    rc = speak < 0 ? kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot make a pipe") : KB_OK;
    close(ends[1]);
    if (rc)
        return rc;
    plumbing.frame = speak;
    rc = spawn(call, &plumbing, &pid, err);
    if (rc)
        return rc;
    kb_fd_close(&speak);
    rc = helper_hear(pid, listen, call->patience_ms, ret, err);
    trace_journal(&ret->journal.journal);
    trace("the helper took", call->verb, kb_clock_now().boot_ms - began_boot_ms, "ms");
    if (rc || ret->report.kind == call->report)
        return rc;
    return kb_fail(err, KB_ERR_SYSTEM, "the helper answered with something other than %s",
        call->report ? "its report" : "a token");
}

enum kb_err helper_ask(const char *verb, enum kb_report_kind report,
    const struct kb_profile *profile, struct kb_frame *ret, struct kb_error *err)
{
    char *argv[] = {profile ? profile->name : NULL};
    const struct helper_call call = {.verb = verb,
        .report = report,
        .argc = profile ? 1 : 0,
        .argv = argv,
        .lock_fd = -1,
        .patience_ms = ASK_MS};

    return helper_call(&call, ret, err);
}

enum kb_err helper_start(const struct helper_call *call, struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    KB_AUTO(kb_fd_close) int frame = move_up(nowhere);
    KB_AUTO(kb_fd_close) int lock = move_up(call->lock_fd);
    struct plumbing plumbing = {.frame = frame, .lock = lock, .detached = true};
    pid_t pid;

    return spawn(call, &plumbing, &pid, err);
}
