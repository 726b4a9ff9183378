/*
 * Places in a configuration: an error about a value names its line and column.
 */
#include "core_test.h"

#include "config_source.h"

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
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
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
        cmocka_unit_test(test_a_fault_of_the_system_has_no_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
