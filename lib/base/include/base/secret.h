/*
 * The one type that holds a client secret, a passphrase or a token.
 *
 * No function that logs or formats takes it. The memory is wiped on clear; once
 * a process has called kb_secret_guard(), it also lies in libsodium's guarded,
 * locked pages, small ones together (the helper does so; the front holds one
 * token for microseconds and cannot afford the pages).
 */
#ifndef KB_BASE_SECRET_H
#define KB_BASE_SECRET_H

#include "base/buf.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* More than any client secret or token we accept (a token is at most 16 KiB). */
#define KB_SECRET_MAX 65536

struct kb_secret {
    char *bytes; /* NUL after the last byte; NULL while empty */
    size_t len;
    bool guarded; /* how bytes was allocated */
};

#define KB_SECRET_INIT ((struct kb_secret){0})

/* From now on secrets of this process live in guarded memory. Call once, early in main. */
void kb_secret_guard(void);

/*
 * Whether guarded memory is locked too, so that it never reaches the swap: an exchange's worth
 * of it is tried. libsodium itself does not say when the user's limit was too low.
 */
bool kb_secret_memory_locks(void);

/*
 * Replaces *SECRET by a copy of LEN bytes. On failure (KB_ERR_SYSTEM: no memory;
 * KB_ERR_USAGE: longer than KB_SECRET_MAX) *SECRET is unchanged. BYTES may be NULL
 * when LEN is 0. The caller wipes its own copy.
 */
KB_CHECKED enum kb_err kb_secret_set(
    struct kb_secret *secret, const void *bytes, size_t len, struct kb_error *err);

/* Replaces *SECRET by what BUF holds and wipes and clears BUF, also on failure. */
KB_CHECKED enum kb_err kb_secret_from_buf(
    struct kb_secret *secret, struct kb_buf *buf, struct kb_error *err);

/* LEN random bytes from the kernel. */
KB_CHECKED enum kb_err kb_secret_random(struct kb_secret *secret, size_t len, struct kb_error *err);

/* Moves SRC into DST (cleared first); SRC is empty afterwards. */
void kb_secret_move(struct kb_secret *dst, struct kb_secret *src);

/* Appends the bytes to BUF, which wipes. The only way out of the type. */
void kb_secret_append(const struct kb_secret *secret, struct kb_buf *buf);

/* Equality in time that depends on the lengths only. Empty equals nothing, not even empty. */
bool kb_secret_equal(const struct kb_secret *a, const struct kb_secret *b);

bool kb_secret_is_empty(const struct kb_secret *secret);

/* Wipes, frees, makes it KB_SECRET_INIT. Takes NULL; may be called twice. */
void kb_secret_clear(struct kb_secret *secret);

#endif
