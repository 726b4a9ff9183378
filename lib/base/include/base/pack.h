/*
 * The binary building blocks of our records and frames: little-endian integers
 * and byte strings behind a 32-bit length.
 */
#ifndef KB_BASE_PACK_H
#define KB_BASE_PACK_H

#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void kb_pack_u8(struct kb_buf *out, uint8_t value);
void kb_pack_u32(struct kb_buf *out, uint32_t value);
void kb_pack_i64(struct kb_buf *out, int64_t value);
void kb_pack_bytes(struct kb_buf *out, const void *bytes, size_t len); /* with length */
void kb_pack_text(struct kb_buf *out, const char *text);               /* NULL packs as "" */
void kb_pack_secret(struct kb_buf *out, const struct kb_secret *secret);
void kb_pack_error(struct kb_buf *out, const struct kb_error *error);

/* A cursor over bytes it does not own. Reading past the end sets FAILED and yields zeros. */
struct kb_unpack {
    const unsigned char *next;
    size_t left;
    bool failed;
};

struct kb_unpack kb_unpack(const void *bytes, size_t len);
uint8_t kb_unpack_u8(struct kb_unpack *in);
uint32_t kb_unpack_u32(struct kb_unpack *in);
int64_t kb_unpack_i64(struct kb_unpack *in);
/* LEN bytes without a length in front of them, or NULL. */
const unsigned char *kb_unpack_raw(struct kb_unpack *in, size_t len);
/* A length and that many bytes, borrowed; NULL and *RET_LEN 0 when failed. */
const unsigned char *kb_unpack_bytes(struct kb_unpack *in, size_t *ret_len);
/* Copies a text of less than CAP bytes into DST; a NUL inside, or too long, fails. */
void kb_unpack_text(struct kb_unpack *in, char *dst, size_t cap);
/* An owned copy of a text without NUL bytes, or NULL when failed. The caller frees. */
char *kb_unpack_text_dup(struct kb_unpack *in);
void kb_unpack_secret(struct kb_unpack *in, struct kb_secret *ret);
/* An unknown code fails, an error without a message, and a text that is not printable ASCII. */
void kb_unpack_error(struct kb_unpack *in, struct kb_error *ret);
/* KB_OK when nothing failed and nothing is left over, else KB_ERR_CORRUPT naming WHAT. */
KB_CHECKED enum kb_err kb_unpack_end(
    const struct kb_unpack *in, const char *what, struct kb_error *err);

#endif
