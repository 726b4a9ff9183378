/*
 * `edit [NAME]`: the person's editor, on a private copy beside the configuration; a helper checks
 * that and puts it into its place. Must never let the configuration itself be edited, nor drop a
 * text that was right and could not be put there.
 */
#include "front.h"

#include "edit.h"

#include "base/error_text.h"
#include "base/options.h"

#include <stdio.h>
#include <string.h>

/* The line where NAME stands as the name of something; 0: none. Only the cursor depends on it. */
static int line_of(const struct kb_buf *text, const char *name)
{
    const char *start = kb_buf_text(text), *at = start;
    size_t len = strlen(name);
    int line = 1;

    for (; *at; at++) {
        if (*at == '\n')
            line++;
        if (*at == '"' && strncmp(at + 1, name, len) == 0 && at[len + 1] == '"' &&
            at[len + 2 + strspn(at + len + 2, " \t")] == ':')
            return line;
    }
    return 0;
}

/* A key ended the helper. The terminal shows it behind the question. */
static void end_line(void)
{
    KB_AUTO(kb_buf_clear) struct kb_buf end = KB_BUF_INIT(2);

    kb_buf_byte(&end, '\n');
    output_progress(&end);
}

/* Whatever was in its way, a text is not lost. The hint names it, with HINT behind. */
static void keep(struct edit_copy *copy, const char *hint, struct kb_error *err)
{
    char before[sizeof(err->hint)];

    copy->keeps = edit_copy_is_changed(copy);
    if (!copy->keeps)
        return;
    kb_text_copy(before, sizeof(before), hint);
    kb_hint(err, "your text is in %s; %s", copy->path, before);
}

/* A text that says something new, and yet nothing is: the person said that it may go. */
static enum kb_err check_dropped(
    const struct edit_copy *copy, const struct kb_report_edit *report, struct kb_error *err)
{
    if (!report->unchanged || !edit_copy_is_changed(copy))
        return KB_OK;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_DISMISSED, "your text was dropped, and nothing was changed"),
        "keybearer edit");
}

/* One round: the editor, then the helper. A text that nobody said may go stays. */
static enum kb_err edit_once(struct edit_copy *copy, const char *editor, int line,
    struct kb_frame *frame, struct kb_error *err)
{
    char *argv[] = {(char[PATH_MAX]){""}, (char[PATH_MAX]){""}};
    bool said_no = false, is_told;
    enum kb_err rc = editor_run(editor, line, copy->path, &said_no, err);

    edit_copy_settle(copy);
    if (rc && !said_no)
        keep(copy, kb_err_hint(err), err);
    if (rc)
        return rc;
    snprintf(argv[0], PATH_MAX, "%s", copy->path);
    snprintf(argv[1], PATH_MAX, "%s", copy->original);
    rc = report_ask("edit", KB_REPORT_EDIT, 2, argv, frame, err);
    is_told = kb_frame_is_error(frame);
    if (rc && !is_told)
        end_line();
    if (rc)
        keep(copy, is_told ? kb_err_hint(err) : "keybearer edit, and take over what you need", err);
    return rc ? rc : check_dropped(copy, &frame->report.edit, err);
}

/* A configuration that cannot be read is what somebody may want to edit. */
static enum kb_err prepare(
    const char *name, struct kb_config *before, struct edit_copy *copy, struct kb_error *err)
{
    enum kb_err rc = kb_config_load_usual(before, err);

    if (rc == KB_ERR_CONFIG && err->place.line > 0)
        return edit_copy_make(copy, err);
    if (!rc && before->is_missing)
        return kb_hinted(err, kb_fail(err, KB_ERR_NOT_FOUND, "there is no configuration yet"),
            "keybearer help add");
    if (!rc && name && !kb_config_find(before, name))
        return kb_config_no_profile(before, name, err);
    return edit_copy_make(copy, err);
}

static int edit(const char *name, const char *editor, struct kb_buf *out)
{
    KB_AUTO(kb_config_clear) struct kb_config before = KB_CONFIG_INIT;
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    KB_AUTO(edit_copy_clear) struct edit_copy copy = EDIT_COPY_INIT;
    struct kb_error err = KB_ERROR_INIT;
    enum kb_err rc;
    int line;

    if (prepare(name, &before, &copy, &err))
        return output_error(&err);
    line = name ? line_of(&copy.text, name) : 0;
    helper_outlive_keys();
    do {
        kb_frame_clear(&frame);
        rc = edit_once(&copy, editor, line, &frame, &err);
        line = 0; /* the person knows where it is wrong */
    } while (!rc && frame.report.edit.again);
    if (rc)
        return output_error(&err);
    if (frame.report.edit.unchanged)
        kb_buf_str(out, "Nothing was changed.\n");
    else
        edit_describe(out, &before);
    edit_say_left(out, &copy.left);
    report_no_lock(out, &frame.report);
    return 0;
}

int verb_edit(int argc, char *argv[])
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(65536);
    const char *editor = editor_find();
    struct kb_error err = KB_ERROR_INIT;
    int operands = 0, status;
    enum kb_err rc = kb_options_parse(argc, argv, NULL, 0, false, &operands, &err);

    if (!rc && operands > 1)
        rc = kb_options_too_much("one name", argv[1], &err);
    if (!rc && !editor)
        rc = kb_hinted(
            &err, kb_fail(&err, KB_ERR_NOT_FOUND, "no editor was found"), "export EDITOR=PROGRAM");
    if (rc)
        return output_error(&err);
    status = edit(operands == 1 ? argv[0] : NULL, editor, &out);
    return status ? status : output(&out, 0);
}
