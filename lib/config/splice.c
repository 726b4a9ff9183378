/*
 * Splices the text of a configuration: finds the bytes to insert at or to cut, and copies every
 * other byte. Must never write out what it parsed: that would lose the comments. Places come from
 * the text with its comments blanked, bytes from the original.
 */
#include "splice.h"

#include "base/json_lex.h"
#include "base/json_place.h"
#include "base/json_write.h"

#include <string.h>

void kb_splice_clear(struct kb_splice *edit)
{
    kb_config_source_clear(&edit->blanked);
    kb_buf_clear(&edit->text);
}

/* --- Places ----------------------------------------------------------------------- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The offset behind the last byte before END that is not white space. */
size_t kb_splice_trim(const struct kb_buf *text, size_t end)
{
    while (end > 0 && is_space(text->data[end - 1]))
        end--;
    return end;
}

size_t kb_splice_root(const struct kb_splice *edit)
{
    return kb_json_next(edit->blanked.text.data, edit->blanked.text.len, 0).start;
}

bool kb_splice_find(
    const struct kb_splice *edit, size_t object, const char *name, struct kb_json_span *ret)
{
    return kb_json_find(edit->blanked.text.data, edit->blanked.text.len, object, name, ret);
}

bool kb_splice_find_profiles(const struct kb_splice *edit, struct kb_json_span *ret)
{
    return kb_splice_find(edit, kb_splice_root(edit), "profiles", ret);
}

static size_t line_start(const struct kb_buf *text, size_t at)
{
    while (at > 0 && text->data[at - 1] != '\n')
        at--;
    return at;
}

/* Where AT is the first thing on its line: RET gets the white space before it. */
bool kb_splice_indentation(const struct kb_buf *text, size_t at, struct kb_buf *ret)
{
    size_t start = line_start(text, at);

    if (kb_splice_trim(text, at) > start)
        return false;
    kb_buf_add(ret, text->data + start, at - start);
    return true;
}

/* --- Writing ---------------------------------------------------------------------- */

/* Appends the multi-line VALUE so that its last line stands at INDENTATION. */
static void add_indented(struct kb_buf *out, const char *value, const char *indentation)
{
    const char *last = strrchr(value, '\n');
    size_t own = last ? strspn(last + 1, " ") : 0; /* what it was written for */

    for (const char *line = value; *line;) {
        size_t len = strcspn(line, "\n");
        kb_buf_add(out, line, len);
        line += len;
        if (*line != '\n')
            continue;
        line++;
        size_t drop = strspn(line, " ");
        line += drop < own ? drop : own;
        kb_buf_byte(out, '\n');
        kb_buf_str(out, indentation);
    }
}

void kb_splice_append_member(
    struct kb_buf *out, const char *name, const char *value, const char *indentation)
{
    struct kb_json_writer w = kb_json_writer(out, 0);

    kb_json_put_string(&w, name);
    kb_buf_str(out, ": ");
    add_indented(out, value, indentation);
}

/* What the members of OBJECT are indented by, or would be. */
static void member_indentation(
    const struct kb_splice *edit, size_t object, int depth, struct kb_buf *ret)
{
    const struct kb_buf *blanked = &edit->blanked.text;
    size_t first = kb_json_next(blanked->data, blanked->len, object + 1).start;

    if (blanked->data[first] != '}' && kb_splice_indentation(&edit->text, first, ret))
        return;
    for (int i = 0; i < depth; i++)
        kb_buf_str(ret, KB_SPLICE_UNIT);
}

/* Puts a new last member into the object at OBJECT, which lies DEPTH levels deep. */
void kb_splice_insert_member(const struct kb_splice *edit, size_t object, int depth,
    const char *name, const char *value, struct kb_buf *out)
{
    const struct kb_buf *text = &edit->text;
    KB_AUTO(kb_buf_clear) struct kb_buf indentation = KB_BUF_INIT(256);
    size_t brace = kb_json_skip_value(edit->blanked.text.data, edit->blanked.text.len, object) - 1;
    size_t last =
        kb_splice_trim(&edit->blanked.text, brace); /* behind the last member, or the '{' */
    size_t end = kb_splice_trim(text, brace);       /* behind its comment as well */

    member_indentation(edit, object, depth, &indentation);
    kb_buf_add(out, text->data, last);
    if (last != object + 1)
        kb_buf_byte(out, ',');
    kb_buf_add(out, text->data + last, end - last);
    kb_buf_byte(out, '\n');
    kb_buf_str(out, kb_buf_text(&indentation));
    kb_splice_append_member(out, name, value, kb_buf_text(&indentation));
    if (!memchr(text->data + end, '\n', brace - end)) {
        kb_buf_byte(out, '\n');
        for (int i = 1; i < depth; i++)
            kb_buf_str(out, KB_SPLICE_UNIT);
    }
    kb_buf_add(out, text->data + end, text->len - end);
    out->failed = out->failed || indentation.failed;
}

void kb_splice_replace(const struct kb_splice *edit, const struct kb_json_span *span,
    const char *value, struct kb_buf *out)
{
    const struct kb_buf *text = &edit->text;
    KB_AUTO(kb_buf_clear) struct kb_buf indentation = KB_BUF_INIT(256);

    if (!kb_splice_indentation(text, span->key_start, &indentation))
        kb_buf_str(&indentation, KB_SPLICE_UNIT KB_SPLICE_UNIT);
    kb_buf_add(out, text->data, span->value_start);
    add_indented(out, value, kb_buf_text(&indentation));
    kb_buf_add(out, text->data + span->value_end, text->len - span->value_end);
    out->failed = out->failed || indentation.failed;
}

/* Widens [START, END) to whole lines where nothing else stands on them. */
static void widen_to_lines(const struct kb_buf *text, size_t *start, size_t *end)
{
    size_t first = line_start(text, *start);
    size_t next = *end;

    while (next < text->len && is_space(text->data[next]) && text->data[next] != '\n')
        next++;
    if (kb_splice_trim(text, *start) > first)
        return;
    if (next == text->len || text->data[next] == '\n') {
        *start = first;
        *end = next < text->len ? next + 1 : next;
    } else {
        *end = next;
    }
}

void kb_splice_cut(const struct kb_splice *edit, size_t start, size_t end, struct kb_buf *out)
{
    const struct kb_buf *blanked = &edit->blanked.text, *text = &edit->text;
    struct kb_json_token after = kb_json_next(blanked->data, blanked->len, end);
    size_t before = kb_splice_trim(blanked, start) - 1;
    bool comma_after = blanked->data[after.start] == ',';
    bool comma_before = !comma_after && blanked->data[before] == ',';

    end = comma_after ? after.end : end;
    widen_to_lines(text, &start, &end);
    kb_buf_add(out, text->data, comma_before ? before : start);
    if (comma_before)
        kb_buf_add(out, text->data + before + 1, start - before - 1);
    kb_buf_add(out, text->data + end, text->len - end);
}

/* --- Begin and end ---------------------------------------------------------------- */

/* A "profiles" that is no object is the reader's to report, not ours to splice. */
static enum kb_err check_shape(const struct kb_splice *edit)
{
    const struct kb_config_place place = {.key = "profiles"};
    struct kb_json_span all;

    if (!kb_splice_find_profiles(edit, &all) || edit->blanked.text.data[all.value_start] == '{')
        return KB_OK;
    kb_fail(edit->err, KB_ERR_CONFIG, "\"profiles\" must be an object");
    return kb_config_source_blame(&edit->blanked, &place, KB_ERR_CONFIG, edit->err);
}

/* Takes TEXT as the state to edit; it must be JSON, or the places would mean nothing. */
enum kb_err kb_splice_begin(struct kb_splice *edit, const char *path, const char *text, size_t len)
{
    KB_AUTO(kb_json_release) struct json_object *document = NULL;

    enum kb_err rc = kb_config_source_set(&edit->blanked, path, text, len, edit->err);
    if (rc)
        return rc;
    kb_buf_reset(&edit->text);
    kb_buf_add(&edit->text, text, len);
    rc = kb_buf_check(&edit->text, "the configuration", edit->err);
    if (rc || kb_config_source_is_blank(&edit->blanked))
        return rc;
    rc = kb_config_source_parse(&edit->blanked, &document, edit->err);
    return rc ? rc : check_shape(edit);
}

/* Appends TEXT to OUT if it is a correct configuration. */
enum kb_err kb_splice_deliver(
    const char *path, const struct kb_buf *text, struct kb_buf *out, struct kb_error *err)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;

    enum kb_err rc = kb_buf_check(text, "the configuration", err);
    if (!rc)
        rc = kb_config_parse(path, kb_buf_text(text), text->len, &config, err);
    if (rc)
        return rc;
    kb_buf_add(out, text->data, text->len);
    return kb_buf_check(out, "the configuration", err);
}
