/*
 * `unlock`: opens the sealed vault for a while, or has the desktop open the keyring of
 * one profile.
 */
#include "front.h"

void describe_unlock(struct kb_buf *out, const struct kb_report *report)
{
    if (report->ttl > 0)
        report_duration(out, "The vault is open for ", report->ttl, ".\n");
    else
        kb_buf_str(out, "The keyring is open.\n");
}
