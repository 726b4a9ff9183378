/*
 * One member of somebody's JSON file: set, every other byte stays; removed, all bytes are as
 * before.
 */
#include "tools/member.h"

#include "base/attr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MAX = 2 << 20 };

/* The path {"credHelpers", HOST}. */
static struct kb_strings path_to(const char *host)
{
    struct kb_strings path = {0};

    kb_strings_add(&path, "credHelpers");
    kb_strings_add(&path, host);
    return path;
}

static const struct {
    const char *what, *before, *after;
    int made;
} rows[] = {
    {"nothing", "", "{\n  \"credHelpers\": {\n    \"r.example\": \"keybearer\"\n  }\n}\n", 2},
    {"only blanks", "\n\n",
        "\n\n{\n  \"credHelpers\": {\n    \"r.example\": \"keybearer\"\n  }\n}\n", 2},
    {"an empty object", "{}", "{\"credHelpers\": {\"r.example\": \"keybearer\"}}", 1},
    {"an empty object of two lines", "{\n}\n",
        "{\n  \"credHelpers\": {\n    \"r.example\": \"keybearer\"\n  }\n}\n", 1},
    {"tabs, and no line end at the end", "{\n\t\"auths\": {},\n\t\"x\": [1,\n2]\n}",
        "{\n\t\"auths\": {},\n\t\"x\": [1,\n2],\n\t\"credHelpers\": {\n\t\t\"r.example\": "
        "\"keybearer\"\n\t}\n}",
        1},
    {"CRLF", "{\r\n    \"a\": 1\r\n}\r\n",
        "{\r\n    \"a\": 1,\r\n    \"credHelpers\": {\r\n        \"r.example\": "
        "\"keybearer\"\r\n    }\r\n}\r\n",
        1},
    {"one line", "{\"a\":1,\"b\":{\"credHelpers\":{}}}\n",
        "{\"a\":1,\"b\":{\"credHelpers\":{}}, \"credHelpers\": {\"r.example\": \"keybearer\"}}\n",
        1},
    {"an empty member", "{\n  \"credHelpers\": {}\n}\n",
        "{\n  \"credHelpers\": {\"r.example\": \"keybearer\"}\n}\n", 0},
    {"others beside it", "{ \"credHelpers\" : {\n   \"a.example\" : \"x\" }, \"z\": null }",
        "{ \"credHelpers\" : {\n   \"a.example\" : \"x\",\n   \"r.example\": \"keybearer\" }, "
        "\"z\": null }",
        0},
    {"a name in escapes", "{\"cred\\u0048elpers\": {\"a\": \"b\"}}",
        "{\"cred\\u0048elpers\": {\"a\": \"b\", \"r.example\": \"keybearer\"}}", 0},
    {"blank lines before the brace", "{\n  \"a\": 1\n\n\n}\n",
        "{\n  \"a\": 1,\n  \"credHelpers\": {\n    \"r.example\": \"keybearer\"\n  }\n\n\n}\n", 1},
};

static void test_set_then_remove(void **state)
{
    KB_AUTO(kb_strings_clear) struct kb_strings path = path_to("r.example");

    (void)state;
    for (size_t i = 0; i < KB_COUNT(rows); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf before = KB_BUF_INIT(MAX);
        KB_AUTO(kb_buf_clear) struct kb_buf with = KB_BUF_INIT(MAX);
        KB_AUTO(kb_buf_clear) struct kb_buf after = KB_BUF_INIT(MAX);
        KB_AUTO(kb_buf_clear) struct kb_buf value = KB_BUF_INIT(MAX);
        struct kb_error err = KB_ERROR_INIT;
        enum kb_member_kind kind;
        int made = -1, left = -1;

        kb_buf_str(&before, rows[i].before);
        if (kb_member_set("f", &before, &path, "keybearer", &with, &made, &err))
            fail_msg("%s: %s", rows[i].what, err.msg);
        if (strcmp(kb_buf_text(&with), rows[i].after) != 0 || made != rows[i].made)
            fail_msg("%s: made %d:\n%s", rows[i].what, made, kb_buf_text(&with));
        assert_int_equal(kb_member_look("f", &with, &path, &kind, &value, NULL), KB_OK);
        assert_int_equal(kind, KB_MEMBER_TEXT);
        assert_string_equal(kb_buf_text(&value), "keybearer");
        assert_int_equal(kb_member_remove("f", &with, &path, made, &after, &left, NULL), KB_OK);
        if (strcmp(kb_buf_text(&after), rows[i].before) != 0)
            fail_msg("%s, removed:\n%s", rows[i].what, kb_buf_text(&after));
        assert_int_equal(left, 0);
    }
}

/* What was made for one stays as long as another is in it. */
static void test_the_last_takes_the_object_away(void **state)
{
    KB_AUTO(kb_strings_clear) struct kb_strings one = path_to("one"), two = path_to("two");
    KB_AUTO(kb_buf_clear)
    struct kb_buf text = KB_BUF_INIT(MAX), with = KB_BUF_INIT(MAX), both = KB_BUF_INIT(MAX),
                  less = KB_BUF_INIT(MAX), none = KB_BUF_INIT(MAX);
    int made, nothing, left;

    (void)state;
    kb_buf_str(&text, "{\n  \"a\": 1\n}\n");
    assert_int_equal(kb_member_set("f", &text, &one, "x", &with, &made, NULL), KB_OK);
    assert_int_equal(kb_member_set("f", &with, &two, "x", &both, &nothing, NULL), KB_OK);
    assert_int_equal(made, 1);
    assert_int_equal(nothing, 0);
    assert_int_equal(kb_member_remove("f", &both, &one, made, &less, &left, NULL), KB_OK);
    assert_int_equal(left, 1);
    assert_string_equal(
        kb_buf_text(&less), "{\n  \"a\": 1,\n  \"credHelpers\": {\n    \"two\": \"x\"\n  }\n}\n");
    assert_int_equal(kb_member_remove("f", &less, &two, left, &none, &left, NULL), KB_OK);
    assert_string_equal(kb_buf_text(&none), kb_buf_text(&text));
}

static void test_another_value_is_replaced_in_place(void **state)
{
    KB_AUTO(kb_strings_clear) struct kb_strings path = path_to("r");
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(MAX), out = KB_BUF_INIT(MAX);
    int made;

    (void)state;
    kb_buf_str(&text, "{\"credHelpers\":{\"r\" :\t\"pass\" , \"s\":\"t\"}}");
    assert_int_equal(kb_member_set("f", &text, &path, "keybearer", &out, &made, NULL), KB_OK);
    assert_string_equal(
        kb_buf_text(&out), "{\"credHelpers\":{\"r\" :\t\"keybearer\" , \"s\":\"t\"}}");
}

/* Files that are not what they should be: refused with the line, and without a word of them. */
static void test_refused(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"{\"auths\": {\"x\": {\"auth\": \"c2VjcmV0\"}", "f:1:"},
        {"[1, 2]", "f:1:"},
        {"{} {}", "f:1:"},
        {"{\n \"a\": 1,\n \"a\": 2\n}", "f:"},
        {"// comment\n{}", "f:1:1"},
        {"{\"credHelpers\": [\"c2VjcmV0\"]}", "f:1:17: what should be an object is none"},
        {"{\"credHelpers\": \"c2VjcmV0\"}", "object is none"},
        {"\xef\xbb\xbf{}", "f:1:1"},
    };
    KB_AUTO(kb_strings_clear) struct kb_strings path = path_to("r");

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(MAX), out = KB_BUF_INIT(MAX);
        struct kb_error err = KB_ERROR_INIT;
        int made = -1;

        kb_buf_str(&text, cases[i].text);
        assert_int_equal(kb_member_set("f", &text, &path, "x", &out, &made, &err), KB_ERR_CORRUPT);
        if (!strstr(err.msg, cases[i].says) || strstr(err.msg, "c2VjcmV0"))
            fail_msg("%s: %s", cases[i].text, err.msg);
        assert_int_equal(made, -1);
    }
}

static void test_a_megabyte(void **state)
{
    KB_AUTO(kb_strings_clear) struct kb_strings path = path_to("r");
    KB_AUTO(kb_buf_clear)
    struct kb_buf text = KB_BUF_INIT(MAX), out = KB_BUF_INIT(MAX), back = KB_BUF_INIT(MAX);
    int made, left;

    (void)state;
    kb_buf_str(&text, "{\n  \"auths\": {");
    for (int i = 0; i < 25000; i++)
        kb_buf_fmt(&text, "%s\n    \"registry%d.example.com\": {}", i > 0 ? "," : "", i);
    kb_buf_str(&text, "\n  }\n}\n");
    assert_int_equal(kb_member_set("f", &text, &path, "x", &out, &made, NULL), KB_OK);
    assert_int_equal(kb_member_remove("f", &out, &path, made, &back, &left, NULL), KB_OK);
    assert_int_equal(back.len, text.len);
    assert_memory_equal(back.data, text.data, text.len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_then_remove),
        cmocka_unit_test(test_the_last_takes_the_object_away),
        cmocka_unit_test(test_another_value_is_replaced_in_place),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_a_megabyte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
