/*
 * `add`: the helper asks, proves, stores and writes the profile; here its report becomes
 * the lines that connect the person's tools.
 */
#include "front.h"

#include "base/strings.h"

#include <stdlib.h>
#include <string.h>

static const char *report(const struct kb_frame *frame, const char *name)
{
    const char *value = kb_pairs_get(&frame->report, name);

    return value ? value : "";
}

static void describe_proof(struct kb_buf *out, const struct kb_frame *frame)
{
    kb_buf_fmt(out, "Profile %s is ready: its client is in %s (%s), and %s issued a token",
        report(frame, "profile"), report(frame, "store"), report(frame, "protection"),
        report(frame, "endpoint"));
    if (*report(frame, "lifetime") != '\0') {
        kb_buf_str(out, " for ");
        report_duration(out, strtoll(report(frame, "lifetime"), NULL, 10));
    }
    kb_buf_str(out, ".\n");
    if (strcmp(report(frame, "protection"), "weak") == 0)
        kb_buf_str(out, "Note: weak, because the key file lies on the disk of what it opens.\n");
    if (*report(frame, "no_cache") != '\0')
        kb_buf_fmt(out, "Note: tokens are not cached here: %s.\n", report(frame, "no_cache"));
    if (*report(frame, "replaced") != '\0')
        kb_buf_str(out, "Note: all settings of the profile that was there were replaced.\n");
    if (*report(frame, "rival") != '\0')
        kb_buf_fmt(out,
            "Note: profile %s has the same address: tools that give no more than the address are "
            "refused;\nuse different paths in --match, or a different --username to ask with.\n",
            report(frame, "rival"));
    if (*report(frame, "left_behind") != '\0')
        kb_buf_fmt(out, "Note: %s.\n", report(frame, "left_behind"));
    if (*report(frame, "warning") != '\0')
        kb_buf_fmt(out, "Note: %s.\n", report(frame, "warning"));
}

/* One match is an origin and its authority ("https://host", "host"), as the helper reports them. */
static void describe_tools(
    struct kb_buf *out, const struct kb_frame *frame, const char *origin, const char *authority)
{
    kb_buf_fmt(out, "\nConnect the tools that talk to %s:\n", origin);
    if (*report(frame, "serves_git") != '\0') {
        kb_buf_fmt(out, "  git     git config --global credential.%s.helper keybearer\n", origin);
        kb_buf_fmt(out,
            "  docker  in ~/.docker/config.json: \"credHelpers\": { \"%s\": \"keybearer\" }\n",
            authority);
    }
    kb_buf_fmt(out, "  curl    keybearer header %s | curl -H @- %s/...\n", report(frame, "profile"),
        origin);
}

static void describe_match(struct kb_buf *out, const struct kb_frame *frame)
{
    const struct kb_pairs *pairs = &frame->report;

    for (size_t i = 0; i + 1 < pairs->count; i++) {
        if (strcmp(pairs->items[i].name, "origin") == 0)
            describe_tools(out, frame, pairs->items[i].value, pairs->items[i + 1].value);
    }
    kb_buf_fmt(out, "\nAny program: keybearer run %s -- COMMAND, or keybearer token %s | COMMAND\n",
        report(frame, "profile"), report(frame, "profile"));
}

int verb_add(int argc, char *argv[])
{
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(65536);
    int status = report_from_helper("add", argc, argv, &frame);

    if (status)
        return status;
    describe_proof(&out, &frame);
    describe_match(&out, &frame);
    return output(&out, 0);
}
