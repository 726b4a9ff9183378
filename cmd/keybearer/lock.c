/*
 * `lock`: the vault's key and the session key of the token cache are gone, and with the
 * latter every cached token. Must not say so where session keys lie in files, one in each
 * directory: nobody knows of those that other values of XDG_RUNTIME_DIR name.
 */
#include "front.h"

int verb_lock(int argc, char *argv[])
{
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(4096);
    bool is_weak = kb_cache_has_weak_key();
    int status = report_from_helper("lock", KB_REPORT_LOCK, argc, argv, &frame);

    if (status)
        return status;
    if (is_weak)
        kb_buf_str(&out,
            "The vault is locked, and every token cached at the usual places is forgotten.\n"
            "The cache is weak: one cached with another XDG_RUNTIME_DIR is served until it "
            "expires,\nor until keybearer lock is run with that value.\n");
    else
        kb_buf_str(&out, "The vault is locked, and every cached token is forgotten.\n");
    return output(&out, 0);
}
