/*
 * A token in clear, in a file, for a command that reads it there (`run --file`).
 *
 * The file "token", 0600, is in a directory of its own, 0700, in the directory of the cache: on a
 * memory file system, and nobody else may enter. Whoever keeps the directory holds its lock. Those
 * whose keeper was killed are removed by the next who makes one, and by kb_token_file_sweep().
 */
#ifndef KB_CACHE_TOKEN_FILE_H
#define KB_CACHE_TOKEN_FILE_H

#include "base/error.h"
#include "base/secret.h"
#include "cache/cache.h"

struct kb_token_file {
    int parent; /* the directory of the cache */
    int dir;    /* its own, locked; -1: there is none */
    char name[16];
    char path[KB_CACHE_PATH_MAX + 32]; /* of the file */
};

#define KB_TOKEN_FILE_INIT ((struct kb_token_file){.parent = -1, .dir = -1})

/* Whether there is a place for one; KB_ERR_UNAVAILABLE if not. */
KB_CHECKED enum kb_err kb_token_file_find_place(struct kb_error *err);

/*
 * Makes the directory, with no file in it yet. The lock holds as long as a copy of RET->dir is
 * open. KB_ERR_UNAVAILABLE: there is no place in memory for it. KB_ERR_TIMEOUT: another process
 * is at it for too long.
 */
KB_CHECKED enum kb_err kb_token_file_make(struct kb_token_file *ret, struct kb_error *err);

/*
 * Puts TOKEN into the file, without a line end: some of its readers would take that for a part of
 * it. Whoever reads the file meanwhile sees the old one or the new one, whole.
 */
KB_CHECKED enum kb_err kb_token_file_write(
    const struct kb_token_file *file, const struct kb_secret *token, struct kb_error *err);

/* Removes file and directory, as far as they are there, and closes both descriptors. */
void kb_token_file_remove(struct kb_token_file *file);

/* Closes the descriptors, and removes nothing: somebody else keeps it. */
void kb_token_file_close(struct kb_token_file *file);

/*
 * Removes those that nobody keeps, at every place of this user's. The error says where that could
 * not be done.
 */
KB_CHECKED enum kb_err kb_token_file_sweep(struct kb_error *err);

#endif
