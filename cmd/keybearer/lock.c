/*
 * `lock`: the vault's key and the session key of the token cache are gone, and with the
 * latter every cached token.
 */
#include "front.h"

int verb_lock(int argc, char *argv[])
{
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(4096);
    int status = report_from_helper("lock", argc, argv, &frame);

    if (status)
        return status;
    kb_buf_str(&out, "The vault is locked, and every cached token is forgotten.\n");
    return output(&out, 0);
}
