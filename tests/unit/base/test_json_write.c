/*
 * JSON out: byte for byte, ASCII only, and never a secret that would need escaping.
 */
#include "base/json_write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void write_sample(struct kb_buf *out, int indent)
{
    struct kb_json_writer w = kb_json_writer(out, indent);
    kb_json_open(&w, '{');
    kb_json_string_member(&w, "a", "b");
    kb_json_int_member(&w, "n", INT64_MIN);
    kb_json_bool_member(&w, "t", true);
    kb_json_name(&w, "list");
    kb_json_open(&w, '[');
    kb_json_put_string(&w, NULL);
    kb_json_put_bool(&w, false);
    kb_json_open(&w, '{');
    kb_json_close(&w);
    kb_json_close(&w);
    kb_json_name(&w, "empty");
    kb_json_open(&w, '[');
    kb_json_close(&w);
    kb_json_close(&w);
}

static void one_line(void **state)
{
    (void)state;
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(1000);
    write_sample(&out, 0);
    assert_false(out.failed);
    assert_string_equal(kb_buf_text(&out), "{\"a\":\"b\",\"n\":-9223372036854775808,\"t\":true,"
                                           "\"list\":[null,false,{}],\"empty\":[]}");
}

static void indented(void **state)
{
    (void)state;
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(1000);
    write_sample(&out, 2);
    assert_false(out.failed);
    assert_string_equal(kb_buf_text(&out), "{\n"
                                           "  \"a\": \"b\",\n"
                                           "  \"n\": -9223372036854775808,\n"
                                           "  \"t\": true,\n"
                                           "  \"list\": [\n"
                                           "    null,\n"
                                           "    false,\n"
                                           "    {}\n"
                                           "  ],\n"
                                           "  \"empty\": []\n"
                                           "}");
}

static void strings_are_escaped_to_ascii(void **state)
{
    (void)state;
    static const struct {
        const char *text, *json;
    } rows[] = {
        {"", "\"\""}, {"a \"b\" \\ /~", "\"a \\\"b\\\" \\\\ /~\""}, {"\n", "\"\\n\""},
        {"\r\t\x01\x1f\x7f", "\"\\u000d\\u0009\\u0001\\u001f\\u007f\""},
        {"\xc3\xa9\xe2\x82\xac", "\"\\u00e9\\u20ac\""}, {"\xf0\x9f\x98\x80", "\"\\ud83d\\ude00\""},
        {"\xe2\x80\xa8", "\"\\u2028\""},
        {"\xe2\x82", "\"\\ufffd\""}, /* cut: nothing behind the end is read */
        {"\xe2x", "\"\\ufffdx\""}, {"\xed\xa0\x80", "\"\\ufffd\""}, /* half of a pair */
        {"\xf7\xbf\xbf\xbf", "\"\\ufffd\""},                        /* behind the last character */
    };
    for (size_t i = 0; i < KB_COUNT(rows); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(200);
        struct kb_json_writer w = kb_json_writer(&out, 0);
        kb_json_put_string(&w, rows[i].text);
        assert_string_equal(kb_buf_text(&out), rows[i].json);

        KB_AUTO(kb_buf_clear) struct kb_buf name = KB_BUF_INIT(200);
        w = kb_json_writer(&name, 0);
        kb_json_name(&w, rows[i].text);
        assert_memory_equal(kb_buf_text(&name), rows[i].json, strlen(rows[i].json));
    }
}

static void secrets_are_printable_or_nothing(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        const char bytes[] = {'t', (char)byte, 'n'};
        KB_AUTO(kb_secret_clear) struct kb_secret secret = KB_SECRET_INIT;
        KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(200);
        struct kb_json_writer w = kb_json_writer(&out, 0);
        assert_int_equal(kb_secret_set(&secret, bytes, sizeof(bytes), NULL), KB_OK);
        kb_json_put_secret(&w, "Bearer ", &secret);
        assert_int_equal(out.failed, byte < 0x20 || byte > 0x7e);
        assert_null(out.failed ? strchr(kb_buf_text(&out), 'n') : NULL);
    }
}

static void a_secret_is_quoted_behind_its_prefix(void **state)
{
    (void)state;
    KB_AUTO(kb_secret_clear) struct kb_secret secret = KB_SECRET_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(200);
    struct kb_json_writer w = kb_json_writer(&out, 0);
    assert_int_equal(kb_secret_set(&secret, "a\"\\b", 4, NULL), KB_OK);
    kb_json_open(&w, '[');
    kb_json_put_secret(&w, "Bearer ", &secret);
    kb_json_put_int(&w, 0);
    kb_json_close(&w);
    assert_string_equal(kb_buf_text(&out), "[\"Bearer a\\\"\\\\b\",0]");
}

static void nesting_has_an_end(void **state)
{
    (void)state;
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(1000);
    struct kb_json_writer w = kb_json_writer(&out, 0);
    for (int i = 0; i < 15; i++)
        kb_json_open(&w, '[');
    assert_false(out.failed);
    kb_json_open(&w, '[');
    assert_true(out.failed);
}

static void a_close_too_many_fails(void **state)
{
    (void)state;
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(1000);
    struct kb_json_writer w = kb_json_writer(&out, 0);
    kb_json_open(&w, '{');
    kb_json_close(&w);
    assert_false(out.failed);
    kb_json_close(&w);
    assert_true(out.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_line),
        cmocka_unit_test(indented),
        cmocka_unit_test(strings_are_escaped_to_ascii),
        cmocka_unit_test(secrets_are_printable_or_nothing),
        cmocka_unit_test(a_secret_is_quoted_behind_its_prefix),
        cmocka_unit_test(nesting_has_an_end),
        cmocka_unit_test(a_close_too_many_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
