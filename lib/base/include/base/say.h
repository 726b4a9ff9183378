/*
 * What is said while the work goes on: it may get lost, but the work must not wait for it. A
 * terminal whose output is held, or a pipe that nobody reads, would keep whoever writes, and with
 * it all who wait for a lock that it holds.
 */
#ifndef KB_BASE_SAY_H
#define KB_BASE_SAY_H

#include "base/buf.h"

/* Writes LINE to FD, or as much of it as can be written without waiting, or nothing. */
void kb_say_at_once(int fd, const struct kb_buf *line);

#endif
