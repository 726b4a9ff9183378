/*
 * application/x-www-form-urlencoded, as RFC 6749 appendix B wants it: everything but
 * A-Z a-z 0-9 - . _ ~ is percent-encoded, a space becomes '+'.
 */
#ifndef KB_OAUTH_FORM_H
#define KB_OAUTH_FORM_H

#include "base/buf.h"

void kb_form_encode(struct kb_buf *out, const char *bytes, size_t len);

#endif
