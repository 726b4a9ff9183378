/* Which proxy is used: https_proxy and no other, never for loopback, never with a secret. */
#include "script_server.h"

#include <stdio.h>
#include <stdlib.h>

#define TARGET "https://token.invalid/oauth"
#define SHORT_MS 3000

static const char *const variables[] = {"https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY",
    "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"};

static int forget_proxies(void **state)
{
    (void)state;
    for (size_t i = 0; i < KB_COUNT(variables); i++)
        unsetenv(variables[i]);
    return 0;
}

/* PROXY as a URL without a path. */
static void set_proxy(const char *variable, const struct server *proxy)
{
    char url[64];

    snprintf(url, sizeof(url), "%.*s", (int)(strlen(proxy->url) - strlen("/token")), proxy->url);
    assert_int_equal(setenv(variable, url, 1), 0);
}

static void test_the_proxy_sees_one_connect_and_no_secret(void **state)
{
    static const struct script refuse = {.reply = "HTTP/1.1 502 No\r\nX: y\r\n\r\n"};
    static const char *const names[] = {"https_proxy", "HTTPS_PROXY"};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(names); i++) {
        struct kb_http_reply reply = KB_HTTP_REPLY_INIT;
        static char got[SERVER_REQUEST_MAX];
        struct kb_error err;
        struct server proxy;
        bool sent = true;

        forget_proxies(NULL);
        server_start(&proxy, &refuse);
        set_proxy(names[i], &proxy);
        assert_int_equal(post_to(TARGET, SHORT_MS, &reply, &sent, &err), KB_ERR_NETWORK);
        server_stop(&proxy, got);
        assert_false(sent);
        assert_memory_equal(got, "CONNECT token.invalid:443 HTTP/1.1\r\n", 36);
        assert_null(strstr(got, "a=1"));
        assert_null(strstr(got, "Content-"));
    }
}

static void test_no_other_variable_counts(void **state)
{
    static const char *const names[] = {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"};
    struct kb_http_reply reply = KB_HTTP_REPLY_INIT;
    struct kb_error err;
    struct server proxy;

    (void)state;
    server_start(&proxy, NULL);
    for (size_t i = 0; i < KB_COUNT(names); i++)
        set_proxy(names[i], &proxy);
    assert_int_not_equal(post_to(TARGET, SHORT_MS, &reply, NULL, &err), KB_OK);
    assert_false(server_was_called(&proxy));
    server_stop(&proxy, NULL);
}

static void test_no_proxy_is_heeded(void **state)
{
    static const char *const names[] = {"no_proxy", "NO_PROXY"};
    struct server proxy;

    (void)state;
    server_start(&proxy, NULL);
    for (size_t i = 0; i < KB_COUNT(names); i++) {
        struct kb_http_reply reply = KB_HTTP_REPLY_INIT;
        struct kb_error err;

        forget_proxies(NULL);
        set_proxy("https_proxy", &proxy);
        setenv(names[i], "example.com,token.invalid", 1);
        assert_int_not_equal(post_to(TARGET, SHORT_MS, &reply, NULL, &err), KB_OK);
        assert_false(server_was_called(&proxy));
    }
    server_stop(&proxy, NULL);
}

static void test_loopback_goes_direct(void **state)
{
    static const struct script ok = {.reply = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"};
    KB_AUTO(kb_http_reply_clear) struct kb_http_reply reply = KB_HTTP_REPLY_INIT;
    struct server proxy, target;
    struct kb_error err;

    (void)state;
    server_start(&proxy, NULL);
    for (size_t i = 0; i < 6; i++)
        set_proxy(variables[i], &proxy);
    server_start(&target, &ok);
    assert_int_equal(post_to(target.url, SHORT_MS, &reply, NULL, &err), KB_OK);
    server_stop(&target, NULL);
    assert_false(server_was_called(&proxy));
    server_stop(&proxy, NULL);
}

static void test_a_proxy_that_is_not_there(void **state)
{
    struct kb_http_reply reply = KB_HTTP_REPLY_INIT;
    struct server proxy;
    struct kb_error err;
    bool sent = true;

    (void)state;
    server_start(&proxy, NULL);
    set_proxy("https_proxy", &proxy);
    server_stop(&proxy, NULL);
    assert_int_equal(post_to(TARGET, SHORT_MS, &reply, &sent, &err), KB_ERR_NETWORK);
    assert_false(sent);
    assert_string_equal(err.msg, "token.invalid: the proxy in https_proxy cannot be reached");
    assert_string_equal(err.hint, "see whether the proxy runs; correct https_proxy, or name "
                                  "token.invalid in no_proxy");
}

/* Nobody listens there, and it is not the proxy's fault. */
static void test_a_server_that_is_not_there(void **state)
{
    struct kb_http_reply reply = KB_HTTP_REPLY_INIT;
    struct server proxy;
    struct kb_error err;

    (void)state;
    server_start(&proxy, NULL);
    set_proxy("https_proxy", &proxy);
    setenv("no_proxy", "0.0.0.0", 1);
    assert_int_equal(post_to("https://0.0.0.0:1/", SHORT_MS, &reply, NULL, &err), KB_ERR_NETWORK);
    assert_non_null(strstr(err.msg, "0.0.0.0:1: no connection: "));
    assert_false(server_was_called(&proxy));
    server_stop(&proxy, NULL);
}

static void test_a_password_of_the_proxy_is_not_repeated(void **state)
{
    static const char *const proxies[] = {
        "socks9://user:hunter2@127.0.0.1:1",
        "://user:hunter2@127.0.0.1:1",
        " http://user:hunter2@127.0.0.1:1",
        "user:hunter2://x@127.0.0.1:1",
        "http://user:hunter2@",
        "http://user:hunter2@127.0.0.1:99999",
        "http://user:1/hunter2@127.0.0.1:1",
        "http://us\ner:hunter2@127.0.0.1:1",
        "HTTP://user:hunter2@127.0.0.1:1",
        "https://user:hunter2@127.0.0.1:1",
        "socks5h://user:hunter2@127.0.0.1:1",
        "user:hunter2@127.0.0.1:1",
        "user:hunter2@ftp.invalid:1",
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(proxies); i++) {
        struct kb_http_reply reply = KB_HTTP_REPLY_INIT;
        struct kb_error err;

        setenv("https_proxy", proxies[i], 1);
        assert_int_equal(post_to(TARGET, SHORT_MS, &reply, NULL, &err), KB_ERR_NETWORK);
        assert_null(strstr(err.msg, "hunter2"));
    }
}

/* Some of these libcurl would use, without the user name or the password. */
static void test_a_value_that_is_no_address_is_refused(void **state)
{
    static const char *const proxies[] = {
        "http://user:%00hunter2@127.0.0.1:PORT",
        "http://us%0aer:hunter2@127.0.0.1:PORT",
        "http://%1f:hunter2@127.0.0.1:PORT",
        "user:hunter2%7f%00@127.0.0.1:PORT",
        "socks5h://user:%00hunter2@127.0.0.1:PORT",
        "socks9://user:hunter2@127.0.0.1:PORT",
        "http://user:hunter2@127.0.0.1:PORT9999",
        "http://user:hunter2@[127.0.0.1:PORT",
        "http://user:hunter2@",
        "http://user:hunter2@127.0.0.1 :PORT",
        " ",
        "://",
    };
    struct server proxy;

    (void)state;
    server_start(&proxy, NULL);
    for (size_t i = 0; i < KB_COUNT(proxies) * 2; i++) {
        const char *text = proxies[i / 2], *port = strstr(text, "PORT");
        const char *variable = i % 2 ? "HTTPS_PROXY" : "https_proxy";
        KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
        struct kb_http_reply reply = KB_HTTP_REPLY_INIT;
        enum kb_net_again again;
        struct kb_error err;
        char url[96];

        forget_proxies(NULL);
        snprintf(url, sizeof(url), "%.*s%.*s%s", port ? (int)(port - text) : (int)strlen(text),
            text, port ? (int)strcspn(proxy.url + strlen("http://127.0.0.1:"), "/") : 0,
            proxy.url + strlen("http://127.0.0.1:"), port ? port + strlen("PORT") : "");
        setenv(variable, url, 1);
        kb_str_set(&request.url, TARGET);
        assert_int_equal(kb_net_post(&request, kb_deadline_in_ms(SHORT_MS), &reply, &again, &err),
            KB_ERR_NETWORK);
        assert_int_equal(again, KB_NET_AGAIN_NEVER);
        assert_non_null(strstr(err.msg, variable));
        assert_non_null(strstr(err.msg, "is not the address of a proxy"));
        assert_non_null(strstr(err.hint, variable));
        assert_null(strstr(err.msg, "hunter2"));
        assert_null(strstr(err.msg, "user"));
    }
    assert_false(server_was_called(&proxy));
    server_stop(&proxy, NULL);
}

static void test_a_proxy_that_no_proxy_spares_need_not_be_usable(void **state)
{
    struct kb_http_reply reply = KB_HTTP_REPLY_INIT;
    struct kb_error err;

    (void)state;
    setenv("https_proxy", "socks9://127.0.0.1:1", 1);
    setenv("no_proxy", "token.invalid", 1);
    assert_int_equal(post_to(TARGET, SHORT_MS, &reply, NULL, &err), KB_ERR_NETWORK);
    assert_non_null(strstr(err.msg, "the name has no address"));
}

/* An address without a scheme is that of an http proxy, also where libcurl guesses another. */
static void test_a_proxy_without_a_scheme(void **state)
{
    static const char *const proxies[] = {"proxy.invalid:1", "ftp.invalid:1", "imap.invalid"};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(proxies); i++) {
        struct kb_http_reply reply = KB_HTTP_REPLY_INIT;
        struct kb_error err;

        setenv("https_proxy", proxies[i], 1);
        assert_int_equal(post_to(TARGET, SHORT_MS, &reply, NULL, &err), KB_ERR_NETWORK);
        assert_non_null(strstr(err.msg, "the proxy in https_proxy has no address"));
    }
}

/* Each try is one more wrong password for whoever counts them. */
static void test_what_a_proxys_refusal_says_about_another_try(void **state)
{
    static const struct {
        const char *reply, *user, *msg;
        enum kb_net_again again;
    } cases[] = {
        {"407 Who", "", "wants a user name and a password", KB_NET_AGAIN_NEVER},
        {"407 Who", "u:hunter2@", "refuses the user name and password", KB_NET_AGAIN_NEVER},
        {"401 Who", "u:hunter2@", "refuses the user name and password", KB_NET_AGAIN_NEVER},
        {"403 No", "", "refuses to connect", KB_NET_AGAIN_NEVER},
        {"408 Slow", "", "failed: HTTP 408", KB_NET_AGAIN_SOON},
        {"429 Many", "", "failed: HTTP 429", KB_NET_AGAIN_SOON},
        {"503 Down", "", "failed: HTTP 503", KB_NET_AGAIN_SOON},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
        struct kb_http_reply reply = KB_HTTP_REPLY_INIT;
        enum kb_net_again again;
        char text[128], url[96];
        struct script refuse = {.reply = text};
        struct kb_error err;
        struct server proxy;

        snprintf(text, sizeof(text), "HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n", cases[i].reply);
        server_start(&proxy, &refuse);
        snprintf(url, sizeof(url), "http://%s%.*s", cases[i].user,
            (int)(strlen(proxy.url) - strlen("http:///token")), proxy.url + strlen("http://"));
        setenv("https_proxy", url, 1);
        kb_str_set(&request.url, TARGET);
        assert_int_equal(kb_net_post(&request, kb_deadline_in_ms(SHORT_MS), &reply, &again, &err),
            KB_ERR_NETWORK);
        server_stop(&proxy, NULL);
        assert_int_equal(again, cases[i].again);
        assert_non_null(strstr(err.msg, cases[i].msg));
        assert_null(strstr(err.msg, "hunter2"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_the_proxy_sees_one_connect_and_no_secret, forget_proxies),
        cmocka_unit_test_setup(test_no_other_variable_counts, forget_proxies),
        cmocka_unit_test_setup(test_no_proxy_is_heeded, forget_proxies),
        cmocka_unit_test_setup(test_loopback_goes_direct, forget_proxies),
        cmocka_unit_test_setup(test_a_proxy_that_is_not_there, forget_proxies),
        cmocka_unit_test_setup(test_a_server_that_is_not_there, forget_proxies),
        cmocka_unit_test_setup(test_a_password_of_the_proxy_is_not_repeated, forget_proxies),
        cmocka_unit_test_setup(test_a_value_that_is_no_address_is_refused, forget_proxies),
        cmocka_unit_test_setup(
            test_a_proxy_that_no_proxy_spares_need_not_be_usable, forget_proxies),
        cmocka_unit_test_setup(test_a_proxy_without_a_scheme, forget_proxies),
        cmocka_unit_test_setup(test_what_a_proxys_refusal_says_about_another_try, forget_proxies),
    };

    return cmocka_run_group_tests_name("proxy", tests, NULL, NULL);
}
