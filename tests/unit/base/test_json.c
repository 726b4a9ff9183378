/*
 * The strict reader: what json-c lets pass and we do not, and where an error is said to be.
 */
#include "base/json.h"

#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct text {
    const char *bytes;
    size_t len;
};
#define TEXT(literal)                                                                              \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }

static bool parses(struct text text, struct kb_error *err)
{
    KB_AUTO(kb_json_release) struct json_object *object = NULL;
    /* A copy without a NUL behind it, so that the sanitizers see a byte too many. */
    char *copy = malloc(text.len ? text.len : 1);
    memcpy(copy, text.bytes, text.len);
    enum kb_err rc = kb_json_parse(copy, text.len, &object, err);
    free(copy);
    assert_true(rc == KB_OK || rc == KB_ERR_CORRUPT);
    assert_int_equal(rc == KB_OK, object != NULL);
    return rc == KB_OK;
}

static void strict_json_is_accepted(void **state)
{
    (void)state;
    static const struct text texts[] = {
        TEXT("{}"), TEXT(" \t\r\n{ } \t\r\n"), TEXT("{\"\":1}"),
        TEXT("{\"a\":[1,-0,1.5,1e3,1E+3,1e-3,-1.5e0,0.1],\"b\":{\"a\":null,\"c\":true}}"),
        TEXT("{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\\uFFFF\"}"),
        TEXT("{\"a\":\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xf4\x8f\xbf\xbf \x7f\"}"),
        TEXT("{\"a\":9223372036854775808,\"b\":1e400}"),
        TEXT("{\"a\":{\"x\":1},\"b\":{\"x\":2}}"), /* the same name in two objects */
        TEXT("{\"a\":\"x:y,{}\"}"), TEXT("{\"a\":\"// no comment /* none */\"}"),
        TEXT("{\"1\":{\"2\":{\"3\":{\"4\":{\"5\":{\"6\":{\"7\":{}}}}}}}}"), /* 8 levels */
    };
    for (size_t i = 0; i < KB_COUNT(texts); i++) {
        struct kb_error err = KB_ERROR_INIT;
        if (!parses(texts[i], &err))
            fail_msg("%s: %s", texts[i].bytes, err.msg);
    }
}

static void anything_else_is_refused(void **state)
{
    (void)state;
    static const struct text texts[] = {
        /* not one object */
        TEXT(""),
        TEXT(" "),
        TEXT("[]"),
        TEXT("\"a\""),
        TEXT("1"),
        TEXT("null"),
        TEXT("{} {}"),
        TEXT("{}x"),
        TEXT("{}}"),
        TEXT("{},"),
        TEXT("{} // comment"),
        TEXT("{/* comment */}"),
        /* cut or crooked */
        TEXT("{"),
        TEXT("{\"a\""),
        TEXT("{\"a\":"),
        TEXT("{\"a\":1"),
        TEXT("{\"a\":\"b"),
        TEXT("{\"a\":1,}"),
        TEXT("{\"a\":[1,]}"),
        TEXT("{,}"),
        TEXT("{\"a\" 1}"),
        TEXT("{\"a\":1 \"b\":2}"),
        TEXT("{\"a\":1;\"b\":2}"),
        TEXT("{\"a\":[1}"),
        TEXT("{1:2}"),
        TEXT("{a:1}"),
        /* a NUL, a byte order mark, another encoding */
        TEXT("{}\0"),
        TEXT("{}\0{\"a\":1}"),
        TEXT("{\"a\0\":1}"),
        TEXT("{\"a\":\"\0\"}"),
        TEXT("\xef\xbb\xbf{}"),
        TEXT("{\0}\0"),
        TEXT("\xff\xfe{\0}\0"),
        /* control characters in a string */
        TEXT("{\"a\":\"\n\"}"),
        TEXT("{\"a\":\"\t\"}"),
        TEXT("{\"a\":\"\x01\"}"),
        TEXT("{\"a\n\":1}"),
        /* escapes */
        TEXT("{\"a\":\"\\u0000\"}"),
        TEXT("{\"a\\u0000b\":1}"),
        TEXT("{\"a\":\"\\x\"}"),
        TEXT("{\"a\":\"\\u12\"}"),
        TEXT("{\"a\":\"\\u12g4\"}"),
        TEXT("{\"a\":\"\\ud800\"}"),
        TEXT("{\"a\":\"\\ud800x\"}"),
        TEXT("{\"a\":\"\\ud800\\u0041\"}"),
        TEXT("{\"a\":\"\\udc00\"}"),
        TEXT("{\"a\":\"\\ud800\\ud800\"}"),
        /* UTF-8: overlong, surrogates, too large, cut, stray */
        TEXT("{\"a\":\"\xc0\x8a\"}"),
        TEXT("{\"a\":\"\xc1\xbf\"}"),
        TEXT("{\"a\":\"\xe0\x80\x8a\"}"),
        TEXT("{\"a\":\"\xf0\x80\x80\x8a\"}"),
        TEXT("{\"a\":\"\xed\xa0\x80\"}"),
        TEXT("{\"a\":\"\xf4\x90\x80\x80\"}"),
        TEXT("{\"a\":\"\xf8\x88\x80\x80\x80\"}"),
        TEXT("{\"a\":\"\xe2\x82\"}"),
        TEXT("{\"a\":\"\x80\"}"),
        TEXT("{\"a\":\"\xff\"}"),
        TEXT("{\"\xc0\x8a\":1}"),
        /* numbers and words that JSON does not know */
        TEXT("{\"a\":NaN}"),
        TEXT("{\"a\":Infinity}"),
        TEXT("{\"a\":-Infinity}"),
        TEXT("{\"a\":-}"),
        TEXT("{\"a\":+1}"),
        TEXT("{\"a\":01}"),
        TEXT("{\"a\":-01}"),
        TEXT("{\"a\":2.}"),
        TEXT("{\"a\":2.e3}"),
        TEXT("{\"a\":.5}"),
        TEXT("{\"a\":1e}"),
        TEXT("{\"a\":1e+}"),
        TEXT("{\"a\":0x10}"),
        TEXT("{\"a\":1_000}"),
        TEXT("{\"a\":1 000}"),
        TEXT("{\"a\":True}"),
        TEXT("{\"a\":nul}"),
        TEXT("{\"a\":nulls}"),
        TEXT("{\"a\":undefined}"),
        /* quotes */
        TEXT("{'a':1}"),
        TEXT("{\"a\":'b'}"),
        /* a name twice, however spelled, however deep */
        TEXT("{\"access_token\":\"a\",\"access_token\":\"b\"}"),
        TEXT("{\"access_token\":\"a\",\"access\\u005ftoken\":\"b\"}"),
        TEXT("{\"a\":1,\"a\":1}"),
        TEXT("{\"\":1,\"\":2}"),
        TEXT("{\"x\":[{\"a\":1,\"a\":null}]}"),
        /* nine levels */
        TEXT("{\"1\":{\"2\":{\"3\":{\"4\":{\"5\":{\"6\":{\"7\":{\"8\":{}}}}}}}}}"),
        TEXT("{\"1\":[[[[[[[[]]]]]]]]}"),
    };
    for (size_t i = 0; i < KB_COUNT(texts); i++) {
        struct kb_error err = KB_ERROR_INIT;
        if (parses(texts[i], &err))
            fail_msg("accepted: %s", texts[i].bytes);
        assert_true(err.msg[0] != '\0');
    }
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    static const char text[] = "{\"a\":[1,{\"b\":\"\\ud83d\\ude00\xe2\x82\xac\"}],\"c\":-1.5e3}";
    for (size_t len = 0; len < sizeof(text) - 1; len++)
        assert_false(parses((struct text){text, len}, NULL));
    assert_true(parses((struct text){text, sizeof(text) - 1}, NULL));
}

static void errors_say_where_and_never_what(void **state)
{
    (void)state;
    static const struct {
        struct text text;
        int line, column;
        const char *begins;
    } rows[] = {
        {TEXT("{\n  \"a\": SECRET\n}"), 2, 8, ""},
        {TEXT("{\n  \"a\": \"SECRET\n\"}"), 2, 15, "control character"},
        {TEXT("{\n\n\"SECRET\" \"b\"}"), 3, 10, ""},
        {TEXT("{\"SECRET\":1"), 1, 12, "the document ends too early"},
        {TEXT("[\"SECRET\"]"), 1, 1, "expected an object"},
        {TEXT("{\"SECRET\":1,\"SECRET\":2}"), 1, 13, "a member occurs twice"},
        {TEXT("{\n\"a\":{\"b\":[{\"x\":{}},{\"b\":1,\n \"\\u0062\":2}]}}"), 3, 2,
            "a member occurs twice"},
        {TEXT("{\"a\":[{\"b\":1},{\"b\":\"b\"}],\"b\":{\"a\":1},\n\"a\":1}"), 2, 1,
            "a member occurs twice"},
    };
    for (size_t i = 0; i < KB_COUNT(rows); i++) {
        struct kb_error err = KB_ERROR_INIT;
        assert_false(parses(rows[i].text, &err));
        assert_int_equal(err.place.line, rows[i].line);
        assert_int_equal(err.place.column, rows[i].column);
        if (strncmp(err.msg, rows[i].begins, strlen(rows[i].begins)) != 0)
            fail_msg("%s: %s", rows[i].text.bytes, err.msg);
        assert_null(strstr(err.msg, "SECRET"));
    }
}

static void positions_count_from_one(void **state)
{
    (void)state;
    static const char text[] = "ab\ncd\n\ne";
    static const int places[][2] = {
        {1, 1}, {1, 2}, {1, 3}, {2, 1}, {2, 2}, {2, 3}, {3, 1}, {4, 1}, {4, 2}, {4, 2}};
    for (size_t i = 0; i < KB_COUNT(places); i++) {
        int line = 0, column = 0;
        kb_json_position(text, sizeof(text) - 1, i, &line, &column);
        assert_int_equal(line, places[i][0]);
        assert_int_equal(column, places[i][1]);
    }
}

static void comments_become_spaces(void **state)
{
    (void)state;
    static const struct {
        const char *text, *blanked;
    } rows[] = {
        {"", ""},
        {"/", "/"},
        {"//", "  "},
        {"{} // x", "{}     "},
        {"// x\r\n{}", "    \r\n{}"},
        {"{/* a\nb */}", "{    \n    }"},
        {"{/**/}", "{    }"},
        {"{/***/}", "{     }"},
        {"{/*/ */}", "{      }"},
        {"/* // */1", "        1"},
        {"// /*\n1 */", "     \n1 */"},
        {"{\"a//b\":\"/*c*/\"}", "{\"a//b\":\"/*c*/\"}"},
        {"\"\\\"//\"//", "\"\\\"//\"  "},
        {"\"\\\\\"//", "\"\\\\\"  "},
        {"{} /* no end", "{} /* no end"},
        {"/*/", "/*/"},
        {"\"\\", "\"\\"},
    };
    for (size_t i = 0; i < KB_COUNT(rows); i++) {
        size_t len = strlen(rows[i].text);
        char *copy = malloc(len + 1);
        memcpy(copy, rows[i].text, len + 1);
        kb_json_blank_comments(copy, len);
        assert_string_equal(copy, rows[i].blanked);
        free(copy);
    }
}

static void members_are_found_by_type(void **state)
{
    (void)state;
    static const char text[] = "{\"s\":\"text\",\"n\":1,\"null\":null,\"o\":{}}";
    KB_AUTO(kb_json_release) struct json_object *object = NULL;
    assert_int_equal(kb_json_parse(text, sizeof(text) - 1, &object, NULL), KB_OK);
    assert_string_equal(kb_json_string(object, "s"), "text");
    assert_null(kb_json_string(object, "n"));
    assert_null(kb_json_string(object, "o"));
    assert_null(kb_json_string(object, "null"));
    assert_null(kb_json_string(object, "absent"));
    assert_non_null(kb_json_member(object, "n"));
    assert_null(kb_json_member(object, "null"));
    assert_null(kb_json_member(kb_json_member(object, "s"), "x"));
    assert_null(kb_json_member(NULL, "x"));
}

static void release_takes_null(void **state)
{
    (void)state;
    struct json_object *none = NULL;
    kb_json_release(&none);
    assert_null(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strict_json_is_accepted),
        cmocka_unit_test(anything_else_is_refused),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(errors_say_where_and_never_what),
        cmocka_unit_test(positions_count_from_one),
        cmocka_unit_test(comments_become_spaces),
        cmocka_unit_test(members_are_found_by_type),
        cmocka_unit_test(release_takes_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
