/*
 * apart PROGRAM [ARGUMENT...]: runs PROGRAM in a user namespace and a mount namespace of its own,
 * with the same users, an empty /dev/shm and an empty /run/user.
 *
 * The session key is one for all processes of a user, and `lock` empties all of the user's
 * places: without this, tests at the same time would take each other's tokens away, and the
 * caller's. Needs the right to map every user (root, as a rule); without it, or with
 * KB_TEST_TOGETHER in the environment, PROGRAM is run as it is, and CMake lets no two such tests
 * run at the same time.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

static bool map_everybody(pid_t pid, const char *name)
{
    static const char map[] = "0 0 4294967295";
    char path[64];

    (void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool done = fd >= 0 && write(fd, map, strlen(map)) == (ssize_t)strlen(map);
    if (fd >= 0)
        (void)close(fd);
    return done;
}

/* The map can only be written from outside: by a child that stays there. */
static pid_t start_mapper(int *ret_go)
{
    pid_t parent = getpid();
    int pipe_fds[2];
    char go;

    if (pipe2(pipe_fds, O_CLOEXEC) != 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        (void)close(pipe_fds[1]);
        bool done = read(pipe_fds[0], &go, 1) == 1 && map_everybody(parent, "gid_map") &&
                    map_everybody(parent, "uid_map");
        _exit(done ? 0 : 1);
    }
    (void)close(pipe_fds[0]);
    *ret_go = pipe_fds[1];
    return pid;
}

static bool enter_namespaces(void)
{
    int go = -1, status = 1;
    pid_t mapper = start_mapper(&go);
    bool apart = mapper > 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0;

    if (apart)
        apart = write(go, "", 1) == 1;
    if (go >= 0)
        (void)close(go);
    if (mapper > 0 && waitpid(mapper, &status, 0) != mapper)
        status = 1;
    return apart && status == 0;
}

/* Whether a child, who has nothing to lose, gets into them. */
static bool can_enter(void)
{
    int status = 1;
    pid_t pid = fork();

    if (pid == 0)
        _exit(enter_namespaces() ? 0 : 1);
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static bool cover_places(void)
{
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        return false;
    /* Where nobody logs in, it is not there. */
    (void)mount("user", "/run/user", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755");
    return mount("shm", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777") == 0;
}

int main(int argc, char *argv[])
{
    if (argc < 2)
        return 2;
    if (!getenv("KB_TEST_TOGETHER") && can_enter() && !(enter_namespaces() && cover_places())) {
        perror("apart");
        return 1;
    }
    (void)execvp(argv[1], argv + 1);
    perror(argv[1]);
    return 127;
}
