/*
 * The table of providers is sound, and its rules for headers hold.
 */
#include "config_test.h"

#include "config/header.h"
#include "config/preset.h"
#include "config/settings.h"

static void test_table_is_in_order_and_complete(void **state)
{
    size_t count;
    const struct kb_preset *all = kb_presets(&count);

    (void)state;
    assert_true(count >= 60);
    for (size_t i = 0; i < count; i++) {
        assert_true(kb_profile_name_ok(all[i].name));
        assert_true(all[i].title && kb_preset_text(&all[i], "token_url"));
        assert_ptr_equal(kb_preset_find(all[i].name), &all[i]);
        if (i > 0)
            assert_true(strcmp(all[i - 1].name, all[i].name) < 0);
    }
    assert_null(kb_preset_find(""));
    assert_null(kb_preset_find("Zuora"));
    assert_string_equal(kb_preset_nearest("zoura"), "zuora");
    assert_null(kb_preset_nearest("x"));
}

/* `presets` has a line for each, and a page. */
static void test_texts_fit_where_they_are_shown(void **state)
{
    size_t count;
    const struct kb_preset *all = kb_presets(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        assert_in_range(strlen(all[i].name), 1, 20);
        assert_in_range(strlen(all[i].title), 1, 58);
        for (size_t n = 0; n < all[i].host_count; n++) {
            const struct kb_preset_host *host = &all[i].hosts[n];

            assert_in_range(strlen(host->environment ? host->environment : ""), 0, 11);
            assert_in_range(strlen(host->host), 1, 31);
            assert_in_range(strlen(host->title), 1, 34);
        }
    }
}

/* Each fact has a document, and the day on which it said so. */
static void test_sources_are_documents(void **state)
{
    size_t count;
    const struct kb_preset *all = kb_presets(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        assert_true(all[i].source_count > 0);
        for (size_t n = 0; n < all[i].source_count; n++) {
            const struct kb_preset_source *source = &all[i].sources[n];

            assert_int_equal(strncmp(source->url, "https://", 8), 0);
            assert_int_equal(strlen(source->seen), strlen("2026-11-29"));
            assert_true(source->seen[4] == '-' && source->seen[7] == '-');
        }
    }
}

/* Values are of settings that a profile has: none that makes others, its store, or a file. */
static void test_values_are_settings(void **state)
{
    static const char *const not_a_presets[] = {"preset", "host", "environment", "tenant", "store",
        "username", "ca_file", "env", "client_assertion_file", "subject_token_file"};
    size_t count;
    const struct kb_preset *all = kb_presets(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        for (size_t n = 0; n < all[i].value_count; n++) {
            const struct kb_preset_value *value = &all[i].values[n];
            const struct kb_setting *setting = kb_setting_find(value->key);

            assert_non_null(setting);
            for (size_t k = 0; k < KB_COUNT(not_a_presets); k++)
                assert_string_not_equal(value->key, not_a_presets[k]);
            assert_int_equal(setting->type == KB_SETTING_PAIRS, value->name != NULL);
            if (setting->type == KB_SETTING_SECONDS)
                assert_true(
                    kb_text_to_int(value->text, setting->min, setting->max, &(long long){0}));
        }
    }
}

/* What is asked for is a setting with an example, and with words about where it is found. */
static void test_needs_are_settings(void **state)
{
    size_t count;
    const struct kb_preset *all = kb_presets(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(
            kb_preset_uses(&all[i], "{host}"), kb_preset_need(&all[i], "host", NULL) != NULL);
        assert_int_equal(
            kb_preset_uses(&all[i], "{tenant}"), kb_preset_need(&all[i], "tenant", NULL) != NULL);
        for (size_t n = 0; n < all[i].need_count; n++) {
            const struct kb_preset_need *need = &all[i].needs[n];
            const struct kb_setting *setting = kb_setting_find(need->key);

            assert_true(setting && setting->option);
            assert_int_equal(setting->type == KB_SETTING_PAIRS, need->name != NULL);
            assert_true(need->hint || strcmp(need->key, "host") == 0);
            /* `add` asks for it, in lines that fit */
            size_t option = strlen(setting->option) + (need->name ? strlen(need->name) + 1 : 0);
            assert_in_range(option + strlen(need->hint ? need->hint : ""), 1, 75);
            assert_in_range(option + strlen(need->example), 1, 56);
        }
    }
}

static void put_needs(const struct kb_preset *preset, struct kb_buf *out)
{
    for (size_t i = 0; i < preset->need_count; i++) {
        const struct kb_preset_need *need = &preset->needs[i];

        if (need->name)
            kb_buf_fmt(out, "\"%s\": {\"%s\": \"%s\"}, ", need->key, need->name, need->example);
        else
            kb_buf_fmt(out, "\"%s\": \"%s\", ", need->key, need->example);
    }
}

/* Every row makes a profile that the configuration accepts, on an https endpoint. */
static void test_every_row_makes_a_profile(void **state)
{
    size_t count;
    const struct kb_preset *all = kb_presets(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(4096);

        kb_buf_fmt(&text, "{\"profiles\": {\"p\": {\"preset\": \"%s\", ", all[i].name);
        put_needs(&all[i], &text);
        kb_buf_str(&text, "\"store\": \"sealed-file\"}}}");
        struct kb_config config = config_of(kb_buf_text(&text));
        assert_string_equal(config.profiles[0].token_url.scheme, "https");
        assert_null(strchr(config.profiles[0].token_url_text, '{'));
        kb_config_clear(&config);
    }
}

static void test_zuora_hosts(void **state)
{
    const struct {
        const char *environment, *host;
    } cases[] = {
        {"PROD", "rest.zuora.com"},
        {"prod_na", "rest.na.zuora.com"},
        {"SBX", "rest.apisandbox.zuora.com"},
        {"SBX_NA", "rest.sandbox.na.zuora.com"},
        {"CSBX", "rest.test.zuora.com"},
        {"PROD_EU", "rest.eu.zuora.com"},
        {"SBX_EU", "rest.sandbox.eu.zuora.com"},
        {"CSBX_EU", "rest.test.eu.zuora.com"},
        {"PROD_AP", "rest.ap.zuora.com"},
        {"CSBX_AP", "rest.test.ap.zuora.com"},
    };
    const struct kb_preset *zuora = kb_preset_find("zuora");

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        const struct kb_preset_host *host = kb_preset_environment(zuora, cases[i].environment);
        assert_non_null(host);
        assert_string_equal(host->host, cases[i].host);
        assert_ptr_equal(kb_preset_host(zuora, cases[i].host), host);
    }
    /* its remote MCP server takes no token of such a client */
    assert_null(kb_preset_text(zuora, "match"));
    assert_null(kb_preset_host(zuora, "rest.pt1.zuora.com")->environment);
    assert_null(kb_preset_environment(zuora, ""));
    assert_null(kb_preset_environment(zuora, "SBX_AP"));
    assert_null(kb_preset_host(zuora, "zuora.com"));
    assert_null(kb_preset_environment(NULL, "PROD"));
    assert_null(kb_preset_host(NULL, "rest.zuora.com"));
    assert_null(kb_preset_header(NULL, "Zuora-Version"));
}

#define UUID "11e64eef-a829-a2c9-8a0a-00163e57c8d2"

static const struct {
    const char *name, *value;
    bool ok; /* under preset zuora */
} headers[] = {
    {"X-Trace", "a b;c", true},
    {"X-Trace", "auto", false},
    {"X-Trace", "", false},
    {"X-Trace", " a", false},
    {"X-Trace", "a ", false},
    {"X-Trace", "a\tb", false},
    {"X-Trace", "a\r\nHost: b", false},
    {"X-Trace", "\xc3\xa9", false},
    {"", "a", false},
    {"X Trace", "a", false},
    {"X-Trace:", "a", false},
    {"X-Trace\n", "a", false},
    {"authorization", "a", false},
    {"HOST", "a", false},
    {"Content-Length", "0", false},
    {"content-type", "a/b", false},
    {"Transfer-Encoding", "chunked", false},
    {"Cookie", "a=b", false},
    {"apiSecretAccessKey", "a", false},
    {"Zuora-Track-Id", "auto", true},
    {"zuora-track-id", "job 7", true},
    {"Zuora-Track-Id", "1234567890123456789012345678901234567890123456789012345678901234", true},
    {"Zuora-Track-Id", "12345678901234567890123456789012345678901234567890123456789012345", false},
    {"Zuora-Track-Id", "a:b", false},
    {"Zuora-Track-Id", "a;b", false},
    {"Zuora-Track-Id", "a\"b", false},
    {"Zuora-Track-Id", "a'b", false},
    {"Zuora-Version", "2024-05-20", true},
    {"Zuora-Version", "auto", false},
    {"Zuora-Org-Ids", UUID, true},
    {"Zuora-Org-Ids", UUID "," UUID, true},
    {"Zuora-Org-Ids", UUID ", " UUID, false},
    {"Zuora-Org-Ids", UUID ",", false},
    {"Zuora-Org-Ids", "," UUID, false},
    {"Zuora-Org-Ids", UUID "0", false},
    {"Zuora-Org-Ids", "11e64eef", false},
    {"Zuora-Entity-Ids", UUID, true},
    {"Zuora-Entity-Ids", UUID "," UUID, false},
};

static void test_headers(void **state)
{
    const struct kb_preset *zuora = kb_preset_find("zuora");

    (void)state;
    for (size_t i = 0; i < KB_COUNT(headers); i++) {
        struct kb_error err = KB_ERROR_INIT;
        enum kb_err rc = kb_header_check(zuora, headers[i].name, headers[i].value, &err);
        if (rc != (headers[i].ok ? KB_OK : KB_ERR_CONFIG))
            fail_msg("%s: %s: %s", headers[i].name, headers[i].value, err.msg);
    }
    /* without the preset they are ordinary headers */
    assert_int_equal(kb_header_check(NULL, "Zuora-Track-Id", "a:b", NULL), KB_OK);
    assert_int_equal(kb_header_check(NULL, "Zuora-Track-Id", "auto", NULL), KB_ERR_CONFIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_is_in_order_and_complete),
        cmocka_unit_test(test_texts_fit_where_they_are_shown),
        cmocka_unit_test(test_sources_are_documents),
        cmocka_unit_test(test_values_are_settings),
        cmocka_unit_test(test_needs_are_settings),
        cmocka_unit_test(test_every_row_makes_a_profile),
        cmocka_unit_test(test_zuora_hosts),
        cmocka_unit_test(test_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
