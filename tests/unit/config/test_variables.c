/*
 * Which variables a command of `run` gets, and what of them a profile knows.
 */
#include "config_test.h"

#include "config/preset.h"
#include "config/variables.h"

#include <stdio.h>

static struct kb_config zuora(const char *more)
{
    char text[1024];

    snprintf(text, sizeof(text),
        "{\"profiles\": {\"p\": {\"preset\": \"zuora\", \"store\": \"sealed-file\", %s}}}", more);
    return config_of(text);
}

static const struct kb_variable *find(const struct kb_variables *list, const char *name)
{
    const struct kb_variable *found = NULL;

    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i].name, name) == 0) {
            assert_null(found);
            found = &list->items[i];
        }
    }
    return found;
}

static void test_a_later_one_takes_the_place(void **state)
{
    KB_AUTO(kb_variables_clear) struct kb_variables list = KB_VARIABLES_INIT;

    (void)state;
    kb_variables_put(&list, "A", "1", KB_VARIABLE_PRESET);
    kb_variables_put(&list, "AB", "2", KB_VARIABLE_FILE);
    kb_variables_put(&list, "A", "3", KB_VARIABLE_TEMPLATE);
    assert_int_equal(list.count, 2);
    assert_string_equal(find(&list, "A")->text, "3");
    assert_int_equal(find(&list, "A")->kind, KB_VARIABLE_TEMPLATE);
    assert_int_equal(find(&list, "AB")->kind, KB_VARIABLE_FILE);
    assert_true(kb_variables_want_file(&list));
    kb_variables_set_file(&list, "/{path}");
    assert_string_equal(find(&list, "A")->text, "3");
    assert_string_equal(find(&list, "AB")->text, "/{path}");
    kb_variables_put(&list, "AB", "4", KB_VARIABLE_TEMPLATE);
    assert_false(kb_variables_want_file(&list));
    kb_variables_set_file(&list, "/");
    assert_string_equal(find(&list, "AB")->text, "4");
}

static void test_the_profile_is_over_its_preset(void **state)
{
    KB_AUTO(kb_config_clear)
    struct kb_config config = zuora("\"environment\": \"SBX\", \"env\": "
                                    "{\"BASE_URL\": \"{url}/v1\", \"X\": \"{token}\"}");
    KB_AUTO(kb_variables_clear) struct kb_variables list = KB_VARIABLES_INIT;

    (void)state;
    kb_variables_put_profile(&list, &config.profiles[0]);
    assert_string_equal(find(&list, "BASE_URL")->text, "{url}/v1");
    assert_int_equal(find(&list, "BASE_URL")->kind, KB_VARIABLE_TEMPLATE);
    assert_string_equal(find(&list, "X")->text, "{token}");
    assert_string_equal(find(&list, "ZUORA_CLIENT_SECRET")->text, "{secret}");
    assert_int_equal(find(&list, "ZUORA_ENVIRONMENT")->kind, KB_VARIABLE_PRESET);
    assert_null(find(&list, "BEARER_TOKEN"));
}

/* Every preset's variables are templates with words, and have names. */
static void test_presets(void **state)
{
    size_t count;
    const struct kb_preset *all = kb_presets(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        for (size_t n = 0; n < all[i].env_count; n++) {
            bool has_words = false;

            assert_int_equal(kb_variable_name_check(all[i].env[n].name, NULL), KB_OK);
            assert_int_equal(kb_template_check(all[i].env[n].text, &has_words, NULL), KB_OK);
            assert_true(has_words);
        }
    }
}

static void test_names(void **state)
{
    static const struct {
        const char *name;
        bool ok;
    } cases[] = {
        {"A", true},
        {"_a1", true},
        {"npm_config_//registry.example/:_authToken", true},
        {"", false},
        {"A=B", false},
        {"A B", false},
        {"A\n", false},
        {"\003A", false},
        {"\xc3\xa9", false},
    };
    char longest[KB_VARIABLE_NAME_MAX + 2];

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++)
        assert_int_equal(
            kb_variable_name_check(cases[i].name, NULL), cases[i].ok ? KB_OK : KB_ERR_USAGE);
    memset(longest, 'x', sizeof(longest));
    longest[KB_VARIABLE_NAME_MAX + 1] = '\0';
    assert_int_equal(kb_variable_name_check(longest, NULL), KB_ERR_USAGE);
    longest[KB_VARIABLE_NAME_MAX] = '\0';
    assert_int_equal(kb_variable_name_check(longest, NULL), KB_OK);
}

static void test_what_a_profile_knows(void **state)
{
    static const struct {
        const char *settings;
        enum kb_word word;
        const char *value; /* NULL: it has none */
    } cases[] = {
        {"\"environment\": \"SBX\"", KB_WORD_URL, "https://rest.apisandbox.zuora.com"},
        {"\"environment\": \"SBX\"", KB_WORD_HOST, "rest.apisandbox.zuora.com"},
        {"\"environment\": \"SBX\"", KB_WORD_ADDRESS, "https://rest.apisandbox.zuora.com"},
        {"\"environment\": \"SBX\", \"match\": [\"https://a.example:444/x/\", "
         "\"https://b.example\"]",
            KB_WORD_ADDRESS, "https://a.example:444/x/"},
        {"\"token_url\": \"https://t.example\", \"match\": \"http://127.0.0.1:8200/\"",
            KB_WORD_ADDRESS, "http://127.0.0.1:8200"},
        {"\"token_url\": \"https://t.example\", \"match\": []", KB_WORD_ADDRESS, NULL},
        {"\"environment\": \"SBX\"", KB_WORD_ENVIRONMENT, "SBX"},
        {"\"environment\": \"SBX\"", KB_WORD_ALIAS, "sandbox"},
        {"\"environment\": \"SBX\"", KB_WORD_USERNAME, "oauth2"},
        {"\"environment\": \"SBX\", \"username\": \"me\"", KB_WORD_USERNAME, "me"},
        {"\"host\": \"h.example:8443\"", KB_WORD_URL, "https://h.example:8443"},
        {"\"host\": \"h.example:8443\"", KB_WORD_HOST, "h.example:8443"},
        {"\"host\": \"h.example:8443\"", KB_WORD_ENVIRONMENT, NULL},
        {"\"host\": \"rest.pt1.zuora.com\"", KB_WORD_ENVIRONMENT, NULL},
        {"\"host\": \"h.example:8443\"", KB_WORD_ALIAS, "h.example:8443"},
        {"\"environment\": \"CSBX\"", KB_WORD_ALIAS, "rest.test.zuora.com"},
        {"\"environment\": \"SBX\", \"match\": [\"https://a.example:444/x\", "
         "\"https://b.example\"]",
            KB_WORD_HOST, "a.example:444"},
        {"\"environment\": \"SBX\", \"match\": [], \"registry\": \"r.example:5000\"", KB_WORD_HOST,
            "r.example:5000"},
        {"\"token_url\": \"https://t.example:8443/x\", \"match\": []", KB_WORD_HOST,
            "t.example:8443"},
        {"\"token_url\": \"https://t.example:8443/x\"", KB_WORD_URL, "https://t.example:8443"},
        {"\"environment\": \"SBX\"", KB_WORD_API_HEADER, NULL},
        {"\"environment\": \"SBX\", \"api_headers\": {\"zuora-version\": \"2025-08-12\"}",
            KB_WORD_API_HEADER, "2025-08-12"},
        {"\"environment\": \"SBX\"", KB_WORD_TOKEN, NULL},
        {"\"environment\": \"SBX\"", KB_WORD_ID, NULL},
        {"\"environment\": \"SBX\"", KB_WORD_SECRET, NULL},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_config_clear) struct kb_config config = zuora(cases[i].settings);
        KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(256);
        struct kb_template_word word = {.word = cases[i].word};

        strcpy(word.header, "Zuora-Version");
        assert_int_equal(
            kb_variable_value(&config.profiles[0], &word, &out), cases[i].value != NULL);
        assert_string_equal(kb_buf_text(&out), cases[i].value ? cases[i].value : "");
    }
}

static void test_a_profiles_variables_are_checked(void **state)
{
    static const struct {
        const char *member, *said; /* NULL: it is fine */
    } cases[] = {
        {"\"A\": \"{token}\"", NULL},
        {"\"A\": \"text\"", NULL},
        {"\"CLIENT_SECRET\": \"{secret}\"", NULL},
        {"\"A\": \"{tokne}\"", "{tokne} stands for nothing"},
        {"\"A\": \"{token\"", "has no }"},
        {"\"A\": \"\"", "empty"},
        {"\"A\": 1", "string"},
        {"\"A=B\": \"{token}\"", "cannot name a variable"},
        {"\"\": \"{token}\"", "cannot name a variable"},
        {"\"CLIENT_SECRET\": \"hunter2\"", "would hold a secret"},
        {"\"PASSWORD\": \"{{secret}}\"", "would hold a secret"},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
        struct kb_error err = KB_ERROR_INIT;
        char text[512];

        snprintf(text, sizeof(text),
            "{\"profiles\": {\"p\": {\"token_url\": \"https://t.example\", "
            "\"store\": \"sealed-file\", \"env\": {%s}}}}",
            cases[i].member);
        enum kb_err rc = kb_config_parse("test.json", text, strlen(text), &config, &err);
        assert_int_equal(rc, cases[i].said ? KB_ERR_CONFIG : KB_OK);
        if (cases[i].said)
            assert_mentions(err.msg, cases[i].said);
        if (cases[i].said && strstr(err.msg, "would hold a secret"))
            assert_mentions(err.hint, "write {secret}");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_later_one_takes_the_place),
        cmocka_unit_test(test_the_profile_is_over_its_preset),
        cmocka_unit_test(test_presets),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_what_a_profile_knows),
        cmocka_unit_test(test_a_profiles_variables_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
