/*
 * Halts a process at one of its system calls: halt_at FD PROCESS CALL PROGRAM [ARGUMENT...]
 *
 * PROCESS counts the processes in the order in which they begin (the program is 1, its first
 * child 2), CALL the system calls of that process and all its threads, from 1; 0: none, but
 * "call PROCESS NAME" is said of each; NAME is "look" where nobody else can tell that it was made.
 * Just before that call is made, "at PID NAME" is said on FD, and a byte read from it decides: 'k'
 * kills the process, 's' stops it. All others run on, untraced from then on. Ends when all of them
 * have ended, as the program did.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ptrace.h>

enum { PROCESSES_MAX = 16, TASKS_MAX = 256, SKIPPED = 77 };
enum { STOPPED_AT_CALL = SIGTRAP | 0x80 };

/* What the tests know by name. Others go by number. */
static const struct {
    long number;
    const char *name;
} names[] = {
    {SYS_add_key, "add_key"},
    {SYS_connect, "connect"},
    {SYS_exit_group, "exit_group"},
    {SYS_fchmod, "fchmod"},
    {SYS_flock, "flock"},
    {SYS_fsync, "fsync"},
    {SYS_keyctl, "keyctl"},
    {SYS_mkdirat, "mkdirat"},
    {SYS_renameat, "renameat"},
    {SYS_sendmsg, "sendmsg"},
    {SYS_sendto, "sendto"},
    {SYS_unlinkat, "unlinkat"},
    {SYS_write, "write"},
#ifdef SYS_mkdir
    {SYS_mkdir, "mkdir"},
#endif
};

/* They read, or change the process alone, and wait for no other process. */
static const long looks[] = {
    SYS_brk,
    SYS_clock_gettime,
    SYS_fstat,
    SYS_futex,
    SYS_getegid,
    SYS_geteuid,
    SYS_getdents64,
    SYS_getgid,
    SYS_getpid,
    SYS_getrandom,
    SYS_gettid,
    SYS_getuid,
    SYS_lseek,
    SYS_mmap,
    SYS_mprotect,
    SYS_munmap,
    SYS_newfstatat,
    SYS_pread64,
    SYS_readlinkat,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_set_robust_list,
    SYS_set_tid_address,
#ifdef SYS_access
    SYS_access,
    SYS_arch_prctl,
    SYS_readlink,
#endif
};

struct call_name {
    char text[24];
};

/* A read of a file, or what threads of one process tell each other. */
static bool is_of_its_own(pid_t tid, const struct ptrace_syscall_info *info)
{
    char path[64], file[256];

    if (info->entry.nr != SYS_read && info->entry.nr != SYS_write)
        return false;
    snprintf(path, sizeof(path), "/proc/%d/fd/%d", tid, (int)info->entry.args[0]);
    ssize_t length = readlink(path, file, sizeof(file) - 1);
    file[length > 0 ? length : 0] = '\0';
    return strcmp(file, "anon_inode:[eventfd]") == 0 ||
           (file[0] == '/' && info->entry.nr == SYS_read);
}

static bool is_look(pid_t tid, const struct ptrace_syscall_info *info)
{
    if (info->entry.nr == SYS_openat)
        return (info->entry.args[2] & (O_ACCMODE | O_CREAT | O_TRUNC)) == O_RDONLY;
    if (is_of_its_own(tid, info))
        return true;
    for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++)
        if (looks[i] == (long)info->entry.nr)
            return true;
    return false;
}

static struct call_name name_of(pid_t tid, const struct ptrace_syscall_info *info)
{
    struct call_name name = {"look"};

    if (is_look(tid, info))
        return name;
    snprintf(name.text, sizeof(name.text), "%llu", (unsigned long long)info->entry.nr);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].number == (long)info->entry.nr)
            snprintf(name.text, sizeof(name.text), "%s", names[i].name);
    return name;
}

/* A thread, and the process it belongs to, counted from 0. */
struct task {
    pid_t tid;
    size_t process;
};

static struct {
    pid_t pids[PROCESSES_MAX];
    unsigned long calls[PROCESSES_MAX];
    size_t count;
    struct task tasks[TASKS_MAX];
    size_t task_count;
} seen;

static struct {
    int fd;
    size_t process;
    unsigned long call;
    bool begun; /* the program is there, not we before execve(2) */
    bool over;
} goal;

static void give_up(const char *what)
{
    fprintf(stderr, "halt_at: %s: %s\n", what, strerror(errno));
    exit(SKIPPED);
}

/* The process that a thread belongs to, as the kernel says it. */
static pid_t leader_of(pid_t tid)
{
    char path[64], line[256];
    int leader = tid;

    snprintf(path, sizeof(path), "/proc/%d/status", tid);
    FILE *status = fopen(path, "re");
    while (status && fgets(line, sizeof(line), status))
        if (sscanf(line, "Tgid: %d", &leader) == 1)
            break;
    if (status)
        fclose(status);
    return leader;
}

static size_t process_of(pid_t leader)
{
    for (size_t i = 0; i < seen.count; i++)
        if (seen.pids[i] == leader)
            return i;
    if (seen.count == PROCESSES_MAX)
        give_up("too many processes");
    seen.pids[seen.count] = leader;
    return seen.count++;
}

static struct task *task_of(pid_t tid)
{
    for (size_t i = 0; i < seen.task_count; i++)
        if (seen.tasks[i].tid == tid)
            return &seen.tasks[i];
    if (seen.task_count == TASKS_MAX)
        give_up("too many threads");
    seen.tasks[seen.task_count] = (struct task){tid, process_of(leader_of(tid))};
    return &seen.tasks[seen.task_count++];
}

static void forget_task(pid_t tid)
{
    struct task *task = task_of(tid);

    *task = seen.tasks[--seen.task_count];
}

/* Whether TID stands just before the call to halt at; *RET_NAME is which one. */
static bool counts_to_goal(pid_t tid, struct call_name *ret_name)
{
    struct ptrace_syscall_info info = {0};
    size_t process = task_of(tid)->process;

    if (goal.over || !goal.begun ||
        ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof(info), &info) <= 0 ||
        info.op != PTRACE_SYSCALL_INFO_ENTRY)
        return false;
    *ret_name = name_of(tid, &info);
    if (goal.call == 0)
        dprintf(goal.fd, "call %zu %s\n", process + 1, ret_name->text);
    return ++seen.calls[process] == goal.call && process == goal.process;
}

/* True when the process was stopped and let go of. */
static bool halt(pid_t tid, const struct call_name *name)
{
    pid_t pid = seen.pids[goal.process];
    char decision = 'k';

    goal.over = true;
    dprintf(goal.fd, "at %d %s\n", pid, name->text);
    if (read(goal.fd, &decision, 1) != 1)
        decision = 'k';
    kill(pid, decision == 's' ? SIGSTOP : SIGKILL);
    return decision == 's' && ptrace(PTRACE_DETACH, tid, 0, 0) == 0;
}

static void resume(pid_t tid, int signal)
{
    ptrace(goal.over ? PTRACE_CONT : PTRACE_SYSCALL, tid, 0, signal);
}

static void on_stop(pid_t tid, int status)
{
    int signal = WSTOPSIG(status), event = status >> 16;
    struct call_name name;

    (void)task_of(tid);
    if (signal == STOPPED_AT_CALL) {
        if (!counts_to_goal(tid, &name) || !halt(tid, &name))
            resume(tid, 0);
    } else if (event == PTRACE_EVENT_STOP && signal != SIGTRAP) {
        ptrace(PTRACE_LISTEN, tid, 0, 0);
    } else {
        goal.begun = goal.begun || event == PTRACE_EVENT_EXEC;
        resume(tid, event ? 0 : signal);
    }
}

/* Until nothing that we started is left; how the program ended. */
static int follow(pid_t program)
{
    int status = 0, result = 0;
    pid_t tid;

    while ((tid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
        if (tid <= 0)
            continue;
        if (WIFSTOPPED(status))
            on_stop(tid, status);
        else
            forget_task(tid);
        if (tid == program && !WIFSTOPPED(status))
            result = status;
    }
    return result;
}

static pid_t start(char *argv[])
{
    int gate[2];
    const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                         PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;

    if (pipe(gate) != 0)
        give_up("pipe");
    pid_t pid = fork();
    if (pid < 0)
        give_up("fork");
    if (pid == 0) {
        char byte;
        close(gate[1]);
        close(goal.fd);
        if (read(gate[0], &byte, 1) == 1) {
            close(gate[0]);
            execv(argv[0], argv);
        }
        _exit(127);
    }
    close(gate[0]);
    if (ptrace(PTRACE_SEIZE, pid, 0, options) != 0)
        give_up("ptrace");
    if (ptrace(PTRACE_INTERRUPT, pid, 0, 0) != 0 || write(gate[1], "", 1) != 1)
        give_up("the program cannot be started");
    close(gate[1]);
    return pid;
}

int main(int argc, char *argv[])
{
    if (argc < 5)
        return SKIPPED;
    goal.fd = atoi(argv[1]);
    goal.process = strtoul(argv[2], NULL, 10) - 1;
    goal.call = strtoul(argv[3], NULL, 10);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    int status = follow(start(argv + 4));
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
