/*
 * Cutting from the end to the beginning: so what is cut later still stands where it was found. Must
 * never cut what was not named, but the comma of a member and the white space before it.
 */
#include "loose/cut.h"

#include "base/json.h"
#include "base/json_edit.h"
#include "base/json_lex.h"

#include <stdlib.h>

static int by_start(const void *one, const void *other)
{
    const struct kb_loose_piece *a = one, *b = other;

    return (a->span.start < b->span.start) - (a->span.start > b->span.start);
}

static bool fits(const struct kb_loose_piece *pieces, size_t count, size_t len)
{
    size_t end = len;

    for (size_t i = 0; i < count; i++) {
        const struct kb_loose_span *span = &pieces[i].span;

        if (pieces[i].cut == KB_LOOSE_KEEP || span->start >= span->end || span->end > end)
            return false;
        end = span->start;
    }
    return true;
}

/* Between two braces, so that a member has something on either side. */
static bool has_sides(const struct kb_buf *blanked, const struct kb_loose_span *span)
{
    return kb_json_trim_back(blanked->data, span->start) > 0 &&
           kb_json_next(blanked->data, blanked->len, span->end).kind == KB_JSON_PUNCTUATION;
}

static bool cut_member(
    const struct kb_buf *text, const struct kb_loose_span *span, struct kb_buf *out)
{
    KB_AUTO(kb_buf_clear) struct kb_buf blanked = KB_BUF_INIT(text->max);
    struct kb_json_span member = {.key_start = span->start, .value_end = span->end};

    kb_buf_add(&blanked, text->data, text->len);
    if (blanked.failed)
        return false;
    kb_json_blank_comments(blanked.data, blanked.len);
    if (!has_sides(&blanked, span))
        return false;
    kb_json_cut_member(&(struct kb_json_text){text->data, blanked.data, text->len}, &member, out);
    return true;
}

static void cut_line(
    const struct kb_buf *text, const struct kb_loose_span *span, struct kb_buf *out)
{
    kb_buf_add(out, text->data, span->start);
    kb_buf_add(out, text->data + span->end, text->len - span->end);
}

bool kb_loose_cut(
    const struct kb_buf *text, struct kb_loose_piece *pieces, size_t count, struct kb_buf *out)
{
    KB_AUTO(kb_buf_clear) struct kb_buf left = KB_BUF_INIT(text->max);

    qsort(pieces, count, sizeof(*pieces), by_start);
    if (!fits(pieces, count, text->len))
        return false;
    kb_buf_add(&left, text->data, text->len);
    for (size_t i = 0; i < count; i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf next = KB_BUF_INIT(text->max);

        if (pieces[i].cut == KB_LOOSE_LINE)
            cut_line(&left, &pieces[i].span, &next);
        else if (!cut_member(&left, &pieces[i].span, &next))
            return false;
        if (next.failed || left.failed)
            return false;
        kb_buf_reset(&left);
        kb_buf_add(&left, next.data, next.len);
    }
    kb_buf_add(out, kb_buf_text(&left), left.len);
    return true;
}
