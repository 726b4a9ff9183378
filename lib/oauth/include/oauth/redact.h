/*
 * Makes a server's words fit to be shown: printable ASCII, trimmed, and without what the request
 * showed it in confidence, which a server may echo.
 */
#ifndef KB_OAUTH_REDACT_H
#define KB_OAUTH_REDACT_H

#include "oauth/rows.h"

#include <stddef.h>

/*
 * Fills OUT, SIZE bytes with the final NUL, from LEN bytes of TEXT. Covered are the client's
 * secret, the assertions of this attempt and of those before it, what was read from the profile's
 * files, and the first token of two: every 8 bytes of one, and of its base64, and of that of
 * "id:secret", are found as they are, percent- or form-encoded, escaped as in JSON or HTML, in hex,
 * and in the URL-safe alphabet. The id is no secret, and what is shorter is no more than a word. No
 * more than the first 1024 bytes are shown.
 */
void kb_redact(
    const char *text, size_t len, const struct kb_oauth_context *context, char *out, size_t size);

#endif
