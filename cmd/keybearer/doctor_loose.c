/*
 * `doctor` about credentials that lie in files in clear. A helper that is confined to these files
 * reads them. Must never read one itself.
 */
#include "doctor.h"

#include "front.h"

#include <stdio.h>

enum { ABOUT_MAX = 64 };

static void say_found(struct doctor_page *page, const struct kb_report_scan *scan, size_t i)
{
    const struct kb_pair *found = &scan->found.items[i], *what = &scan->what.items[i];
    char about[ABOUT_MAX];

    snprintf(about, sizeof(about), "plaintext %s", what->name);
    doctor_say(page, FINDING_WEAK, about, scan->next.items[i].name, "%s, line %s: %s", found->name,
        found->value, what->value);
}

void doctor_check_loose(struct doctor_page *page)
{
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    const struct kb_report_scan *scan = &frame.report.scan;
    struct kb_error err = KB_ERROR_INIT;

    if (helper_ask("scan", KB_REPORT_SCAN, NULL, &frame, &err)) {
        doctor_say(page, FINDING_FAIL, "plaintext", kb_err_hint(&err), "%s", err.msg);
        return;
    }
    for (size_t i = 0; i < scan->found.count && i < scan->what.count && i < scan->next.count; i++)
        say_found(page, scan, i);
    for (size_t i = 0; i < scan->unread.count; i++)
        doctor_say(page, FINDING_NOTE, "plaintext", NULL, "not looked at: %s",
            scan->unread.items[i].value);
    if (scan->found.count == 0 && scan->unread.count == 0)
        doctor_say(page, FINDING_OK, "plaintext", NULL,
            "no credential lies in clear where tools are known to keep one");
}
