/*
 * Owns nothing but the cutting into pieces: libsodium encodes and decodes. Must leave no copy of
 * the input on the stack.
 */
#include "base/base64.h"

#include <sodium.h>

/* A multiple of three, so that only the last piece is padded. */
#define PIECE 48

static void encode(struct kb_buf *out, const char *bytes, size_t len, int variant)
{
    char text[sodium_base64_ENCODED_LEN(PIECE, sodium_base64_VARIANT_ORIGINAL)];

    while (len > 0) {
        size_t piece = len < PIECE ? len : PIECE;

        sodium_bin2base64(text, sizeof(text), (const unsigned char *)bytes, piece, variant);
        kb_buf_str(out, text);
        bytes += piece;
        len -= piece;
    }
    sodium_memzero(text, sizeof(text));
}

static bool decode(struct kb_buf *out, const char *text, size_t len, int variant)
{
    char *place = NULL;
    size_t got = 0, room = kb_buf_room(out, len / 4 * 3 + 3, &place);

    if (room == 0)
        return false;
    if (sodium_base642bin((unsigned char *)place, room, text, len, NULL, &got, NULL, variant) !=
        0) {
        sodium_memzero(place, room);
        return false;
    }
    kb_buf_took(out, got);
    return true;
}

void kb_base64_encode(struct kb_buf *out, const char *bytes, size_t len)
{
    encode(out, bytes, len, sodium_base64_VARIANT_ORIGINAL);
}

void kb_base64url_encode(struct kb_buf *out, const char *bytes, size_t len)
{
    encode(out, bytes, len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

bool kb_base64_decode(struct kb_buf *out, const char *text, size_t len)
{
    return decode(out, text, len, sodium_base64_VARIANT_ORIGINAL);
}

bool kb_base64url_decode(struct kb_buf *out, const char *text, size_t len)
{
    return decode(out, text, len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}
