/*
 * One line from a descriptor, until a deadline.
 */
#ifndef KB_HELPER_LINE_H
#define KB_HELPER_LINE_H

#include "base/buf.h"
#include "base/clock.h"

/* How a line came to its end. */
enum line_end {
    LINE_COMPLETE,
    LINE_CUT_SHORT, /* the input ended before the line did */
    LINE_TOO_LONG,  /* for the cap of the buffer */
    LINE_LATE,      /* the deadline passed */
    LINE_BROKEN,    /* the input cannot be read; errno says why */
};

/*
 * Appends what comes before the next '\n' to LINE. Reads byte by byte: what follows belongs
 * to the next question.
 */
enum line_end line_read(int fd, struct kb_deadline deadline, struct kb_buf *line);

#endif
