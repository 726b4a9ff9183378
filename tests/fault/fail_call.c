/*
 * fail_call REPORT WHAT PROGRAM [ARGUMENT...]: runs PROGRAM with all that it starts, and has
 * the kernel answer wrongly. WHAT is
 *
 *   list                          nothing fails
 *   fail:LIFE:NAME:N:ERRNO        the N-th call NAME of LIFE fails with the number ERRNO
 *   fail:LIFE:NAME:N:ERRNO:on     and so do all that follow
 *   short                         what reads or writes moves one byte at a time
 *   interrupt:N                   one in N calls that a signal could interrupt says EINTR,
 *                                 the same ones every time
 *
 * A life is what a process is between two programs: 0 is PROGRAM, and each process that is
 * born and each program that one executes is the next. Calls count from where a program of
 * ours begins, which is its poll() of three descriptors; before that the loader works.
 *
 * REPORT gets, line by line: "call LIFE NAME" (only with list), "hit NAME" for what was done,
 * "ended LIFE SIGNAL EXE", where SIGNAL is 0 for an exit.
 *
 * Ends with PROGRAM's status, 128 and the signal's number when one ended it; 77 when tracing
 * is forbidden here, or on a machine whose registers it does not know.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESSES_MAX = 256, CALLS_MAX = 512, NOT_HERE = 77, BROKEN = 70 };

/* --- the names of calls ------------------------------------------------------------- */

#define CALL(name) [SYS_##name] = #name

static const char *const names[CALLS_MAX] = {
    CALL(accept4),
    CALL(access),
    CALL(add_key),
    CALL(bind),
    CALL(brk),
    CALL(clock_nanosleep),
    CALL(clone),
    CALL(clone3),
    CALL(close),
    CALL(close_range),
    CALL(connect),
    CALL(dup),
    CALL(dup2),
    CALL(dup3),
    CALL(epoll_create1),
    CALL(epoll_ctl),
    CALL(epoll_wait),
    CALL(eventfd2),
    CALL(execve),
    CALL(exit),
    CALL(exit_group),
    CALL(faccessat),
    CALL(faccessat2),
    CALL(fallocate),
    CALL(fchmod),
    CALL(fcntl),
    CALL(fdatasync),
    CALL(flock),
    CALL(fstat),
    CALL(fstatfs),
    CALL(fsync),
    CALL(ftruncate),
    CALL(futex),
    CALL(getcwd),
    CALL(getdents64),
    CALL(getegid),
    CALL(geteuid),
    CALL(getgid),
    CALL(getpeername),
    CALL(getpid),
    CALL(getppid),
    CALL(getrandom),
    CALL(getsockname),
    CALL(getsockopt),
    CALL(gettid),
    CALL(getuid),
    CALL(ioctl),
    CALL(keyctl),
    CALL(kill),
    CALL(landlock_add_rule),
    CALL(landlock_create_ruleset),
    CALL(landlock_restrict_self),
    CALL(linkat),
    CALL(lseek),
    CALL(lstat),
    CALL(madvise),
    CALL(memfd_create),
    CALL(mkdir),
    CALL(mkdirat),
    CALL(mlock),
    CALL(mlock2),
    CALL(mmap),
    CALL(mprotect),
    CALL(mremap),
    CALL(munlock),
    CALL(munmap),
    CALL(nanosleep),
    CALL(newfstatat),
    CALL(open),
    CALL(openat),
    CALL(openat2),
    CALL(pidfd_open),
    CALL(pipe2),
    CALL(poll),
    CALL(ppoll),
    CALL(prctl),
    CALL(pread64),
    CALL(prlimit64),
    CALL(pwrite64),
    CALL(read),
    CALL(readlink),
    CALL(readlinkat),
    CALL(readv),
    CALL(recvfrom),
    CALL(recvmsg),
    CALL(rename),
    CALL(renameat),
    CALL(renameat2),
    CALL(request_key),
    CALL(rseq),
    CALL(rt_sigaction),
    CALL(rt_sigprocmask),
    CALL(rt_sigreturn),
    CALL(sched_getaffinity),
    CALL(seccomp),
    CALL(sendmmsg),
    CALL(sendmsg),
    CALL(sendto),
    CALL(set_robust_list),
    CALL(setitimer),
    CALL(setrlimit),
    CALL(setsid),
    CALL(setsockopt),
    CALL(shutdown),
    CALL(socket),
    CALL(socketpair),
    CALL(stat),
    CALL(statfs),
    CALL(statx),
    CALL(sysinfo),
    CALL(umask),
    CALL(uname),
    CALL(unlink),
    CALL(unlinkat),
    CALL(vfork),
    CALL(wait4),
    CALL(waitid),
    CALL(write),
    CALL(writev),
};

static const char *name_of(uint64_t number)
{
    static char unknown[32];

    if (number < CALLS_MAX && names[number])
        return names[number];
    snprintf(unknown, sizeof(unknown), "%llu", (unsigned long long)number);
    return unknown;
}

/* --- what is asked for ---------------------------------------------------------------- */

enum mode { LIST, FAIL, SHORT, INTERRUPT };

static struct {
    enum mode mode;
    int life, error;
    char name[32];
    unsigned number;
    bool on;
} order;

static FILE *report;

static void die(const char *what)
{
    perror(what);
    exit(BROKEN);
}

static void read_order(const char *text)
{
    char on[4] = "";

    if (strcmp(text, "list") == 0) {
        order.mode = LIST;
    } else if (strcmp(text, "short") == 0) {
        order.mode = SHORT;
    } else if (sscanf(text, "interrupt:%u", &order.number) == 1 && order.number > 0) {
        order.mode = INTERRUPT;
    } else if (sscanf(text, "fail:%d:%31[^:]:%u:%d:%3s", &order.life, order.name, &order.number,
                   &order.error, on) >= 4) {
        order.mode = FAIL;
        order.on = strcmp(on, "on") == 0;
    } else {
        errno = EINVAL;
        die(text);
    }
}

/* --- processes ------------------------------------------------------------------------ */

struct process {
    pid_t pid; /* 0: a free place */
    int life;
    bool begun;     /* our code runs, and no longer the loader's */
    unsigned count; /* of the calls that the order is about */
    uint32_t dice;
    bool replaced; /* the call under way gets ANSWER for a result */
    long answer;
    bool shortened; /* the call under way had LENGTH for its third argument */
    unsigned long length;
    char exe[NAME_MAX + 1];
};

static struct process processes[PROCESSES_MAX];
static int lives;

static struct process *find_process(pid_t pid)
{
    for (size_t i = 0; i < PROCESSES_MAX; i++) {
        if (processes[i].pid == pid)
            return &processes[i];
    }
    return NULL;
}

/* A child is seen when it stops or when its parent tells of it, whichever comes first. */
static struct process *know_process(pid_t pid)
{
    struct process *process = find_process(pid);

    if (process)
        return process;
    process = find_process(0);
    if (!process)
        die("too many processes");
    *process = (struct process){.pid = pid, .life = lives++, .begun = true, .exe = "child"};
    return process;
}

static void on_exec(struct process *process)
{
    char link[64], exe[PATH_MAX] = "";

    snprintf(link, sizeof(link), "/proc/%d/exe", process->pid);
    if (readlink(link, exe, sizeof(exe) - 1) < 0)
        die(link);
    *process = (struct process){.pid = process->pid, .life = lives++};
    snprintf(process->exe, sizeof(process->exe), "%s", strrchr(exe, '/') + 1);
}

static void on_end(pid_t pid, int status)
{
    struct process *process = find_process(pid);

    if (!process)
        return;
    fprintf(report, "ended %d %d %s\n", process->life, WIFSIGNALED(status) ? WTERMSIG(status) : 0,
        process->exe);
    *process = (struct process){0};
}

/* --- calls ---------------------------------------------------------------------------- */

typedef struct __ptrace_syscall_info call_info;

static void poke(pid_t pid, size_t register_offset, unsigned long value)
{
    ptrace(PTRACE_POKEUSER, pid, (void *)register_offset, (void *)value);
}

#if defined(__x86_64__)
enum { KNOWS_REGISTERS = true };

static void skip_call(pid_t pid)
{
    poke(pid, offsetof(struct user, regs.orig_rax), ULONG_MAX);
}

static void set_result(pid_t pid, long result)
{
    poke(pid, offsetof(struct user, regs.rax), (unsigned long)result);
}

static void set_third_argument(pid_t pid, unsigned long value)
{
    poke(pid, offsetof(struct user, regs.rdx), value);
}
#else
enum { KNOWS_REGISTERS = false };

static void skip_call(pid_t pid)
{
    (void)pid;
}

static void set_result(pid_t pid, long result)
{
    (void)pid;
    (void)result;
}

static void set_third_argument(pid_t pid, unsigned long value)
{
    (void)pid;
    (void)value;
}
#endif

static bool is_one_of(const char *name, const char *const *list)
{
    for (; *list; list++) {
        if (strcmp(name, *list) == 0)
            return true;
    }
    return false;
}

static bool moves_bytes(const char *name)
{
    static const char *const list[] = {
        "read", "write", "pread64", "pwrite64", "recvfrom", "sendto", NULL};

    return is_one_of(name, list);
}

/* Not those on files of a disk, or that never wait: no signal interrupts them. */
static bool waits(const char *name)
{
    static const char *const list[] = {"read", "write", "recvfrom", "sendto", "recvmsg", "sendmsg",
        "poll", "ppoll", "epoll_wait", "flock", "wait4", "waitid", "nanosleep", "clock_nanosleep",
        NULL};

    return is_one_of(name, list);
}

static void fail(struct process *process, const char *name, int error)
{
    skip_call(process->pid);
    process->replaced = true;
    process->answer = -error;
    fprintf(report, "hit %s\n", name);
}

static void shorten(struct process *process, const char *name, unsigned long length)
{
    set_third_argument(process->pid, 1);
    process->shortened = true;
    process->length = length;
    fprintf(report, "hit %s\n", name);
}

static void maybe_fail(struct process *process, const char *name)
{
    if (process->life != order.life || strcmp(name, order.name) != 0)
        return;
    process->count++;
    if (process->count == order.number || (order.on && process->count > order.number))
        fail(process, name, order.error);
}

/* Not a fixed rhythm: a loop of as many calls would never get any further. */
static void maybe_interrupt(struct process *process, const char *name)
{
    process->dice = process->dice * 1664525 + 1013904223;
    if ((process->dice >> 16) % order.number == 0)
        fail(process, name, EINTR);
}

static void disturb(struct process *process, const char *name, const call_info *info)
{
    switch (order.mode) {
    case LIST:
        fprintf(report, "call %d %s\n", process->life, name);
        break;
    case FAIL:
        maybe_fail(process, name);
        break;
    case SHORT:
        if (moves_bytes(name) && info->entry.args[2] > 1)
            shorten(process, name, info->entry.args[2]);
        break;
    case INTERRUPT:
        if (waits(name))
            maybe_interrupt(process, name);
        break;
    }
}

static void on_entry(struct process *process, const call_info *info)
{
    if (info->entry.nr == SYS_poll && info->entry.args[1] == 3 && info->entry.args[2] == 0)
        process->begun = true;
    if (process->begun)
        disturb(process, name_of(info->entry.nr), info);
}

static void on_return(struct process *process)
{
    if (process->replaced)
        set_result(process->pid, process->answer);
    if (process->shortened)
        set_third_argument(process->pid, process->length);
    process->replaced = process->shortened = false;
}

static void on_call(struct process *process)
{
    call_info info = {0};

    if (ptrace(PTRACE_GET_SYSCALL_INFO, process->pid, (void *)sizeof(info), &info) <= 0)
        return;
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
        on_entry(process, &info);
    else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
        on_return(process);
}

/* --- following ------------------------------------------------------------------------ */

static bool is_birth(int event)
{
    return event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE;
}

/* What the process that stopped with STATUS is to be given when it goes on: a signal or 0. */
static int answer(struct process *process, int status)
{
    int event = status >> 16, sig = WSTOPSIG(status);
    unsigned long child = 0;

    if (sig == (SIGTRAP | 0x80))
        on_call(process);
    else if (event == PTRACE_EVENT_EXEC)
        on_exec(process);
    else if (is_birth(event) && ptrace(PTRACE_GETEVENTMSG, process->pid, NULL, &child) == 0)
        know_process((pid_t)child);
    /* A new process begins with SIGSTOP; nobody else sends one here. */
    return event || sig == SIGSTOP || sig == (SIGTRAP | 0x80) ? 0 : sig;
}

static void go_on(pid_t pid, int sig)
{
    ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(intptr_t)sig);
}

/* Until the last process is gone. Returns how FIRST ended. */
static int follow(pid_t first)
{
    int first_status = 0, status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
        if (pid > 0 && WIFSTOPPED(status)) {
            go_on(pid, answer(know_process(pid), status));
            continue;
        }
        if (pid > 0)
            on_end(pid, status);
        if (pid == first)
            first_status = status;
    }
    return WIFEXITED(first_status) ? WEXITSTATUS(first_status) : 128 + WTERMSIG(first_status);
}

static void become(char *argv[])
{
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
        _exit(NOT_HERE);
    raise(SIGSTOP);
    execvp(argv[0], argv);
    _exit(127);
}

static pid_t begin(char *argv[])
{
    const long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC |
                         PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE;
    int status = 0;
    pid_t pid = fork();

    if (pid == 0)
        become(argv);
    if (pid < 0 || waitpid(pid, &status, __WALL) != pid)
        die("fork");
    if (!WIFSTOPPED(status))
        exit(NOT_HERE);
    if (ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)options) != 0)
        die("ptrace");
    processes[0] = (struct process){.pid = pid, .life = -1};
    return pid;
}

int main(int argc, char *argv[])
{
    int status;
    pid_t pid;

    if (!KNOWS_REGISTERS)
        return NOT_HERE;
    if (argc < 4) {
        fputs("usage: fail_call REPORT WHAT PROGRAM [ARGUMENT...]\n", stderr);
        return BROKEN;
    }
    read_order(argv[2]);
    report = fopen(argv[1], "we");
    if (!report)
        die(argv[1]);
    pid = begin(argv + 3);
    go_on(pid, 0);
    status = follow(pid);
    if (fclose(report) != 0)
        die(argv[1]);
    return status;
}
