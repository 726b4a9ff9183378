/*
 * `remove`: the client leaves its store, the profile the configuration, the token the
 * cache. The issued token itself lives on at the provider until it expires.
 */
#include "front.h"

int verb_remove(int argc, char *argv[])
{
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(4096);
    int status = report_from_helper("remove", argc, argv, &frame);
    const char *left, *note;

    if (status)
        return status;
    left = kb_pairs_get(&frame.report, "left_behind");
    note = kb_pairs_get(&frame.report, "note");
    kb_buf_fmt(&out, "Removed profile %s.\n", argv[0]);
    if (left)
        kb_buf_fmt(&out, "Note: %s.\n", left);
    if (note)
        kb_buf_fmt(&out, "%s\n", note);
    return output(&out, 0);
}
