/*
 * Landlock keeps no process from the network's sockets by their names; a filter of system calls
 * does. Must never let through a call of another architecture, whose numbers mean something else.
 */
#include "base/offline.h"

#include "base/attr.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__i386__)
#define OWN_ARCHITECTURE AUDIT_ARCH_I386
#elif defined(__riscv) && __riscv_xlen == 64
#define OWN_ARCHITECTURE AUDIT_ARCH_RISCV64
#endif

#define X32_BIT 0x40000000U /* x86-64's other numbers */

#define LOAD(member) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define REFUSE BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)
#define REFUSE_IF(test, value) BPF_JUMP(BPF_JMP | (test) | BPF_K, value, 0, 1), REFUSE

enum kb_err kb_offline(struct kb_error *err)
{
#ifdef OWN_ARCHITECTURE
    struct sock_filter steps[] = {
        LOAD(arch),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OWN_ARCHITECTURE, 1, 0),
        REFUSE,
        LOAD(nr),
        REFUSE_IF(BPF_JGE, X32_BIT),
        REFUSE_IF(BPF_JEQ, SYS_socket),
        REFUSE_IF(BPF_JEQ, SYS_socketpair),
        REFUSE_IF(BPF_JEQ, SYS_connect),
#ifdef SYS_socketcall /* all of these in one */
        REFUSE_IF(BPF_JEQ, SYS_socketcall),
#endif
        REFUSE_IF(BPF_JEQ, SYS_io_uring_setup),
        REFUSE_IF(BPF_JEQ, SYS_execve),
        REFUSE_IF(BPF_JEQ, SYS_execveat),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {.len = KB_COUNT(steps), .filter = steps};

    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0 && errno != EINVAL)
        return kb_hinted(err,
            kb_fail_sys(err, KB_ERR_SYSTEM, errno, "the helper cannot be kept from the network"),
            "is keybearer run inside another sandbox? try it outside of that");
#else
    (void)err;
#endif
    return KB_OK;
}
