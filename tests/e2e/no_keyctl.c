/*
 * no_keyctl ERRNO PROGRAM [ARGUMENT...]: runs PROGRAM where the kernel's keyring calls
 * fail with ERRNO ("EPERM" or "ENOSYS"), as container run-times arrange it; or, for
 * "EDQUOT", where no key can be added, as if the user's quota were used up.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define JUMP_IF(value, then, otherwise) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, then, otherwise)
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, value)

static int forbid_keyrings(unsigned err)
{
    unsigned others = err == EDQUOT ? SYS_add_key : SYS_keyctl;
    struct sock_filter rules[] = {
        LOAD(nr),
        JUMP_IF(SYS_add_key, 3, 0),
        JUMP_IF(SYS_request_key, 2, 0),
        JUMP_IF(others, 1, 0),
        RETURN(SECCOMP_RET_ALLOW),
        RETURN(SECCOMP_RET_ERRNO | err),
    };
    struct sock_fprog filter = {.len = sizeof(rules) / sizeof(rules[0]), .filter = rules};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}

static unsigned errno_named(const char *name)
{
    if (strcmp(name, "EDQUOT") == 0)
        return EDQUOT;
    return strcmp(name, "ENOSYS") == 0 ? ENOSYS : EPERM;
}

int main(int argc, char *argv[])
{
    if (argc < 3) {
        fputs("usage: no_keyctl EPERM|ENOSYS|EDQUOT PROGRAM [ARGUMENT...]\n", stderr);
        return 2;
    }
    if (forbid_keyrings(errno_named(argv[1])) != 0) {
        perror("no_keyctl: seccomp");
        return 77;
    }
    execvp(argv[2], argv + 2);
    perror(argv[2]);
    return 127;
}
