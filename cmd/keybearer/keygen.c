/*
 * `keygen`: the helper makes and stores the key. Its public part alone is the output, to be put
 * into a file or a form; what comes next is for a person who watches.
 */
#include "front.h"

#include "core/cards.h"

static void describe_next(struct kb_buf *out, const struct kb_report_keygen *report)
{
    const char *name = report->profile;

    kb_buf_fmt(out, "The private key is in %s%s%s, and nowhere else.\n",
        kb_say_store(report->store), report->level == KB_STORE_UNKNOWN ? "" : ", ",
        report->level == KB_STORE_UNKNOWN ? "" : kb_level_name(report->level));
    kb_buf_fmt(out, "Its public key, again: keybearer show %s --public-key\n", name);
    kb_buf_str(out, "Give the provider what is printed here, then:\n");
    if (report->is_idle)
        kb_buf_fmt(out,
            "  keybearer edit %s, and set \"client_auth\" to private_key_jwt or to\n"
            "  another method with a key: it does not use one yet\n",
            name);
    if (report->is_configured)
        kb_buf_fmt(out, "  keybearer add %s\n", name);
    else
        kb_buf_fmt(out,
            "  keybearer add %s --preset PRESET\n"
            "or, if it has no preset:\n"
            "  keybearer add %s --token-url URL --client-auth private_key_jwt\n",
            name, name);
    if (*report->left_behind)
        kb_buf_fmt(out, "Note: %s.\n", report->left_behind);
}

int verb_keygen(int argc, char *argv[])
{
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(8192), next = KB_BUF_INIT(4096);
    const struct kb_report_keygen *report = &frame.report.keygen;
    int status = report_from_helper("keygen", KB_REPORT_KEYGEN, argc, argv, &frame);

    if (status)
        return status;
    kb_buf_str(&out, report->text);
    if (out.len > 0 && out.data[out.len - 1] != '\n')
        kb_buf_byte(&out, '\n');
    status = output(&out, 0);
    describe_next(&next, report);
    report_no_lock(&next, &frame.report);
    output_progress(&next);
    return status;
}
