/*
 * A GCancellable that fires at a deadline. Private to this layer.
 *
 * The synchronous calls of libsecret and GIO have no time limit of their own, and wait
 * for ever on a bus that never answers. Each gets one of these.
 */
#ifndef KB_BACKENDS_DEADLINE_CANCEL_H
#define KB_BACKENDS_DEADLINE_CANCEL_H

#include "base/clock.h"

#include <gio/gio.h>
#include <stdbool.h>

struct kb_deadline_cancel {
    GCancellable *cancellable; /* to hand to each call */
    struct kb_deadline deadline;
    GThread *timer;
    GMutex mutex;
    GCond wake;
    bool done;
};

/* In place: the timer holds its address until kb_deadline_cancel_stop(). */
void kb_deadline_cancel_start(struct kb_deadline_cancel *self, struct kb_deadline deadline);

/* Ends the timer; the cancellable is gone afterwards. Takes one that was never started (zero). */
void kb_deadline_cancel_stop(struct kb_deadline_cancel *self);

#endif
