/*
 * Time as a value: read once at the edge, handed down as a parameter.
 */
#ifndef KB_BASE_CLOCK_H
#define KB_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* Two clocks read at one moment, in milliseconds: a token may live for two seconds only. */
struct kb_clock {
    int64_t wall_ms; /* CLOCK_REALTIME: what expiry times mean; a person may set it */
    int64_t boot_ms; /* CLOCK_BOOTTIME: counts through suspend; nobody can set it */
};

struct kb_clock kb_clock_now(void);

/* Sleeps for MS milliseconds, whatever signals come. */
void kb_clock_sleep_ms(int64_t ms);

/* Whole seconds of MS, rounded down, also below zero. */
int64_t kb_clock_seconds(int64_t ms);

/* A span of time as people say it. */
struct kb_clock_said {
    char text[48];
};

/* "30 s", "59 min", "2 h 5 min" */
struct kb_clock_said kb_clock_say(int64_t seconds);

/*
 * Whether STAMP was made in the tick that it is now. File systems stamp changes with a clock that
 * ticks every few milliseconds: then a change made at once would leave the same stamp. False for
 * one that is a second or more in the future: another clock made it.
 */
bool kb_clock_is_in_this_tick(const struct timespec *stamp);

/* "2030-01-01T00:00:00Z" and its NUL */
#define KB_CLOCK_TEXT 21

/*
 * Unix time WALL as RFC 3339 in UTC, without a fraction; cut to the years 1970 to 9999.
 * Not gmtime(3): that reads the zone file first, seven system calls for nothing.
 */
void kb_clock_rfc3339(int64_t wall, char dst[static KB_CLOCK_TEXT]);

/*
 * All of TEXT as RFC 3339 section 5.6, as Unix time: with an offset, which may be Z; a fraction is
 * dropped. False for anything else, such as a date that does not exist.
 */
bool kb_clock_read_rfc3339(const char *text, int64_t *ret);

/* "Tue Jan  1 00:00:00 UTC 2030" and its NUL */
#define KB_CLOCK_UNIX_TEXT 29

/* The same as date(1) says it, and Go's UnixDate. */
void kb_clock_unix_date(int64_t wall, char dst[static KB_CLOCK_UNIX_TEXT]);

/* A moment on CLOCK_BOOTTIME, in milliseconds, by which something must have ended. */
struct kb_deadline {
    int64_t at_ms;
};

struct kb_deadline kb_deadline_in_ms(int64_t ms);

/* Milliseconds left, never negative; fits the timeout of poll(2). */
int kb_deadline_left_ms(struct kb_deadline deadline);

bool kb_deadline_passed(struct kb_deadline deadline);

#endif
