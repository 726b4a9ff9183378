/*
 * scan_at_exit NEEDLES REPORT FOLDER PROGRAM [ARGUMENT...]: runs PROGRAM, and looks through
 * the whole memory of every process that ends while executing a file below FOLDER: itself,
 * its children, theirs. The programs need no change and notice nothing.
 *
 * NEEDLES has one line for each text to search: a name, a space, the bytes in hexadecimal.
 * Any eight of them in a row are a find. REPORT gets one line for each process,
 * "ended EXE", "forked EXE" when it executed nothing itself, and one for each find, "found NAME
 * LENGTH ADDRESS PLACE EXE"; never a byte of the find itself.
 *
 * The memory is opened when the program was just executed, because the programs under test
 * then make themselves unreadable for everybody but root; what is open stays readable. It
 * is searched at the kernel's stop before the process ends, when nothing is taken down yet.
 * A process that was forked and executes nothing can be opened at its end only, by root:
 * for others it is "unread EXE". What a process replaces by executing something else is
 * not searched.
 *
 * Ends with PROGRAM's status; 77 when tracing is forbidden here.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RUN = 8, NEEDLES_MAX = 512, NEEDLE_MAX = 4096, PROCESSES_MAX = 256 };
enum { PIECE = 1 << 20, NOT_HERE = 77, BROKEN = 70 };

struct needle {
    char name[64];
    unsigned char bytes[NEEDLE_MAX];
    size_t len;
};

struct process {
    pid_t pid; /* 0: a free place */
    bool forked;
    int memory, maps; /* -1: not open yet */
    char exe[PATH_MAX];
};

static struct needle needles[NEEDLES_MAX];
static size_t needle_count;
static bool may_begin[65536]; /* whether two bytes begin any run */
static struct process processes[PROCESSES_MAX];
static FILE *report;
static const char *folder;

static _Noreturn void die(const char *what)
{
    perror(what);
    exit(BROKEN);
}

/* --- needles ---------------------------------------------------------------------- */

static unsigned pair_at(const unsigned char *bytes)
{
    return (unsigned)bytes[0] << 8 | bytes[1];
}

static void read_needle(const char *line)
{
    struct needle *needle = &needles[needle_count++];
    unsigned byte;
    int skip = 0;

    if (sscanf(line, "%63s %n", needle->name, &skip) != 1)
        die("needles");
    for (line += skip; sscanf(line, "%2x", &byte) == 1 && needle->len < NEEDLE_MAX; line += 2)
        needle->bytes[needle->len++] = (unsigned char)byte;
    for (size_t i = 0; i + RUN <= needle->len; i++)
        may_begin[pair_at(needle->bytes + i)] = true;
}

static void read_needles(const char *path)
{
    static char line[2 * NEEDLE_MAX + 128];
    FILE *file = fopen(path, "re");

    if (!file)
        die(path);
    while (needle_count < NEEDLES_MAX && fgets(line, sizeof(line), file))
        read_needle(line);
    fclose(file);
}

/* How many bytes from AT on are a part of NEEDLE; 0 when fewer than RUN. */
static size_t run_of(const struct needle *needle, const unsigned char *at, size_t left)
{
    size_t longest = 0;

    for (size_t i = 0; i + RUN <= needle->len; i++) {
        size_t same = 0;

        while (same < left && i + same < needle->len && at[same] == needle->bytes[i + same])
            same++;
        if (same >= RUN && same > longest)
            longest = same;
    }
    return longest;
}

static const struct needle *best_at(const unsigned char *at, size_t left, size_t *ret_len)
{
    const struct needle *best = NULL;

    *ret_len = 0;
    for (size_t i = 0; i < needle_count; i++) {
        size_t len = run_of(&needles[i], at, left);

        if (len > *ret_len) {
            *ret_len = len;
            best = &needles[i];
        }
    }
    return best;
}

/* --- memory ----------------------------------------------------------------------- */

struct region {
    uint64_t start, end;
    char place[PATH_MAX];
};

static void search(const struct process *process, const struct region *region,
    const unsigned char *bytes, size_t count, uint64_t address)
{
    for (size_t i = 0; i + RUN <= count; i++) {
        const struct needle *needle;
        size_t len;

        if (!may_begin[pair_at(bytes + i)])
            continue;
        needle = best_at(bytes + i, count - i, &len);
        if (!needle)
            continue;
        fprintf(report, "found %s %zu %llx %s %s\n", needle->name, len,
            (unsigned long long)(address + i), region->place, process->exe);
        i += len - 1;
    }
}

/* In pieces, each of which begins with the end of the one before. */
static void search_region(const struct process *process, const struct region *region)
{
    static unsigned char piece[RUN - 1 + PIECE];
    size_t kept = 0;
    uint64_t at = region->start;

    while (at < region->end) {
        size_t want = region->end - at < PIECE ? (size_t)(region->end - at) : PIECE;
        ssize_t got = pread(process->memory, piece + kept, want, (off_t)at);
        size_t count;

        if (got <= 0)
            return; /* a hole in a mapping, as behind the end of a file */
        count = kept + (size_t)got;
        search(process, region, piece, count, at - kept);
        kept = count < RUN - 1 ? count : RUN - 1;
        memmove(piece, piece + count - kept, kept);
        at += (uint64_t)got;
    }
}

/* What nobody could have written to holds what its file holds; [v...] is the kernel's. */
static bool is_worth_a_look(const char *access, const char *place)
{
    if (strncmp(place, "[v", 2) == 0)
        return false;
    return access[1] == 'w' || place[0] != '/';
}

static void search_process(const struct process *process)
{
    int fd = dup(process->maps);
    FILE *maps = fd < 0 ? NULL : fdopen(fd, "r");
    static char line[PATH_MAX + 256];
    size_t seen = 0;

    while (maps && fgets(line, sizeof(line), maps)) {
        struct region region = {.place = "[anonymous]"};
        unsigned long long start, end;
        char access[5];

        if (sscanf(line, "%llx-%llx %4s %*x %*x:%*x %*u %4095s", &start, &end, access,
                region.place) < 3)
            die("maps");
        region.start = start;
        region.end = end;
        seen++;
        if (is_worth_a_look(access, region.place))
            search_region(process, &region);
    }
    if (maps)
        fclose(maps);
    fprintf(report, "%s %s\n",
        seen == 0         ? "unread"
        : process->forked ? "forked"
                          : "ended",
        process->exe);
}

/* --- processes -------------------------------------------------------------------- */

static struct process *find_process(pid_t pid)
{
    for (size_t i = 0; i < PROCESSES_MAX; i++) {
        if (processes[i].pid == pid)
            return &processes[i];
    }
    return NULL;
}

static struct process *new_process(pid_t pid, bool forked, const char *exe)
{
    struct process *process = find_process(0);

    if (!process)
        die("too many processes");
    *process = (struct process){.pid = pid, .forked = forked, .memory = -1, .maps = -1};
    snprintf(process->exe, sizeof(process->exe), "%s", exe);
    return process;
}

static void forget(struct process *process)
{
    if (!process)
        return;
    close(process->memory);
    close(process->maps);
    *process = (struct process){0};
}

static int open_of(pid_t pid, const char *what)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/%s", pid, what);
    return open(path, O_RDONLY | O_CLOEXEC);
}

static void open_memory(struct process *process)
{
    process->memory = open_of(process->pid, "mem");
    process->maps = open_of(process->pid, "maps");
}

static void on_exec(pid_t pid)
{
    char link[64], exe[PATH_MAX] = "";

    forget(find_process(pid));
    snprintf(link, sizeof(link), "/proc/%d/exe", pid);
    if (readlink(link, exe, sizeof(exe) - 1) < 0)
        die(link);
    if (strncmp(exe, folder, strlen(folder)) == 0)
        open_memory(new_process(pid, false, exe));
}

static void on_fork(pid_t parent)
{
    const struct process *process = find_process(parent);
    unsigned long child = 0;

    if (process && ptrace(PTRACE_GETEVENTMSG, parent, NULL, &child) == 0)
        new_process((pid_t)child, true, process->exe);
}

static void on_exit_of(pid_t pid)
{
    struct process *process = find_process(pid);

    if (process && process->forked)
        open_memory(process);
    if (process)
        search_process(process);
    forget(process);
}

/* What the process that stopped with STATUS is to be given when it goes on: a signal or 0. */
static int answer(pid_t pid, int status)
{
    int event = status >> 16, sig = WSTOPSIG(status);

    if (event == PTRACE_EVENT_EXEC)
        on_exec(pid);
    else if (event == PTRACE_EVENT_FORK)
        on_fork(pid);
    else if (event == PTRACE_EVENT_EXIT)
        on_exit_of(pid);
    /* A new process begins with SIGSTOP; nobody else sends one here. */
    return event || sig == SIGSTOP ? 0 : sig;
}

/* Until the last process is gone. Returns how FIRST ended. */
static int follow(pid_t first)
{
    int first_status = 0, status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
        if (pid > 0 && WIFSTOPPED(status))
            ptrace(PTRACE_CONT, pid, NULL, (void *)(intptr_t)answer(pid, status));
        else if (pid == first)
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

int main(int argc, char *argv[])
{
    const long options = PTRACE_O_EXITKILL | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT |
                         PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE;
    int status;
    pid_t pid;

    if (argc < 5) {
        fputs("usage: scan_at_exit NEEDLES REPORT FOLDER PROGRAM [ARGUMENT...]\n", stderr);
        return BROKEN;
    }
    read_needles(argv[1]);
    report = fopen(argv[2], "ae");
    folder = argv[3];
    if (!report)
        die(argv[2]);
    pid = fork();
    if (pid == 0)
        become(argv + 4);
    if (pid < 0 || waitpid(pid, &status, __WALL) != pid)
        die("fork");
    if (!WIFSTOPPED(status))
        return NOT_HERE;
    if (ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)options) != 0)
        die("ptrace");
    ptrace(PTRACE_CONT, pid, NULL, NULL);
    status = follow(pid);
    if (fclose(report) != 0)
        die(argv[2]);
    return status;
}
