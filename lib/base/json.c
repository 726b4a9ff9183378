/*
 * json-c behind two gates: the lexer before it, the member count after it. Must never
 * quote the document in an error: it may be a token reply.
 */
#include "base/json.h"

#include "base/json_lex.h"

#include <json-c/json.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>

void kb_json_position(const char *text, size_t len, size_t offset, int *ret_line, int *ret_column)
{
    int line = 1, column = 1;

    for (size_t i = 0; i < offset && i < len; i++) {
        column++;
        if (text[i] == '\n') {
            line++;
            column = 1;
        }
    }
    *ret_line = line;
    *ret_column = column;
}

static enum kb_err fail_at(
    const char *text, size_t len, size_t offset, const char *problem, struct kb_error *err)
{
    kb_fail(err, KB_ERR_CORRUPT, "%s", problem);
    if (err)
        kb_json_position(text, len, offset, &err->place.line, &err->place.column);
    return KB_ERR_CORRUPT;
}

/* What the tokens say of a text, before json-c reads it. */
struct lexed {
    size_t members; /* as written: one colon each */
    size_t comma;   /* where a bracket closes right behind one; SIZE_MAX: nowhere */
};

/* Every token must be strict JSON. */
static enum kb_err lex_all(const char *text, size_t len, struct lexed *ret, struct kb_error *err)
{
    struct kb_json_token token = kb_json_next(text, len, 0);
    struct lexed lexed = {.comma = SIZE_MAX};
    char last = '\0';

    for (; token.kind != KB_JSON_END; token = kb_json_next(text, len, token.end)) {
        char byte = text[token.start];

        if (token.kind == KB_JSON_BAD)
            return fail_at(text, len, token.end, token.problem, err);
        if (byte == ':')
            lexed.members++;
        if (last == ',' && (byte == '}' || byte == ']') && lexed.comma == SIZE_MAX)
            lexed.comma = token.start;
        last = byte;
    }
    *ret = lexed;
    return KB_OK;
}

static size_t count_members(const struct json_object *value)
{
    size_t members = 0;

    if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreach(value, name, member)
        {
            (void)name;
            members += 1 + count_members(member);
        }
    } else if (json_object_is_type(value, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(value); i++)
            members += count_members(json_object_array_get_idx(value, i));
    }
    return members;
}

static void free_tokener(struct json_tokener **tokener)
{
    if (*tokener)
        json_tokener_free(*tokener);
}

/* *RET_END: how far it came. */
static enum kb_err run_tokener(
    const char *text, size_t len, struct json_object **ret, size_t *ret_end, struct kb_error *err)
{
    KB_AUTO(free_tokener) struct json_tokener *tokener = json_tokener_new_ex(KB_JSON_DEPTH);
    struct json_object *value;
    enum json_tokener_error problem;

    if (!tokener)
        return kb_fail(err, KB_ERR_SYSTEM, "out of memory");
    json_tokener_set_flags(tokener, JSON_TOKENER_VALIDATE_UTF8);
    value = json_tokener_parse_ex(tokener, text, (int)len);
    problem = json_tokener_get_error(tokener);
    *ret_end = json_tokener_get_parse_end(tokener);
    if (problem == json_tokener_success) {
        *ret = value;
        return KB_OK;
    }
    if (problem == json_tokener_continue)
        return fail_at(text, len, len, "the document ends too early", err);
    return fail_at(text, len, *ret_end, json_tokener_error_desc(problem), err);
}

/* The same of a document: nothing follows it, and no bracket closes behind a comma. */
static enum kb_err run_strictly(
    const char *text, size_t len, size_t comma, struct json_object **ret, struct kb_error *err)
{
    KB_AUTO(kb_json_release) struct json_object *value = NULL;
    size_t end = 0;
    enum kb_err rc = run_tokener(text, len, &value, &end, err);

    if (comma < end)
        return fail_at(text, len, comma, "unexpected character behind a comma", err);
    if (rc)
        return rc;
    if (end < len)
        return fail_at(text, len, end, "unexpected character behind the document", err);
    *ret = KB_TAKE(value);
    return KB_OK;
}

/* --- a name twice in one object ---------------------------------------------------- */

/* The names met so far in each object that is open; NULL for an array. */
struct open_objects {
    struct json_object *names[KB_JSON_DEPTH + 1];
    int count;
};

static void close_objects(struct open_objects *open)
{
    while (open->count > 0)
        json_object_put(open->names[--open->count]);
}

static void enter_or_leave(struct open_objects *open, char punctuation)
{
    if ((punctuation == '}' || punctuation == ']') && open->count > 0)
        json_object_put(open->names[--open->count]);
    if ((punctuation == '{' || punctuation == '[') && open->count <= KB_JSON_DEPTH)
        open->names[open->count++] = punctuation == '{' ? json_object_new_object() : NULL;
}

/*
 * Whether the name at OFFSET was met before: as json-c reads it, so "a" and "\u0061" are the same.
 */
static bool met_before(
    const struct open_objects *open, const char *text, size_t offset, size_t len, size_t *ret_first)
{
    struct json_object *names = open->count > 0 ? open->names[open->count - 1] : NULL;
    KB_AUTO(kb_json_release) struct json_object *read = NULL;
    struct json_object *met = NULL;
    size_t end;

    if (!names || run_tokener(text + offset, len, &read, &end, NULL))
        return false;
    if (json_object_object_get_ex(names, json_object_get_string(read), &met)) {
        *ret_first = (size_t)json_object_get_int64(met);
        return true;
    }
    (void)json_object_object_add(
        names, json_object_get_string(read), json_object_new_int64((int64_t)offset));
    return false;
}

/* Where such a name stands again and first; the start of the text when memory is short. */
static size_t find_repeated(const char *text, size_t len, size_t *ret_first)
{
    KB_AUTO(close_objects) struct open_objects open = {0};
    struct kb_json_token token = kb_json_next(text, len, 0);

    while (token.kind != KB_JSON_END && token.kind != KB_JSON_BAD) {
        struct kb_json_token next = kb_json_next(text, len, token.end);
        bool is_name = token.kind == KB_JSON_STRING && next.kind == KB_JSON_PUNCTUATION &&
                       text[next.start] == ':';

        if (is_name && met_before(&open, text, token.start, token.end - token.start, ret_first))
            return token.start;
        if (token.kind == KB_JSON_PUNCTUATION)
            enter_or_leave(&open, text[token.start]);
        token = next;
    }
    return 0;
}

static enum kb_err fail_twice(const char *text, size_t len, struct kb_error *err)
{
    size_t first = 0;
    size_t again = find_repeated(text, len, &first);

    fail_at(text, len, again, "a member occurs twice", err);
    if (err)
        kb_json_position(text, len, first, &err->place.first_line, &err->place.first_column);
    return KB_ERR_CORRUPT;
}

/* White space behind the document belongs to it. */
static size_t without_trailing_space(const char *text, size_t len)
{
    while (len > 0 && memchr(" \t\r\n", text[len - 1], 4))
        len--;
    return len;
}

enum kb_err kb_json_parse(
    const char *text, size_t len, struct json_object **ret, struct kb_error *err)
{
    KB_AUTO(kb_json_release) struct json_object *value = NULL;
    struct lexed lexed = {0};
    enum kb_err rc;

    if (len > INT_MAX)
        return kb_fail(err, KB_ERR_CORRUPT, "the document is too large");
    rc = lex_all(text, len, &lexed, err);
    if (!rc)
        rc = run_strictly(text, without_trailing_space(text, len), lexed.comma, &value, err);
    if (rc)
        return rc;
    if (!json_object_is_type(value, json_type_object))
        return fail_at(text, len, 0, "expected an object", err);
    if (count_members(value) != lexed.members)
        return fail_twice(text, len, err);
    *ret = KB_TAKE(value);
    return KB_OK;
}

struct json_object *kb_json_member(const struct json_object *object, const char *name)
{
    struct json_object *member = NULL;

    (void)json_object_object_get_ex(object, name, &member);
    return member;
}

const char *kb_json_string(const struct json_object *object, const char *name)
{
    struct json_object *member = kb_json_member(object, name);

    return json_object_is_type(member, json_type_string) ? json_object_get_string(member) : NULL;
}

bool kb_json_string_is(const char *text, size_t len, const char *name)
{
    KB_AUTO(kb_json_release) struct json_object *read = NULL;
    size_t end;

    if (!memchr(text, '\\', len))
        return len == strlen(name) + 2 && memcmp(text + 1, name, len - 2) == 0;
    return !run_tokener(text, len, &read, &end, NULL) &&
           strcmp(json_object_get_string(read), name) == 0;
}

static void blank(char *text, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        if (text[i] != '\n' && text[i] != '\r')
            text[i] = ' ';
    }
}

/* The offset behind the comment that begins at I, or I when none does, or it does not end. */
static size_t comment_end(const char *text, size_t len, size_t i)
{
    const char *end;

    if (i + 1 >= len || text[i] != '/')
        return i;
    if (text[i + 1] == '/') {
        end = memchr(text + i, '\n', len - i);
        return end ? (size_t)(end - text) : len;
    }
    if (text[i + 1] == '*') {
        end = memmem(text + i + 2, len - i - 2, "*/", 2);
        return end ? (size_t)(end - text) + 2 : i;
    }
    return i;
}

void kb_json_blank_comments(char *text, size_t len)
{
    bool in_string = false;

    for (size_t i = 0; i < len; i++) {
        size_t end = in_string ? i : comment_end(text, len, i);

        if (end > i) {
            blank(text, i, end);
            i = end - 1;
        } else if (in_string && text[i] == '\\') {
            i++;
        } else if (text[i] == '"') {
            in_string = !in_string;
        }
    }
}

void kb_json_release(struct json_object **object)
{
    if (*object)
        json_object_put(*object);
    *object = NULL;
}
