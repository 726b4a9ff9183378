/*
 * Makes a server's words fit to be shown: printable ASCII, trimmed, and without the
 * client's secret, which a server may echo.
 */
#ifndef KB_OAUTH_REDACT_H
#define KB_OAUTH_REDACT_H

#include "core/client.h"

#include <stddef.h>

/*
 * Fills OUT, SIZE bytes with the final NUL, from LEN bytes of TEXT. Every 8 bytes of the secret, of
 * its base64 and of that of "id:secret" are found as they are, percent- or
 * form-encoded, escaped as in JSON or HTML, in hex, and in the URL-safe alphabet. The id is no
 * secret, and what is shorter is no more than a word. No more than the first 1024 bytes are shown.
 */
void kb_redact(
    const char *text, size_t len, const struct kb_client *client, char *out, size_t size);

#endif
