/*
 * JSON that holds a password or a token. json-c cannot wipe its copies, so what is secret is taken
 * out and overwritten before json-c looks. Must never keep what can be no token of ours, nor
 * believe that a name is spelled in one way only: what is not asked for is overwritten.
 */
#include "common.h"

#include "base/json_lex.h"
#include "base/strings.h"

#include <string.h>

struct text {
    const char *bytes;
    size_t len;
};

static bool is_named(const struct text *text, struct kb_json_token name, const char *wanted)
{
    size_t len = strlen(wanted);

    return name.end - name.start == len + 2 &&
           memcmp(wanted, text->bytes + name.start + 1, len) == 0;
}

static bool is_punctuation(const struct text *text, struct kb_json_token token, char wanted)
{
    return token.kind == KB_JSON_PUNCTUATION && text->bytes[token.start] == wanted;
}

/* What four hex digits mean; what is no ASCII becomes a line break, which no token holds. */
static char from_hex(const char digits[static 4])
{
    if (digits[0] != '0' || digits[1] != '0')
        return '\n';
    return (char)(kb_hex_value(digits[2]) * 16 + kb_hex_value(digits[3]));
}

/* What the bytes of a JSON string say, LEN of them without the quotes, as far as tokens go. */
static void unescape(const char *bytes, size_t len, struct kb_buf *out)
{
    for (size_t i = 0; i < len; i++) {
        char c = bytes[i];

        if (c == '\\') {
            c = bytes[++i];
            if (c == 'u') {
                c = from_hex(bytes + i + 1);
                i += 4;
            } else if (!strchr("\"\\/", c)) {
                c = '\n'; /* a letter stands for a control character */
            }
        }
        kb_buf_byte(out, c);
    }
}

/* The last value of NAME that is a string. */
static void find_value(const struct text *text, const char *name, struct kb_buf *ret)
{
    struct kb_json_token token = kb_json_next(text->bytes, text->len, 0), before = token;
    struct kb_json_token string = token;

    for (; token.kind != KB_JSON_END && token.kind != KB_JSON_BAD;
         token = kb_json_next(text->bytes, text->len, token.end)) {
        bool is_value = is_punctuation(text, before, ':');

        if (is_value && token.kind == KB_JSON_STRING && is_named(text, string, name)) {
            kb_buf_reset(ret);
            unescape(text->bytes + token.start + 1, token.end - token.start - 2, ret);
        }
        if (token.kind == KB_JSON_STRING)
            string = token;
        before = token;
    }
}

enum kb_err kb_secret_member_take(const char *bytes, size_t len, const char *name,
    const char *scheme, struct kb_secret *ret, struct kb_error *err)
{
    const struct text text = {bytes, len};
    KB_AUTO(kb_buf_clear) struct kb_buf value = KB_BUF_INIT(strlen(scheme) + KB_TOKEN_MAX);
    const char *token;

    find_value(&text, name, &value);
    token = kb_proto_after_prefix(kb_buf_text(&value), scheme);
    if (!token)
        token = kb_buf_text(&value);
    len = value.len - (size_t)(token - kb_buf_text(&value));
    /* Of a longer one the buffer kept the beginning. */
    if (value.failed || !kb_token_text_ok(token, len))
        return KB_OK;
    return kb_secret_set(ret, token, len, err);
}

static bool is_one_of(
    const struct text *text, struct kb_json_token name, const char *const wanted[])
{
    for (size_t i = 0; wanted[i]; i++) {
        if (is_named(text, name, wanted[i]))
            return true;
    }
    return false;
}

void kb_secret_member_blank(char *bytes, size_t len, const char *const wanted[])
{
    const struct text text = {bytes, len};
    struct kb_json_token token = kb_json_next(bytes, len, 0);
    bool keep = false;

    while (token.kind != KB_JSON_END && token.kind != KB_JSON_BAD) {
        struct kb_json_token next = kb_json_next(bytes, len, token.end);
        bool is_name = token.kind == KB_JSON_STRING && is_punctuation(&text, next, ':');

        if (is_name)
            keep = is_one_of(&text, token, wanted);
        else if (token.kind == KB_JSON_STRING && !keep)
            memset(bytes + token.start + 1, 'x', token.end - token.start - 2);
        token = next;
    }
}
