/*
 * `add`: the helper asks, proves, stores and writes the profile; here its report becomes
 * the lines that connect the person's tools.
 */
#include "front.h"

static void describe_proof(struct kb_buf *out, const struct kb_report_add *report)
{
    kb_buf_fmt(out, "Profile %s is ready: its client is in %s (%s), and %s issued a token",
        report->profile, report->store, kb_level_name(report->level), report->endpoint);
    if (report->life_ms > 0) {
        kb_buf_str(out, " for ");
        report_duration(out, kb_clock_seconds(report->life_ms));
    }
    kb_buf_str(out, ".\n");
    if (report->level == KB_STORE_WEAK)
        kb_buf_str(out, "Note: weak, because the key file lies on the disk of what it opens.\n");
    if (*report->no_cache)
        kb_buf_fmt(out, "Note: tokens are not cached here: %s.\n", report->no_cache);
    if (report->replaced)
        kb_buf_str(out, "Note: all settings of the profile that was there were replaced.\n");
    if (*report->rival)
        kb_buf_fmt(out,
            "Note: profile %s has the same address: tools that give no more than the address are "
            "refused;\nuse different paths in --match, or a different --username to ask with.\n",
            report->rival);
    if (*report->left_behind)
        kb_buf_fmt(out, "Note: %s.\n", report->left_behind);
    if (*report->warning)
        kb_buf_fmt(out, "Note: %s.\n", report->warning);
}

static void describe_tools(
    struct kb_buf *out, const struct kb_report_add *report, const struct kb_pair *address)
{
    const char *origin = address->name;

    kb_buf_fmt(out, "\nConnect the tools that talk to %s:\n", origin);
    if (report->serves_git) {
        kb_buf_fmt(out, "  git     git config --global credential.%s.helper keybearer\n", origin);
        kb_buf_fmt(out,
            "  docker  in ~/.docker/config.json: \"credHelpers\": { \"%s\": \"keybearer\" }\n",
            address->value);
    }
    kb_buf_fmt(out, "  curl    keybearer header %s | curl -H @- %s/...\n", report->profile, origin);
}

static void describe(struct kb_buf *out, const struct kb_report_add *report)
{
    describe_proof(out, report);
    for (size_t i = 0; i < report->addresses.count; i++)
        describe_tools(out, report, &report->addresses.items[i]);
    kb_buf_fmt(out, "\nAny program: keybearer run %s -- COMMAND, or keybearer token %s | COMMAND\n",
        report->profile, report->profile);
}

int verb_add(int argc, char *argv[])
{
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(65536);
    int status = report_from_helper("add", KB_REPORT_ADD, argc, argv, &frame);

    if (status)
        return status;
    describe(&out, &frame.report.add);
    return output(&out, 0);
}
