/*
 * `remove`: the client leaves its store, the profile the configuration, the token the
 * cache. The issued token itself lives on at the provider until it expires.
 */
#include "front.h"

int verb_remove(int argc, char *argv[])
{
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(16384);
    int status = report_from_helper("remove", KB_REPORT_REMOVE, argc, argv, &frame);
    const char *name = frame.report.remove.profile, *left = frame.report.remove.left_behind;

    if (status)
        return status;
    if (frame.report.remove.was_key)
        kb_buf_fmt(&out,
            "Removed the key of %s, which had no profile yet. If the provider has its public part, "
            "remove it there.\n",
            name);
    else
        kb_buf_fmt(&out, "Removed profile %s.\n", name);
    if (*left)
        report_words(&out, "Note: %s.", left);
    report_no_lock(&out, &frame.report);
    if (!frame.report.remove.was_key)
        kb_buf_str(&out,
            "A token that was already issued stays valid at the provider until it expires.\n");
    connected_say_gone(&out, name, NULL);
    return output(&out, 0);
}
