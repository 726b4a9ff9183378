/* What a look at an endpoint sends, and what it makes of what it meets. */
#include "script_server.h"

#include "net/look.h"

#include "base/strings.h"

#include <stdio.h>
#include <stdlib.h>

#define SHORT_MS 3000

static enum kb_err look_at(const char *url, int ms, struct kb_sight *ret, struct kb_error *err)
{
    KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;

    kb_str_set(&request.url, url);
    return kb_net_look(&request, kb_deadline_in_ms(ms), ret, err);
}

static void test_the_request_is_a_head_and_nothing_else(void **state)
{
    static const struct script ok = {.reply = "HTTP/1.1 405 No\r\nContent-Length: 7\r\n\r\n"};
    static char got[SERVER_REQUEST_MAX];
    struct kb_sight sight;
    struct kb_error err;
    struct server server;

    (void)state;
    server_start(&server, &ok);
    assert_int_equal(look_at(server.url, SHORT_MS, &sight, &err), KB_OK);
    server_stop(&server, got);
    assert_memory_equal(got, "HEAD /token HTTP/1.1\r\n", 22);
    assert_string_equal(strstr(got, "\r\n\r\n"), "\r\n\r\n");
    assert_null(strstr(got, "Authorization"));
    assert_null(strstr(got, "Content-"));
    assert_int_equal(sight.status, 405);
    assert_string_equal(sight.address, "127.0.0.1");
    assert_int_equal(sight.missing, KB_SIGHT_NOTHING);
    assert_false(sight.encrypted);
}

/* Whoever builds the request may err: then nothing leaves. */
static void test_what_brings_something_is_not_sent(void **state)
{
    enum { HEADER, BODY, QUERY, AUTHORIZATION, KEY, CERTIFICATES, CASES };
    struct server server;

    (void)state;
    server_start(&server, NULL);
    for (int i = 0; i < CASES; i++) {
        KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
        struct kb_sight sight;
        struct kb_error err;

        kb_str_set(&request.url, server.url);
        if (i == HEADER)
            kb_pairs_add(&request.headers, "X-Key", "k");
        if (i == BODY || i == QUERY || i == CERTIFICATES)
            kb_buf_str(i == BODY    ? &request.body
                       : i == QUERY ? &request.query
                                    : &request.certificates,
                "s");
        if (i == AUTHORIZATION || i == KEY)
            assert_int_equal(
                kb_secret_set(i == KEY ? &request.key : &request.authorization, "s", 1, NULL), 0);
        assert_int_equal(
            kb_net_look(&request, kb_deadline_in_ms(SHORT_MS), &sight, &err), KB_ERR_SYSTEM);
    }
    assert_false(server_was_called(&server));
    server_stop(&server, NULL);
}

static void test_the_clock_of_the_server(void **state)
{
    static const struct {
        const char *date;
        int64_t wanted;
    } cases[] = {
        {"Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n", 784111777},
        {"Date: Sunday, 06-Nov-94 08:49:37 GMT\r\n", 784111777},
        {"Date: Sun Nov  6 08:49:37 1994\r\n", 784111777},
        {"Date: yesterday\r\n", 0},
        {"Date: \r\n", 0},
        {"Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nDate: Mon, 07 Nov 1994 08:49:37 GMT\r\n", 0},
        {"", 0},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        char reply[256];
        struct script script = {.reply = reply};
        struct kb_sight sight;
        struct kb_error err;
        struct server server;

        snprintf(
            reply, sizeof(reply), "HTTP/1.1 400 No\r\n%sContent-Length: 0\r\n\r\n", cases[i].date);
        server_start(&server, &script);
        assert_int_equal(look_at(server.url, SHORT_MS, &sight, &err), KB_OK);
        server_stop(&server, NULL);
        assert_int_equal(sight.date_s, cases[i].wanted);
        assert_true(sight.heard_s > 1600000000);
    }
}

static void test_it_ends_at_its_deadline(void **state)
{
    static const struct script silent = {.then = wait_for_hangup};
    int64_t began = kb_clock_now().boot_ms;
    struct kb_sight sight;
    struct kb_error err;
    struct server server;

    (void)state;
    server_start(&server, &silent);
    assert_int_equal(look_at(server.url, 300, &sight, &err), KB_ERR_TIMEOUT);
    assert_true(kb_clock_now().boot_ms - began < SHORT_MS);
    assert_int_equal(sight.missing, KB_SIGHT_ANSWER);
    server_stop(&server, NULL);
    assert_int_equal(look_at(server.url, 0, &sight, &err), KB_ERR_TIMEOUT);
}

static void test_what_is_missing(void **state)
{
    struct kb_sight sight;
    struct kb_error err;
    struct server server;
    char url[64];

    (void)state;
    server_start(&server, NULL);
    snprintf(url, sizeof(url), "%s", server.url);
    server_stop(&server, NULL);
    assert_int_equal(look_at(url, SHORT_MS, &sight, &err), KB_ERR_NETWORK);
    assert_int_equal(sight.missing, KB_SIGHT_CONNECTION);
    assert_int_equal(setenv("https_proxy", "socks9://me:hunter2@127.0.0.1:1", 1), 0);
    assert_int_equal(look_at("https://token.invalid/", SHORT_MS, &sight, &err), KB_ERR_NETWORK);
    assert_int_equal(sight.missing, KB_SIGHT_PROXY);
    assert_string_equal(sight.proxy_at, "");
    assert_null(strstr(err.msg, "hunter2"));
    unsetenv("https_proxy");
}

/* libcurl's own reading of no_proxy decides, and nobody is asked for it. */
static void test_whom_no_proxy_names(void **state)
{
    static const struct {
        const char *url, *no_proxy;
        enum kb_sight_proxy wanted;
    } cases[] = {
        {"https://token.invalid/", "", KB_SIGHT_PROXY_USED},
        {"https://token.invalid/", "invalid", KB_SIGHT_PROXY_EXEMPT},
        {"https://token.invalid/", "*", KB_SIGHT_PROXY_EXEMPT},
        {"https://nottoken.invalid/", "token.invalid", KB_SIGHT_PROXY_USED},
        {"https://[2001:db8::1]/", "", KB_SIGHT_PROXY_USED},
        {"https://192.0.2.7/", "192.0.2.8", KB_SIGHT_PROXY_USED},
        {"https://127.0.0.1:1/", "", KB_SIGHT_PROXY_LOOPBACK},
    };
    struct server proxy;

    (void)state;
    server_start(&proxy, NULL);
    server_stop(&proxy, NULL); /* nobody is at its port */
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        char address[64];
        struct kb_sight sight;
        struct kb_error err;

        snprintf(address, sizeof(address), "http://me:hunter2@%.*s",
            (int)(strlen(proxy.url) - strlen("http:///token")), proxy.url + strlen("http://"));
        assert_int_equal(setenv("https_proxy", address, 1), 0);
        assert_int_equal(setenv("no_proxy", cases[i].no_proxy, 1), 0);
        assert_int_not_equal(look_at(cases[i].url, SHORT_MS, &sight, &err), KB_OK);
        if (sight.proxy != (int64_t)cases[i].wanted)
            fail_msg("%s, no_proxy=%s: %d", cases[i].url, cases[i].no_proxy, (int)sight.proxy);
        assert_string_equal(sight.variable, "https_proxy");
        assert_string_equal(
            sight.proxy_at, cases[i].wanted == KB_SIGHT_PROXY_USED ? strchr(address, '@') + 1 : "");
    }
    unsetenv("https_proxy");
    unsetenv("no_proxy");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_request_is_a_head_and_nothing_else),
        cmocka_unit_test(test_what_brings_something_is_not_sent),
        cmocka_unit_test(test_the_clock_of_the_server),
        cmocka_unit_test(test_it_ends_at_its_deadline),
        cmocka_unit_test(test_what_is_missing),
        cmocka_unit_test(test_whom_no_proxy_names),
    };
    unsetenv("https_proxy");
    unsetenv("no_proxy");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
