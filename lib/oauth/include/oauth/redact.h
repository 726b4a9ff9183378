/*
 * Makes a server's words fit to be shown: printable ASCII, trimmed, and without the
 * client's id or secret, which a server may echo.
 */
#ifndef KB_OAUTH_REDACT_H
#define KB_OAUTH_REDACT_H

#include "core/client.h"

#include <stddef.h>

/*
 * Fills OUT, SIZE bytes with the final NUL, from LEN bytes of TEXT. The id, the secret,
 * their base64 and that of "id:secret" are each found as they are, percent- or
 * form-encoded, escaped as in JSON or HTML, in hex, and in the URL-safe alphabet; of the
 * secret also every piece of 8 bytes. No more than the first 1024 bytes are shown.
 */
void kb_redact(
    const char *text, size_t len, const struct kb_client *client, char *out, size_t size);

#endif
