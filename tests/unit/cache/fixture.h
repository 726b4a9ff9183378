/*
 * A cache directory of the test's own, on tmpfs, with a session key of its own.
 */
#ifndef KB_TESTS_CACHE_FIXTURE_H
#define KB_TESTS_CACHE_FIXTURE_H

#include "cache/cache.h"

#include "../sandbox.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

static char runtime_dir[64]; /* $XDG_RUNTIME_DIR */
static char cache_dir[96];   /* $XDG_RUNTIME_DIR/keybearer, made by the code under test */

static inline int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

static inline int remove_tree(const char *path)
{
    return nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static inline int make_runtime_dir(void **state)
{
    (void)state;
    (void)strcpy(runtime_dir, "/dev/shm/kb-test-XXXXXX");
    if (!mkdtemp(runtime_dir) || setenv("XDG_RUNTIME_DIR", runtime_dir, 1) != 0)
        return -1;
    (void)snprintf(cache_dir, sizeof cache_dir, "%s/keybearer", runtime_dir);
    return 0;
}

static inline int remove_runtime_dir(void **state)
{
    (void)state;
    struct kb_error err = KB_ERROR_INIT;
    (void)setenv("XDG_RUNTIME_DIR", runtime_dir, 1);
    if (strcmp(kb_cache_path(), cache_dir) == 0 && kb_cache_destroy(&err) != KB_OK)
        print_error("cannot clean up: %s\n", err.msg);
    return remove_tree(runtime_dir);
}

#define CACHE_TEST(function)                                                                       \
    cmocka_unit_test_setup_teardown(function, make_runtime_dir, remove_runtime_dir)

static inline void need_keyrings(void)
{
    if (!keyrings_work()) {
        print_message("skipped: no kernel keyrings here\n");
        skip();
    }
}

/* A bare chroot has a /dev/shm that only root writes to. */
static inline void need_shared_memory(void)
{
    struct stat st;

    if (stat("/dev/shm", &st) != 0 || !(st.st_mode & S_IWOTH)) {
        print_message("skipped: others may not write to /dev/shm here\n");
        skip();
    }
}

static inline void need_root(void)
{
    if (geteuid() != 0) {
        print_message("skipped: needs root, to become a user of its own\n");
        skip();
    }
}

static inline struct kb_cache_key key_of(unsigned char letter)
{
    struct kb_cache_key key;
    memset(key.bytes, letter, sizeof key.bytes);
    return key;
}

static inline struct kb_token token_of(const char *text)
{
    struct kb_token token = KB_TOKEN_INIT;
    kb_token_set_life(&token, 3600, (struct kb_clock){.wall_ms = 1000000000, .boot_ms = 1000000});
    if (kb_secret_set(&token.value, text, strlen(text), NULL) != KB_OK)
        abort();
    return token;
}

static inline bool put_token(const struct kb_cache *cache, unsigned char letter, const char *text)
{
    KB_AUTO(kb_token_clear) struct kb_token token = token_of(text);
    struct kb_cache_key key = key_of(letter);
    return kb_cache_put_token(cache, &key, &token, NULL) == KB_OK;
}

/* TEXT NULL: there must be a miss. */
static inline bool has_token(const struct kb_cache *cache, unsigned char letter, const char *text)
{
    KB_AUTO(kb_token_clear) struct kb_token found = KB_TOKEN_INIT;
    struct kb_cache_key key = key_of(letter);
    enum kb_err rc = kb_cache_get_token(cache, &key, &found, NULL);
    if (!text)
        return rc == KB_ERR_NOT_FOUND;
    return rc == KB_OK && found.value.len == strlen(text) &&
           memcmp(found.value.bytes, text, found.value.len) == 0;
}

#endif
