/*
 * Short keys in the kernel's keyring of this user (keyrings(7), keyctl(2)).
 *
 * A key is of type "user" in the user keyring @u, so every login session of this
 * user finds it, and it is gone when the user's last process is. The raw system
 * calls are used: libkeyutils would be one more object to load on every answer.
 *
 * Possession trap: where the session keyring does not link @u (systemd units,
 * sudo, cron), a key with default permissions cannot be read by its own user, nor
 * given a time limit by its creator. So creation links @u to the process keyring
 * first and then grants the user view, read, write and search.
 */
#ifndef KB_BASE_KERNEL_KEY_H
#define KB_BASE_KERNEL_KEY_H

#include "base/error.h"
#include "base/secret.h"

#include <stddef.h>

#define KB_KERNEL_KEY_LEN 32 /* bytes in every key we store */

/*
 * All return:
 * KB_ERR_NOT_FOUND    there is no such key, or it expired or was revoked
 * KB_ERR_UNAVAILABLE  the kernel has no keyrings, they are forbidden (EPERM, ENOSYS,
 *                     EACCES), or the user's quota is used up (EDQUOT)
 * KB_ERR_SYSTEM       anything else
 * NAME is the key's description, at most 200 bytes.
 */

/* The key's bytes. A key of another length than KB_KERNEL_KEY_LEN is KB_ERR_NOT_FOUND. */
KB_CHECKED enum kb_err kb_kernel_key_read(
    const char *name, struct kb_secret *ret, struct kb_error *err);

/*
 * Creates the key from KEY, unless there is one already: then KEY becomes what that one is. Of
 * any number who call at once all end with the same bytes (Linux 5.3; before that only those
 * who hold the same lock). A key of that name that is dead, or of another length, is replaced.
 */
KB_CHECKED enum kb_err kb_kernel_key_agree(
    const char *name, struct kb_secret *key, unsigned ttl, struct kb_error *err);

/*
 * Creates the key, or replaces its bytes. It vanishes after TTL seconds (0: with the
 * user's last process). Two creators overwrite each other: call under a lock.
 */
KB_CHECKED enum kb_err kb_kernel_key_write(
    const char *name, const struct kb_secret *key, unsigned ttl, struct kb_error *err);

/*
 * Revokes and unlinks the key. One that is not there is no error; one that is found and cannot
 * be revoked is KB_ERR_SYSTEM.
 */
KB_CHECKED enum kb_err kb_kernel_key_revoke(const char *name, struct kb_error *err);

#endif
