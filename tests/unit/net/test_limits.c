/* Replies that are too long, too slow, broken, or not HTTP. */
#include "script_server.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define LONG_MS 20000
#define SHORT_MS 300
#define OK_LINE "HTTP/1.1 200 OK\r\n"

/* Serves SCRIPT; the result must be as it was, the request sent. */
static enum kb_err post_to_script(const struct script *script, int ms, struct kb_error *err)
{
    struct kb_http_reply reply = KB_HTTP_REPLY_INIT;
    struct server server;
    bool final = false;
    enum kb_err rc;

    server_start(&server, script);
    rc = post_to(server.url, ms, &reply, &final, err);
    server_stop(&server, NULL);
    assert_true(final);
    assert_int_equal(err->code, rc);
    if (rc)
        assert_int_equal(reply.status, 0);
    kb_http_reply_clear(&reply);
    return rc;
}

static void send_filler(int client)
{
    static char filler[65536];

    memset(filler, 'x', sizeof(filler));
    while (send_bytes(client, filler, sizeof(filler)))
        ;
}

static void send_many_headers(int client)
{
    while (send_bytes(client, "X-Filler: 1\r\n", 13))
        ;
}

static void send_many_interim_responses(int client)
{
    static const char interim[] = "HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n";

    while (send_bytes(client, interim, sizeof(interim) - 1))
        ;
}

static void send_endless_chunks(int client)
{
    while (send_bytes(client, "4\r\nxxxx\r\n", 9))
        ;
}

static void drip_headers(int client)
{
    char byte;

    /* One byte each time the client has stayed 5 ms longer. */
    struct timeval pause = {.tv_usec = 5000};
    setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &pause, sizeof(pause));
    while (recv(client, &byte, 1, 0) != 0 && send_bytes(client, "x", 1))
        ;
}

static void reset(int client)
{
    struct linger at_once = {.l_onoff = 1};

    setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close(client);
    _exit(0);
}

static void test_broken_replies(void **state)
{
    static const struct {
        struct script script;
        enum kb_err code;
        const char *says;
    } cases[] = {
        {{.reply = OK_LINE "Content-Length: 10485760\r\n\r\n", .then = send_filler}, KB_ERR_SERVER,
            "body of more than 64 KiB"},
        {{.reply = OK_LINE "\r\n", .then = send_filler}, KB_ERR_SERVER, "body of more than 64 KiB"},
        {{.reply = OK_LINE "Transfer-Encoding: chunked\r\n\r\n", .then = send_endless_chunks},
            KB_ERR_SERVER, "body of more than 64 KiB"},
        {{.reply = OK_LINE, .then = send_many_headers}, KB_ERR_SERVER, "100 headers"},
        {{.reply = OK_LINE "Transfer-Encoding: chunked\r\n\r\n0\r\n", .then = send_many_headers},
            KB_ERR_SERVER, "100 headers"},
        {{.reply = OK_LINE "X-Long: ", .then = send_filler}, KB_ERR_SERVER, NULL},
        {{.then = send_many_interim_responses}, KB_ERR_SERVER, "100 headers"},
        {{.reply = OK_LINE "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x"}, KB_ERR_SERVER,
            "two different Content-Lengths"},
        {{.reply = OK_LINE "Content-Length: 2\r\ncontent-length: 02\r\n\r\n{}"}, KB_ERR_SERVER,
            "two different Content-Lengths"},
        /* NULL where libcurl 8.14 is quicker to say that the answer breaks HTTP. */
        {{.reply = OK_LINE "Content-Length: +2\r\n\r\n{}"}, KB_ERR_SERVER, NULL},
        {{.reply = OK_LINE "Content-Length: 2, 2\r\n\r\n{}"}, KB_ERR_SERVER, "no number"},
        {{.reply = OK_LINE "Content-Length:\r\n\r\n{}"}, KB_ERR_SERVER, "breaks HTTP"},
        {{.reply = OK_LINE "X: a\r\n b\r\nContent-Length: 2\r\n\r\n{}"}, KB_ERR_SERVER, "folded"},
        {{.reply = OK_LINE "X: a\r\n\tb\r\nContent-Length: 2\r\n\r\n{}"}, KB_ERR_SERVER, "folded"},
        {{.reply = OK_LINE "Transfer-Encoding: gzip\r\n\r\n{}"}, KB_ERR_SERVER, NULL},
        {{.reply = OK_LINE "Transfer-Encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n"},
            KB_ERR_SERVER, "other than chunked"},
        {{.reply = OK_LINE "no colon\r\n\r\n{}"}, KB_ERR_SERVER, NULL},
        {{.reply = OK_LINE ": x\r\n\r\n{}"}, KB_ERR_SERVER, "without a name"},
        {{.reply = OK_LINE "X : y\r\n\r\n{}"}, KB_ERR_SERVER, "without a name"},
        {{.reply = OK_LINE "X: a\rb\r\n\r\n{}"}, KB_ERR_SERVER, "control character"},
        {{.reply = OK_LINE "X: a\r\r\n\r\n{}"}, KB_ERR_SERVER, "control character"},
        {{.reply = OK_LINE "X: a\r\n\r\r\n{}"}, KB_ERR_SERVER, "control character"},
        {{.reply = OK_LINE "X: a\x1b[2J\r\n\r\n{}"}, KB_ERR_SERVER, "control character"},
        {{.reply = OK_LINE "X: a\x7f\r\n\r\n{}"}, KB_ERR_SERVER, "control character"},
        {{.reply = OK_LINE "X: a\0b\r\n\r\n{}", .len = sizeof(OK_LINE "X: a\0b\r\n\r\n{}") - 1},
            KB_ERR_SERVER, NULL},
        {{.reply = "plain words, no status line\r\n\r\n"}, KB_ERR_SERVER, "breaks HTTP"},
        {{.reply = OK_LINE "Content-Length: 9\r\n\r\n{}"}, KB_ERR_NETWORK, "within the answer"},
        {{.reply = OK_LINE "Transfer-Encoding: chunked\r\n\r\n9\r\n{}"}, KB_ERR_NETWORK, NULL},
        {{.reply = NULL}, KB_ERR_NETWORK, "without an answer"},
        {{.reply = NULL, .then = reset}, KB_ERR_NETWORK, NULL},
        {{.reply = OK_LINE "X: y\r\n"}, KB_ERR_NETWORK, "within the answer"},
        {{.reply = OK_LINE}, KB_ERR_NETWORK, "within the answer"},
        {{.reply = "HTTP/1.1 100 Continue\r\n\r\n"}, KB_ERR_NETWORK, NULL},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct kb_error err;

        if (post_to_script(&cases[i].script, LONG_MS, &err) != cases[i].code ||
            (cases[i].says && !strstr(err.msg, cases[i].says)))
            fail_msg("case %zu: %d %s", i, (int)err.code, err.msg);
        assert_non_null(strstr(err.msg, "127.0.0.1"));
    }
}

static void test_slow_replies_end_at_the_deadline(void **state)
{
    static const struct script scripts[] = {
        {.reply = NULL, .then = wait_for_hangup},
        {.reply = "HTTP/1.1 2", .then = wait_for_hangup},
        {.reply = OK_LINE "X: y\r\n", .then = wait_for_hangup},
        {.reply = OK_LINE "Content-Length: 9\r\n\r\n{}", .then = wait_for_hangup},
        {.reply = OK_LINE "X: ", .then = drip_headers},
        {.reply = OK_LINE "Content-Length: 60000\r\n\r\n", .then = drip_headers},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(scripts); i++) {
        struct kb_deadline late = kb_deadline_in_ms(8000);
        struct kb_error err;

        if (post_to_script(&scripts[i], SHORT_MS, &err) != KB_ERR_TIMEOUT)
            fail_msg("script %zu: %d %s", i, (int)err.code, err.msg);
        assert_false(kb_deadline_passed(late));
    }
}

/* Longer than libcurl's usual limits for slow transfers: nothing but the deadline ends the wait. */
static void test_a_silent_server_has_the_whole_time(void **state)
{
    enum { MS = 14000 };
    struct kb_deadline almost = kb_deadline_in_ms(MS - 200);
    struct kb_error err;

    (void)state;
    assert_int_equal(
        post_to_script(&(const struct script){.then = wait_for_hangup}, MS, &err), KB_ERR_TIMEOUT);
    assert_true(kb_deadline_passed(almost));
}

/* It accepts, and never says a word of TLS. */
static void test_a_connection_that_does_not_come_is_named(void **state)
{
    struct kb_http_reply reply = KB_HTTP_REPLY_INIT;
    struct kb_error err;
    struct server server;
    char url[80];
    bool final = true;

    (void)state;
    server_start(&server, NULL);
    snprintf(url, sizeof(url), "https%s", server.url + strlen("http"));
    assert_int_equal(post_to(url, SHORT_MS, &reply, &final, &err), KB_ERR_TIMEOUT);
    assert_non_null(strstr(err.msg, "no connection in time"));
    assert_false(final);
    server_stop(&server, NULL);
}

static void test_a_passed_deadline_sends_nothing(void **state)
{
    struct kb_http_reply reply = KB_HTTP_REPLY_INIT;
    struct kb_error err;
    struct server server;
    bool final = true;

    (void)state;
    server_start(&server, NULL);
    assert_int_equal(post_to(server.url, 0, &reply, &final, &err), KB_ERR_TIMEOUT);
    assert_false(final);
    assert_false(server_was_called(&server));
    server_stop(&server, NULL);
}

/* COUNT headers, "X-N: " each, and a body of LEN bytes. */
static enum kb_err post_to_sized(int count, int len, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(262144);

    kb_buf_str(&text, OK_LINE);
    for (int i = 1; i < count; i++)
        kb_buf_fmt(&text, "X-%d: y\r\n", i);
    kb_buf_fmt(&text, "Content-Length: %d\r\n\r\n", len);
    for (int i = 0; i < len; i++)
        kb_buf_byte(&text, 'x');
    return post_to_script(
        &(const struct script){.reply = text.data, .len = text.len}, LONG_MS, err);
}

static void test_the_exact_limits(void **state)
{
    struct kb_error err;

    (void)state;
    assert_int_equal(post_to_sized(KB_HTTP_HEADER_COUNT_MAX, 2, &err), KB_OK);
    assert_int_equal(post_to_sized(KB_HTTP_HEADER_COUNT_MAX + 1, 2, &err), KB_ERR_SERVER);
    assert_int_equal(post_to_sized(1, KB_HTTP_BODY_MAX, &err), KB_OK);
    assert_int_equal(post_to_sized(1, KB_HTTP_BODY_MAX + 1, &err), KB_ERR_SERVER);
}

static void test_header_bytes_together(void **state)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(262144);
    struct kb_error err;

    (void)state;
    kb_buf_str(&text, OK_LINE);
    for (int i = 0; i < 80; i++)
        kb_buf_fmt(&text, "X-%d: %01000d\r\n", i, 0);
    kb_buf_str(&text, "\r\n");
    assert_int_equal(
        post_to_script(&(const struct script){.reply = text.data}, LONG_MS, &err), KB_ERR_SERVER);
    assert_non_null(strstr(err.msg, "64 KiB"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_broken_replies),
        cmocka_unit_test(test_slow_replies_end_at_the_deadline),
        cmocka_unit_test(test_a_silent_server_has_the_whole_time),
        cmocka_unit_test(test_a_connection_that_does_not_come_is_named),
        cmocka_unit_test(test_a_passed_deadline_sends_nothing),
        cmocka_unit_test(test_the_exact_limits),
        cmocka_unit_test(test_header_bytes_together),
    };

    return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
