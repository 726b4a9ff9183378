/*
 * A text line by line, and the values that shells and .env files have in common.
 */
#ifndef KB_LOOSE_LINES_H
#define KB_LOOSE_LINES_H

#include "loose/entry.h"

#include <stdbool.h>
#include <stddef.h>

struct lines {
    const char *text;
    size_t len;
    struct kb_loose_span line; /* without its line end, and without a mark of UTF-8 */
    size_t next;               /* where the line behind it begins */
    int number;                /* of LINE; 0 before the first */
};

/* Goes to the next line; false: there is none. */
bool lines_next(struct lines *lines);

/* Goes on to the line that AT is in; lines that were gone over count. */
void lines_reach(struct lines *lines, size_t at);

/* The first offset from AT before END that is neither space nor tab. */
size_t skip_blanks(const char *text, size_t at, size_t end);

/* Behind the last byte of the name at AT: letters, digits and '_'; AT itself: there is none. */
size_t skip_name(const char *text, size_t at, size_t end);

/* What follows a '=' or, with fish, a name. */
struct written {
    struct kb_loose_span value;
    size_t end; /* behind it and its quotes; it may be in another line */
    const char *why_not;
    bool is_open; /* its quotes end nowhere */
};

/*
 * Reads the value at AT of TEXT, whose line ends at LINE_END: in quotes, maybe over several lines,
 * or up to a byte of STOPS.
 */
struct written read_value(
    const char *text, size_t len, size_t at, size_t line_end, const char *stops);

#endif
