/*
 * Memory for secrets between guard pages, locked where the limit allows. Private to secret.c.
 */
#ifndef KB_BASE_GUARDED_H
#define KB_BASE_GUARDED_H

#include <stddef.h>

/* LEN bytes at no particular alignment, or NULL when there is no memory. */
void *kb_guarded_alloc(size_t len);

/* Wipes and gives back the LEN bytes that kb_guarded_alloc() gave; NULL is nothing. */
void kb_guarded_free(void *bytes, size_t len);

#endif
