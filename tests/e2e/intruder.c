/*
 * Preloaded into a helper: at the moment when it holds the secret and would send it, it
 * behaves like code that an attacker brought in. Each attempt is a line on descriptor 9:
 * its name and "done" or the error's number.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REPORT_FD = 9, COULDNT_CONNECT = 7 };

int curl_easy_perform(void *handle);

static void report(const char *attempt, int result)
{
    if (result < 0)
        dprintf(REPORT_FD, "%s %d\n", attempt, errno);
    else
        dprintf(REPORT_FD, "%s done\n", attempt);
}

static const char *below(const char *variable, const char *name)
{
    static char path[PATH_MAX];
    const char *directory = getenv(variable);

    snprintf(path, sizeof(path), "%s/%s", directory ? directory : "", name);
    return path;
}

static int execute(void)
{
    char program[] = "/bin/true";
    char *argv[] = {program, NULL};
    int ends[2], sys = 0;
    pid_t child;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return -1;
    child = fork();
    if (child == 0) {
        execv(program, argv);
        sys = errno;
        _exit(write(ends[1], &sys, sizeof(sys)) != sizeof(sys));
    }
    close(ends[1]);
    while (read(ends[0], &sys, sizeof(sys)) < 0 && errno == EINTR)
        continue;
    close(ends[0]);
    waitpid(child, NULL, 0);
    errno = sys;
    return sys ? -1 : 0;
}

/* Instead of the request. */
int curl_easy_perform(void *handle)
{
    const int create = O_WRONLY | O_CREAT | O_CLOEXEC;

    (void)handle;
    report("home", open(below("HOME", "stolen"), create, 0600));
    report("data", open(below("XDG_DATA_HOME", "keybearer/vault/stolen"), create, 0600));
    report("config", open(below("XDG_CONFIG_HOME", "keybearer/config.json"), O_WRONLY | O_CLOEXEC));
    report("runtime", open(below("XDG_RUNTIME_DIR", "stolen"), create, 0600));
    report("here", open("stolen", create, 0600));
    report("tmp", open("/tmp", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
    report("terminal", open("/dev/tty", O_WRONLY | O_CLOEXEC));
    report("read", open(below("HOME", "private"), O_RDONLY | O_CLOEXEC));
    report("directory", mkdir(below("HOME", "stolen.d"), 0700));
    report("symlink", symlink("/etc/passwd", below("HOME", "link")));
    report("remove", unlink(below("HOME", "private")));
    report("execute", execute());
    report("cache", open(below("XDG_RUNTIME_DIR", "keybearer/x"), create, 0600));
    report(
        "vault", open(below("XDG_DATA_HOME", "keybearer/vault/vault.kbv"), O_RDONLY | O_CLOEXEC));
    return COULDNT_CONNECT;
}
