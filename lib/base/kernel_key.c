/*
 * Keys of 32 bytes in the user keyring, by the raw system calls.
 *
 * Reading is two calls: search, read. Whatever makes a key readable from every session
 * happens when it is written, so that the many readers pay nothing for it. A key that
 * could not be finished (permissions, time limit) is taken away again: half a key would
 * be found by nobody and stand in the way of the next one.
 */
#include "base/kernel_key.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Since Linux 5.3; the headers may be older. */
#ifndef KEYCTL_MOVE
#define KEYCTL_MOVE 30
#define KEYCTL_MOVE_EXCL 1
#endif

#define KEYRING_MAX 4096 /* keys of a keyring that are looked at */

/* Possessor: everything. User: view, read, write, search. Nobody else: nothing. */
#define KEY_PERMISSIONS 0x3f0f0000UL

static long find_key(const char *name)
{
    return syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, "user", name, 0);
}

/* Gives this process possession of what is in @u, for its own life only. */
static bool possess_user_keyring(void)
{
    return syscall(SYS_keyctl, KEYCTL_LINK, KEY_SPEC_USER_KEYRING, KEY_SPEC_PROCESS_KEYRING) == 0;
}

static void unlink_key(long id, long keyring)
{
    (void)syscall(SYS_keyctl, KEYCTL_UNLINK, id, keyring);
}

static enum kb_err fail(int sys, struct kb_error *err)
{
    switch (sys) {
    case ENOKEY:
    case EKEYEXPIRED:
    case EKEYREVOKED:
    case EKEYREJECTED:
        return kb_fail(err, KB_ERR_NOT_FOUND, "the kernel keyring has no such key");
    case EDQUOT: /* its errno text speaks of disks */
        return kb_fail(
            err, KB_ERR_UNAVAILABLE, "this user's quota of keys in the kernel is used up");
    case EPERM:
    case EACCES:
    case ENOSYS:
        return kb_fail_sys(err, KB_ERR_UNAVAILABLE, sys, "the kernel keyring is not available");
    default:
        return kb_fail_sys(err, KB_ERR_SYSTEM, sys, "the kernel keyring failed");
    }
}

/* The length of the key's payload, which is in BYTES if it fits; or -1 with errno. */
static long read_payload(const char *name, char bytes[static KB_KERNEL_KEY_LEN])
{
    long id = find_key(name);

    if (id < 0)
        return id;
    return syscall(SYS_keyctl, KEYCTL_READ, id, bytes, (size_t)KB_KERNEL_KEY_LEN);
}

enum kb_err kb_kernel_key_read(const char *name, struct kb_secret *ret, struct kb_error *err)
{
    char bytes[KB_KERNEL_KEY_LEN] = {0};
    long len = read_payload(name, bytes);

    if (len < 0 && errno == EACCES && possess_user_keyring())
        len = read_payload(name, bytes);
    if (len < 0)
        return fail(errno, err);

    enum kb_err rc = len == KB_KERNEL_KEY_LEN ? kb_secret_set(ret, bytes, sizeof(bytes), err)
                                              : fail(ENOKEY, err);
    explicit_bzero(bytes, sizeof(bytes));
    return rc;
}

static bool finish_key(long id, unsigned ttl)
{
    return syscall(SYS_keyctl, KEYCTL_SET_TIMEOUT, id, ttl) == 0 &&
           syscall(SYS_keyctl, KEYCTL_SETPERM, id, KEY_PERMISSIONS) == 0;
}

/* From the process keyring to @u. EEXIST: there is one of its name. */
static bool move_key(long id)
{
    return syscall(SYS_keyctl, KEYCTL_MOVE, id, KEY_SPEC_PROCESS_KEYRING, KEY_SPEC_USER_KEYRING,
               KEYCTL_MOVE_EXCL) == 0;
}

/*
 * Makes the key in @u; or, where KEYRING is that of this process, first there, where nobody else
 * sees it: then it appears in @u as a whole or, where there is one of its name, not at all.
 * 0, or the errno: EEXIST.
 */
static int add_key(const char *name, const struct kb_secret *key, unsigned ttl, long keyring)
{
    long id = syscall(SYS_add_key, "user", name, key->bytes, key->len, keyring);

    if (id < 0)
        return errno;
    if (finish_key(id, ttl) && (keyring == KEY_SPEC_USER_KEYRING || move_key(id)))
        return 0;
    int sys = errno;
    unlink_key(id, keyring);
    return sys;
}

enum kb_err kb_kernel_key_write(
    const char *name, const struct kb_secret *key, unsigned ttl, struct kb_error *err)
{
    (void)possess_user_keyring(); /* where it matters and failed, finish_key() says so */
    int sys = add_key(name, key, ttl, KEY_SPEC_USER_KEYRING);
    return sys ? fail(sys, err) : KB_OK;
}

static bool is_gone(int sys)
{
    return fail(sys, NULL) == KB_ERR_NOT_FOUND;
}

/* The kernel does so itself, but minutes later, and until then they stand in the way. */
static void unlink_dead_keys(void)
{
    static int32_t ids[KEYRING_MAX];
    long len = syscall(SYS_keyctl, KEYCTL_READ, KEY_SPEC_USER_KEYRING, ids, sizeof(ids));

    for (long i = 0; i < KEYRING_MAX && i < len / (long)sizeof(ids[0]); i++) {
        if (syscall(SYS_keyctl, KEYCTL_DESCRIBE, ids[i], NULL, (size_t)0) < 0 &&
            (errno == EKEYEXPIRED || errno == EKEYREVOKED))
            unlink_key(ids[i], KEY_SPEC_USER_KEYRING);
    }
}

/* By their ids: a good one that somebody made meanwhile has another. */
static void make_room(const char *name)
{
    char bytes[KB_KERNEL_KEY_LEN];
    long id = find_key(name);

    if (id < 0)
        unlink_dead_keys();
    long len = id < 0 ? -1 : syscall(SYS_keyctl, KEYCTL_READ, id, bytes, sizeof(bytes));
    if (len >= 0 && len != KB_KERNEL_KEY_LEN)
        unlink_key(id, KEY_SPEC_USER_KEYRING);
    explicit_bzero(bytes, sizeof(bytes));
}

/* A kernel that cannot move keys: who comes between looking and writing is overwritten. */
static enum kb_err agree_with_a_gap(
    const char *name, struct kb_secret *key, unsigned ttl, struct kb_error *err)
{
    enum kb_err rc = kb_kernel_key_read(name, key, err);

    return rc == KB_ERR_NOT_FOUND ? kb_kernel_key_write(name, key, ttl, err) : rc;
}

enum kb_err kb_kernel_key_agree(
    const char *name, struct kb_secret *key, unsigned ttl, struct kb_error *err)
{
    for (int tries = 0; tries < 3; tries++) {
        int sys = add_key(name, key, ttl, KEY_SPEC_PROCESS_KEYRING);
        if (sys == 0)
            return KB_OK;
        if (sys == ENOSYS || sys == EOPNOTSUPP || sys == EINVAL)
            return agree_with_a_gap(name, key, ttl, err);
        if (sys != EEXIST)
            return fail(sys, err);
        enum kb_err rc = kb_kernel_key_read(name, key, err);
        if (rc != KB_ERR_NOT_FOUND)
            return rc;
        make_room(name);
    }
    return kb_fail(err, KB_ERR_SYSTEM, "the kernel keyring has no room for a key of ours");
}

/* What was found and cannot be revoked is there for the next one who asks. */
static enum kb_err revoke_key(long id, struct kb_error *err)
{
    long done = syscall(SYS_keyctl, KEYCTL_REVOKE, id);

    if (done < 0 && errno == EACCES && possess_user_keyring())
        done = syscall(SYS_keyctl, KEYCTL_REVOKE, id);
    if (done < 0 && !is_gone(errno))
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "the kernel keyring keeps a key of ours");
    unlink_key(id, KEY_SPEC_USER_KEYRING);
    return KB_OK;
}

enum kb_err kb_kernel_key_revoke(const char *name, struct kb_error *err)
{
    long id = find_key(name);

    if (id < 0 && !is_gone(errno)) { /* a refusal must hold twice to be believed */
        (void)possess_user_keyring();
        id = find_key(name);
    }
    if (id >= 0)
        return revoke_key(id, err);
    return is_gone(errno) ? KB_OK : fail(errno, err);
}
