/*
 * The lexer: each token's kind and place.
 */
#include "base/json_lex.h"

#include "base/attr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct kb_json_token first(const char *text)
{
    return kb_json_next(text, strlen(text), 0);
}

static void tokens_and_their_places(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum kb_json_kind kind;
        size_t start, end;
    } rows[] = {
        {"", KB_JSON_END, 0, 0},
        {" \t\r\n", KB_JSON_END, 4, 4},
        {" {x", KB_JSON_PUNCTUATION, 1, 2},
        {"\"\"", KB_JSON_STRING, 0, 2},
        {" \"a\\\"b\" ", KB_JSON_STRING, 1, 7},
        {"-1.5e+3,", KB_JSON_NUMBER, 0, 7},
        {"0}", KB_JSON_NUMBER, 0, 1},
        {"true,", KB_JSON_WORD, 0, 4},
        {"false", KB_JSON_WORD, 0, 5},
        {"null]", KB_JSON_WORD, 0, 4},
        {"truex", KB_JSON_BAD, 0, 0},
        {"01", KB_JSON_BAD, 0, 2},
        {" \"a\x01\"", KB_JSON_BAD, 1, 3},
        {"\"abc", KB_JSON_BAD, 0, 4},
        {"#", KB_JSON_BAD, 0, 0},
    };
    for (size_t i = 0; i < KB_COUNT(rows); i++) {
        struct kb_json_token token = first(rows[i].text);
        if (token.kind != rows[i].kind || token.start != rows[i].start || token.end != rows[i].end)
            fail_msg(
                "%s: kind %d, %zu to %zu", rows[i].text, (int)token.kind, token.start, token.end);
        assert_int_equal(token.problem != NULL, token.kind == KB_JSON_BAD);
    }
}

static void problems_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *problem;
    } rows[] = {
        {"\"\n\"", "control character in a string"},
        {"\"\\q\"", "unknown escape in a string"},
        {"\"\\u0000\"", "NUL character in a string"},
        {"\"\\ud800\"", "unpaired surrogate in a string"},
        {"\"\xff\"", "wrong UTF-8 in a string"},
        {"\"\xc0\x8a\"", "wrong UTF-8 in a string"},
        {"\"\xe0\x80\x8a\"", "wrong UTF-8 in a string"},
        {"\"\xf0\x80\x80\x8a\"", "wrong UTF-8 in a string"},
        {"\"", "a string does not end"},
        {"1.", "not a JSON number"},
        {"'a'", "unexpected character"},
    };
    for (size_t i = 0; i < KB_COUNT(rows); i++)
        assert_string_equal(first(rows[i].text).problem, rows[i].problem);
}

/* The text ends where its length says, whatever lies behind. */
static void the_length_is_the_end(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t len;
        enum kb_json_kind kind;
    } rows[] = {
        {"true", 3, KB_JSON_BAD},
        {"123", 2, KB_JSON_NUMBER},
        {"\"ab\"", 3, KB_JSON_BAD},
        {"\"\\u0041\"", 6, KB_JSON_BAD},
        {"\"\xc3\xa9\"", 2, KB_JSON_BAD},
        {"{", 0, KB_JSON_END},
    };
    for (size_t i = 0; i < KB_COUNT(rows); i++) {
        char *copy = malloc(rows[i].len ? rows[i].len : 1);
        memcpy(copy, rows[i].text, rows[i].len);
        assert_int_equal(kb_json_next(copy, rows[i].len, 0).kind, rows[i].kind);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_and_their_places),
        cmocka_unit_test(problems_are_named),
        cmocka_unit_test(the_length_is_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
