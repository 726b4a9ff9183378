/*
 * Finds, makes and destroys the session key: one for all directories of a user.
 *
 * Kernel: a key "keybearer:session:2" in the user keyring, that lives 24 hours. It appears
 * there as a whole and only where there is none, so all who make one at once agree, also from
 * different directories. File "session.key": 32 bytes, 0600, beside the records, good for 24
 * hours by its time. The kernel is asked first; the file counts only where the kernel has no
 * key.
 *
 * A key that is there is never replaced: it may be the key of processes that can read it. An
 * unexpected kernel error makes no key either. What other keys have sealed stays until nobody
 * can have its key any more.
 */
#include "session_key.h"

#include "base/file.h"
#include "base/kernel_key.h"
#include "lock_file.h"
#include "sweep.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define KERNEL_NAME "keybearer:session:2"
#define LOCK_FILE KB_LOCK_PREFIX "session"
#define SWEPT_FILE KB_LOCK_PREFIX "swept" /* its time says when the directory last was */
#define KEY_FILE "session.key"
#define KEY_HOURS 24
#define KEY_TTL (KEY_HOURS * 60U * 60)
#define SWEEP_HOURS (KEY_HOURS + 1) /* a record is written after its key */
#define LOCK_WAIT_MS 2000

static void set_level(struct kb_cache *cache, enum kb_protection level, const struct kb_error *why)
{
    cache->level = level;
    cache->is_new = false;
    if (level == KB_PROTECTION_STRONG)
        cache->why[0] = '\0';
    else
        (void)snprintf(cache->why, sizeof(cache->why), "%.180s%s", why->msg,
            level == KB_PROTECTION_WEAK ? "; the session key lies beside the records" : "");
}

static bool read_key_file(int dirfd, struct kb_secret *ret)
{
    KB_AUTO(kb_buf_clear) struct kb_buf bytes = KB_BUF_INIT(KB_KERNEL_KEY_LEN);

    return !kb_sweep_is_old(dirfd, KEY_FILE, KEY_HOURS) &&
           !kb_file_read(dirfd, KEY_FILE, KB_FILE_PRIVATE, &bytes, NULL) &&
           bytes.len == KB_KERNEL_KEY_LEN && !kb_secret_from_buf(ret, &bytes, NULL);
}

/* KEY moves into CACHE. Its id is a hash: whoever lists the directory sees it. */
static void use_key(struct kb_cache *cache, struct kb_secret *key)
{
    unsigned char hash[crypto_generichash_BYTES];

    kb_secret_move(&cache->key, key);
    (void)crypto_generichash(
        hash, sizeof(hash), (const unsigned char *)cache->key.bytes, cache->key.len, NULL, 0);
    sodium_bin2hex(cache->key_id, sizeof(cache->key_id), hash, KB_KEY_ID_LEN / 2);
}

/* KB_OK; else no file holds a key either, and *RET_WHY is what the kernel said. */
static enum kb_err find(struct kb_cache *cache, struct kb_error *ret_why)
{
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    enum kb_protection level = KB_PROTECTION_NONE;
    enum kb_err rc = kb_kernel_key_read(KERNEL_NAME, &key, ret_why);

    if (!rc) {
        level = KB_PROTECTION_STRONG;
    } else if ((rc == KB_ERR_NOT_FOUND || rc == KB_ERR_UNAVAILABLE) &&
               read_key_file(cache->dir, &key)) {
        level = KB_PROTECTION_WEAK;
        if (rc == KB_ERR_NOT_FOUND)
            kb_fail(
                ret_why, rc, "the kernel keyring took no key (this user's quota may be used up)");
        rc = KB_OK;
    }
    if (!rc)
        use_key(cache, &key);
    set_level(cache, level, ret_why);
    cache->is_new = rc == KB_ERR_NOT_FOUND;
    return rc;
}

void kb_session_key_find(struct kb_cache *cache)
{
    struct kb_error why = KB_ERROR_INIT;

    (void)find(cache, &why);
}

/*
 * Puts KEY where it is safest; it becomes the key of who was quicker. WHY: what the kernel
 * said when it was asked for a key. A keyring that we may not read may hold a key of processes
 * that may: not to be replaced.
 */
static enum kb_protection put_key(int dirfd, struct kb_secret *key, struct kb_error *why)
{
    if (why->code == KB_ERR_NOT_FOUND && !kb_kernel_key_agree(KERNEL_NAME, key, KEY_TTL, why))
        return KB_PROTECTION_STRONG;
    if (why->code == KB_ERR_UNAVAILABLE &&
        !kb_file_replace_volatile(dirfd, KEY_FILE, key->bytes, key->len, NULL))
        return KB_PROTECTION_WEAK;
    return KB_PROTECTION_NONE;
}

static void make(struct kb_cache *cache, struct kb_error *why)
{
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    enum kb_protection level = KB_PROTECTION_NONE;

    if (!kb_secret_random(&key, KB_KERNEL_KEY_LEN, NULL))
        level = put_key(cache->dir, &key, why);
    if (level != KB_PROTECTION_NONE)
        use_key(cache, &key);
    set_level(cache, level, why);
}

/*
 * The file's key moves into the kernel as soon as the kernel takes it: a process that was
 * refused, or a quota that was full for a moment, must not weaken the cache for good.
 */
static void strengthen(struct kb_cache *cache)
{
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    struct kb_error why = KB_ERROR_INIT;

    if (kb_secret_set(&key, cache->key.bytes, cache->key.len, NULL) ||
        kb_kernel_key_agree(KERNEL_NAME, &key, KEY_TTL, &why))
        return;
    /* Where another key was quicker, the file may be that of processes that are refused. */
    if (kb_secret_equal(&key, &cache->key))
        KB_IGNORE(kb_file_remove(cache->dir, KEY_FILE, NULL));
    use_key(cache, &key);
    set_level(cache, KB_PROTECTION_STRONG, &why);
}

/* The kernel works and has no key, but a file holds one. */
static bool could_be_stronger(const struct kb_cache *cache, const struct kb_error *why)
{
    return cache->level == KB_PROTECTION_WEAK && why->code == KB_ERR_NOT_FOUND;
}

/*
 * Removes what nobody can open any more, which bounds the directory's size. Not only who makes
 * a key does so: the one key may always be made by processes that use another directory.
 */
static void sweep(const struct kb_cache *cache)
{
    kb_sweep_old(cache->dir, cache->key_id, SWEEP_HOURS);
    KB_IGNORE(kb_file_replace_volatile(cache->dir, SWEPT_FILE, "", 0, NULL));
}

void kb_session_key_make(struct kb_cache *cache)
{
    KB_AUTO(kb_fd_close) int lock = -1;
    struct kb_error why = KB_ERROR_INIT;
    struct kb_error no_lock = KB_ERROR_INIT;
    enum kb_err rc = find(cache, &why);

    if (!rc && !could_be_stronger(cache, &why) &&
        !kb_sweep_is_old(cache->dir, SWEPT_FILE, SWEEP_HOURS))
        return;
    if (kb_lock_take(cache->dir, LOCK_FILE, LOCK_WAIT_MS, &lock, &no_lock)) {
        if (rc)
            set_level(cache, KB_PROTECTION_NONE, &no_lock);
        return;
    }
    why = KB_ERROR_INIT;
    rc = find(cache, &why); /* somebody may have been quicker */
    if (rc == KB_ERR_NOT_FOUND || rc == KB_ERR_UNAVAILABLE)
        make(cache, &why);
    else if (could_be_stronger(cache, &why))
        strengthen(cache);
    if (kb_sweep_is_old(cache->dir, SWEPT_FILE, SWEEP_HOURS))
        sweep(cache);
}

/* A keyring that we cannot use holds no key that we could use. */
static enum kb_err revoke(const char *name, struct kb_error *err)
{
    enum kb_err rc = kb_kernel_key_revoke(name, err);

    return rc == KB_ERR_UNAVAILABLE ? KB_OK : rc;
}

enum kb_err kb_session_key_revoke(struct kb_error *err)
{
    return revoke(KERNEL_NAME, err);
}

enum kb_err kb_session_key_revoke_former(const struct kb_runtime_dir *dir, struct kb_error *err)
{
    const uint64_t identity[2] = {dir->device, dir->inode};
    char name[64] = "keybearer:session:";
    size_t len = strlen(name);

    sodium_bin2hex(
        name + len, sizeof(name) - len, (const unsigned char *)identity, sizeof(identity));
    return revoke(name, err);
}

bool kb_session_key_is_refused(void)
{
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;

    return kb_kernel_key_read(KERNEL_NAME, &key, NULL) == KB_ERR_UNAVAILABLE;
}

bool kb_session_key_is_in_file(int dirfd)
{
    struct stat st;

    return fstatat(dirfd, KEY_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0;
}
