/*
 * A profile reduced to a record, and back.
 */
#include "config_test.h"

#include "../pairs.h"

#include "config/identity.h"
#include "core/route.h"

#include <stdio.h>

static const char text[] =
    "{\"profiles\": {\"p\": {\"token_url\": \"https://sso.example.com/t\", "
    "\"store\": \"sealed-file\", \"username\": \"me\", \"min_ttl\": 90, \"timeout\": 7, "
    "\"api_headers\": {\"X-One\": \"1\", \"X-Two\": \"2\"}}}}";

static const struct kb_ref client = {{1}};

static void make_route(struct kb_route *route)
{
    struct kb_config config = config_of(text);

    assert_int_equal(kb_route_from_profile(&config.profiles[0], &client, route, NULL), KB_OK);
    kb_config_clear(&config);
}

static void test_from_profile(void **state)
{
    struct kb_config config = config_of(text);
    KB_AUTO(kb_route_clear) struct kb_route route = KB_ROUTE_INIT;
    struct kb_cache_key key = kb_cache_key_for_profile(&config.profiles[0], &client);

    (void)state;
    make_route(&route);
    assert_true(route.ours);
    assert_string_equal(route.profile, "p");
    assert_string_equal(route.username, "me");
    assert_memory_equal(&route.key, &key, sizeof(key));
    assert_int_equal(route.min_ttl, 90);
    assert_int_equal(route.refresh_ahead, -1);
    assert_int_equal(route.timeout, 7);
    assert_int_equal(route.api_headers.count, 2);
    assert_string_equal(route.api_header, "Authorization");
    assert_string_equal(route.api_prefix, "Bearer ");
    kb_config_clear(&config);
}

/* Where the token is at the API, and what stands before it: a name of its own brings no word. */
static void test_the_header_of_the_token(void **state)
{
    static const struct {
        const char *settings, *header, *prefix;
    } cases[] = {
        {"\"api_header_name\": \"X-Vault-Token\"", "X-Vault-Token", ""},
        {"\"api_header_name\": \"X-Token\", \"api_header_prefix\": \"Key\"", "X-Token", "Key "},
        {"\"api_header_name\": \"X-Token\", \"api_header_prefix\": \"none\"", "X-Token", ""},
        {"\"api_header_name\": \"authorization\"", "authorization", "Bearer "},
        {"\"api_header_prefix\": \"token\"", "Authorization", "token "},
        {"\"api_header_prefix\": \"none\"", "Authorization", ""},
        {"\"api_header_prefix\": \"12345678901234567890123456789012\"", "Authorization",
            "12345678901234567890123456789012 "},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_route_clear) struct kb_route route = KB_ROUTE_INIT;
        KB_AUTO(kb_route_clear) struct kb_route back = KB_ROUTE_INIT;
        KB_AUTO(kb_buf_clear) struct kb_buf packed = KB_BUF_INIT(4096);
        char config_text[512];
        struct kb_config config;

        snprintf(config_text, sizeof(config_text),
            "{\"profiles\": {\"p\": {\"token_url\": \"https://sso.example.com/t\", "
            "\"store\": \"sealed-file\", %s}}}",
            cases[i].settings);
        config = config_of(config_text);
        assert_int_equal(kb_route_from_profile(&config.profiles[0], &client, &route, NULL), KB_OK);
        kb_route_pack(&route, &packed);
        assert_int_equal(kb_route_unpack(packed.data, packed.len, &back, NULL), KB_OK);
        assert_string_equal(back.api_header, cases[i].header);
        assert_string_equal(back.api_prefix, cases[i].prefix);
        kb_config_clear(&config);
    }
}

static void test_not_ours(void **state)
{
    KB_AUTO(kb_route_clear) struct kb_route route = KB_ROUTE_INIT;

    (void)state;
    make_route(&route);
    assert_int_equal(kb_route_from_profile(NULL, NULL, &route, NULL), KB_OK);
    assert_false(route.ours);
    assert_string_equal(route.profile, "");
    assert_int_equal(route.api_headers.count, 0);
}

static void test_round_trip(void **state)
{
    (void)state;
    for (int ours = 0; ours < 2; ours++) {
        KB_AUTO(kb_route_clear) struct kb_route route = KB_ROUTE_INIT;
        KB_AUTO(kb_route_clear) struct kb_route back = KB_ROUTE_INIT;
        KB_AUTO(kb_buf_clear) struct kb_buf packed = KB_BUF_INIT(4096);
        route.wants_path = !ours;
        if (ours)
            make_route(&route);
        else
            route.near = (struct kb_near){"p", "https://p.example"};
        route.covers_host = ours;
        kb_route_pack(&route, &packed);
        assert_int_equal(kb_route_unpack(packed.data, packed.len, &back, NULL), KB_OK);
        assert_int_equal(back.ours, ours);
        assert_int_equal(back.wants_path, !ours);
        assert_string_equal(back.profile, route.profile);
        assert_string_equal(back.username, route.username);
        assert_string_equal(back.near.profile, ours ? "" : "p");
        assert_string_equal(back.near.address, ours ? "" : "https://p.example");
        assert_memory_equal(&back.key, &route.key, sizeof(back.key));
        assert_int_equal(back.min_ttl, route.min_ttl);
        assert_int_equal(back.refresh_ahead, route.refresh_ahead);
        assert_int_equal(back.timeout, route.timeout);
        assert_int_equal(back.covers_host, ours);
        assert_int_equal(back.api_headers.count, route.api_headers.count);
        if (ours)
            assert_string_equal(value_of(&back.api_headers, "X-Two"), "2");
    }
}

static void test_unpack_refuses_every_other_length(void **state)
{
    KB_AUTO(kb_route_clear) struct kb_route route = KB_ROUTE_INIT;
    KB_AUTO(kb_route_clear) struct kb_route back = KB_ROUTE_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf packed = KB_BUF_INIT(4096);

    (void)state;
    make_route(&route);
    kb_route_pack(&route, &packed);
    size_t whole = packed.len;
    kb_buf_byte(&packed, 0);
    for (size_t len = 0; len <= packed.len; len++)
        assert_int_equal(
            kb_route_unpack(packed.data, len, &back, NULL), len == whole ? KB_OK : KB_ERR_CORRUPT);
}

/* What another release remembered is not read. */
static void test_unpack_refuses_another_version(void **state)
{
    KB_AUTO(kb_route_clear) struct kb_route route = KB_ROUTE_INIT;
    KB_AUTO(kb_route_clear) struct kb_route back = KB_ROUTE_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf packed = KB_BUF_INIT(4096);

    (void)state;
    make_route(&route);
    kb_route_pack(&route, &packed);
    for (int step = -1; step <= 1; step++) {
        char *version = &packed.data[0], was = *version;

        *version = (char)(was + step);
        assert_int_equal(kb_route_unpack(packed.data, packed.len, &back, NULL),
            step == 0 ? KB_OK : KB_ERR_CORRUPT);
        *version = was;
    }
}

static void test_unpack_refuses_nonsense(void **state)
{
    const struct {
        const char *profile, *api_header;
        bool ours, wants_path;
    } cases[] = {
        {"", "X", true, false},
        {"../x", "X", true, false},
        {"p", "", false, false},
        {"", "X", false, false},
        {"p", "", true, false},
        {"p", "X", true, true},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_route_clear) struct kb_route route = KB_ROUTE_INIT;
        KB_AUTO(kb_route_clear) struct kb_route back = KB_ROUTE_INIT;
        KB_AUTO(kb_buf_clear) struct kb_buf packed = KB_BUF_INIT(4096);
        strcpy(route.profile, cases[i].profile);
        strcpy(route.api_header, cases[i].api_header);
        route.ours = cases[i].ours;
        route.wants_path = cases[i].wants_path;
        kb_route_pack(&route, &packed);
        assert_int_equal(kb_route_unpack(packed.data, packed.len, &back, NULL), KB_ERR_CORRUPT);
    }
}

/* Behind the lengths of an empty route's texts: the first of its three numbers. */
static void test_unpack_refuses_a_number_out_of_range(void **state)
{
    const size_t min_ttl = 3 + 4 + sizeof(struct kb_cache_key) + 4 + 4 + 4 + 4;
    KB_AUTO(kb_route_clear) struct kb_route route = KB_ROUTE_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf packed = KB_BUF_INIT(4096);

    (void)state;
    kb_route_pack(&route, &packed);
    assert_int_equal(kb_route_unpack(packed.data, packed.len, &route, NULL), KB_OK);
    packed.data[min_ttl + 4] = 1; /* 2^32 */
    assert_int_equal(kb_route_unpack(packed.data, packed.len, &route, NULL), KB_ERR_CORRUPT);
    memset(packed.data + min_ttl, 0xff, 8); /* -1 */
    assert_int_equal(kb_route_unpack(packed.data, packed.len, &route, NULL), KB_OK);
    packed.data[min_ttl + 7] = (char)0x80;
    assert_int_equal(kb_route_unpack(packed.data, packed.len, &route, NULL), KB_ERR_CORRUPT);
}

/* A record has room for every name that a configuration may hold, and for no other. */
static void test_names_that_do_not_fit(void **state)
{
    static char endless[4096];
    struct kb_config config = config_of(text);
    struct kb_profile profile = config.profiles[0];
    struct kb_route route = KB_ROUTE_INIT;
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    memset(endless, 'x', sizeof(endless) - 1);
    profile.username = endless;
    assert_int_equal(kb_route_from_profile(&profile, &client, &route, &err), KB_ERR_CONFIG);
    assert_non_null(strstr(err.msg, "profile p"));
    assert_false(route.ours);
    kb_config_clear(&config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_from_profile),
        cmocka_unit_test(test_the_header_of_the_token),
        cmocka_unit_test(test_not_ours),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_unpack_refuses_every_other_length),
        cmocka_unit_test(test_unpack_refuses_another_version),
        cmocka_unit_test(test_unpack_refuses_nonsense),
        cmocka_unit_test(test_unpack_refuses_a_number_out_of_range),
        cmocka_unit_test(test_names_that_do_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
