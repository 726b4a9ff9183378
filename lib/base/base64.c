/*
 * Owns nothing but the cutting into pieces: libsodium encodes. Must leave no copy of
 * the input on the stack.
 */
#include "base/base64.h"

#include <sodium.h>

/* A multiple of three, so that only the last piece is padded. */
#define PIECE 48

void kb_base64_encode(struct kb_buf *out, const char *bytes, size_t len)
{
    char text[sodium_base64_ENCODED_LEN(PIECE, sodium_base64_VARIANT_ORIGINAL)];

    while (len > 0) {
        size_t piece = len < PIECE ? len : PIECE;

        sodium_bin2base64(text, sizeof(text), (const unsigned char *)bytes, piece,
            sodium_base64_VARIANT_ORIGINAL);
        kb_buf_str(out, text);
        bytes += piece;
        len -= piece;
    }
    sodium_memzero(text, sizeof(text));
}
