/*
 * `passwd`: replaces the passphrase, or the key file, that opens the sealed vault.
 */
#include "front.h"

int verb_passwd(int argc, char *argv[])
{
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(4096);
    int status = report_from_helper("passwd", KB_REPORT_PASSWD, argc, argv, &frame);

    if (status)
        return status;
    kb_buf_fmt(
        &out, "The vault has a new %s.\n", frame.report.key_file ? "key file" : "passphrase");
    return output(&out, 0);
}
