/*
 * Words for a shell, in lines that a person types. Pure.
 */
#ifndef KB_BASE_SHELL_WORD_H
#define KB_BASE_SHELL_WORD_H

#include "base/buf.h"

#include <stdbool.h>

/* Appends TEXT in quotes, as one word. */
void kb_shell_quote(struct kb_buf *out, const char *text);

/* Whether every shell takes TEXT for one word as it is. */
bool kb_shell_is_plain(const char *text);

/* As kb_shell_quote(), in quotes only where TEXT is not plain. */
void kb_shell_word(struct kb_buf *out, const char *text);

#endif
