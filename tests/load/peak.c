/*
 * peak FILE PROGRAM [ARGUMENT...]: runs PROGRAM with no more than 32 descriptors, and appends
 * a line to FILE: the most memory, in KiB, that it or a child it waited for ever had.
 *
 * Small and static, because a program's peak begins with the size of who started it. A killed
 * program is reported by the same signal.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DESCRIPTORS = 32 };

static int run(char *argv[], struct rusage *usage)
{
    const struct rlimit few = {DESCRIPTORS, DESCRIPTORS};
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        if (setrlimit(RLIMIT_NOFILE, &few) == 0)
            execv(argv[0], argv);
        _exit(127);
    }
    if (pid < 0 || wait4(pid, &status, 0, usage) < 0)
        return -1;
    return status;
}

int main(int argc, char *argv[])
{
    struct rusage usage = {0};
    char line[32];
    int fd, status;

    if (argc < 3)
        return 2;
    fd = open(argv[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    status = run(argv + 2, &usage);
    int len = snprintf(line, sizeof(line), "%ld\n", usage.ru_maxrss);
    if (fd < 0 || status < 0 || write(fd, line, (size_t)len) != len)
        return 127;
    if (WIFSIGNALED(status))
        (void)raise(WTERMSIG(status));
    return WEXITSTATUS(status);
}
