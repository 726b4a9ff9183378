/*
 * Words for a shell, in lines that a person types. Pure.
 */
#ifndef KB_BASE_SHELL_WORD_H
#define KB_BASE_SHELL_WORD_H

#include "base/buf.h"

/* Appends TEXT in quotes, as one word. */
void kb_shell_quote(struct kb_buf *out, const char *text);

/* The same, in quotes only where a shell would see more in it. */
void kb_shell_word(struct kb_buf *out, const char *text);

#endif
