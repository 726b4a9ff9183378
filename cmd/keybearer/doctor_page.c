/*
 * The page of `doctor`: one finding after the other, for a person or as JSON. Must never check
 * anything.
 */
#include "doctor.h"

#include "base/json_write.h"
#include "front.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 1024 };

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

static void as_text(struct doctor_page *page, enum finding finding, const char *about,
    const char *hint, const char *text)
{
    KB_AUTO(kb_buf_clear) struct kb_buf line = KB_BUF_INIT(65536);
    char head[8];

    snprintf(head, sizeof(head), "%-5s ", names[finding]);
    if (page->profile)
        kb_buf_fmt(&line, "%s of profile %s%s: %s", about, page->profile,
            strcmp(page->endpoint, "token_url") == 0 ? "" : ", second step", text);
    else
        kb_buf_fmt(&line, "%s: %s", about, text);
    report_text(page->out, head, kb_buf_text(&line));
    if (hint && *hint) {
        kb_buf_reset(&line);
        kb_buf_fmt(&line, "(%s)", hint);
        report_text(page->out, "      ", kb_buf_text(&line));
    }
}

static void as_json(struct doctor_page *page, enum finding finding, const char *about,
    const char *hint, const char *text)
{
    kb_json_open(&page->json, '{');
    kb_json_string_member(&page->json, "check", about);
    if (page->profile) {
        kb_json_string_member(&page->json, "profile", page->profile);
        kb_json_string_member(&page->json, "endpoint", page->endpoint);
    }
    kb_json_string_member(&page->json, "level", names[finding]);
    kb_json_string_member(&page->json, "text", text);
    if (hint && *hint)
        kb_json_string_member(&page->json, "hint", hint);
    kb_json_close(&page->json);
}

void doctor_say(struct doctor_page *page, enum finding finding, const char *about, const char *hint,
    const char *fmt, ...)
{
    char text[TEXT_MAX];
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
    KB_AUTO(kb_buf_clear) struct kb_buf line = KB_BUF_INIT(256);

    kb_buf_fmt(&line, "%s (", verdicts[page->worst]);
    for (size_t i = 0; i < FINDINGS; i++)
        kb_buf_fmt(&line, "%s%zu %s", i > 0 ? ", " : "", page->counts[i], names[i]);
    kb_buf_byte(&line, ')');
    kb_buf_byte(page->out, '\n');
    report_text(page->out, "", kb_buf_text(&line));
}
