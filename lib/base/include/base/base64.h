/*
 * Base64, into a buffer that wipes.
 */
#ifndef KB_BASE_BASE64_H
#define KB_BASE_BASE64_H

#include "base/buf.h"

#include <stddef.h>

/* With padding, RFC 4648 section 4. */
void kb_base64_encode(struct kb_buf *out, const char *bytes, size_t len);

/* Fit for addresses and without padding, section 5: as JSON Web Tokens have it. */
void kb_base64url_encode(struct kb_buf *out, const char *bytes, size_t len);

#endif
