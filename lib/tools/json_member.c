/*
 * Sets and removes one member of a tool's JSON file. Must never quote a value of it: it may be a
 * password.
 */
#include "tools/member.h"

#include "base/json.h"
#include "base/json_edit.h"
#include "base/json_lex.h"
#include "base/json_write.h"
#include "base/strings.h"

#include <string.h>

enum { OUT_MAX = 5 << 20, VALUE_MAX = 8192 };

#define EMPTY "{}\n"

/* A text, and what was found on the way to the member. */
struct way {
    struct kb_json_text text;
    struct kb_json_layout layout;
    char unit[32];
    size_t object[KB_MEMBER_DEPTH]; /* the object that the name of that number is to be in */
    struct kb_json_span span[KB_MEMBER_DEPTH];
    size_t found; /* names of the path that are there */
};

static bool is_blank(const struct kb_buf *text)
{
    return strspn(kb_buf_text(text), " \t\r\n") == text->len;
}

/* WHY is about a line of FILE, and quotes nothing of it. */
static enum kb_err blame(
    const char *file, int line, int column, const char *why, struct kb_error *err)
{
    return kb_hinted(err, kb_fail(err, KB_ERR_CORRUPT, "%s:%d:%d: %s", file, line, column, why),
        "correct that line, then try again; nothing was changed");
}

/* Line ends as the first one's, levels as the first member's. */
static void find_habits(struct way *way)
{
    const char *bytes = way->text.bytes, *line = memchr(bytes, '\n', way->text.len);
    size_t root = kb_json_text_root(&way->text);
    size_t first = kb_json_next(way->text.blanked, way->text.len, root + 1).start, start = first;

    while (start > 0 && (bytes[start - 1] == ' ' || bytes[start - 1] == '\t'))
        start--;
    memcpy(way->unit, "  ", sizeof("  "));
    if (start > 0 && start < first && bytes[start - 1] == '\n' && bytes[first] == '"' &&
        first - start < sizeof(way->unit)) {
        memcpy(way->unit, bytes + start, first - start);
        way->unit[first - start] = '\0';
    }
    way->layout = (struct kb_json_layout){
        .newline = line && line > bytes && line[-1] == '\r' ? "\r\n" : "\n", .unit = way->unit};
}

/* Follows PATH as far as TEXT, which is not blank, has it. WAY points into itself and into TEXT. */
static enum kb_err follow(const char *file, const struct kb_buf *text,
    const struct kb_strings *path, struct way *way, struct kb_error *err)
{
    KB_AUTO(kb_json_release) struct json_object *document = NULL;
    const char *bytes = kb_buf_text(text);
    struct kb_error why = KB_ERROR_INIT;
    int line, column;

    way->text = (struct kb_json_text){bytes, bytes, text->len};
    if (kb_json_parse(bytes, text->len, &document, &why))
        return blame(file, why.place.line, why.place.column, why.msg, err);
    way->object[0] = kb_json_text_root(&way->text);
    find_habits(way);
    for (size_t i = 0; i < path->count; i++) {
        if (!kb_json_text_find(&way->text, way->object[i], path->items[i], &way->span[i]))
            break;
        way->found = i + 1;
        if (way->found == path->count)
            break;
        way->object[i + 1] = way->span[i].value_start;
        if (bytes[way->object[i + 1]] == '{')
            continue;
        kb_json_position(bytes, text->len, way->object[i + 1], &line, &column);
        return blame(file, line, column, "what should be an object is none", err);
    }
    return KB_OK;
}

/* The string at the end of the way. */
static const char *string_in(struct json_object *document, const struct kb_strings *path)
{
    struct json_object *object = document;

    for (size_t i = 0; object && i + 1 < path->count; i++)
        object = kb_json_member(object, path->items[i]);
    return object ? kb_json_string(object, path->items[path->count - 1]) : NULL;
}

enum kb_err kb_member_look(const char *file, const struct kb_buf *text,
    const struct kb_strings *path, enum kb_member_kind *ret_kind, struct kb_buf *ret,
    struct kb_error *err)
{
    KB_AUTO(kb_json_release) struct json_object *document = NULL;
    struct way way = {0};
    const char *value;
    enum kb_err rc = is_blank(text) ? KB_OK : follow(file, text, path, &way, err);

    if (rc)
        return rc;
    *ret_kind = KB_MEMBER_MISSING;
    if (way.found < path->count)
        return KB_OK;
    rc = kb_json_parse(kb_buf_text(text), text->len, &document, err);
    if (rc)
        return rc;
    value = string_in(document, path);
    *ret_kind = value ? KB_MEMBER_TEXT : KB_MEMBER_OTHER;
    kb_buf_str(ret, value ? value : "");
    return kb_buf_check(ret, "the value", err);
}

/* VALUE in the objects that the path names behind its member number FROM. */
static void nest(const struct kb_strings *path, size_t from, const char *value, const char *unit,
    bool has_lines, struct kb_buf *out)
{
    struct kb_json_writer w;

    for (size_t i = from + 1; i < path->count; i++) {
        kb_buf_byte(out, '{');
        if (has_lines)
            kb_buf_byte(out, '\n');
        for (size_t k = from; has_lines && k < i; k++)
            kb_buf_str(out, unit);
        w = kb_json_writer(out, 0);
        kb_json_put_string(&w, path->items[i]);
        kb_buf_str(out, ": ");
    }
    w = kb_json_writer(out, 0);
    kb_json_put_string(&w, value);
    for (size_t i = path->count - 1; i > from; i--) {
        if (has_lines)
            kb_buf_byte(out, '\n');
        for (size_t k = from + 1; has_lines && k < i; k++)
            kb_buf_str(out, unit);
        kb_buf_byte(out, '}');
    }
}

static enum kb_err set_in(const char *file, const struct kb_buf *text,
    const struct kb_strings *path, const char *value, bool is_new, struct kb_buf *out,
    int *ret_made, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf member = KB_BUF_INIT(VALUE_MAX);
    struct way way = {0};
    bool has_lines;
    enum kb_err rc = follow(file, text, path, &way, err);

    if (rc)
        return rc;
    if (way.found == path->count) {
        nest(path, path->count - 1, value, way.unit, false, &member);
        kb_json_replace_value(
            &way.text, &way.layout, &way.span[way.found - 1], kb_buf_text(&member), out);
        *ret_made = 0;
    } else {
        way.layout.breaks_lines = is_new;
        has_lines = is_new || kb_json_text_has_lines(&way.text, way.object[way.found]);
        nest(path, way.found, value, way.unit, has_lines, &member);
        kb_json_insert_member(&way.text, &way.layout, way.object[way.found], (int)way.found + 1,
            path->items[way.found], kb_buf_text(&member), out);
        *ret_made = (int)(path->count - way.found) - 1;
    }
    rc = kb_buf_check(&member, "the member", err);
    return rc ? rc : kb_buf_check(out, file, err);
}

enum kb_err kb_member_set(const char *file, const struct kb_buf *text,
    const struct kb_strings *path, const char *value, struct kb_buf *out, int *ret_made,
    struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf fresh = KB_BUF_INIT(OUT_MAX);
    bool is_new = is_blank(text);
    enum kb_err rc;

    if (!is_new)
        return set_in(file, text, path, value, false, out, ret_made, err);
    kb_buf_add(&fresh, kb_buf_text(text), text->len);
    kb_buf_str(&fresh, EMPTY);
    rc = kb_buf_check(&fresh, file, err);
    if (!rc)
        rc = set_in(file, &fresh, path, value, true, out, ret_made, err);
    if (!rc)
        ++*ret_made;
    return rc;
}

/* Whether nothing is in the object. */
static bool is_empty(const struct way *way, size_t object)
{
    return way->text.bytes[kb_json_next(way->text.bytes, way->text.len, object + 1).start] == '}';
}

/* A document that was made for one member, and its line end. */
static void cut_document(const struct way *way, struct kb_buf *out)
{
    size_t root = kb_json_text_root(&way->text);
    size_t end = kb_json_skip_value(way->text.bytes, way->text.len, root);

    end += end < way->text.len && way->text.bytes[end] == '\r';
    end += end < way->text.len && way->text.bytes[end] == '\n';
    kb_buf_add(out, way->text.bytes, root);
    kb_buf_add(out, way->text.bytes + end, way->text.len - end);
}

/* One object after the other: what is cut decides whether the one around it is empty. */
enum kb_err kb_member_remove(const char *file, const struct kb_buf *text,
    const struct kb_strings *path, int made, struct kb_buf *out, int *ret_left,
    struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf now = KB_BUF_INIT(OUT_MAX);
    KB_AUTO(kb_buf_clear) struct kb_buf next = KB_BUF_INIT(OUT_MAX);
    struct way way = {0};
    enum kb_err rc = KB_OK;
    size_t level = path->count;

    kb_buf_add(&now, kb_buf_text(text), text->len);
    for (; !rc; level--) {
        rc = follow(file, &now, path, &way, err);
        if (rc || (level < path->count && (made == 0 || !is_empty(&way, way.object[level]))))
            break;
        made -= level < path->count;
        if (level == 0)
            cut_document(&way, &next);
        else
            kb_json_cut_member(&way.text, &way.span[level - 1], &next);
        kb_buf_reset(&now);
        kb_buf_add(&now, kb_buf_text(&next), next.len);
        kb_buf_reset(&next);
        if (level == 0)
            break;
    }
    if (rc)
        return rc;
    *ret_left = made;
    kb_buf_add(out, kb_buf_text(&now), now.len);
    return kb_buf_check(out, file, err);
}
