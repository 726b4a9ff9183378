/*
 * Waiting for an asynchronous GLib call until a deadline, and no longer. Private to this
 * layer.
 *
 * The synchronous calls of libsecret cannot be trusted to end: they have no time limit,
 * and a prompt waits for ever for a service that never says the prompt is over, even
 * after it was cancelled. So only asynchronous ones are used, in a main loop of ours that
 * we can walk away from. A service that ends while it is waited for never answers: that is seen
 * at once.
 */
#ifndef KB_BACKENDS_BOUNDED_CALL_H
#define KB_BACKENDS_BOUNDED_CALL_H

#include "base/clock.h"

#include <gio/gio.h>
#include <stdbool.h>

struct kb_bounded {
    GCancellable *cancellable; /* to hand to each call */
    struct kb_deadline deadline;
    GMainContext *loop;
    GAsyncResult *result;
    GDBusConnection *watched; /* the bus that tells of the service's end */
    guint watch;
    bool gone;               /* the service that was there has ended */
    GDBusConnection *asking; /* the bus of a prompt that is waited for */
    guint filter;
    struct kb_prompt *prompt;
    bool nonsense; /* the service ended its prompt with what libsecret waits behind for ever */
};

/* Until kb_bounded_close(), the calls of this thread report to *SELF. */
void kb_bounded_open(struct kb_bounded *self, struct kb_deadline deadline);

/* From now on no call waits for NAME, a service on BUS, once that has ended. */
void kb_bounded_watch(struct kb_bounded *self, GDBusConnection *bus, const char *name);

/*
 * Until kb_bounded_leave_prompt(), no call waits for a prompt for objects to be unlocked, on BUS,
 * once that ended with something else than objects.
 */
void kb_bounded_watch_prompt(struct kb_bounded *self, GDBusConnection *bus);
void kb_bounded_leave_prompt(struct kb_bounded *self);

/* Takes one that was never opened (zero). A call that never ended is left where it is. */
void kb_bounded_close(struct kb_bounded *self);

/* The callback to hand to each call, with SELF as its data. */
void kb_bounded_done(GObject *source, GAsyncResult *result, void *self);

/*
 * Waits for the call just started. The result is borrowed until the next wait; NULL when
 * time is up, the service gone or its prompt nonsense, and the call did not even react to being
 * cancelled.
 */
GAsyncResult *kb_bounded_wait(struct kb_bounded *self);

#endif
