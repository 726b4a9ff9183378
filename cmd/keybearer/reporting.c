/*
 * What the reporting and administrative verbs have in common: their options, and what they ask the
 * helper. Must never decide what a verb says.
 */
#include "front.h"

#include "base/options.h"

enum kb_err report_options(
    int argc, char *argv[], int operands, bool *ret_json, struct kb_error *err)
{
    const struct kb_option options[] = {{.name = "json", .flag = ret_json}};
    size_t count = ret_json ? KB_COUNT(options) : 0;
    int given = 0;
    enum kb_err rc = kb_options_parse(argc, argv, options, count, false, &given, err);

    return rc ? rc : kb_options_expect(operands, given, argv, err);
}

void report_no_lock(struct kb_buf *out, const struct kb_report *report)
{
    if (*report->no_lock)
        kb_buf_fmt(out, "Note: the file system of %s has no locks: change one thing at a time.\n",
            report->no_lock);
}

void report_crowd(struct kb_buf *out)
{
    struct kb_error crowd;

    if (!kb_cache_is_crowded_out(&crowd))
        return;
    kb_buf_fmt(out,
        "Note: %s. What may be cached there was not removed; no key opens it any more.\n",
        crowd.msg);
    if (*crowd.hint)
        kb_buf_fmt(out, "(%s)\n", crowd.hint);
}

enum kb_err store_inspect(
    const struct kb_profile *profile, struct kb_report_inspect *ret, struct kb_error *err)
{
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    enum kb_err rc = helper_ask("inspect", KB_REPORT_INSPECT, profile, &frame, err);

    if (!rc)
        *ret = frame.report.inspect;
    return rc;
}

enum kb_err report_ask(const char *verb, enum kb_report_kind report, int argc, char *argv[],
    struct kb_frame *ret, struct kb_error *err)
{
    const struct helper_call call = {
        .verb = verb,
        .report = report,
        .argc = argc,
        .argv = argv,
        .lock_fd = -1,
        .passes_stdin = true,
        .passes_stderr = report == KB_REPORT_UNLOCK && output_is_watched(),
        .patience_ms = HELPER_PATIENCE_PERSON_MS,
    };
    enum kb_err rc = helper_call(&call, ret, err);

    if (rc && !kb_frame_is_error(ret))
        terminal_give_back();
    return rc;
}

int report_from_helper(
    const char *verb, enum kb_report_kind report, int argc, char *argv[], struct kb_frame *ret)
{
    struct kb_error err = KB_ERROR_INIT;

    return report_ask(verb, report, argc, argv, ret, &err) ? output_error(&err) : 0;
}

int report_described(const struct verb *verb, int argc, char *argv[])
{
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(65536);
    int status = report_from_helper(verb->name, verb->report, argc, argv, &frame);

    if (status)
        return status;
    verb->describe(&out, &frame.report);
    report_no_lock(&out, &frame.report);
    status = output(&out, 0);
    if (!status && verb->after)
        verb->after(&frame.report);
    return status;
}
