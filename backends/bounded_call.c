/*
 * Waiting for an asynchronous GLib call until a deadline, and no longer.
 *
 * Owns the main loop in which the calls run. A call that was given up may keep memory and
 * a subscription on the bus, but nothing of it ever runs again: its loop stands still.
 */
#include "bounded_call.h"

/* What a well-behaved call needs to end once it is cancelled. */
#define GRACE_MS 300

/* More than one load leaves behind; a service that floods us shall not keep us busy. */
#define LAST_TURNS 1000

void kb_bounded_open(struct kb_bounded *self, struct kb_deadline deadline)
{
    *self = (struct kb_bounded){
        .cancellable = g_cancellable_new(),
        .deadline = deadline,
        .loop = g_main_context_new(),
    };
    g_main_context_push_thread_default(self->loop);
}

/* NameOwnerChanged: the name, its old owner and its new one; "" is none. */
static void on_owner(GDBusConnection *bus, const char *sender, const char *path,
    const char *interface, const char *signal, GVariant *arguments, void *self)
{
    struct kb_bounded *bounded = self;
    const char *before, *now;

    (void)bus, (void)sender, (void)path, (void)interface, (void)signal;
    if (!g_variant_is_of_type(arguments, G_VARIANT_TYPE("(sss)")))
        return;
    g_variant_get(arguments, "(&s&s&s)", NULL, &before, &now);
    bounded->gone = bounded->gone || (*before && !*now);
}

void kb_bounded_watch(struct kb_bounded *self, GDBusConnection *bus, const char *name)
{
    self->watched = g_object_ref(bus);
    self->watch = g_dbus_connection_signal_subscribe(bus, "org.freedesktop.DBus",
        "org.freedesktop.DBus", "NameOwnerChanged", "/org/freedesktop/DBus", name,
        G_DBUS_SIGNAL_FLAGS_NONE, on_owner, self, NULL);
}

void kb_bounded_close(struct kb_bounded *self)
{
    if (!self->loop)
        return;
    if (self->watched)
        g_dbus_connection_signal_unsubscribe(self->watched, self->watch);
    g_clear_object(&self->watched);
    g_clear_object(&self->result); /* holds on to what was called */
    /* Objects that are gone left the end of their subscriptions to the loop. */
    for (int i = 0; i < LAST_TURNS && g_main_context_iteration(self->loop, FALSE); i++)
        continue;
    g_main_context_pop_thread_default(self->loop);
    g_clear_pointer(&self->loop, g_main_context_unref);
    g_clear_object(&self->result); /* of a call that was given up and ended just now */
    g_clear_object(&self->cancellable);
}

void kb_bounded_done(GObject *source, GAsyncResult *result, void *self)
{
    struct kb_bounded *bounded = self;

    (void)source;
    g_clear_object(&bounded->result);
    bounded->result = g_object_ref(result);
}

static gboolean wake(void *data)
{
    (void)data;
    return G_SOURCE_CONTINUE;
}

static void run_until(struct kb_bounded *self, struct kb_deadline deadline)
{
    GSource *timer = g_timeout_source_new((guint)kb_deadline_left_ms(deadline));

    g_source_set_callback(timer, wake, NULL, NULL);
    g_source_attach(timer, self->loop);
    while (!self->result && !self->gone && !kb_deadline_passed(deadline))
        g_main_context_iteration(self->loop, TRUE);
    g_source_destroy(timer);
    g_source_unref(timer);
}

GAsyncResult *kb_bounded_wait(struct kb_bounded *self)
{
    g_clear_object(&self->result);
    run_until(self, self->deadline);
    if (!self->result) {
        bool gone = self->gone;

        g_cancellable_cancel(self->cancellable);
        self->gone = false; /* what the call holds is to be let go, as far as it does so */
        run_until(self, kb_deadline_in_ms(GRACE_MS));
        self->gone = gone;
    }
    return self->result;
}
