/*
 * The page of `doctor`: one finding after the other, for a person or as JSON. Must never check
 * anything.
 */
#include "doctor.h"

#include "base/json_write.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const names[FINDINGS] = {
    [FINDING_OK] = "ok",
    [FINDING_NOTE] = "note",
    [FINDING_WEAK] = "weak",
    [FINDING_FAIL] = "fail",
};

const char *doctor_finding_name(enum finding finding)
{
    return names[finding];
}

static void end_line(struct kb_buf *out, size_t start)
{
    for (size_t i = start; i < out->len; i++)
        if (out->data[i] == '\n')
            out->data[i] = '?';
    kb_buf_byte(out, '\n');
}

/* A finding is one line, also when a path holds a line end. */
static void as_text(struct doctor_page *page, enum finding finding, const char *about,
    const char *hint, const char *text)
{
    size_t line = page->out->len;

    kb_buf_fmt(page->out, "%-5s %s: %s", names[finding], about, text);
    end_line(page->out, line);
    line = page->out->len;
    if (hint && *hint) {
        kb_buf_fmt(page->out, "      (%s)", hint);
        end_line(page->out, line);
    }
}

static void as_json(struct doctor_page *page, enum finding finding, const char *about,
    const char *hint, const char *text)
{
    kb_json_open(&page->json, '{');
    kb_json_string_member(&page->json, "check", about);
    kb_json_string_member(&page->json, "level", names[finding]);
    kb_json_string_member(&page->json, "text", text);
    if (hint && *hint)
        kb_json_string_member(&page->json, "hint", hint);
    kb_json_close(&page->json);
}

void doctor_say(struct doctor_page *page, enum finding finding, const char *about, const char *hint,
    const char *fmt, ...)
{
    char text[1024];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    if (finding > page->worst)
        page->worst = finding;
    page->counts[finding]++;
    if (page->as_json)
        as_json(page, finding, about, hint, text);
    else
        as_text(page, finding, about, hint, text);
}

void doctor_sum_up(struct doctor_page *page)
{
    static const char *const verdicts[FINDINGS] = {
        [FINDING_OK] = "all is well",
        [FINDING_NOTE] = "all is well",
        [FINDING_WEAK] = "all works, but not all is protected as well as it could be",
        [FINDING_FAIL] = "something does not work: see the lines that begin with fail",
    };

    kb_buf_fmt(page->out, "\n%s (", verdicts[page->worst]);
    for (size_t i = 0; i < FINDINGS; i++)
        kb_buf_fmt(page->out, "%s%zu %s", i > 0 ? ", " : "", page->counts[i], names[i]);
    kb_buf_str(page->out, ")\n");
}
