/*
 * Finds the bytes to insert at or to cut, and copies every other byte. Must never write out what
 * was parsed: that would lose comments and layout. A comment of one line never swallows what
 * came behind it on another.
 */
#include "base/json_edit.h"

#include "base/json_lex.h"
#include "base/json_write.h"

#include <string.h>

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

size_t kb_json_trim_back(const char *bytes, size_t end)
{
    while (end > 0 && is_space(bytes[end - 1]))
        end--;
    return end;
}

static size_t line_start(const char *bytes, size_t at)
{
    while (at > 0 && bytes[at - 1] != '\n')
        at--;
    return at;
}

static struct kb_json_token next(const struct kb_json_text *text, size_t at)
{
    return kb_json_next(text->blanked, text->len, at);
}

size_t kb_json_text_root(const struct kb_json_text *text)
{
    return next(text, 0).start;
}

bool kb_json_text_find(
    const struct kb_json_text *text, size_t object, const char *name, struct kb_json_span *ret)
{
    return kb_json_find(text->blanked, text->len, object, name, ret);
}

bool kb_json_text_indentation(const struct kb_json_text *text, size_t at, struct kb_buf *ret)
{
    size_t start = line_start(text->bytes, at);

    if (kb_json_trim_back(text->bytes, at) > start || start == 0)
        return false;
    kb_buf_add(ret, text->bytes + start, at - start);
    return true;
}

/* Where the object's first member is, or its closing brace. */
static size_t first_inside(const struct kb_json_text *text, size_t object)
{
    return next(text, object + 1).start;
}

bool kb_json_text_has_lines(const struct kb_json_text *text, size_t object)
{
    size_t first = first_inside(text, object);

    return memchr(text->bytes + object, '\n', first - object) != NULL;
}

/* Appends VALUE so that its last line stands at INDENTATION. */
static void add_indented(struct kb_buf *out, const struct kb_json_layout *layout, const char *value,
    const char *indentation)
{
    const char *last = strrchr(value, '\n');
    size_t own = last ? strspn(last + 1, " ") : 0; /* what it was written for */

    for (const char *line = value; *line;) {
        size_t len = strcspn(line, "\n"), drop;

        kb_buf_add(out, line, len);
        line += len;
        if (*line != '\n')
            continue;
        line++;
        drop = strspn(line, " ");
        line += drop < own ? drop : own;
        kb_buf_str(out, layout->newline);
        kb_buf_str(out, indentation);
    }
}

void kb_json_add_member(struct kb_buf *out, const struct kb_json_layout *layout, const char *name,
    const char *value, const char *indentation)
{
    struct kb_json_writer w = kb_json_writer(out, 0);

    kb_json_put_string(&w, name);
    kb_buf_str(out, ": ");
    add_indented(out, layout, value, indentation);
}

static void add_units(struct kb_buf *out, const struct kb_json_layout *layout, int count)
{
    for (int i = 0; i < count; i++)
        kb_buf_str(out, layout->unit);
}

/* What the members of OBJECT are indented by, or would be. */
static void member_indentation(const struct kb_json_text *text, const struct kb_json_layout *layout,
    size_t object, int depth, struct kb_buf *ret)
{
    size_t first = first_inside(text, object);

    if (text->blanked[first] == '}' || !kb_json_text_indentation(text, first, ret))
        add_units(ret, layout, depth);
}

void kb_json_insert_member(const struct kb_json_text *text, const struct kb_json_layout *layout,
    size_t object, int depth, const char *name, const char *value, struct kb_buf *out)
{
    KB_AUTO(kb_buf_clear) struct kb_buf indentation = KB_BUF_INIT(256);
    size_t brace = kb_json_skip_value(text->blanked, text->len, object) - 1;
    size_t last = kb_json_trim_back(text->blanked, brace); /* behind the last member, or the '{' */
    size_t end = kb_json_trim_back(text->bytes, brace);    /* behind its comment as well */
    bool is_first = last == object + 1;
    bool breaks = layout->breaks_lines || kb_json_text_has_lines(text, object) || end > last;

    member_indentation(text, layout, object, depth, &indentation);
    kb_buf_add(out, text->bytes, last);
    if (!is_first)
        kb_buf_byte(out, ',');
    kb_buf_add(out, text->bytes + last, end - last);
    if (breaks) {
        kb_buf_str(out, layout->newline);
        kb_buf_add(out, kb_buf_text(&indentation), indentation.len);
    } else if (!is_first) {
        kb_buf_byte(out, ' ');
    }
    kb_json_add_member(out, layout, name, value, kb_buf_text(&indentation));
    if (layout->breaks_lines && !memchr(text->bytes + end, '\n', brace - end)) {
        kb_buf_str(out, layout->newline);
        add_units(out, layout, depth - 1);
    }
    kb_buf_add(out, text->bytes + end, text->len - end);
    out->failed = out->failed || indentation.failed;
}

void kb_json_replace_value(const struct kb_json_text *text, const struct kb_json_layout *layout,
    const struct kb_json_span *span, const char *value, struct kb_buf *out)
{
    KB_AUTO(kb_buf_clear) struct kb_buf indentation = KB_BUF_INIT(256);

    if (!kb_json_text_indentation(text, span->key_start, &indentation))
        add_units(&indentation, layout, 2);
    kb_buf_add(out, text->bytes, span->value_start);
    add_indented(out, layout, value, kb_buf_text(&indentation));
    kb_buf_add(out, text->bytes + span->value_end, text->len - span->value_end);
    out->failed = out->failed || indentation.failed;
}

/* What follows END on its line, or where that or the text ends. */
static size_t next_on_line(const struct kb_json_text *text, size_t end)
{
    while (end < text->len && is_space(text->bytes[end]) && text->bytes[end] != '\n')
        end++;
    return end;
}

/* Whether a comment ends where the member's line begins, and would go on over what follows END. */
static bool would_be_swallowed(const struct kb_json_text *text, size_t from, size_t end)
{
    size_t at = next_on_line(text, end);

    return kb_json_trim_back(text->blanked, from) != from && at < text->len &&
           text->bytes[at] != '\n';
}

/* Whether a comment follows the member, which begins their line: it stays where it is. */
static bool leaves_comment(const struct kb_json_text *text, size_t start, size_t end)
{
    size_t at = next_on_line(text, end);

    return kb_json_trim_back(text->bytes, start) < line_start(text->bytes, start) &&
           at < text->len && text->bytes[at] != '\n' && is_space(text->blanked[at]);
}

/*
 * One comma goes with the member: the one behind it, or, for the last, the one before. The white
 * space before the member goes too, as it came with it.
 */
void kb_json_cut_member(
    const struct kb_json_text *text, const struct kb_json_span *span, struct kb_buf *out)
{
    struct kb_json_token after = next(text, span->value_end);
    size_t before = kb_json_trim_back(text->blanked, span->key_start) - 1;
    bool comma_after = text->blanked[after.start] == ',';
    bool comma_before = !comma_after && text->blanked[before] == ',';
    size_t end = comma_after ? after.end : span->value_end;
    size_t start = kb_json_trim_back(text->bytes, span->key_start);

    if (would_be_swallowed(text, start, end) || leaves_comment(text, span->key_start, end)) {
        start = span->key_start;
        end += strspn(text->bytes + end, " \t"); /* what follows takes the member's place */
    }
    kb_buf_add(out, text->bytes, comma_before ? before : start);
    if (comma_before)
        kb_buf_add(out, text->bytes + before + 1, start - before - 1);
    kb_buf_add(out, text->bytes + end, text->len - end);
}
