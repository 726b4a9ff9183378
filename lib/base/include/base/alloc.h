/*
 * Memory that is there: who asks for it need not look whether it came. A program that gets none
 * ends, with every libc and under sanitizers too (see out_of_memory.h).
 *
 * Buffers, secrets and what pack.h reads are apart from this: they have caps, and tell of a
 * failure themselves. They are all that a cached answer is made of, so that such an answer can
 * be had within a program that is not ours to end.
 */
#ifndef KB_BASE_ALLOC_H
#define KB_BASE_ALLOC_H

#include <stddef.h>

/* COUNT times EACH bytes, all zero. For the caller to free(), like all that is given here. */
void *kb_alloc(size_t count, size_t each) __attribute__((returns_nonnull, warn_unused_result));

/* BLOCK (may be NULL) with room for COUNT times EACH bytes; new ones have any value. */
void *kb_grow(void *block, size_t count, size_t each)
    __attribute__((returns_nonnull, warn_unused_result));

/* A copy of TEXT. */
char *kb_text_dup(const char *text) __attribute__((returns_nonnull, warn_unused_result));

#endif
