/*
 * The table of providers is sound, and its rules for headers hold.
 */
#include "config_test.h"

#include "config/preset.h"

#include <stdio.h>

static void test_table_is_in_order_and_complete(void **state)
{
    size_t count;
    const struct kb_preset *all = kb_presets(&count);

    (void)state;
    assert_true(count > 0);
    for (size_t i = 0; i < count; i++) {
        assert_true(kb_profile_name_ok(all[i].name));
        assert_true(all[i].title && all[i].token_url);
        assert_ptr_equal(kb_preset_find(all[i].name), &all[i]);
        if (i > 0)
            assert_true(strcmp(all[i - 1].name, all[i].name) < 0);
    }
    assert_null(kb_preset_find(""));
    assert_null(kb_preset_find("Zuora"));
}

/* Every row makes a profile that the configuration accepts, on an https endpoint. */
static void test_every_row_makes_a_profile(void **state)
{
    size_t count;
    const struct kb_preset *all = kb_presets(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        char text[512], host[128] = "", needs[64] = "";
        bool wants_host = strstr(all[i].token_url, "{host}");
        assert_int_equal(wants_host, all[i].host_example != NULL);
        if (wants_host)
            snprintf(host, sizeof(host), "\"host\": \"%s\", ", all[i].host_example);
        if (all[i].needs)
            snprintf(needs, sizeof(needs), "\"%s\": \"x\", ", all[i].needs);
        assert_int_equal(!all[i].needs, !all[i].needs_hint);
        snprintf(text, sizeof(text),
            "{\"profiles\": {\"p\": {\"preset\": \"%s\", %s%s%s\"store\": \"sealed-file\"}}}",
            all[i].name, host, needs,
            strstr(all[i].token_url, "{tenant}") ? "\"tenant\": \"t\", " : "");
        struct kb_config config = config_of(text);
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
        cmocka_unit_test(test_every_row_makes_a_profile),
        cmocka_unit_test(test_zuora_hosts),
        cmocka_unit_test(test_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
