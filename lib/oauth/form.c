/*
 * The form encoding. Must never leave a byte bare that a server could read as a
 * separator: a raw '+' in a secret becomes a space at the other end.
 */
#include "oauth/form.h"

static bool stays_bare(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void kb_form_encode(struct kb_buf *out, const char *bytes, size_t len)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)bytes[i];

        if (stays_bare(bytes[i])) {
            kb_buf_byte(out, bytes[i]);
        } else if (byte == ' ') {
            kb_buf_byte(out, '+');
        } else {
            kb_buf_byte(out, '%');
            kb_buf_byte(out, digits[byte >> 4]);
            kb_buf_byte(out, digits[byte & 15]);
        }
    }
}
