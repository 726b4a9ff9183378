/*
 * `rename OLD NEW`: the helper gives the profile and all that is stored for it another name. Here
 * the person learns which tools still have the old one. Must never change a tool's settings.
 */
#include "front.h"

#include <stdio.h>
#include <string.h>

/* Where a link that a tool starts names the profile, as "keybearer-pnpm-NAME" does. */
static void say_link(struct kb_buf *out, const char *before, const char *from, const char *to)
{
    char link[512], found[PATH_MAX], own[PATH_MAX];

    snprintf(link, sizeof(link), "%s%s", before, from);
    if (in_path_find(link, NULL, found) && in_path_own(own) && in_path_same(found, own))
        kb_buf_fmt(out, "A link still names %s: mv %s %.*s%s%s\n", from, found,
            (int)(strlen(found) - strlen(link)), found, before, to);
}

static void say_links(struct kb_buf *out, const char *from, const char *to)
{
    size_t count;
    const struct kb_proto_row *rows = kb_protos(&count);

    for (size_t i = 0; i < count; i++) {
        if (rows[i].chosen_by != KB_BY_PROFILE)
            continue;
        for (size_t n = 0; rows[i].links[n]; n++)
            say_link(out, rows[i].links[n], from, to);
    }
}

static void describe(struct kb_buf *out, const struct kb_report_rename *rename)
{
    const char *from = rename->from, *to = rename->to;

    if (rename->already)
        kb_buf_fmt(
            out, "%s is called %s already; what was left of the old name is gone.\n", from, to);
    else
        kb_buf_fmt(out, "Profile %s is called %s now.\n", from, to);
    if (rename->mentions > 0)
        kb_buf_fmt(out, "%lld place%s in the env of profiles named it, and %s changed, too.\n",
            (long long)rename->mentions, rename->mentions == 1 ? "" : "s",
            rename->mentions == 1 ? "is" : "are");
    if (*rename->left_behind)
        report_words(out, "Note: %s.", rename->left_behind);
    say_links(out, from, to);
    connected_say_gone(out, from, to);
    report_words(out,
        "Change what names it elsewhere: --profile %s in settings of tools, and commands such as "
        "keybearer run %s.",
        from, from);
}

int verb_rename(int argc, char *argv[])
{
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(65536);
    int status = report_from_helper("rename", KB_REPORT_RENAME, argc, argv, &frame);

    if (status)
        return status;
    describe(&out, &frame.report.rename);
    report_no_lock(&out, &frame.report);
    return output(&out, 0);
}
