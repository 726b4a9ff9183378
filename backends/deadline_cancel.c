/*
 * A GCancellable that fires at a deadline: one thread that waits for either end.
 */
#include "deadline_cancel.h"

static void *wait_for_either(void *data)
{
    struct kb_deadline_cancel *self = data;
    g_mutex_lock(&self->mutex);
    while (!self->done && !kb_deadline_passed(self->deadline)) {
        gint64 left_us = (gint64)kb_deadline_left_ms(self->deadline) * 1000;
        g_cond_wait_until(&self->wake, &self->mutex, g_get_monotonic_time() + left_us);
    }
    bool late = !self->done;
    g_mutex_unlock(&self->mutex);
    if (late)
        g_cancellable_cancel(self->cancellable);
    return NULL;
}

void kb_deadline_cancel_start(struct kb_deadline_cancel *self, struct kb_deadline deadline)
{
    self->deadline = deadline;
    self->done = false;
    self->cancellable = g_cancellable_new();
    g_mutex_init(&self->mutex);
    g_cond_init(&self->wake);
    self->timer = g_thread_new("deadline", wait_for_either, self);
}

void kb_deadline_cancel_stop(struct kb_deadline_cancel *self)
{
    if (!self->timer)
        return;
    g_mutex_lock(&self->mutex);
    self->done = true;
    g_cond_signal(&self->wake);
    g_mutex_unlock(&self->mutex);
    g_thread_join(self->timer);
    self->timer = NULL;
    g_cond_clear(&self->wake);
    g_mutex_clear(&self->mutex);
    g_clear_object(&self->cancellable);
}
