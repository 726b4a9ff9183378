/*
 * The names and addresses that are found without reading the configuration as one.
 */
#include "config/sketch.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void see(const char *name, const char *address, void *data)
{
    kb_buf_fmt(data, "%s=%s ", name, address);
}

static void expect(const char *text, bool is_whole, const char *found)
{
    KB_AUTO(kb_buf_clear) struct kb_buf copy = KB_BUF_INIT(4096), seen = KB_BUF_INIT(4096);

    kb_buf_str(&copy, text);
    assert_int_equal(is_whole, kb_config_sketch(copy.data, copy.len, see, &seen));
    if (is_whole)
        assert_string_equal(found, kb_buf_text(&seen));
}

static void test_names_and_addresses(void **state)
{
    (void)state;
    expect("{\"profiles\": {\"a\": {\"match\": [\"https://a.example\", \"https://b.example\"]},\n"
           " \"b\": {\"store\": \"sealed-file\", \"match\": \"https://c.example\", \"x\": \"y\"},\n"
           " \"c\": {}, \"d\": {\"match\": []}}}",
        true, "a=https://a.example a=https://b.example b=https://c.example c= d= ");
}

static void test_comments(void **state)
{
    (void)state;
    expect("// \"profiles\"\n{\"profiles\": {/* \"no\": */ \"a\": {} // {\n}}", true, "a= ");
}

/* A setting that is wrong is for others to tell: the person may be about to mend it. */
static void test_wrong_settings(void **state)
{
    (void)state;
    expect("{\"profiles\": {\"a\": {\"storr\": 7, \"match\": 5}, \"b\": {}}}", true, "a= b= ");
    expect("{\"profiles\": {\"a\": \"match\", \"b\": {}}}", true, "b= ");
    expect("{\"profiles\": [\"a\", {\"b\": 1}], \"other\": {\"c\": {}}}", true, "");
}

static void test_only_profiles(void **state)
{
    (void)state;
    expect("{\"other\": {\"a\": {}}, \"profiles\": {\"b\": {\"form\": {\"match\": \"x\"}}}}", true,
        "b= ");
    expect("{}", true, "");
}

/* None of them may steer a terminal, or be an option. */
static void test_names_that_are_none(void **state)
{
    (void)state;
    expect("{\"profiles\": {\"a b\": {}, \"-x\": {}, \"\": {}, \"\\u0061\": {}, \"\xc3\xa9\": {},"
           " \"0123456789012345678901234567890123456789012345678901234567890123\": {},"
           " \"ok\": {\"match\": [\"a\\u001b[2J\", \"\xc3\xa9\", \"a b\", \"\"]}}}",
        true, "ok= ");
}

static void test_what_is_no_configuration(void **state)
{
    static const char *const texts[] = {"{\"profiles\": {\"a\": {}", "{\"profiles\": {\"a\": {}}}}",
        "{\"profiles\": {\"a\": {\"match\": \"x", "{\"profiles\": {\"a\": tru}}", "}", "]["};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        expect(texts[i], false, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_and_addresses),
        cmocka_unit_test(test_comments),
        cmocka_unit_test(test_wrong_settings),
        cmocka_unit_test(test_only_profiles),
        cmocka_unit_test(test_names_that_are_none),
        cmocka_unit_test(test_what_is_no_configuration),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
