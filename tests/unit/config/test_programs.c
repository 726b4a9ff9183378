/*
 * The programs of `run --for`: the table is sound, and a variable's name says the host it is for.
 */
#include "config_test.h"

#include "config/programs.h"

#include <stdio.h>

static struct kb_config with(const char *settings)
{
    char text[512];

    snprintf(text, sizeof(text),
        "{\"profiles\": {\"p\": {\"token_url\": \"https://t.example\", %s, "
        "\"store\": \"sealed-file\"}}}",
        settings);
    return config_of(text);
}

static struct kb_config at(const char *address)
{
    char setting[256];

    snprintf(setting, sizeof(setting), "\"match\": \"%s\"", address);
    return with(setting);
}

/* The text of NAME, or NULL. */
static const char *text_of(const struct kb_variables *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].name, name) == 0)
            return list->items[i].text;
    return NULL;
}

static void test_table_is_in_order_and_complete(void **state)
{
    KB_AUTO(kb_config_clear) struct kb_config config = at("https://a.example");
    size_t count;
    const struct kb_known_program *all = kb_known_programs(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        KB_AUTO(kb_variables_clear) struct kb_variables list = KB_VARIABLES_INIT;

        /* Of several rows of a name, the last one is for all hosts that are left. */
        assert_true(i == 0 || strcmp(all[i - 1].name, all[i].name) < (all[i - 1].domain ? 1 : 0));
        assert_true(i + 1 < count || !all[i].domain);
        assert_true(all[i].title[0]);
        assert_int_equal(
            kb_known_program_put(&list, all[i].name, &config.profiles[0], NULL), KB_OK);
        assert_true(list.count > 0);
        for (size_t n = 0; n < list.count; n++) {
            bool has_words = false;

            assert_int_equal(kb_variable_name_check(list.items[n].name, NULL), KB_OK);
            assert_null(strchr(list.items[n].name, '{'));
            assert_int_equal(kb_template_check(list.items[n].text, &has_words, NULL), KB_OK);
            if (list.items[n].kind == KB_VARIABLE_FILE)
                assert_string_equal(list.items[n].text, "");
        }
    }
}

/* A variable for the host goes with that for the token. */
static void test_a_token_has_its_host(void **state)
{
    static const struct {
        const char *program, *address, *name, *text; /* NULL: it is not set */
    } cases[] = {
        {"argocd", "https://a.example", "ARGOCD_SERVER", "{host}"},
        {"databricks", "https://adb-1.azuredatabricks.net", "DATABRICKS_HOST", "https://{host}"},
        {"gh", "https://github.com", "GH_HOST", "github.com"},
        {"gh", "https://github.com", "GH_TOKEN", "{token}"},
        {"gh", "https://github.com", "GH_ENTERPRISE_TOKEN", NULL},
        {"gh", "https://api.github.com", "GH_HOST", "github.com"},
        {"gh", "https://octo.ghe.com", "GH_HOST", "{host}"},
        {"gh", "https://octo.ghe.com", "GH_TOKEN", "{token}"},
        {"gh", "https://git.example", "GH_HOST", "{host}"},
        {"gh", "https://git.example", "GH_ENTERPRISE_TOKEN", "{token}"},
        {"gh", "https://git.example", "GH_TOKEN", NULL},
        {"gh", "https://notgithub.com", "GH_TOKEN", NULL},
        {"gh", "https://github.com.evil.example", "GH_TOKEN", NULL},
        {"glab", "https://a.example", "GITLAB_HOST", "https://{host}"},
        {"hex", "https://a.example", "HEX_API_URL", "{address}"},
        {"hf", "https://a.example", "HF_ENDPOINT", "{address}"},
        {"turbo", "https://a.example", "TURBO_API", "{address}"},
        {"twine", "https://a.example", "TWINE_REPOSITORY_URL", "{address}"},
        {"vault", "https://a.example", "VAULT_ADDR", "{address}"},
        {"vault", "https://a.example", "VAULT_AGENT_ADDR", ""},
        {"vault", "https://a.example", "BAO_ADDR", "{address}"},
        {"vault", "https://a.example", "BAO_AGENT_ADDR", ""},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_config_clear) struct kb_config config = at(cases[i].address);
        KB_AUTO(kb_variables_clear) struct kb_variables list = KB_VARIABLES_INIT;
        const char *text;

        assert_int_equal(
            kb_known_program_put(&list, cases[i].program, &config.profiles[0], NULL), KB_OK);
        text = text_of(&list, cases[i].name);
        if (cases[i].text && text)
            assert_string_equal(text, cases[i].text);
        else
            assert_true(text == cases[i].text);
    }
}

/* The token endpoint's host is none that may have the token. */
static void test_a_profile_without_an_address(void **state)
{
    static const char *const settings[] = {"\"match\": []", "\"match\": \"imaps://m.example\""};
    static const char *const programs[] = {
        "composer", "deno", "docker", "gh", "terraform", "twine", "vault"};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(settings); i++) {
        KB_AUTO(kb_config_clear) struct kb_config config = with(settings[i]);
        KB_AUTO(kb_variables_clear) struct kb_variables list = KB_VARIABLES_INIT;

        for (size_t n = 0; n < KB_COUNT(programs); n++) {
            struct kb_error err = KB_ERROR_INIT;

            assert_int_equal(
                kb_known_program_put(&list, programs[n], &config.profiles[0], &err), KB_ERR_CONFIG);
            assert_mentions(err.msg, i == 0 ? "profile p has no address" : "a mail server's");
            assert_mentions(err.hint, i == 0 ? "keybearer match add p URL" : "keybearer edit p");
        }
        assert_int_equal(list.count, 0);
        assert_int_equal(kb_known_program_put(&list, "npm", &config.profiles[0], NULL), KB_OK);
    }
}

static void test_dockers_registries(void **state)
{
    static const struct {
        const char *settings, *text;
    } cases[] = {
        {"\"match\": \"https://git.example\"",
            "{\"auths\":{\"git.example\":{\"auth\":\"{basic}\"}}}"},
        {"\"match\": \"https://git.example\", \"registry\": [\"r.example\", \"s.example:5000\"]",
            "{\"auths\":{\"r.example\":{\"auth\":\"{basic}\"},"
            "\"s.example:5000\":{\"auth\":\"{basic}\"}}}"},
        {"\"registry\": \"docker.io\"",
            "{\"auths\":{\"https://index.docker.io/v1/\":{\"auth\":\"{basic}\"},"
            "\"docker.io\":{\"auth\":\"{basic}\"}}}"},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_config_clear) struct kb_config config = with(cases[i].settings);
        KB_AUTO(kb_variables_clear) struct kb_variables list = KB_VARIABLES_INIT;
        bool has_words;

        assert_int_equal(kb_known_program_put(&list, "docker", &config.profiles[0], NULL), KB_OK);
        assert_string_equal(text_of(&list, "DOCKER_AUTH_CONFIG"), cases[i].text);
        assert_int_equal(kb_template_check(cases[i].text, &has_words, NULL), KB_OK);
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
    assert_int_equal(kb_known_program_put(&list, "GH", &config.profiles[0], &err), KB_ERR_USAGE);
    assert_mentions(err.hint, "did you mean gh?");
    assert_int_equal(kb_known_program_put(&list, "", &config.profiles[0], &err), KB_ERR_USAGE);
    assert_mentions(err.hint, "keybearer help run");
    assert_int_equal(list.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_is_in_order_and_complete),
        cmocka_unit_test(test_a_token_has_its_host),
        cmocka_unit_test(test_a_profile_without_an_address),
        cmocka_unit_test(test_dockers_registries),
        cmocka_unit_test(test_the_host_in_a_name),
        cmocka_unit_test(test_no_such_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
