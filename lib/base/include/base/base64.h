/*
 * base64 with padding (RFC 4648 section 4), and base64url without (section 5), into and out of
 * buffers that wipe.
 */
#ifndef KB_BASE_BASE64_H
#define KB_BASE_BASE64_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

void kb_base64_encode(struct kb_buf *out, const char *bytes, size_t len);
void kb_base64url_encode(struct kb_buf *out, const char *bytes, size_t len);

/*
 * Appends what LEN bytes of TEXT mean. False, and nothing is appended, where they are not exactly
 * what the encoder writes (no line ends, no padding too few, no bit set that means nothing), or
 * where it does not fit.
 */
bool kb_base64_decode(struct kb_buf *out, const char *text, size_t len);
bool kb_base64url_decode(struct kb_buf *out, const char *text, size_t len);

#endif
