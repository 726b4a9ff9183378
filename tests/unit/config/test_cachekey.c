/*
 * Two tokens that differ never share a key; one that is the same always does.
 */
#include "config_test.h"

#include "config/identity.h"
#include "config/settings.h"
#include "core/cachekey.h"

#include <stdio.h>

#define BASE "\"token_url\": \"https://sso.example.com/t\", \"store\": \"sealed-file\""
#define SIGNED BASE ", \"client_auth\": \"private_key_jwt\""
#define EXCHANGE BASE ", \"grant\": \"token-exchange\""

static const struct kb_ref client = {{1}}, other_client = {{2}};

static struct kb_cache_key key_of(const char *name, const char *body)
{
    char text[1024];
    snprintf(text, sizeof(text), "{\"profiles\": {\"%s\": {%s}}}", name, body);
    struct kb_config config = config_of(text);
    struct kb_cache_key key = kb_cache_key_for_profile(&config.profiles[0], &client);
    kb_config_clear(&config);
    return key;
}

static bool same(struct kb_cache_key a, struct kb_cache_key b)
{
    return memcmp(a.bytes, b.bytes, sizeof(a.bytes)) == 0;
}

/* Each of these asks for another token than every other one. */
static const struct {
    const char *name, *body;
} different[] = {
    {"p", BASE},
    {"q", BASE},
    {"p", "\"token_url\": \"https://sso.example.com/u\", \"store\": \"sealed-file\""},
    {"p", "\"token_url\": \"https://sso.example.com/t\", \"store\": \"secret-service\""},
    {"p", BASE ", \"client_auth\": \"client_secret_basic\""},
    {"p", BASE ", \"client_auth\": \"client_secret_basic_raw\""},
    {"p", BASE ", \"scope\": \"a b\""},
    {"p", BASE ", \"scope\": \"a\""},
    {"p", BASE ", \"audience\": \"a\""},
    {"p", BASE ", \"resource\": \"x:a\""},
    {"p", BASE ", \"resource\": [\"x:a\", \"x:b\"]"},
    {"p", BASE ", \"resource\": [\"x:ax:b\"]"},
    {"p", BASE ", \"form\": {\"a\": \"b\"}"},
    {"p", BASE ", \"form\": {\"ab\": \"c\"}"},
    {"p", BASE ", \"form\": {\"a\": \"bc\"}"},
    {"p", BASE ", \"headers\": {\"a\": \"b\"}"},
    {"p", BASE ", \"token_type\": \"none\""},
    {"p", BASE ", \"accept_status\": \"201\""},
    {"p", BASE ", \"reply_type\": \"any\""},
    {"p", BASE ", \"strict_scope\": true"},
    {"p", BASE ", \"max_lifetime\": 600"},
    {"p", BASE ", \"default_lifetime\": 600"},
    {"p", SIGNED},
    {"p", SIGNED ", \"client_alg\": \"ES256\""},
    {"p", SIGNED ", \"client_key_id\": \"a\""},
    {"p", SIGNED ", \"assertion_audience\": \"a\""},
    {"p", SIGNED ", \"assertion_audience\": \"token_endpoint\""},
    {"p", BASE ", \"issuer\": \"https://sso.example.com\""},
    {"p", SIGNED ", \"claims\": {\"a\": \"b\"}"},
    {"p", SIGNED ", \"claims\": {\"a\": \"bc\"}"},
    {"p", BASE ", \"client_auth\": \"client_assertion_file\""},
    {"p", BASE ", \"client_auth\": \"client_assertion_file\", \"client_assertion_file\": \"/a\""},
    {"p", BASE ", \"grant\": \"a\""},
    {"p", BASE ", \"grant\": \"client_credentials\""},
    {"p", BASE ", \"grant\": \"none\""},
    {"p", EXCHANGE},
    {"p", EXCHANGE ", \"subject_token_file\": \"/a\""},
    {"p", EXCHANGE ", \"subject_token_file\": \"/a\", \"subject_token_type\": \"x:a\""},
    {"p", BASE ", \"body\": \"json\""},
    {"p", BASE ", \"body\": \"query\""},
    {"p", BASE ", \"client_id_name\": \"a\""},
    {"p", BASE ", \"client_secret_name\": \"a\""},
    {"p", BASE ", \"scope\": \"a\", \"scope_separator\": \"comma\""},
    {"p", SIGNED ", \"scope\": \"a\""},
    {"p", SIGNED ", \"scope\": \"a\", \"scope_place\": \"claim\""},
    {"p", BASE ", \"second_url\": \"https://sso.example.com/t\""},
    {"p", BASE ", \"second_url\": \"https://sso.example.com/t\", \"second_form\": {\"a\": \"b\"}"},
    {"p", BASE ", \"second_url\": \"https://sso.example.com/t\", \"second_body\": \"json\""},
    {"p", BASE ", \"token_path\": \"a\""},
    {"p", BASE ", \"expiry\": \"a\""},
    {"p", BASE ", \"expiry_unit\": \"ms\""},
};

static void test_what_makes_another_token(void **state)
{
    (void)state;
    for (size_t i = 0; i < KB_COUNT(different); i++) {
        struct kb_cache_key key = key_of(different[i].name, different[i].body);
        for (size_t j = 0; j < KB_COUNT(different); j++) {
            if (same(key, key_of(different[j].name, different[j].body)) != (i == j))
                fail_msg("%s and %s", different[i].body, different[j].body);
        }
    }
}

/* The same settings with another client are another token: whosever that is. */
static void test_another_client_makes_another_token(void **state)
{
    struct kb_config config = config_of("{\"profiles\": {\"p\": {" BASE "}}}");

    (void)state;
    assert_false(same(kb_cache_key_for_profile(&config.profiles[0], &client),
        kb_cache_key_for_profile(&config.profiles[0], &other_client)));
    kb_config_clear(&config);
}

/* These say what happens to a token, not which one it is. */
static void test_what_does_not(void **state)
{
    const char *const bodies[] = {
        BASE ", \"match\": [\"https://a.example.com\"]",
        BASE ", \"username\": \"me\"",
        BASE ", \"min_ttl\": 120",
        BASE ", \"refresh_ahead\": 9",
        BASE ", \"timeout\": 9",
        BASE ", \"api_headers\": {\"a\": \"b\"}",
        BASE ", \"api_header_name\": \"a\"",
        BASE ", \"api_header_prefix\": \"a\"",
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(bodies); i++)
        assert_true(same(key_of("p", BASE), key_of("p", bodies[i])));
}

/*
 * A setting that comes later changes no key of those who do not use it: a release that changed one
 * would leave tokens behind that nobody finds, and fetch all anew.
 */
static void test_what_has_been_stays(void **state)
{
    static const unsigned char wanted[KB_CACHE_KEY_LEN] = {0x42, 0x57, 0xb7, 0xa3, 0xb9, 0xdd, 0xda,
        0x0b, 0xc4, 0x5e, 0xa4, 0x94, 0x6e, 0x29, 0x77, 0x08, 0xc8, 0x59, 0x54, 0xe1, 0x09, 0xed,
        0x29, 0x04, 0x1c, 0x8e, 0x88, 0x33, 0x07, 0x64, 0x24, 0xca};
    struct kb_cache_key key = key_of(
        "p", BASE ", \"scope\": \"a b\", \"form\": {\"a\": \"b\"}, \"token_type\": \"none\"");

    (void)state;
    assert_memory_equal(key.bytes, wanted, sizeof(wanted));
}

/* Whatever a row says of itself: each setting that makes another token is in the table above. */
static void test_each_setting_that_makes_another_token_is_tried(void **state)
{
    size_t count;
    const struct kb_setting *settings = kb_settings(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        char name[64];
        bool tried = false;

        snprintf(name, sizeof(name), "\"%s\":", settings[i].key);
        for (size_t j = 0; j < KB_COUNT(different) && !tried; j++)
            tried = strstr(different[j].body, name) != NULL;
        if ((settings[i].flags & KB_SETTING_IDENTITY) && !tried)
            fail_msg("%s", settings[i].key);
    }
}

static void test_endpoint_is_an_origin(void **state)
{
    struct kb_url base = url_of("https://sso.example.com/t");
    struct kb_url path = url_of("https://SSO.example.com:443/u?x");
    const char *const others[] = {
        "https://sso.example.com:444/t", "http://sso.example.com/t", "https://sso.example.co/t"};

    (void)state;
    assert_true(same(kb_cache_key_for_endpoint(&base), kb_cache_key_for_endpoint(&path)));
    for (size_t i = 0; i < KB_COUNT(others); i++) {
        struct kb_url other = url_of(others[i]);
        assert_false(same(kb_cache_key_for_endpoint(&base), kb_cache_key_for_endpoint(&other)));
    }
}

#define SEEN                                                                                       \
    {                                                                                              \
        .device = 1, .inode = 2, .size = 3, .mtime = {.tv_sec = 4, .tv_nsec = 5 }                  \
    }

static const struct kb_match_source config_seen = {"/c", SEEN}, cards_seen = {"/d", SEEN};

/* Every part of a request that can change the outcome of a match, one at a time. */
static void test_match_depends_on_the_request(void **state)
{
    struct kb_request requests[14];

    (void)state;
    for (size_t i = 0; i < KB_COUNT(requests); i++) {
        requests[i] = KB_REQUEST_INIT;
        requests[i].has_url = true;
        requests[i].url = url_of("https://h.example.com/a");
    }
    requests[1].url = url_of("https://h.example.com/b");
    requests[2].url = url_of("https://h.example.com:1/a");
    requests[3].url = url_of("http://h.example.com:443/a");
    requests[4].url = url_of("https://i.example.com/a");
    strcpy(requests[5].username, "me");
    strcpy(requests[6].profile, "p");
    requests[7].any_path = true;
    requests[8].any_scheme = true;
    requests[9].lacks_path = true;
    for (size_t i = 10; i < KB_COUNT(requests); i++) {
        requests[i].also[0] = requests[i].also[1] = url_of("https://h.example.com/a");
        requests[i].also_count = 1;
    }
    requests[11].also_count = 2;
    requests[12].also[0] = url_of("https://h.example.com/b");
    requests[13].also[0] = url_of("https://i.example.com/a");
    for (size_t i = 0; i < KB_COUNT(requests); i++) {
        for (size_t j = 0; j < KB_COUNT(requests); j++)
            assert_int_equal(same(kb_cache_key_for_match(&requests[i], &config_seen, &cards_seen),
                                 kb_cache_key_for_match(&requests[j], &config_seen, &cards_seen)),
                i == j);
    }
}

/* Any edit of the file, and any client stored or removed, makes another key. */
static void test_match_depends_on_the_configuration_and_the_clients(void **state)
{
    struct kb_request request = KB_REQUEST_INIT;
    struct kb_cache_key key = kb_cache_key_for_match(&request, &config_seen, &cards_seen);
    struct kb_match_source edits[8];

    (void)state;
    for (size_t i = 0; i < KB_COUNT(edits); i++)
        edits[i] = config_seen;
    edits[0].identity.device++;
    edits[1].identity.inode++;
    edits[2].identity.size++;
    edits[3].identity.mtime.tv_sec++;
    edits[4].identity.mtime.tv_nsec++;
    edits[5].identity.ctime.tv_sec++;
    edits[6].identity.ctime.tv_nsec++;
    edits[7].path = "/e";
    for (size_t i = 0; i < KB_COUNT(edits); i++) {
        assert_false(same(key, kb_cache_key_for_match(&request, &edits[i], &cards_seen)));
        if (i < 7)
            edits[i].path = "/d";
        assert_false(same(key, kb_cache_key_for_match(&request, &config_seen, &edits[i])));
    }
    assert_true(same(key, kb_cache_key_for_match(&request, &config_seen, &cards_seen)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_makes_another_token),
        cmocka_unit_test(test_another_client_makes_another_token),
        cmocka_unit_test(test_what_does_not),
        cmocka_unit_test(test_what_has_been_stays),
        cmocka_unit_test(test_each_setting_that_makes_another_token_is_tried),
        cmocka_unit_test(test_endpoint_is_an_origin),
        cmocka_unit_test(test_match_depends_on_the_request),
        cmocka_unit_test(test_match_depends_on_the_configuration_and_the_clients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
