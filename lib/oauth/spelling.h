/*
 * The ways in which an echoing server may write one byte. Private to lib/oauth.
 */
#ifndef KB_OAUTH_SPELLING_H
#define KB_OAUTH_SPELLING_H

#include <stddef.h>

/*
 * Reads one byte of the original from the start of LEN > 0 bytes of TEXT; returns how
 * many bytes it takes there, 0 when it is not written this way.
 */
typedef size_t (*kb_spelling)(const char *text, size_t len, char *ret);

/* As it is, percent-encoded, form-encoded, escaped as in JSON, as in HTML, in hex, and
 * in the URL-safe alphabet of base64. */
#define KB_SPELLING_COUNT 7
extern const kb_spelling kb_spellings[KB_SPELLING_COUNT];

#endif
