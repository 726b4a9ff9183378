/* What one POST sends, what it gives back, and what it refuses to send at all. */
#include "script_server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LONG_MS 20000

static int peers_gone; /* an errno value: what getpeername() says; 0: what the kernel says */
static bool is_asked;  /* getpeername() was called then */

/* Instead of libc's, for libcurl. */
int getpeername(int fd, __SOCKADDR_ARG address, socklen_t *restrict len)
{
    if (peers_gone) {
        is_asked = true;
        errno = peers_gone;
        return -1;
    }
    return (int)syscall(SYS_getpeername, fd, address.__sockaddr__, len);
}

static const struct script ok = {.reply = "HTTP/1.1 200 OK\r\n"
                                          "Content-Type: application/json\r\n"
                                          "X-Empty:\r\n"
                                          "X-Spaces: \t a b \t \r\n"
                                          "Content-Length: 2\r\n\r\n{}"};

static void test_a_reply_comes_back_whole(void **state)
{
    KB_AUTO(kb_http_reply_clear) struct kb_http_reply reply = KB_HTTP_REPLY_INIT;
    struct kb_error err;
    struct server server;
    bool final = false;

    (void)state;
    server_start(&server, &ok);
    assert_int_equal(post_to(server.url, LONG_MS, &reply, &final, &err), KB_OK);
    server_stop(&server, NULL);
    assert_true(final);
    assert_int_equal(reply.status, 200);
    assert_string_equal(kb_buf_text(&reply.body), "{}");
    assert_int_equal(reply.headers.count, 4);
    assert_string_equal(kb_http_header(&reply, "content-type", NULL), "application/json");
    assert_string_equal(kb_http_header(&reply, "X-Empty", NULL), "");
    assert_string_equal(kb_http_header(&reply, "X-Spaces", NULL), "a b");
}

static void test_exactly_this_is_sent(void **state)
{
    KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
    KB_AUTO(kb_http_reply_clear) struct kb_http_reply reply = KB_HTTP_REPLY_INIT;
    static char got[SERVER_REQUEST_MAX];
    char expected[512];
    struct server server;

    (void)state;
    server_start(&server, &ok);
    kb_str_set(&request.url, server.url);
    kb_pairs_add(&request.headers, "Accept", "application/json");
    kb_pairs_add(&request.headers, "Content-Type", "text/x");
    assert_int_equal(kb_secret_set(&request.authorization, "Basic eA==", 10, NULL), KB_OK);
    kb_buf_add(&request.body, "a\0b", 3);
    assert_int_equal(kb_net_post(&request, kb_deadline_in_ms(LONG_MS), &reply, NULL, NULL), KB_OK);
    server_stop(&server, got);
    snprintf(expected, sizeof(expected),
        "POST /token HTTP/1.1\r\nHost: %.*s\r\nUser-Agent: keybearer/" KB_VERSION "\r\n"
        "Authorization: Basic eA==\r\nAccept: application/json\r\nContent-Type: text/x\r\n"
        "Content-Length: 3\r\n\r\na",
        (int)(strlen(server.url) - strlen("http:///token")), server.url + strlen("http://"));
    assert_string_equal(got, expected);
}

/* Fields in the address go behind those that it has, and there is no body to describe. */
static void test_a_request_without_a_body(void **state)
{
    static const char *const own[] = {"", "?v=2"}, *const sent[] = {"?a=b%26c", "?v=2&a=b%26c"};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(own); i++) {
        KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
        KB_AUTO(kb_http_reply_clear) struct kb_http_reply reply = KB_HTTP_REPLY_INIT;
        static char got[SERVER_REQUEST_MAX];
        char url[128], expected[512];
        struct server server;

        server_start(&server, &ok);
        snprintf(url, sizeof(url), "%s%s", server.url, own[i]);
        kb_str_set(&request.url, url);
        kb_buf_str(&request.query, "a=b%26c");
        assert_int_equal(
            kb_net_post(&request, kb_deadline_in_ms(LONG_MS), &reply, NULL, NULL), KB_OK);
        server_stop(&server, got);
        snprintf(expected, sizeof(expected),
            "POST /token%s HTTP/1.1\r\nHost: %.*s\r\nUser-Agent: keybearer/" KB_VERSION
            "\r\nAccept: */*\r\nContent-Length: 0\r\n\r\n",
            sent[i], (int)(strlen(server.url) - strlen("http:///token")),
            server.url + strlen("http://"));
        assert_string_equal(got, expected);
    }
}

/* Nothing of it, whatever goes wrong. */
static void test_no_error_shows_fields_in_the_address(void **state)
{
    static const char *const urls[] = {"http://127.0.0.1:1/token", "https://127.0.0.1:1/token",
        "http://elsewhere.example/token", "https://[::1]:1/t?v=1", "nonsense",
        "http://localhost:0/"};
    static const struct script broken = {.reply = "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"};
    struct server server;

    (void)state;
    server_start(&server, &broken);
    for (size_t i = 0; i <= KB_COUNT(urls); i++) {
        KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
        KB_AUTO(kb_http_reply_clear) struct kb_http_reply reply = KB_HTTP_REPLY_INIT;
        struct kb_error err = KB_ERROR_INIT;

        kb_str_set(&request.url, i < KB_COUNT(urls) ? urls[i] : server.url);
        kb_buf_str(&request.query, "client_secret=S3CR3T");
        assert_int_not_equal(
            kb_net_post(&request, kb_deadline_in_ms(LONG_MS), &reply, NULL, &err), KB_OK);
        assert_null(strstr(err.msg, "S3CR3T"));
        assert_null(strstr(err.hint, "S3CR3T"));
        assert_null(strstr(err.msg, "client_secret"));
    }
    server_stop(&server, NULL);
}

static void test_a_large_body_is_sent_at_once(void **state)
{
    KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
    KB_AUTO(kb_http_reply_clear) struct kb_http_reply reply = KB_HTTP_REPLY_INIT;
    static char got[SERVER_REQUEST_MAX];
    struct server server;

    (void)state;
    server_start(&server, &ok);
    kb_str_set(&request.url, server.url);
    for (int i = 0; i < 30000; i++)
        kb_buf_byte(&request.body, 'x');
    assert_int_equal(kb_net_post(&request, kb_deadline_in_ms(LONG_MS), &reply, NULL, NULL), KB_OK);
    server_stop(&server, got);
    assert_null(strcasestr(got, "Expect"));
    assert_non_null(strstr(got, "Content-Length: 30000"));
}

static void test_any_status_is_an_answer(void **state)
{
    static const int statuses[] = {201, 204, 302, 400, 401, 404, 407, 429, 500, 503};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(statuses); i++) {
        KB_AUTO(kb_http_reply_clear) struct kb_http_reply reply = KB_HTTP_REPLY_INIT;
        char text[128];
        struct kb_error err;
        struct server server;

        snprintf(text, sizeof(text),
            "HTTP/1.1 %d X\r\nWWW-Authenticate: Basic realm=Zuora API\r\nContent-Length: 0\r\n\r\n",
            statuses[i]);
        server_start(&server, &(const struct script){.reply = text});
        assert_int_equal(post_to(server.url, LONG_MS, &reply, NULL, &err), KB_OK);
        server_stop(&server, NULL);
        assert_int_equal(reply.status, statuses[i]);
    }
}

static void test_redirects_are_not_followed(void **state)
{
    static const int statuses[] = {301, 302, 303, 307, 308};
    struct server elsewhere;

    (void)state;
    server_start(&elsewhere, NULL);
    for (size_t i = 0; i < KB_COUNT(statuses); i++) {
        KB_AUTO(kb_http_reply_clear) struct kb_http_reply reply = KB_HTTP_REPLY_INIT;
        char text[160];
        struct kb_error err;
        struct server server;

        snprintf(text, sizeof(text), "HTTP/1.1 %d X\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n",
            statuses[i], elsewhere.url);
        server_start(&server, &(const struct script){.reply = text});
        assert_int_equal(post_to(server.url, LONG_MS, &reply, NULL, &err), KB_OK);
        server_stop(&server, NULL);
        assert_int_equal(reply.status, statuses[i]);
        assert_false(server_was_called(&elsewhere));
    }
    server_stop(&elsewhere, NULL);
}

static void test_interim_responses_leave_nothing_behind(void **state)
{
    KB_AUTO(kb_http_reply_clear) struct kb_http_reply reply = KB_HTTP_REPLY_INIT;
    static const struct script script = {
        .reply =
            "HTTP/1.1 100 Continue\r\nRetry-After: 5\r\n\r\n"
            "HTTP/1.1 103 Early Hints\r\nContent-Type: text/html\r\n\r\n"
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"};
    struct kb_error err;
    struct server server;

    (void)state;
    server_start(&server, &script);
    assert_int_equal(post_to(server.url, LONG_MS, &reply, NULL, &err), KB_OK);
    server_stop(&server, NULL);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply.headers.count, 2);
    assert_string_equal(kb_http_header(&reply, "Content-Type", NULL), "application/json");
}

static void test_trailers_are_not_headers(void **state)
{
    KB_AUTO(kb_http_reply_clear) struct kb_http_reply reply = KB_HTTP_REPLY_INIT;
    static const struct script script = {
        .reply = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "2\r\n{}\r\n0\r\nContent-Type: text/html\r\nHTTP/1.1 200 OK: x\r\n\r\n"};
    struct kb_error err;
    struct server server;

    (void)state;
    server_start(&server, &script);
    assert_int_equal(post_to(server.url, LONG_MS, &reply, NULL, &err), KB_OK);
    server_stop(&server, NULL);
    assert_string_equal(kb_buf_text(&reply.body), "{}");
    assert_int_equal(reply.headers.count, 1);
}

static void test_compressed_bodies_stay_as_they_are(void **state)
{
    KB_AUTO(kb_http_reply_clear) struct kb_http_reply reply = KB_HTTP_REPLY_INIT;
    static const char text[] =
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
        "Content-Length: 23\r\n\r\n"
        "\x1f\x8b\x08\0\0\0\0\0\x02\x03\xab\xae\x05\0\x43\xbf\xa6\xa3\x02\0\0\0!";
    static char got[SERVER_REQUEST_MAX];
    struct kb_error err;
    struct server server;

    (void)state;
    server_start(&server, &(const struct script){.reply = text, .len = sizeof(text) - 1});
    assert_int_equal(post_to(server.url, LONG_MS, &reply, NULL, &err), KB_OK);
    server_stop(&server, got);
    assert_int_equal(reply.body.len, 23);
    assert_null(strcasestr(got, "Accept-Encoding"));
}

static void test_addresses_that_are_refused(void **state)
{
    static const char *const urls[] = {
        "http://token.example.com/oauth",
        "http://192.0.2.1/oauth",
        "ftp://127.0.0.1/",
        "smtp://127.0.0.1:80/",
        "imaps://127.0.0.1/",
        "imap://localhost:443/",
        "file:///etc/passwd",
        "https://me:pw@127.0.0.1/",
        "https://127.0.0.1/#x",
        "https://127.0.0.1:0/",
        "127.0.0.1",
        "",
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(urls); i++) {
        struct kb_http_reply reply = KB_HTTP_REPLY_INIT;
        struct kb_error err;
        bool final = true;

        assert_int_equal(post_to(urls[i], LONG_MS, &reply, &final, &err), KB_ERR_CONFIG);
        assert_int_equal(err.code, KB_ERR_CONFIG);
        assert_false(final);
    }
}

static void test_nobody_listens(void **state)
{
    struct kb_http_reply reply = KB_HTTP_REPLY_INIT;
    struct kb_error err;
    struct server server;
    bool final = true;

    (void)state;
    server_start(&server, NULL);
    server_stop(&server, NULL);
    assert_int_equal(post_to(server.url, LONG_MS, &reply, &final, &err), KB_ERR_NETWORK);
    assert_non_null(strstr(err.msg, "127.0.0.1"));
    assert_false(final);
}

static void secure_url(const struct server *server, char url[static 80])
{
    snprintf(url, 80, "https%s", server->url + strlen("http"));
}

/* A server that never speaks TLS: nothing of the request may have left in clear. */
static void test_no_tls_on_the_other_side(void **state)
{
    static const struct script silent = {.reply = NULL};
    struct kb_http_reply reply = KB_HTTP_REPLY_INIT;
    static char got[SERVER_REQUEST_MAX];
    struct kb_error err;
    struct server server;
    char url[80];
    bool final = true;

    (void)state;
    server_start(&server, &silent);
    secure_url(&server, url);
    assert_int_equal(post_to(url, 300, &reply, &final, &err), KB_ERR_TIMEOUT);
    server_stop(&server, got);
    assert_false(final);
    assert_int_equal(got[0], 0x16); /* a TLS handshake */
    assert_null(strstr(got, "POST"));
}

static void test_a_ca_file_that_cannot_be_used(void **state)
{
    KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
    struct kb_http_reply reply = KB_HTTP_REPLY_INIT;
    struct kb_error err = KB_ERROR_INIT;
    struct server server;
    char url[80];

    (void)state;
    server_start(&server, NULL);
    secure_url(&server, url);
    kb_str_set(&request.url, url);
    kb_str_set(&request.ca_file, "/nonexistent/ca.pem");
    assert_int_equal(
        kb_net_post(&request, kb_deadline_in_ms(LONG_MS), &reply, NULL, &err), KB_ERR_CONFIG);
    assert_non_null(strstr(err.msg, "/nonexistent/ca.pem"));
    assert_non_null(strstr(err.hint, "ca_file"));
    server_stop(&server, NULL);
}

static void reset(int client)
{
    const struct linger none = {.l_onoff = 1};

    assert_int_equal(setsockopt(client, SOL_SOCKET, SO_LINGER, &none, sizeof(none)), 0);
}

/*
 * libcurl tells then of a call of its own, and nobody knows what to do about that. 8.14 makes it
 * only after it has read.
 */
static void test_a_reset_before_libcurl_looks(void **state)
{
    static const struct script cuts = {.then = reset};
    KB_AUTO(kb_http_reply_clear) struct kb_http_reply reply = KB_HTTP_REPLY_INIT;
    struct kb_error err;
    struct server server;

    (void)state;
    server_start(&server, &cuts);
    peers_gone = ENOTCONN;
    assert_int_equal(post_to(server.url, LONG_MS, &reply, NULL, &err), KB_ERR_NETWORK);
    peers_gone = 0;
    server_stop(&server, NULL);
    if (!is_asked)
        skip();
    assert_non_null(strstr(err.msg, "the connection was reset as soon as it was made"));
}

/* Opened by a library, it would wait for a writer for ever. */
static void test_a_ca_file_that_is_a_pipe(void **state)
{
    KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
    struct kb_http_reply reply = KB_HTTP_REPLY_INIT;
    struct kb_error err = KB_ERROR_INIT;
    char directory[] = "/tmp/kb-ca-XXXXXX", path[64];

    (void)state;
    assert_non_null(mkdtemp(directory));
    (void)snprintf(path, sizeof(path), "%s/ca.pem", directory);
    assert_int_equal(mkfifo(path, 0600), 0);
    kb_str_set(&request.url, "https://127.0.0.1:1/");
    kb_str_set(&request.ca_file, path);
    assert_int_equal(
        kb_net_post(&request, kb_deadline_in_ms(LONG_MS), &reply, NULL, &err), KB_ERR_CONFIG);
    assert_non_null(strstr(err.msg, path));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(directory), 0);
}

static void test_failure_leaves_the_result_alone(void **state)
{
    KB_AUTO(kb_http_reply_clear) struct kb_http_reply reply = KB_HTTP_REPLY_INIT;
    struct kb_error err;

    (void)state;
    reply.status = 7;
    kb_buf_str(&reply.body, "old");
    assert_int_equal(post_to("http://127.0.0.1:1/", LONG_MS, &reply, NULL, &err), KB_ERR_NETWORK);
    assert_int_equal(reply.status, 7);
    assert_string_equal(kb_buf_text(&reply.body), "old");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_reply_comes_back_whole),
        cmocka_unit_test(test_exactly_this_is_sent),
        cmocka_unit_test(test_a_request_without_a_body),
        cmocka_unit_test(test_no_error_shows_fields_in_the_address),
        cmocka_unit_test(test_a_large_body_is_sent_at_once),
        cmocka_unit_test(test_any_status_is_an_answer),
        cmocka_unit_test(test_redirects_are_not_followed),
        cmocka_unit_test(test_interim_responses_leave_nothing_behind),
        cmocka_unit_test(test_trailers_are_not_headers),
        cmocka_unit_test(test_compressed_bodies_stay_as_they_are),
        cmocka_unit_test(test_addresses_that_are_refused),
        cmocka_unit_test(test_nobody_listens),
        cmocka_unit_test(test_no_tls_on_the_other_side),
        cmocka_unit_test(test_a_ca_file_that_cannot_be_used),
        cmocka_unit_test(test_a_reset_before_libcurl_looks),
        cmocka_unit_test(test_a_ca_file_that_is_a_pipe),
        cmocka_unit_test(test_failure_leaves_the_result_alone),
    };

    return cmocka_run_group_tests_name("post", tests, NULL, NULL);
}
