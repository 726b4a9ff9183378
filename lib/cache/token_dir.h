/*
 * Directories of tokens in clear: token_file.c makes them, and who removes records spares them.
 */
#ifndef KB_CACHE_TOKEN_DIR_H
#define KB_CACHE_TOKEN_DIR_H

/* The names of these directories begin so, and no other name in the directory of the cache does. */
#define KB_TOKEN_DIR_PREFIX "r-"

#endif
