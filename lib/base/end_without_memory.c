/*
 * malloc(), calloc() and posix_memalign() that never fail: the program ends instead.
 *
 * Libraries do not survive it: json-c follows the NULL, or reads half of a document; GLib prints
 * and aborts. And a text of ours that lacks a part is noticed late or not at all. So nothing is
 * answered, stored or configured by a process that memory ran out for. What it had begun to write
 * is left as if it had been killed, which every file of ours must bear anyway.
 *
 * Large blocks that libsodium maps for itself, for a secret or a passphrase, do not come here;
 * their callers get an error. Must never be part of a build with sanitizers, like
 * wipe_on_free.c, whose realloc() comes here.
 */
#include "base/out_of_memory.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

/* What glibc gives to those who replace its allocator's names. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t each);
void *__libc_memalign(size_t alignment, size_t size);

static void *or_end(void *block)
{
    if (!block)
        kb_out_of_memory();
    return block;
}

void *malloc(size_t size)
{
    return or_end(__libc_malloc(size));
}

void *calloc(size_t count, size_t each)
{
    return or_end(__libc_calloc(count, each));
}

int posix_memalign(void **ret, size_t alignment, size_t size)
{
    bool is_power = alignment > 0 && (alignment & (alignment - 1)) == 0;

    if (!is_power || alignment % sizeof(void *) != 0)
        return EINVAL;
    *ret = or_end(__libc_memalign(alignment, size));
    return 0;
}
