/*
 * Values are read where they stand in the text. Must never hand one to json-c, nor say one in an
 * error.
 */
#include "json_text.h"

#include "base/json.h"
#include "base/json_lex.h"
#include "base/strings.h"

#include <string.h>

static bool is_punctuation(struct kb_sign_json json, struct kb_json_token token, char wanted)
{
    return token.kind == KB_JSON_PUNCTUATION && json.text[token.start] == wanted;
}

/* All strings but names; a text that ends in what is no token is refused there by json.h. */
static void blank_values(char *text, size_t len)
{
    const struct kb_sign_json json = {text, len};
    struct kb_json_token token = kb_json_next(text, len, 0);

    while (token.kind != KB_JSON_END && token.kind != KB_JSON_BAD) {
        struct kb_json_token next = kb_json_next(text, len, token.end);

        if (token.kind == KB_JSON_STRING && !is_punctuation(json, next, ':'))
            memset(text + token.start + 1, 'x', token.end - token.start - 2);
        token = next;
    }
}

enum kb_err kb_sign_json_check(struct kb_sign_json json, size_t *ret_object, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf copy = KB_BUF_INIT(json.len);
    KB_AUTO(kb_json_release) struct json_object *read = NULL;
    enum kb_err rc;

    kb_buf_add(&copy, json.text, json.len);
    rc = kb_buf_check(&copy, "the key", err);
    if (rc)
        return rc;
    blank_values(copy.data, copy.len);
    if (kb_json_parse(copy.data, copy.len, &read, NULL))
        return kb_fail(err, KB_ERR_USAGE, "the JSON is damaged or cut off");
    *ret_object = kb_json_next(json.text, json.len, 0).start;
    return KB_OK;
}

static bool find(
    struct kb_sign_json json, size_t object, const char *name, struct kb_json_span *ret)
{
    return kb_json_find(json.text, json.len, object, name, ret) &&
           json.text[ret->value_start] != 'n';
}

bool kb_sign_json_has(struct kb_sign_json json, size_t object, const char *name)
{
    struct kb_json_span span;

    return find(json, object, name, &span);
}

bool kb_sign_json_object(struct kb_sign_json json, size_t object, const char *name, size_t *ret)
{
    struct kb_json_span span;

    if (!find(json, object, name, &span) || json.text[span.value_start] != '{')
        return false;
    *ret = span.value_start;
    return true;
}

bool kb_sign_json_item(struct kb_sign_json json, size_t object, const char *name, size_t index,
    struct kb_json_span *ret)
{
    struct kb_json_span array;
    struct kb_json_token token;
    size_t end;

    if (!find(json, object, name, &array) || json.text[array.value_start] != '[')
        return false;
    token = kb_json_next(json.text, json.len, array.value_start + 1);
    for (; !is_punctuation(json, token, ']'); index--) {
        end = kb_json_skip_value(json.text, json.len, token.start);
        if (index == 0) {
            *ret = (struct kb_json_span){token.start, token.start, end};
            return true;
        }
        token = kb_json_next(json.text, json.len, end);
        if (is_punctuation(json, token, ','))
            token = kb_json_next(json.text, json.len, token.end);
    }
    return false;
}

/* --- strings -------------------------------------------------------------------------- */

/* What four hex digits mean, or -1: no ASCII, or NUL. */
static int from_hex(const char digits[static 4])
{
    int value = 0;

    for (int i = 0; i < 4; i++)
        value = value * 16 + kb_hex_value(digits[i]);
    return value > 0 && value < 0x80 ? value : -1;
}

/* The escape behind the backslash at TEXT; the result is its length, 0: none that is taken. */
static size_t unescape(const char *text, struct kb_buf *out)
{
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    const char *letter = strchr(letters, text[1]);
    int value = letter ? meant[letter - letters] : text[1] == 'u' ? from_hex(text + 2) : -1;

    if (value < 0)
        return 0;
    kb_buf_byte(out, (char)value);
    return letter ? 2 : 6;
}

enum kb_err kb_sign_json_take_item(struct kb_sign_json json, const struct kb_json_span *item,
    struct kb_buf *ret, struct kb_error *err)
{
    size_t at = item->value_start + 1, end = item->value_end - 1, step;

    kb_buf_reset(ret);
    if (json.text[item->value_start] != '"')
        return kb_fail(err, KB_ERR_USAGE, "a member of its JSON is not the text that it must be");
    for (; at < end; at += step) {
        step = json.text[at] == '\\' ? unescape(json.text + at, ret) : 1;
        if (step == 0)
            return kb_fail(err, KB_ERR_USAGE, "a member of its JSON is not plain ASCII");
        if (step == 1)
            kb_buf_byte(ret, json.text[at]);
    }
    if (ret->failed)
        return kb_fail(err, KB_ERR_USAGE, "a member of its JSON is too long");
    return KB_OK;
}

enum kb_err kb_sign_json_take(struct kb_sign_json json, size_t object, const char *name,
    struct kb_buf *ret, struct kb_error *err)
{
    struct kb_json_span span;

    if (find(json, object, name, &span))
        return kb_sign_json_take_item(json, &span, ret, err);
    kb_buf_reset(ret);
    return KB_OK;
}

enum kb_err kb_sign_json_name(struct kb_sign_json json, size_t object, const char *name, size_t max,
    char **ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(max);
    enum kb_err rc = kb_sign_json_take(json, object, name, &text, err);

    if (rc || text.len == 0)
        return rc;
    if (!kb_text_is_printable(text.data, text.len, 1, max))
        return kb_fail(err, KB_ERR_USAGE, "a name in its JSON is not printable ASCII");
    kb_str_set(ret, text.data);
    return KB_OK;
}
