/*
 * A process of the helper's own for a part of the work, confined for that part alone. Both ends
 * talk over pipes, which are the only way from one to the other.
 *
 * A message is its length and bytes; what a part says begins with whether it is an answer or an
 * error.
 */
#ifndef KB_HELPER_PART_H
#define KB_HELPER_PART_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"

#include <sys/types.h>

#define PART_MESSAGE_MAX 1048576

struct part {
    pid_t pid; /* 0: there is none */
    int hear, speak;
};

#define PART_INIT ((struct part){.hear = -1, .speak = -1})

/*
 * Starts RUN(CONTEXT) in a process that has no descriptor but its ends of the pipes. It ends with
 * RUN. To be called before this process has a secret, or is confined.
 */
KB_CHECKED enum kb_err part_begin(
    struct part *ret, void (*run)(void *context), void *context, struct kb_error *err);

/*
 * The next answer of PART, whom WHO names in errors, into RET. An error that it tells is this
 * call's.
 */
KB_CHECKED enum kb_err part_hear(const struct part *part, const char *who, struct kb_deadline by,
    struct kb_buf *ret, struct kb_error *err);

/* Tells PART, whom WHO names in errors, something for which it waits. KB_ERR_TIMEOUT: not by BY. */
KB_CHECKED enum kb_err part_tell(const struct part *part, const char *who, struct kb_deadline by,
    const struct kb_buf *what, struct kb_error *err);

/* Ends PART, after a second at the latest, whatever it does; for KB_AUTO. */
void part_end(struct part *part);

/* --- in the part ----------------------------------------------------------------------- */

/* Says BYTES, and there is more to come. Where nobody hears it, it is lost. */
void part_say(const struct kb_buf *bytes);

/* The last that is said: BYTES, or if RC is an error, ERR. Nothing may be allocated after it. */
void part_answer(const struct kb_buf *bytes, enum kb_err rc, const struct kb_error *err);

/* Waits for what it is told, for as long as its parent is there. Fails where that is gone. */
KB_CHECKED enum kb_err part_listen(struct kb_buf *ret, struct kb_error *err);

#endif
