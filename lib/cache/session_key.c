/*
 * Finds, makes and destroys the session key of one cache directory.
 *
 * Kernel: a key "keybearer:session:" and the directory's device and inode in hexadecimal,
 * that lives 24 hours. Named after the directory, so that two directories have two keys and a
 * removed one leaves no key that fits its successor. File "session.key": 32 bytes, 0600, on the
 * same tmpfs. The kernel is asked first; the file counts only where the kernel has no key.
 *
 * A key that is there is never replaced, and keys are made under a lock: two keys would
 * make each other's records unreadable. An unexpected kernel error makes no key either.
 */
#include "session_key.h"

#include "base/file.h"
#include "base/kernel_key.h"
#include "lock.h"
#include "sweep.h"

#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define LOCK_FILE KB_LOCK_PREFIX "session"
#define KEY_FILE "session.key"
#define KEY_TTL (24U * 60 * 60)
#define LOCK_WAIT_MS 2000

struct key_name {
    char text[64];
};

static struct key_name name_of(const struct kb_runtime_dir *dir)
{
    static const char prefix[] = "keybearer:session:";
    const uint64_t identity[2] = {dir->device, dir->inode};
    struct key_name name;
    memcpy(name.text, prefix, sizeof(prefix));
    sodium_bin2hex(name.text + sizeof(prefix) - 1, sizeof(name.text) - (sizeof(prefix) - 1),
        (const unsigned char *)identity, sizeof(identity));
    return name;
}

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
    return kb_file_read(dirfd, KEY_FILE, KB_FILE_PRIVATE, &bytes, NULL) == KB_OK &&
           bytes.len == KB_KERNEL_KEY_LEN && kb_secret_from_buf(ret, &bytes, NULL) == KB_OK;
}

/* KB_OK; else no file holds a key either, and *RET_WHY is what the kernel said. */
static enum kb_err find(
    const struct kb_runtime_dir *dir, struct kb_cache *cache, struct kb_error *ret_why)
{
    enum kb_protection level = KB_PROTECTION_NONE;
    enum kb_err rc = kb_kernel_key_read(name_of(dir).text, &cache->key, ret_why);
    if (rc == KB_OK) {
        level = KB_PROTECTION_STRONG;
    } else if ((rc == KB_ERR_NOT_FOUND || rc == KB_ERR_UNAVAILABLE) &&
               read_key_file(dir->fd, &cache->key)) {
        level = KB_PROTECTION_WEAK;
        if (rc == KB_ERR_NOT_FOUND)
            kb_fail(
                ret_why, rc, "the kernel keyring took no key (this user's quota may be used up)");
        rc = KB_OK;
    }
    set_level(cache, level, ret_why);
    cache->is_new = rc == KB_ERR_NOT_FOUND;
    return rc;
}

void kb_session_key_find(const struct kb_runtime_dir *dir, struct kb_cache *cache)
{
    struct kb_error why = KB_ERROR_INIT;
    (void)find(dir, cache, &why);
}

/*
 * Puts KEY where it is safest. WHY: what the kernel said when it was asked for a key. A
 * keyring that we may not read may hold a key of processes that may: not to be replaced.
 */
static enum kb_protection put_key(
    const struct kb_runtime_dir *dir, const struct kb_secret *key, struct kb_error *why)
{
    if (why->code == KB_ERR_NOT_FOUND &&
        kb_kernel_key_write(name_of(dir).text, key, KEY_TTL, why) == KB_OK)
        return KB_PROTECTION_STRONG;
    if (why->code == KB_ERR_UNAVAILABLE &&
        kb_file_replace_volatile(dir->fd, KEY_FILE, key->bytes, key->len, NULL) == KB_OK)
        return KB_PROTECTION_WEAK;
    return KB_PROTECTION_NONE;
}

/*
 * Where the kernel has no key for it, nothing in the directory opens any more, so it is
 * emptied: that bounds its size for ever. Where the kernel refuses us, others may still hold
 * the key of what lies there.
 */
static void make(const struct kb_runtime_dir *dir, struct kb_cache *cache, struct kb_error *why)
{
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    enum kb_protection level = KB_PROTECTION_NONE;
    if (why->code == KB_ERR_NOT_FOUND)
        KB_IGNORE(kb_sweep_remove(dir->fd, kb_sweep_not_a_lock, NULL));
    if (kb_secret_random(&key, KB_KERNEL_KEY_LEN, NULL) == KB_OK)
        level = put_key(dir, &key, why);
    if (level != KB_PROTECTION_NONE)
        kb_secret_move(&cache->key, &key);
    set_level(cache, level, why);
}

/*
 * The file's key moves into the kernel as soon as the kernel takes it: a process that was
 * refused, or a quota that was full for a moment, must not weaken the cache for good.
 */
static void strengthen(const struct kb_runtime_dir *dir, struct kb_cache *cache)
{
    struct kb_error why = KB_ERROR_INIT;
    if (kb_kernel_key_write(name_of(dir).text, &cache->key, KEY_TTL, &why) != KB_OK)
        return;
    KB_IGNORE(kb_file_remove(dir->fd, KEY_FILE, NULL));
    set_level(cache, KB_PROTECTION_STRONG, &why);
}

/* The kernel works and has no key, but a file holds one. */
static bool could_be_stronger(const struct kb_cache *cache, const struct kb_error *why)
{
    return cache->level == KB_PROTECTION_WEAK && why->code == KB_ERR_NOT_FOUND;
}

void kb_session_key_make(const struct kb_runtime_dir *dir, struct kb_cache *cache)
{
    KB_AUTO(kb_fd_close) int lock = -1;
    struct kb_error why = KB_ERROR_INIT;
    struct kb_error no_lock = KB_ERROR_INIT;
    enum kb_err rc = find(dir, cache, &why);
    if (rc == KB_OK && !could_be_stronger(cache, &why))
        return;
    if (kb_lock_take(dir->fd, LOCK_FILE, LOCK_WAIT_MS, &lock, &no_lock) != KB_OK) {
        if (rc != KB_OK)
            set_level(cache, KB_PROTECTION_NONE, &no_lock);
        return;
    }
    why = (struct kb_error)KB_ERROR_INIT;
    rc = find(dir, cache, &why); /* somebody may have been quicker */
    if (rc == KB_ERR_NOT_FOUND || rc == KB_ERR_UNAVAILABLE)
        make(dir, cache, &why);
    else if (could_be_stronger(cache, &why))
        strengthen(dir, cache);
}

enum kb_err kb_session_key_revoke(const struct kb_runtime_dir *dir, struct kb_error *err)
{
    enum kb_err rc = kb_kernel_key_revoke(name_of(dir).text, err);
    /* A keyring that we cannot use holds no key that we could use. */
    return rc == KB_ERR_UNAVAILABLE ? KB_OK : rc;
}
