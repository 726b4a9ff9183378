/*
 * `adopt`: the helper shows what changes, asks, and binds the client again; here its report
 * becomes one line a fact.
 */
#include "front.h"

#include <string.h>

static void describe(struct kb_buf *out, const char *what, const char *before, const char *now)
{
    kb_buf_fmt(out, "  %-25s %s", what, now);
    if (strcmp(before, now) != 0)
        kb_buf_fmt(out, " (before: %s)", before);
    kb_buf_byte(out, '\n');
}

int verb_adopt(int argc, char *argv[])
{
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(16384);
    const struct kb_report_adopt *report = &frame.report.adopt;
    int status = report_from_helper("adopt", KB_REPORT_ADOPT, argc, argv, &frame);

    if (status)
        return status;
    if (report->already) {
        kb_buf_str(&out, "Nothing to adopt: the client is bound as the profile asks for.\n");
    } else {
        kb_buf_str(&out, "Adopted. The client is bound to:\n");
        describe(&out, "token endpoint", report->before.token, report->now.token);
        describe(&out, "certificate authorities", report->before.ca, report->now.ca);
    }
    if (*report->config_before)
        kb_buf_fmt(&out, "It came from %s.\n", report->config_before);
    if (*report->left_behind)
        kb_buf_fmt(&out, "Note: %s.\n", report->left_behind);
    return output(&out, 0);
}
