/*
 * Opens, closes and destroys the cache as a whole: a directory and a session key.
 *
 * What is inside is elsewhere: records (record.c) and what they mean (tokens.c,
 * routes.c, outcome.c). Whatever goes wrong here ends as level NONE with a reason.
 */
#include "cache/cache.h"

#include "base/file.h"
#include "base/strings.h"
#include "runtime_dir.h"
#include "session_key.h"
#include "sweep.h"

#include <stdio.h>
#include <string.h>

static void open_cache(bool create, void (*get_key)(struct kb_cache *), struct kb_cache *ret)
{
    struct kb_cache cache = KB_CACHE_INIT;
    struct kb_runtime_dir dir = KB_RUNTIME_DIR_INIT;
    struct kb_error why = KB_ERROR_INIT;
    enum kb_err rc = kb_runtime_dir_open(create, &dir, &why);

    if (!rc) {
        cache.dir = dir.fd;
        get_key(&cache);
    } else {
        cache.is_new = rc == KB_ERR_NOT_FOUND;
        cache.is_unknown = rc == KB_ERR_SYSTEM;
        (void)snprintf(cache.why, sizeof(cache.why), "%.250s", why.msg);
    }
    *ret = cache;
}

void kb_cache_open(struct kb_cache *ret)
{
    open_cache(false, kb_session_key_find, ret);
}

void kb_cache_create(struct kb_cache *ret)
{
    open_cache(true, kb_session_key_make, ret);
}

void kb_cache_close(struct kb_cache *cache)
{
    if (!cache)
        return;
    kb_fd_close(&cache->dir);
    kb_secret_clear(&cache->key);
    *cache = KB_CACHE_INIT;
}

const char *kb_protection_name(enum kb_protection level)
{
    static const char *const names[] = {
        [KB_PROTECTION_NONE] = "none",
        [KB_PROTECTION_WEAK] = "weak",
        [KB_PROTECTION_STRONG] = "strong",
    };

    return names[level];
}

const char *kb_cache_path(void)
{
    static struct kb_runtime_dir dir;

    dir = KB_RUNTIME_DIR_INIT;
    KB_IGNORE(kb_runtime_dir_open(false, &dir, NULL));
    kb_fd_close(&dir.fd);
    return dir.path;
}

void kb_cache_make_place(void)
{
    KB_AUTO(kb_runtime_dir_close) struct kb_runtime_dir dir = KB_RUNTIME_DIR_INIT;

    KB_IGNORE(kb_runtime_dir_open(true, &dir, NULL));
}

bool kb_cache_place(size_t n, char path[static KB_CACHE_PATH_MAX])
{
    KB_AUTO(kb_runtime_dir_close) struct kb_runtime_dir dir = KB_RUNTIME_DIR_INIT;

    return kb_runtime_dir_open_any(n, &dir, NULL) != KB_ERR_UNAVAILABLE &&
           kb_text_copy(path, KB_CACHE_PATH_MAX, dir.path);
}

bool kb_cache_has_weak_key(void)
{
    bool found = kb_session_key_is_refused();

    for (size_t n = 0; !found; n++) {
        KB_AUTO(kb_runtime_dir_close) struct kb_runtime_dir dir = KB_RUNTIME_DIR_INIT;
        enum kb_err rc = kb_runtime_dir_open_any(n, &dir, NULL);
        if (rc == KB_ERR_UNAVAILABLE)
            break;
        found = !rc && kb_session_key_is_in_file(dir.fd);
    }
    return found;
}

bool kb_cache_is_crowded_out(struct kb_error *ret)
{
    bool is_lost = false;

    *ret = KB_ERROR_INIT;
    for (size_t n = 0; !is_lost; n++) {
        KB_AUTO(kb_runtime_dir_close) struct kb_runtime_dir dir = KB_RUNTIME_DIR_INIT;
        if (kb_runtime_dir_open_any(n, &dir, ret) == KB_ERR_UNAVAILABLE)
            break;
        is_lost = dir.is_lost;
    }
    return is_lost;
}

static enum kb_err destroy_in(const struct kb_runtime_dir *dir, void *unused, struct kb_error *err)
{
    enum kb_err rc = kb_session_key_revoke_former(dir, err);
    enum kb_err swept = kb_sweep_remove(dir->fd, kb_sweep_of_a_key, NULL, rc ? NULL : err);

    (void)unused;
    return rc ? rc : swept;
}

/* Nobody opens what is in a lost place once the key is revoked, unless keys lie in files. */
static enum kb_err leave_unseen(void *is_revoked, struct kb_error *err)
{
    if (*(const bool *)is_revoked && !kb_session_key_is_refused())
        return KB_OK;
    return err->code;
}

/*
 * At every place: cron and another session use others than we do, and one that is used no more
 * may have been until others could enter it.
 */
enum kb_err kb_cache_destroy(struct kb_error *err)
{
    static const struct kb_runtime_dir_work work = {destroy_in, leave_unseen};
    enum kb_err revoked = kb_session_key_revoke(err);
    bool is_revoked = !revoked;
    enum kb_err swept = kb_runtime_dir_each(&work, &is_revoked, revoked ? NULL : err);

    return revoked ? revoked : swept;
}
