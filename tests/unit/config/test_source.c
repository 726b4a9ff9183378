/*
 * Places in a configuration: an error about a value names its line and column.
 */
#include "config_test.h"

#include "source.h"

static const char text[] = "{ \"profiles\": {\n"
                           "    \"p\": {\n"
                           "      \"token_url\": \"https://sso.example.com/t\",\n"
                           "      \"match\": [\"a.example.com\", \"b.example.com\"] } } }\n";

/* What is said of PLACE, whose value failed with CODE. */
static void blame(struct kb_config_place place, enum kb_err code, struct kb_error *err)
{
    struct kb_config_source source = KB_CONFIG_SOURCE_INIT;

    assert_int_equal(kb_config_source_set(&source, "test.json", text, strlen(text), err), KB_OK);
    enum kb_err failed = kb_fail(err, code, "it is wrong");
    enum kb_err rc = kb_config_source_blame(&source, &place, failed, err);
    assert_int_equal(rc, code == KB_ERR_SYSTEM ? code : KB_ERR_CONFIG);
    assert_int_equal(err->code, rc);
    kb_config_source_clear(&source);
}

static void test_the_place_of_a_value(void **state)
{
    const struct {
        struct kb_config_place place;
        const char *said;
    } cases[] = {
        {{0}, "test.json:1:1: it is wrong"},
        {{.profile = "p"}, "test.json:2:10: it is wrong"},
        {{.profile = "p", .at_name = true}, "test.json:2:5: it is wrong"},
        {{.profile = "p", .key = "token_url"}, "test.json:3:20: it is wrong"},
        {{.profile = "p", .key = "match"}, "test.json:4:16: it is wrong"},
        {{.profile = "p", .key = "match", .element = 1}, "test.json:4:17: it is wrong"},
        {{.profile = "p", .key = "match", .element = 2}, "test.json:4:34: it is wrong"},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct kb_error err = KB_ERROR_INIT;
        blame(cases[i].place, KB_ERR_USAGE, &err);
        assert_string_equal(err.msg, cases[i].said);
    }
}

/* The nearest thing that is written: a missing setting is its profile's. */
static void test_the_place_of_what_is_missing(void **state)
{
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    blame((struct kb_config_place){.profile = "p", .key = "scope"}, KB_ERR_USAGE, &err);
    assert_string_equal(err.msg, "test.json:2:10: it is wrong");
}

/* What a program may want to know of it: the message says the same in words. */
static void test_an_error_has_its_place_as_fields(void **state)
{
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    blame((struct kb_config_place){.profile = "p", .key = "token_url"}, KB_ERR_USAGE, &err);
    assert_string_equal(err.place.file, "test.json");
    assert_int_equal(err.place.line, 3);
    assert_int_equal(err.place.column, 20);
    assert_string_equal(err.place.key, "token_url");
    assert_string_equal(err.place.option, "token-url");
    kb_fail(&err, KB_ERR_USAGE, "another");
    assert_null(err.place.key);
    assert_int_equal(err.place.line, 0);
}

/* Who typed options has no file: the option's name is what helps. */
static void test_what_was_typed_is_named_as_an_option(void **state)
{
    static const struct {
        const char *text, *said, *option;
    } cases[] = {
        {"{\"profiles\":{\"p\":{\"token_url\":\"ftp://x\"}}}",
            "--token-url must begin with https://", "token-url"},
        {"{\"profiles\":{\"p\":{\"headers\":{\"X-A\":\"\"}}}}", "--header X-A is empty", "header"},
        {"{\"profiles\":{\"p\":{\"token_url\":\"https://x.example/t\",\"store\":\"sealed-file\","
         "\"timeout\":500}}}",
            "--timeout must be a whole number of seconds from 1 to 120", "timeout"},
        {"{\"profiles\":{\"p\":{\"store\":\"sealed-file\"}}}",
            "profile \"p\" needs a --token-url or a --preset", NULL},
        {"{\"profiles\":{\"p\":{\"form\":{\"a\":\"1\",\"a\":\"2\"}}}}", "a member occurs twice",
            NULL},
        {"{\"profiles\":{\"p\":", "the document ends too early", NULL},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
        struct kb_error err = KB_ERROR_INIT;
        enum kb_err rc = kb_config_parse(NULL, cases[i].text, strlen(cases[i].text), &config, &err);
        assert_int_equal(rc, KB_ERR_USAGE);
        assert_string_equal(err.msg, cases[i].said);
        if (cases[i].option)
            assert_string_equal(err.place.option, cases[i].option);
        else
            assert_null(err.place.option);
        assert_int_equal(err.place.line, 0);
    }
}

/* A machine without memory is not the file's fault. */
static void test_a_fault_of_the_system_has_no_place(void **state)
{
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    blame((struct kb_config_place){.profile = "p"}, KB_ERR_SYSTEM, &err);
    assert_string_equal(err.msg, "it is wrong");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_place_of_a_value),
        cmocka_unit_test(test_the_place_of_what_is_missing),
        cmocka_unit_test(test_an_error_has_its_place_as_fields),
        cmocka_unit_test(test_what_was_typed_is_named_as_an_option),
        cmocka_unit_test(test_a_fault_of_the_system_has_no_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
