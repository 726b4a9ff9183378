/*
 * Children that run under other circumstances: no keyrings, another session, another user.
 *
 * A child's checks cannot use cmocka, which jumps; they use CHILD_CHECK, and the parent
 * asserts that the child ended with status 0.
 */
#ifndef KB_TESTS_SANDBOX_H
#define KB_TESTS_SANDBOX_H

#include <errno.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILD_CHECK(condition)                                                                     \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            (void)fprintf(stderr, "%s:%d: child: %s\n", __FILE__, __LINE__, #condition);           \
            return 1;                                                                              \
        }                                                                                          \
    } while (0)

/* The exit status of FUNCTION(ARGUMENT) in a child, or -1 when a signal ended it. */
static inline int in_child(int (*function)(void *), void *argument)
{
    (void)fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        _exit(function(argument));
    int status = 0;
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
        return -1;
    return WEXITSTATUS(status);
}

/* From now on the system calls ONE and OTHER fail with SYS in this process. */
static inline bool forbid_calls(unsigned one, unsigned other, int sys)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, one, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, other, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ((unsigned)sys & SECCOMP_RET_DATA)),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof code / sizeof code[0], .filter = code};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

/* The same for operation OPERATION of CALL, its first argument, alone. */
static inline bool forbid_operation(unsigned call, unsigned operation, int sys)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)), /* its low half */
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, operation, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ((unsigned)sys & SECCOMP_RET_DATA)),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof code / sizeof code[0], .filter = code};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

static inline bool forbid_keyrings(int sys)
{
    return forbid_calls(SYS_keyctl, SYS_add_key, sys);
}

/* A new session keyring that does not link the user keyring: a systemd unit, sudo, cron. */
static inline bool join_bare_session(void)
{
    return syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) >= 0;
}

static inline bool keyrings_work(void)
{
    return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 1) >= 0;
}

static inline bool become(uid_t uid)
{
    return syscall(SYS_setresgid, uid, uid, uid) == 0 && syscall(SYS_setresuid, uid, uid, uid) == 0;
}

/* Adds keys to @u until this user, who must be an ordinary one, has no quota left. */
static inline bool use_up_key_quota(void)
{
    static const char payload[1000];
    char name[32];
    for (size_t size = sizeof payload; size > 0; size = size > 1 ? size / 10 : 0) {
        for (int i = 0; i < 1000; i++) {
            (void)snprintf(name, sizeof name, "fill:%zu:%d", size, i);
            if (syscall(SYS_add_key, "user", name, payload, size, KEY_SPEC_USER_KEYRING) < 0)
                break;
        }
    }
    return syscall(SYS_add_key, "user", "fill:last", "x", (size_t)1, KEY_SPEC_USER_KEYRING) < 0 &&
           errno == EDQUOT;
}

/* Everything this user has in @u. Only for users that exist for a test. */
static inline void clear_user_keyring(void)
{
    (void)syscall(SYS_keyctl, KEYCTL_CLEAR, KEY_SPEC_USER_KEYRING);
}

#endif
