/*
 * Time as a value: read once at the edge, handed down as a parameter.
 */
#ifndef KB_BASE_CLOCK_H
#define KB_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Two clocks read at one moment, in seconds. */
struct kb_clock {
    int64_t wall; /* CLOCK_REALTIME: what expiry times mean; a person may set it */
    int64_t boot; /* CLOCK_BOOTTIME: counts through suspend; nobody can set it */
};

struct kb_clock kb_clock_now(void);

/* A moment on CLOCK_BOOTTIME, in milliseconds, by which something must have ended. */
struct kb_deadline {
    int64_t at_ms;
};

struct kb_deadline kb_deadline_in_ms(int64_t ms);

/* Milliseconds left, never negative; fits the timeout of poll(2). */
int kb_deadline_left_ms(struct kb_deadline deadline);

bool kb_deadline_passed(struct kb_deadline deadline);

#endif
