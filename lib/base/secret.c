/*
 * The secret type's memory. Must never be printed, logged, or copied anywhere but
 * into a kb_buf.
 */
#include "base/secret.h"

#include "base/random.h"
#include "guarded.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* A policy of the whole process, chosen once in main(). */
static bool guard;

void kb_secret_guard(void)
{
    guard = true;
}

bool kb_secret_memory_locks(void)
{
    enum { AN_EXCHANGE = 32768 };
    void *bytes = sodium_init() < 0 ? NULL : sodium_malloc(AN_EXCHANGE);
    bool locked = bytes && sodium_mlock(bytes, AN_EXCHANGE) == 0;

    sodium_free(bytes);
    return locked;
}

/* LEN bytes and a NUL, in the process's kind of memory. */
static enum kb_err allocate(struct kb_secret *fresh, size_t len, struct kb_error *err)
{
    if (len > KB_SECRET_MAX)
        return kb_fail(err, KB_ERR_USAGE, "a secret is longer than %d bytes", KB_SECRET_MAX);
    fresh->guarded = guard;
    fresh->bytes = guard ? kb_guarded_alloc(len + 1) : malloc(len + 1);
    if (!fresh->bytes)
        return kb_fail(err, KB_ERR_SYSTEM, "out of memory");
    fresh->len = len;
    fresh->bytes[len] = '\0';
    return KB_OK;
}

enum kb_err kb_secret_set(
    struct kb_secret *secret, const void *bytes, size_t len, struct kb_error *err)
{
    struct kb_secret fresh = KB_SECRET_INIT;
    enum kb_err rc = allocate(&fresh, len, err);

    if (!fresh.bytes)
        return rc;
    if (len > 0)
        memcpy(fresh.bytes, bytes, len);
    kb_secret_move(secret, &fresh);
    return KB_OK;
}

enum kb_err kb_secret_from_buf(struct kb_secret *secret, struct kb_buf *buf, struct kb_error *err)
{
    enum kb_err rc = kb_buf_check(buf, "a secret", err);

    if (!rc)
        rc = kb_secret_set(secret, buf->data, buf->len, err);
    kb_buf_clear(buf);
    return rc;
}

enum kb_err kb_secret_random(struct kb_secret *secret, size_t len, struct kb_error *err)
{
    KB_AUTO(kb_secret_clear) struct kb_secret fresh = KB_SECRET_INIT;
    enum kb_err rc = allocate(&fresh, len, err);

    if (!rc)
        rc = kb_random(fresh.bytes, len, err);
    if (!rc)
        kb_secret_move(secret, &fresh);
    return rc;
}

void kb_secret_move(struct kb_secret *dst, struct kb_secret *src)
{
    kb_secret_clear(dst);
    *dst = *src;
    *src = KB_SECRET_INIT;
}

void kb_secret_append(const struct kb_secret *secret, struct kb_buf *buf)
{
    kb_buf_add(buf, secret->bytes, secret->len);
}

bool kb_secret_equal(const struct kb_secret *a, const struct kb_secret *b)
{
    return a->len > 0 && a->len == b->len && sodium_memcmp(a->bytes, b->bytes, a->len) == 0;
}

bool kb_secret_is_empty(const struct kb_secret *secret)
{
    return secret->len == 0;
}

void kb_secret_clear(struct kb_secret *secret)
{
    if (!secret)
        return;
    if (secret->guarded) {
        kb_guarded_free(secret->bytes, secret->len + 1);
    } else if (secret->bytes) {
        explicit_bzero(secret->bytes, secret->len + 1);
        free(secret->bytes);
    }
    *secret = KB_SECRET_INIT;
}
