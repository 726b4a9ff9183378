/*
 * Colours for people at a terminal: not where NO_COLOR is set and not empty (https://no-color.org),
 * nor on a terminal that is dumb or unknown.
 */
#ifndef KB_FRONT_COLOUR_H
#define KB_FRONT_COLOUR_H

#include "base/buf.h"

#include <stdbool.h>

/* Whether what is written to FD may have colours. */
bool colour_is_wanted(int fd);

/* Colours "error:", "warning:" and "hint:" of TEXT, if FD, where it goes, wants colours. */
void colour_message(int fd, struct kb_buf *text);

/* The same for the words of findings that lines begin with, as `doctor` and `config check` have
 * them. */
void colour_findings(int fd, struct kb_buf *text);

#endif
