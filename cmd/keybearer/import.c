/*
 * `import`: what the helper found in a file, and what became of it. Must never read such a file.
 */
#include "front.h"

#include "base/strings.h"

static void describe_found(struct kb_buf *out, const struct kb_report_import *report)
{
    report_words(out, "Found in %s:", report->file);
    for (size_t i = 0;
         i < report->found.count && i < report->ids.count && i < report->secrets.count; i++) {
        const struct kb_pair *found = &report->found.items[i];

        kb_buf_fmt(out, "  %s (line %s), %s (line %s)\n", report->ids.items[i].name,
            report->ids.items[i].value, report->secrets.items[i].name,
            report->secrets.items[i].value);
        report_words(out, "      would become profile %s%s%s", found->name,
            *found->value ? ", for "
                          : "; whose it is has to be said: --preset NAME or --token-url URL",
            found->value);
    }
}

static void describe_doubts(struct kb_buf *out, const struct kb_report_import *report)
{
    for (size_t i = 0; i < report->doubts.count; i++)
        report_words(out, "Note: not imported: %s %s.", report->doubts.items[i].name,
            report->doubts.items[i].value);
}

static void describe_stored(struct kb_buf *out, const struct kb_report_import *report)
{
    for (size_t i = 0; i < report->stored.count; i++)
        report_words(out, "Profile %s is ready. Its client is in %s, and %s issued a token.",
            report->stored.items[i].name, kb_say_store(report->store),
            report->stored.items[i].value);
    if (*report->no_cache)
        report_words(out, "Note: tokens are not cached here: %s.", report->no_cache);
    if (*report->left_behind)
        report_words(out, "Note: %s.", report->left_behind);
}

/* What is on the disk still, and where else it may be. */
static void describe_file(struct kb_buf *out, const struct kb_report_import *report)
{
    if (report->deleted)
        report_words(out, "What is stored was deleted from %s.", report->file);
    else if (*report->not_deleted)
        report_words(out, "Nothing was deleted from %s: %s. To try again, run the same command.",
            report->file, report->not_deleted);
    else
        report_words(out, "The secrets still lie in clear in %s.", report->file);
    report_words(out,
        "Backups, snapshots and the history of a repository keep what they have of them. It is "
        "better to have the provider make new secrets, and to revoke these: keybearer add NAME "
        "asks for a new one.");
    if (report->stored.count > 0)
        kb_buf_fmt(out, "\nA program that read them gets them so:\n  keybearer run %s -- COMMAND\n",
            report->stored.items[0].name);
}

static void describe(struct kb_buf *out, const struct kb_report_import *report)
{
    if (report->dry_run) {
        describe_found(out, report);
        describe_doubts(out, report);
        kb_buf_str(out, "Nothing was changed.\n");
        return;
    }
    describe_stored(out, report);
    describe_doubts(out, report);
    describe_file(out, report);
}

/* What ended it early comes last, where a person reads it. */
static int tell_failure(const struct kb_report_import *report)
{
    struct kb_error err = KB_ERROR_INIT;

    kb_fail(&err, (enum kb_err)report->code, "%s", report->failure);
    kb_hint(&err, "%s", report->failure_hint);
    return output_error(&err);
}

int verb_import(int argc, char *argv[])
{
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(1U << 20);
    const struct kb_report_import *report = &frame.report.import;
    int status = report_from_helper("import", KB_REPORT_IMPORT, argc, argv, &frame);

    if (status)
        return status;
    describe(&out, report);
    report_no_lock(&out, &frame.report);
    status = output(&out, *report->not_deleted ? KB_ERR_FAILED : 0);
    if (kb_err_known((unsigned long)report->code) && report->code != 0)
        status = tell_failure(report);
    return status;
}
