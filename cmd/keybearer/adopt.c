/*
 * `adopt`: the helper shows what changes, asks, and binds the client again; here its report
 * becomes one line a fact.
 */
#include "front.h"

#include <stdio.h>
#include <string.h>

static const char *report(const struct kb_frame *frame, const char *name)
{
    const char *value = kb_pairs_get(&frame->report, name);

    return value ? value : "";
}

static void describe(
    struct kb_buf *out, const struct kb_frame *frame, const char *what, const char *name)
{
    char before[32];

    kb_buf_fmt(out, "  %-25s %s", what, report(frame, name));
    snprintf(before, sizeof(before), "%s_before", name);
    if (strcmp(report(frame, before), report(frame, name)) != 0)
        kb_buf_fmt(out, " (before: %s)", report(frame, before));
    kb_buf_byte(out, '\n');
}

int verb_adopt(int argc, char *argv[])
{
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(16384);
    int status = report_from_helper("adopt", argc, argv, &frame);

    if (status)
        return status;
    if (*report(&frame, "already")) {
        kb_buf_str(&out, "Nothing to adopt: the client is bound as the profile asks for.\n");
    } else {
        kb_buf_str(&out, "Adopted. The client is bound to:\n");
        describe(&out, &frame, "token endpoint", "token");
        describe(&out, &frame, "certificate authorities", "ca");
    }
    if (*report(&frame, "config_before"))
        kb_buf_fmt(&out, "It came from %s.\n", report(&frame, "config_before"));
    if (*report(&frame, "left_behind"))
        kb_buf_fmt(&out, "Note: %s.\n", report(&frame, "left_behind"));
    return output(&out, 0);
}
