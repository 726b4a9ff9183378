/*
 * Two tokens that differ never share a key; one that is the same always does.
 */
#include "config_test.h"

#include "config/identity.h"
#include "core/cachekey.h"

#include <stdio.h>

#define BASE "\"token_url\": \"https://sso.example.com/t\", \"store\": \"sealed-file\""

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
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(bodies); i++)
        assert_true(same(key_of("p", BASE), key_of("p", bodies[i])));
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
        cmocka_unit_test(test_endpoint_is_an_origin),
        cmocka_unit_test(test_match_depends_on_the_request),
        cmocka_unit_test(test_match_depends_on_the_configuration_and_the_clients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
