/*
 * The way to the session bus, and to a service on it, without ever starting a bus and
 * without ever waiting longer than a deadline. Private to this layer.
 */
#ifndef KB_BACKENDS_SESSION_BUS_H
#define KB_BACKENDS_SESSION_BUS_H

#include "base/error.h"

#include "bounded_call.h"

#include <gio/gio.h>
#include <stdbool.h>

/*
 * The connection that GLib shares in this process, to a bus of our own user. KB_ERR_UNAVAILABLE:
 * there is none; the hint, if any, says what could bring one, and not what to do without one.
 * What else uses GLib's connection gets this one, and only while it is held.
 * Sets DBUS_SESSION_BUS_ADDRESS where it was missing, so that GLib has nothing to guess.
 */
KB_CHECKED enum kb_err kb_session_bus_open(
    struct kb_bounded *bounded, GDBusConnection **ret, struct kb_error *err);

/* Whether NAME has an owner on the bus, or a service file that could start one. */
KB_CHECKED enum kb_err kb_session_bus_has(GDBusConnection *bus, const char *name,
    struct kb_bounded *bounded, bool *ret, struct kb_error *err);

/*
 * Turns ERROR (freed; NULL: the call never ended) of a call that BOUNDED waited for into ours; WHAT
 * says what was tried.
 */
KB_CHECKED enum kb_err kb_session_bus_fail(
    const struct kb_bounded *bounded, GError *error, const char *what, struct kb_error *err);

#endif
