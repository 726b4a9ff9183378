/*
 * The headers that a configuration adds to requests.
 */
#ifndef KB_CONFIG_HEADER_H
#define KB_CONFIG_HEADER_H

#include "config/preset.h"

/* Whether the exchange itself sets header NAME (case ignored). */
bool kb_header_is_owned(const char *name);

/*
 * Checks a header for a request: the name is an RFC 9110 token, the value printable,
 * neither is one that we own (Host, Content-Length, Content-Type, Accept, ...) or that would hold
 * a secret (Authorization, Cookie, ...), and the preset's rules hold. KB_ERR_CONFIG naming the
 * header.
 */
KB_CHECKED enum kb_err kb_header_check(
    const struct kb_preset *preset, const char *name, const char *value, struct kb_error *err);

#endif
