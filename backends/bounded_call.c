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

/* --- a prompt ------------------------------------------------------------------------ */

/* Shared with GLib's own thread, which may look at it once more after we have left it. */
struct kb_prompt {
    GMainContext *loop;
    char *path;    /* for that thread alone */
    gint nonsense; /* atomic */
};

static void clear_prompt(void *prompt)
{
    g_main_context_unref(((struct kb_prompt *)prompt)->loop);
    g_free(((struct kb_prompt *)prompt)->path);
}

static void release_prompt(void *prompt)
{
    g_atomic_rc_box_release_full(prompt, clear_prompt);
}

/* Completed: whether it was dismissed, and the objects, if not. */
static bool makes_sense(GVariant *body)
{
    g_autoptr(GVariant) result = NULL;
    gboolean is_dismissed;

    if (!body || !g_variant_is_of_type(body, G_VARIANT_TYPE("(bv)")))
        return false;
    g_variant_get(body, "(bv)", &is_dismissed, &result);
    return is_dismissed || g_variant_is_of_type(result, G_VARIANT_TYPE_OBJECT_PATH_ARRAY);
}

/* Libsecret tells nobody the path of its prompt; we see it go by. */
static GDBusMessage *on_message(
    GDBusConnection *bus, GDBusMessage *message, gboolean is_incoming, void *data)
{
    struct kb_prompt *prompt = data;
    const char *path = g_dbus_message_get_path(message);

    (void)bus;
    if (g_strcmp0(g_dbus_message_get_interface(message), "org.freedesktop.Secret.Prompt") != 0)
        return message;
    if (!is_incoming && g_strcmp0(g_dbus_message_get_member(message), "Prompt") == 0) {
        g_free(prompt->path);
        prompt->path = g_strdup(path);
    }
    if (!is_incoming || g_strcmp0(g_dbus_message_get_member(message), "Completed") != 0 ||
        g_strcmp0(prompt->path, path) != 0 || makes_sense(g_dbus_message_get_body(message)))
        return message;
    g_atomic_int_set(&prompt->nonsense, 1);
    g_main_context_wakeup(prompt->loop);
    g_object_unref(message);
    return NULL;
}

void kb_bounded_watch_prompt(struct kb_bounded *self, GDBusConnection *bus)
{
    self->prompt = g_atomic_rc_box_new0(struct kb_prompt);
    self->prompt->loop = g_main_context_ref(self->loop);
    self->asking = g_object_ref(bus);
    self->filter = g_dbus_connection_add_filter(
        bus, on_message, g_atomic_rc_box_acquire(self->prompt), release_prompt);
}

void kb_bounded_leave_prompt(struct kb_bounded *self)
{
    g_dbus_connection_remove_filter(self->asking, self->filter);
    g_clear_object(&self->asking);
    g_clear_pointer(&self->prompt, release_prompt);
}

/* --- a call -------------------------------------------------------------------------- */

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

static bool ends_in_nonsense(struct kb_bounded *self)
{
    /* Told once: a call that is given up has a moment to end. */
    if (!self->nonsense && self->prompt && g_atomic_int_get(&self->prompt->nonsense)) {
        self->nonsense = true;
        return true;
    }
    return false;
}

static void run_until(struct kb_bounded *self, struct kb_deadline deadline)
{
    GSource *timer = g_timeout_source_new((guint)kb_deadline_left_ms(deadline));

    g_source_set_callback(timer, wake, NULL, NULL);
    g_source_attach(timer, self->loop);
    while (!self->result && !self->gone && !ends_in_nonsense(self) && !kb_deadline_passed(deadline))
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
