/*
 * free(), realloc() and reallocarray() that clear a block before glibc may reuse it.
 *
 * Linked into a program, they stand before glibc's own for everything in the process, so
 * the copies that libcurl, OpenSSL, json-c, GLib and glibc itself make of a secret go when
 * their blocks do. realloc() never has glibc move a block: it would leave the old bytes
 * behind. Must never be part of a build with sanitizers, which bring an allocator of their
 * own. valgrind puts its own in front of these and is not disturbed.
 */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

/* What glibc gives to those who replace its allocator's names. */
void __libc_free(void *block);
void *__libc_realloc(void *block, size_t size);

void free(void *block)
{
    if (!block)
        return;
    explicit_bzero(block, malloc_usable_size(block));
    __libc_free(block);
}

/* In place: glibc moves nothing that becomes smaller. The rest goes back to it, empty. */
static void *shrink(void *block, size_t had, size_t size)
{
    explicit_bzero((char *)block + size, had - size);
    return __libc_realloc(block, size);
}

static void *move(void *block, size_t had, size_t size)
{
    void *larger = malloc(size);

    if (!larger)
        return NULL;
    memcpy(larger, block, had);
    free(block);
    return larger;
}

void *realloc(void *block, size_t size)
{
    size_t had = malloc_usable_size(block);

    if (!block)
        return malloc(size);
    if (size == 0) {
        free(block);
        return NULL;
    }
    return size <= had ? shrink(block, had, size) : move(block, had, size);
}

void *reallocarray(void *block, size_t count, size_t each)
{
    size_t size;

    if (__builtin_mul_overflow(count, each, &size)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(block, size);
}
