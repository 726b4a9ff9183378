/*
 * The formats of files that hold credentials in clear. Pure: a parser opens nothing, runs nothing,
 * and expands nothing, whatever stands in the text.
 */
#ifndef KB_LOOSE_PARSE_H
#define KB_LOOSE_PARSE_H

#include "loose/entry.h"

#include <stddef.h>

enum kb_loose_format {
    KB_LOOSE_ENV,       /* NAME=VALUE, as .env */
    KB_LOOSE_SHELL,     /* what a POSIX shell, bash or zsh runs when it starts */
    KB_LOOSE_FISH,      /* the same of fish */
    KB_LOOSE_JSON,      /* also with comments */
    KB_LOOSE_DOCKER,    /* JSON, and what docker calls a password */
    KB_LOOSE_TOML,      /* also Terraform's own language */
    KB_LOOSE_NPMRC,     /* NAME=VALUE of npm */
    KB_LOOSE_NETRC,     /* words */
    KB_LOOSE_URL_LINES, /* an address with a password a line */
};

/* Adds what TEXT, LEN bytes and a NUL, has of FORMAT to RET. What is of no format adds nothing. */
void kb_loose_parse(
    enum kb_loose_format format, const char *text, size_t len, struct kb_loose_entries *ret);

#endif
