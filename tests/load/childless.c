/*
 * childless PROGRAM [ARGUMENT...]: runs PROGRAM where it dies by SIGSYS as soon as it makes a
 * child or a socket.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define JUMP_IF(value, then) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, then, 0)
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, value)

static int forbid(void)
{
    struct sock_filter rules[] = {
        LOAD(nr),
#ifdef SYS_fork
        JUMP_IF(SYS_fork, 6),
        JUMP_IF(SYS_vfork, 5),
#endif
        JUMP_IF(SYS_clone, 4),
        JUMP_IF(SYS_clone3, 3),
        JUMP_IF(SYS_socket, 2),
        JUMP_IF(SYS_socketpair, 1),
        RETURN(SECCOMP_RET_ALLOW),
        RETURN(SECCOMP_RET_KILL_PROCESS),
    };
    struct sock_fprog filter = {.len = sizeof(rules) / sizeof(rules[0]), .filter = rules};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}

int main(int argc, char *argv[])
{
    if (argc < 2)
        return 2;
    if (forbid() != 0) {
        perror("childless: seccomp");
        return 2;
    }
    execv(argv[1], argv + 1);
    perror(argv[1]);
    return 127;
}
