/*
 * Standard base64 with padding (RFC 4648 section 4), into a buffer that wipes.
 */
#ifndef KB_BASE_BASE64_H
#define KB_BASE_BASE64_H

#include "base/buf.h"

#include <stddef.h>

void kb_base64_encode(struct kb_buf *out, const char *bytes, size_t len);

#endif
