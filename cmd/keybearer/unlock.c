/*
 * `unlock`: opens the sealed vault for a while, or has the desktop open the keyring of
 * one profile.
 */
#include "front.h"

int verb_unlock(int argc, char *argv[])
{
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(4096);
    int status = report_from_helper("unlock", KB_REPORT_UNLOCK, argc, argv, &frame);

    if (status)
        return status;
    if (frame.report.ttl > 0) {
        kb_buf_str(&out, "The vault is open for ");
        report_duration(&out, frame.report.ttl);
        kb_buf_str(&out, ".\n");
    } else {
        kb_buf_str(&out, "The keyring is open.\n");
    }
    return output(&out, 0);
}
