/*
 * Times commands against one another, all of them once in every round, in shuffled order:
 *
 *     pace ROUNDS COPIES CANDIDATE ; [CANDIDATE ;]...
 *     CANDIDATE: [NAME=VALUE]... [< FILE] [PREPARE... ,] COMMAND...
 *
 * COPIES of the command run at once. PREPARE runs before, and is not timed. Standard
 * output goes to /dev/null. A command that fails ends everything: a failing get is fast.
 *
 * Prints a line a round, with "NANOSECONDS:KILOBYTES" for every candidate: the time until
 * the last copy ended, and the most memory that it ever had, or a child that outlived it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CANDIDATES_MAX = 16, COPIES_MAX = 1024, ENV_MAX = 64 };

struct candidate {
    char *env[ENV_MAX];
    const char *stdin_path;
    char **prepare; /* NULL: nothing to do before */
    char **command;
    long long nanoseconds;
    long kilobytes;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

/* --- the command line -------------------------------------------------------------- */

static char **take_environment(char **word, struct candidate *ret)
{
    size_t count = 0;

    while (*word && strchr(*word, '=') && count < ENV_MAX / 2)
        ret->env[count++] = *word++;
    for (char **entry = environ; *entry && count < ENV_MAX - 1; entry++)
        ret->env[count++] = *entry;
    return word;
}

/* Returns what follows the candidate's ";". */
static char **take_candidate(char **word, struct candidate *ret)
{
    *ret = (struct candidate){.stdin_path = "/dev/null"};
    word = take_environment(word, ret);
    if (*word && strcmp(*word, "<") == 0) {
        ret->stdin_path = word[1];
        word += 2;
    }
    ret->command = word;
    for (; *word && strcmp(*word, ";") != 0; word++) {
        if (strcmp(*word, ",") == 0) {
            *word = NULL;
            ret->prepare = ret->command;
            ret->command = word + 1;
        }
    }
    if (!*word || !*ret->command) {
        (void)fprintf(stderr, "pace: a candidate has no end\n");
        exit(2);
    }
    *word = NULL;
    return word + 1;
}

/* --- running ----------------------------------------------------------------------- */

static pid_t start(const struct candidate *candidate, char **command)
{
    pid_t pid = vfork();

    if (pid == 0) {
        int in = open(candidate->stdin_path, O_RDONLY);
        int out = open("/dev/null", O_WRONLY);

        if (in >= 0 && out >= 0 && dup2(in, 0) == 0 && dup2(out, 1) == 1) {
            (void)close(in);
            (void)close(out);
            execve(command[0], command, candidate->env);
        }
        _exit(127);
    }
    if (pid < 0)
        die("vfork");
    return pid;
}

/* Waits for PID, the program NAME; returns its peak memory. */
static long finish(pid_t pid, const char *name)
{
    struct rusage usage;
    int status;

    if (wait4(pid, &status, 0, &usage) < 0)
        die("wait4");
    if (status != 0) {
        (void)fprintf(stderr, "pace: %s ended with status %d\n", name, WEXITSTATUS(status));
        exit(1);
    }
    return usage.ru_maxrss;
}

/* Waits for what the programs left running; returns its peak memory. */
static long finish_orphans(void)
{
    struct rusage usage;
    long most = 0;

    while (wait4(-1, NULL, 0, &usage) > 0) {
        if (usage.ru_maxrss > most)
            most = usage.ru_maxrss;
    }
    return most;
}

static long long now(void)
{
    struct timespec time;

    if (clock_gettime(CLOCK_MONOTONIC, &time))
        die("clock_gettime");
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void keep_larger(long *most, long value)
{
    if (value > *most)
        *most = value;
}

static void run(struct candidate *candidate, int copies)
{
    static pid_t pids[COPIES_MAX];
    long long began;

    if (candidate->prepare)
        (void)finish(start(candidate, candidate->prepare), candidate->prepare[0]);
    candidate->kilobytes = 0;
    began = now();
    for (int i = 0; i < copies; i++)
        pids[i] = start(candidate, candidate->command);
    for (int i = 0; i < copies; i++)
        keep_larger(&candidate->kilobytes, finish(pids[i], candidate->command[0]));
    candidate->nanoseconds = now() - began;
    keep_larger(&candidate->kilobytes, finish_orphans());
}

static void shuffle(size_t order[], size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t other = (size_t)rand() % i, last = order[i - 1];

        order[i - 1] = order[other];
        order[other] = last;
    }
}

int main(int argc, char *argv[])
{
    static struct candidate candidates[CANDIDATES_MAX];
    size_t order[CANDIDATES_MAX], count = 0;
    int rounds, copies;

    if (argc < 4)
        return 2;
    rounds = atoi(argv[1]);
    copies = atoi(argv[2]);
    if (copies > COPIES_MAX || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
        return 2;
    for (char **word = argv + 3; *word && count < CANDIDATES_MAX; count++) {
        word = take_candidate(word, &candidates[count]);
        order[count] = count;
    }
    for (int round = 0; round < rounds; round++) {
        shuffle(order, count);
        for (size_t i = 0; i < count; i++)
            run(&candidates[order[i]], copies);
        for (size_t i = 0; i < count; i++)
            (void)printf("%lld:%ld%c", candidates[i].nanoseconds, candidates[i].kilobytes,
                i + 1 < count ? ' ' : '\n');
        (void)fflush(stdout);
    }
    return 0;
}
