/*
 * malloc() and calloc() that never return NULL: the program ends instead.
 *
 * Libraries do not survive it: json-c follows the NULL, or reads half of a document. And a
 * text of ours that lacks a part is noticed late or not at all. So nothing is answered, stored
 * or configured by a process that memory ran out for. What it had begun to write is left as if
 * it had been killed, which every file of ours must bear anyway.
 *
 * Large blocks that libsodium maps for itself, for a secret or a passphrase, do not come here;
 * their callers get an error. Must never be part of a build with sanitizers, like
 * wipe_on_free.c, whose realloc() comes here.
 */
#include "base/out_of_memory.h"

#include <stdlib.h>

/* What glibc gives to those who replace its allocator's names. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t each);

void *malloc(size_t size)
{
    void *block = __libc_malloc(size);

    if (!block)
        kb_out_of_memory();
    return block;
}

void *calloc(size_t count, size_t each)
{
    void *block = __libc_calloc(count, each);

    if (!block)
        kb_out_of_memory();
    return block;
}
