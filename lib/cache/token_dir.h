/*
 * Directories of tokens in clear: token_file.c makes them, and who removes records spares them.
 */
#ifndef KB_CACHE_TOKEN_DIR_H
#define KB_CACHE_TOKEN_DIR_H

#include <stdbool.h>
#include <string.h>

/* The names of these directories begin so, and no other name in the directory of the cache does. */
#define KB_TOKEN_DIR_PREFIX "r-"

/* As kb_sweep_wanted. */
static inline bool kb_is_token_dir(const char *name, void *unused)
{
    (void)unused;
    return strncmp(name, KB_TOKEN_DIR_PREFIX, strlen(KB_TOKEN_DIR_PREFIX)) == 0;
}

#endif
