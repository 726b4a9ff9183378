/*
 * The programs of `run --for`: the table is sound, and a variable's name says the host it is for.
 */
#include "config_test.h"

#include "config/programs.h"

#include <stdio.h>

static struct kb_config at(const char *address)
{
    char text[512];

    snprintf(text, sizeof(text),
        "{\"profiles\": {\"p\": {\"token_url\": \"https://t.example\", \"match\": \"%s\", "
        "\"store\": \"sealed-file\"}}}",
        address);
    return config_of(text);
}

static void test_table_is_in_order_and_complete(void **state)
{
    KB_AUTO(kb_config_clear) struct kb_config config = at("https://a.example");
    size_t count;
    const struct kb_known_program *all = kb_known_programs(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        KB_AUTO(kb_variables_clear) struct kb_variables list = KB_VARIABLES_INIT;

        assert_true(i == 0 || strcmp(all[i - 1].name, all[i].name) < 0);
        assert_true(all[i].title[0]);
        assert_int_equal(
            kb_known_program_put(&list, all[i].name, &config.profiles[0], NULL), KB_OK);
        assert_true(list.count > 0);
        for (size_t n = 0; n < list.count; n++) {
            bool has_words = false;

            assert_int_equal(kb_variable_name_check(list.items[n].name, NULL), KB_OK);
            assert_null(strchr(list.items[n].name, '{'));
            assert_int_equal(kb_template_check(list.items[n].text, &has_words, NULL), KB_OK);
            assert_int_equal(
                list.items[n].kind, has_words ? KB_VARIABLE_TEMPLATE : KB_VARIABLE_FILE);
        }
    }
}

static void test_the_host_in_a_name(void **state)
{
    static const struct {
        const char *address, *name; /* NULL: it cannot be said */
    } cases[] = {
        {"https://app.terraform.io", "TF_TOKEN_app_terraform_io"},
        {"https://my-own.registry.example/x", "TF_TOKEN_my__own_registry_example"},
        {"https://a.example:8443", "TF_TOKEN_a_example:8443"},
        {"https://xn--bcher-kva.example", "TF_TOKEN_xn____bcher__kva_example"},
        {"https://my_own.example", NULL},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_config_clear) struct kb_config config = at(cases[i].address);
        KB_AUTO(kb_variables_clear) struct kb_variables list = KB_VARIABLES_INIT;

        assert_int_equal(kb_known_program_put(&list, "terraform", &config.profiles[0], NULL),
            cases[i].name ? KB_OK : KB_ERR_CONFIG);
        assert_int_equal(list.count, cases[i].name ? 1 : 0);
        if (cases[i].name)
            assert_string_equal(list.items[0].name, cases[i].name);
    }
}

static void test_no_such_program(void **state)
{
    KB_AUTO(kb_config_clear) struct kb_config config = at("https://a.example");
    KB_AUTO(kb_variables_clear) struct kb_variables list = KB_VARIABLES_INIT;
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    assert_int_equal(
        kb_known_program_put(&list, "terrafrom", &config.profiles[0], &err), KB_ERR_USAGE);
    assert_mentions(err.hint, "terraform");
    assert_int_equal(kb_known_program_put(&list, "", &config.profiles[0], &err), KB_ERR_USAGE);
    assert_mentions(err.hint, "keybearer help run");
    assert_int_equal(list.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_is_in_order_and_complete),
        cmocka_unit_test(test_the_host_in_a_name),
        cmocka_unit_test(test_no_such_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
