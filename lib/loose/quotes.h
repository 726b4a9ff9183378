/*
 * Where a shell would say that a line begins within quotes, or goes on with the one above it.
 */
#ifndef KB_LOOSE_QUOTES_H
#define KB_LOOSE_QUOTES_H

#include <stdbool.h>
#include <stddef.h>

struct quotes {
    const char *text;
    size_t len;
    size_t at;  /* so far it is known; in no quotes */
    bool joins; /* a backslash before AT joins two lines */
};

/* Whether the line at START, which is behind the one that was asked about before, begins so. */
bool quotes_reach(struct quotes *quotes, size_t start);

#endif
