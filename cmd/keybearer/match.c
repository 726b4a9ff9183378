/*
 * `match`: the helper's report, one line a fact.
 */
#include "front.h"

void describe_match(struct kb_buf *out, const struct kb_report *report)
{
    const struct kb_report_match *match = &report->match;

    if (match->already)
        kb_buf_fmt(out, "%s has %s already.\n", match->profile, match->address);
    else
        kb_buf_fmt(out, match->added ? "%s serves %s now.\n" : "%s no longer serves %s.\n",
            match->profile, match->address);
    if (match->listed)
        kb_buf_str(out, "The configuration lists the preset's own address from now on, too.\n");
    if (*match->beside)
        report_words(out,
            "Note: profile %s has the same address; the user name in the request decides.",
            match->beside);
    if (match->none)
        kb_buf_fmt(out, "No address is left: %s is reached by its name only (--profile %s).\n",
            match->profile, match->profile);
    if (!match->already)
        connected_say_moved(out, match->profile);
}
