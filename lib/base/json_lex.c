/*
 * Tokens of strict JSON (RFC 8259) and their places. Must never produce a value, and
 * must never read past the text it was given.
 */
#include "base/json_lex.h"

#include "base/strings.h"

#include <string.h>

struct text {
    const char *bytes;
    size_t len;
};

static unsigned char at(const struct text *t, size_t i)
{
    return i < t->len ? (unsigned char)t->bytes[i] : 0;
}

static struct kb_json_token bad(size_t start, size_t where, const char *problem)
{
    return (struct kb_json_token){KB_JSON_BAD, start, where, problem};
}

/* --- strings ---------------------------------------------------------------------- */

/* The code unit of the four digits at I, or -1. */
static int unicode_escape(const struct text *t, size_t i)
{
    int unit = 0;

    for (size_t k = 0; k < 4; k++) {
        int digit = kb_hex_value((char)at(t, i + k));

        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

/* The first half of a pair lies from 0xd800 on, the second from 0xdc00. */
static bool is_surrogate(int unit, int from)
{
    return unit >= from && unit < from + 0x400;
}

/* Length of the escape whose backslash is at I; 0 with *PROBLEM set when it is wrong. */
static size_t escape_length(const struct text *t, size_t i, const char **problem)
{
    unsigned char kind = at(t, i + 1);
    int unit;

    *problem = "unknown escape in a string";
    if (kind && strchr("\"\\/bfnrt", kind))
        return 2;
    if (kind != 'u')
        return 0;
    unit = unicode_escape(t, i + 2);
    if (unit < 0)
        return 0;
    *problem = "NUL character in a string";
    if (unit == 0)
        return 0;
    *problem = "unpaired surrogate in a string";
    if (is_surrogate(unit, 0xdc00))
        return 0;
    if (!is_surrogate(unit, 0xd800))
        return 6;
    if (at(t, i + 6) != '\\' || at(t, i + 7) != 'u' ||
        !is_surrogate(unicode_escape(t, i + 8), 0xdc00))
        return 0;
    return 12;
}

/* Length of the character or escape at I of a string; 0 with *PROBLEM set when it is wrong. */
static size_t string_step(const struct text *t, size_t i, const char **problem)
{
    if (at(t, i) < 0x20) {
        *problem = "control character in a string";
        return 0;
    }
    if (at(t, i) == '\\')
        return escape_length(t, i, problem);
    if (at(t, i) < 0x80)
        return 1;
    *problem = "wrong UTF-8 in a string";
    return kb_utf8_length(t->bytes + i, t->len - i);
}

static struct kb_json_token lex_string(const struct text *t, size_t start)
{
    const char *problem = NULL;
    size_t i = start + 1;

    while (i < t->len && t->bytes[i] != '"') {
        size_t step = string_step(t, i, &problem);

        if (step == 0)
            return bad(start, i, problem);
        i += step;
    }
    if (i >= t->len)
        return bad(start, t->len, "a string does not end");
    return (struct kb_json_token){KB_JSON_STRING, start, i + 1, NULL};
}

/* --- numbers and words ------------------------------------------------------------- */

static size_t skip_digits(const struct text *t, size_t i)
{
    while (at(t, i) >= '0' && at(t, i) <= '9')
        i++;
    return i;
}

static bool is_word_byte(unsigned char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '.' ||
           c == '+' || c == '-' || c == '_';
}

/* number = [ minus ] int [ frac ] [ exp ]; int has no leading zero */
static struct kb_json_token lex_number(const struct text *t, size_t start)
{
    size_t i = start + (at(t, start) == '-'), digits = i;
    bool ok;

    i = skip_digits(t, i);
    ok = i > digits && (at(t, digits) != '0' || i == digits + 1);
    if (ok && at(t, i) == '.') {
        digits = i + 1;
        i = skip_digits(t, digits);
        ok = i > digits;
    }
    if (ok && (at(t, i) | 0x20) == 'e') {
        digits = i + 1 + (at(t, i + 1) == '+' || at(t, i + 1) == '-');
        i = skip_digits(t, digits);
        ok = i > digits;
    }
    if (!ok || is_word_byte(at(t, i)))
        return bad(start, i, "not a JSON number");
    return (struct kb_json_token){KB_JSON_NUMBER, start, i, NULL};
}

static struct kb_json_token lex_word(const struct text *t, size_t start)
{
    static const char *const words[] = {"true", "false", "null"};
    size_t end = start;

    while (is_word_byte(at(t, end)))
        end++;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strlen(words[i]) == end - start && memcmp(words[i], t->bytes + start, end - start) == 0)
            return (struct kb_json_token){KB_JSON_WORD, start, end, NULL};
    }
    return bad(start, start, "unexpected character");
}

struct kb_json_token kb_json_next(const char *text, size_t len, size_t offset)
{
    const struct text t = {text, len};

    while (offset < len && memchr(" \t\r\n", text[offset], 4))
        offset++;
    if (offset >= len)
        return (struct kb_json_token){KB_JSON_END, len, len, NULL};
    if (memchr("{}[],:", text[offset], 6))
        return (struct kb_json_token){KB_JSON_PUNCTUATION, offset, offset + 1, NULL};
    if (text[offset] == '"')
        return lex_string(&t, offset);
    if (text[offset] == '-' || (text[offset] >= '0' && text[offset] <= '9'))
        return lex_number(&t, offset);
    return lex_word(&t, offset);
}
