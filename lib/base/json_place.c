/*
 * Walks the tokens of a JSON text to where a member or a value stands. Must never produce
 * a value, and must never read past the text it was given.
 */
#include "base/json_place.h"

#include "base/json.h"
#include "base/json_lex.h"

#include <string.h>

static bool is_punctuation(const char *text, struct kb_json_token token, const char *any_of)
{
    return token.kind == KB_JSON_PUNCTUATION && strchr(any_of, text[token.start]);
}

size_t kb_json_skip_value(const char *text, size_t len, size_t value_start)
{
    struct kb_json_token token = kb_json_next(text, len, value_start);
    int depth = 0;

    for (;; token = kb_json_next(text, len, token.end)) {
        if (token.kind == KB_JSON_END || token.kind == KB_JSON_BAD)
            return token.end;
        if (is_punctuation(text, token, "{["))
            depth++;
        if (is_punctuation(text, token, "}]"))
            depth--;
        if (depth == 0)
            return token.end;
    }
}

bool kb_json_find(
    const char *text, size_t len, size_t object_start, const char *name, struct kb_json_span *ret)
{
    struct kb_json_token token = kb_json_next(text, len, object_start);

    if (!is_punctuation(text, token, "{"))
        return false;
    for (;;) {
        struct kb_json_token key = kb_json_next(text, len, token.end);
        struct kb_json_token colon = kb_json_next(text, len, key.end);
        size_t value = kb_json_next(text, len, colon.end).start;
        size_t end = kb_json_skip_value(text, len, value);

        if (key.kind != KB_JSON_STRING || !is_punctuation(text, colon, ":"))
            return false;
        if (kb_json_string_is(text + key.start, key.end - key.start, name)) {
            *ret = (struct kb_json_span){key.start, value, end};
            return true;
        }
        token = kb_json_next(text, len, end);
        if (!is_punctuation(text, token, ","))
            return false;
    }
}
