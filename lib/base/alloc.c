/*
 * Allocations that end the program instead of failing.
 */
#include "base/alloc.h"

#include "base/out_of_memory.h"

#include <stdlib.h>
#include <string.h>

static void *or_end(void *block)
{
    if (!block)
        kb_out_of_memory();
    return block;
}

void *kb_alloc(size_t count, size_t each)
{
    return or_end(calloc(count ? count : 1, each));
}

void *kb_grow(void *block, size_t count, size_t each)
{
    return or_end(reallocarray(block, count ? count : 1, each));
}

char *kb_text_dup(const char *text)
{
    return or_end(strdup(text));
}
