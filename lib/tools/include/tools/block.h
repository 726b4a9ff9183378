/*
 * A marked block of lines in a tool's file:
 *
 *   # keybearer begin NAME
 *   ...
 *   # keybearer end NAME
 *
 * Set, replaced, removed; every other byte stays. Line ends are the file's. Pure.
 */
#ifndef KB_TOOLS_BLOCK_H
#define KB_TOOLS_BLOCK_H

#include "base/buf.h"
#include "base/error.h"

#include <stdbool.h>

/*
 * Whether TEXT has the block NAME; RET gets its lines, each ended by '\n'. KB_ERR_CORRUPT, with the
 * line: it begins twice, or does not end. FILE names the text in errors.
 */
KB_CHECKED enum kb_err kb_block_look(const char *file, const struct kb_buf *text, const char *name,
    bool *ret_found, struct kb_buf *ret, struct kb_error *err);

/*
 * Appends to OUT the text with block NAME, whose LINES end with '\n': in its place if there is one,
 * else at the end, and then *RET_JOINED says whether the text before it did not end its last line,
 * so that was done.
 */
KB_CHECKED enum kb_err kb_block_set(const char *file, const struct kb_buf *text, const char *name,
    const char *lines, struct kb_buf *out, bool *ret_joined, struct kb_error *err);

/* Appends to OUT the text without block NAME. JOINED: as kb_block_set() said. */
KB_CHECKED enum kb_err kb_block_remove(const char *file, const struct kb_buf *text,
    const char *name, bool joined, struct kb_buf *out, struct kb_error *err);

#endif
