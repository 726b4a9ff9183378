/*
 * A capped byte buffer that wipes what it leaves behind.
 *
 * Appending past the cap, or running out of memory, sets a sticky failure:
 * later appends do nothing, and one check of kb_buf_check() at the end decides.
 * The bytes are always followed by a NUL that is not counted. Growth and
 * kb_buf_clear() wipe, so a buffer may hold a secret on its way to one write.
 */
#ifndef KB_BASE_BUF_H
#define KB_BASE_BUF_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct kb_buf {
    char *data; /* NULL while empty */
    size_t len;
    size_t cap;
    size_t max; /* most bytes it will ever hold, not counting the final NUL */
    bool failed;
};

#define KB_BUF_INIT(max_bytes) ((struct kb_buf){.max = (max_bytes)})

void kb_buf_add(struct kb_buf *buf, const void *bytes, size_t len);
void kb_buf_str(struct kb_buf *buf, const char *text);
void kb_buf_byte(struct kb_buf *buf, char byte);

/* Never for a secret: printf's own work space is not wiped. */
void kb_buf_fmt(struct kb_buf *buf, const char *fmt, ...) KB_PRINTF(2, 3);

/*
 * Room for read(2) to fill: *RET points behind the content, and the result is how many bytes
 * may be put there: WANT, or less where the cap is near; 0 when it is reached or memory ran
 * out (then the buffer has failed). kb_buf_took() says how many were.
 */
size_t kb_buf_room(struct kb_buf *buf, size_t want, char **ret);
void kb_buf_took(struct kb_buf *buf, size_t len);

/* Forgets and wipes the content, keeps memory and cap, clears the failure. */
void kb_buf_reset(struct kb_buf *buf);

/* Appends TEXT with each line end as '?': a path may hold some, and would forge a line. */
void kb_buf_one_line(struct kb_buf *buf, const char *text);

/*
 * For a terminal, where others wrote a part of it, as they may a path: each byte that could steer
 * it, or that is not ASCII, becomes '?'. Line ends stay.
 */
void kb_buf_make_harmless(struct kb_buf *buf);

/* KB_OK, or KB_ERR_SYSTEM naming WHAT ("the request") when it grew too large or memory ran out. */
KB_CHECKED enum kb_err kb_buf_check(
    const struct kb_buf *buf, const char *what, struct kb_error *err);

/* The content as a C string, "" while empty. Valid until the next append. */
const char *kb_buf_text(const struct kb_buf *buf);

/* Wipes, frees, and leaves an empty buffer of the same cap. Takes NULL. */
void kb_buf_clear(struct kb_buf *buf);

#endif
