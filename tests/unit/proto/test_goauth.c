/*
 * GOAUTH: what go reads of an answer, which addresses it is told of, and when stdin is read. The
 * reader is written from go's own rules (cmd/go/internal/auth/userauth.go).
 */
#include "proto_call.h"

#include "proto/lines.h"

#include <stdio.h>
#include <stdlib.h>

#define ORIGIN "https://go.example"
#define REFUSAL "HTTP/1.1 401 Unauthorized\nWww-Authenticate: Bearer\n\n"

static const struct kb_proto *goauth(void)
{
    return proto_named("goauth");
}

/* --- as go reads ------------------------------------------------------------------------ */

/* The line at *AT, whose end is cut off; moves behind it. Fails without an end. */
static const char *next_line(char **at)
{
    const char *line = *at;
    char *end = strchr(*at, '\n');

    if (!end)
        fail_msg("a line without an end: %s", *at);
    *end = '\0';
    *at = end + 1;
    return line;
}

static void check_set(char **at, struct kb_buf *ret_urls)
{
    const char *line;
    size_t urls = 0, headers = 0;

    for (; *(line = next_line(at)); urls++) {
        assert_memory_equal(line, "https://", 8);
        kb_buf_fmt(ret_urls, "%s ", line);
    }
    for (; *(line = next_line(at)); headers++)
        assert_non_null(strstr(line, ": "));
    assert_true(urls > 0 && headers > 0);
}

/* The URLs that go takes from ANSWER, each with a space after it. */
static void read_as_go(const char *answer, struct kb_buf *ret_urls)
{
    char *copy = strdup(answer), *at = copy;

    while (*at)
        check_set(&at, ret_urls);
    free(copy);
}

/* --- with a URL ------------------------------------------------------------------------- */

static void ask(struct proto_call *call, const char *words, const char *input)
{
    proto_call_read(call, goauth(), words, input);
}

static void assert_told(const char *words, bool covers_host, const char *urls)
{
    KB_AUTO(kb_buf_clear) struct kb_buf told = KB_BUF_INIT(4096);
    struct proto_stock stock;
    struct proto_call call;

    proto_stock_open(&stock, TEST_TOKEN);
    stock.route.covers_host = covers_host;
    kb_pairs_add(&stock.route.api_headers, "X-Org", "a: b");
    ask(&call, words, REFUSAL);
    assert_requests(&call, KB_OP_GET);
    proto_call_write(&call, goauth(), &stock);
    assert_int_equal(call.rc, KB_OK);
    read_as_go(proto_call_out(&call), &told);
    assert_string_equal(kb_buf_text(&told), urls);
    proto_call_close(&call);
    proto_stock_close(&stock);
}

static void test_told_of_the_url(void **state)
{
    (void)state;
    assert_told(ORIGIN "/m/@v/list", true, ORIGIN " " ORIGIN "/m/@v/list ");
    assert_told(ORIGIN "/m?go-get=1", true, ORIGIN " " ORIGIN "/m?go-get=1 ");
    assert_told(ORIGIN, true, ORIGIN " " ORIGIN " ");
    assert_told(ORIGIN ":8443/m", true, ORIGIN ":8443 " ORIGIN ":8443/m ");
    assert_told("https://[::1]:8443/m", true, "https://[::1]:8443 https://[::1]:8443/m ");
    /* a part of the host is served: go would send the token to all of it */
    assert_told(ORIGIN "/team/m", false, ORIGIN "/team/m ");
}

/* Nothing that would be repeated into go's lines, or that go could not have asked for. */
static void test_addresses_that_are_nobodys(void **state)
{
    static const char *const urls[] = {
        "http://go.example/m",
        "HTTPS://go.example/m",
        "grpcs://go.example/m",
        "https://",
        "https://go.example:0/",
        "https://user@go.example/m",
        "https://go.example/../m",
        "https://go.example\\@evil.example/m",
        "https://go.example#@evil.example/m",
        "https://go.example/m?x\ty",
        "https://go.example/m?x\r\n",
        "https://go.example/m?x\nhttps://evil.example",
        "https://go.example/m?\x7f",
        "https://go.example/m?\xc2\x85",
        "https://go.example/m#\x1b[31m",
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(urls); i++) {
        struct proto_call call;

        ask(&call, urls[i], REFUSAL);
        assert_int_equal(call.rc, KB_OK);
        assert_int_equal(call.turn, KB_TURN_ANSWERED);
        assert_int_equal(call.consumed, 0);
        assert_int_equal(call.talk.reply.out.len + call.talk.reply.note.len, 0);
        assert_int_equal(call.talk.reply.status, 0);
        proto_call_close(&call);
    }
}

static void test_longest_url(void **state)
{
    const size_t longest = sizeof((struct kb_request){0}.echoed) - 1;

    (void)state;
    for (size_t len = longest - 2; len <= longest + 2; len++) {
        char url[2048];
        char *words[] = {url, NULL};
        struct kb_talk talk;
        enum kb_turn turn = KB_TURN_END;
        int fd = proto_call_input(REFUSAL, strlen(REFUSAL));

        memset(url, 'x', len);
        memcpy(url, ORIGIN "/m?", strlen(ORIGIN "/m?"));
        url[len] = '\0';
        talk = kb_talk(goauth(), 1, words, fd);
        assert_int_equal(kb_talk_next(&talk, &turn, NULL), KB_OK);
        assert_int_equal(turn, len <= longest ? KB_TURN_REQUEST : KB_TURN_ANSWERED);
        kb_talk_clear(&talk);
        close(fd);
    }
}

/* A server may say what it likes; more than we read is an error, and nothing is printed. */
static void test_the_refusal(void **state)
{
    static const char *const refusals[] = {"", "\n", "HTTP/1.1 200 OK\n\n", "\x1b\xff garbage",
        "HTTP/1.1 401 Unauthorized\nLocation: https://evil.example\n\n"};
    char *endless = malloc(KB_INPUT_MAX + 2);
    struct proto_call call;

    (void)state;
    for (size_t i = 0; i < KB_COUNT(refusals); i++) {
        ask(&call, ORIGIN "/m", refusals[i]);
        assert_requests(&call, KB_OP_GET);
        assert_int_equal(call.consumed, strlen(refusals[i]));
        proto_call_close(&call);
    }
    memset(endless, 'x', KB_INPUT_MAX + 1);
    proto_call_read_bytes(&call, goauth(), ORIGIN "/m", endless, KB_INPUT_MAX + 1);
    assert_int_equal(call.rc, KB_ERR_USAGE);
    assert_int_equal(call.talk.reply.out.len, 0);
    assert_int_equal(call.talk.reply.status, KB_ERR_USAGE);
    proto_call_close(&call);
    free(endless);
}

/* --- without one -------------------------------------------------------------------------- */

static void test_the_first_call_reads_nothing(void **state)
{
    struct proto_call call;

    (void)state;
    ask(&call, "", "the person's terminal");
    assert_requests(&call, KB_OP_GET_EACH);
    assert_int_equal(call.consumed, 0);
    assert_string_equal(call.talk.request.profile, "");
    proto_call_close(&call);
    ask(&call, "--profile corp", "the person's terminal");
    assert_requests(&call, KB_OP_GET_EACH);
    assert_string_equal(call.talk.request.profile, "corp");
    proto_call_close(&call);
}

static struct kb_config config_of(const char *profiles)
{
    struct kb_config config = KB_CONFIG_INIT;
    char text[2048];

    snprintf(text, sizeof(text), "{\"profiles\":{%s}}", profiles);
    assert_int_equal(kb_config_parse("test.json", text, strlen(text), &config, NULL), KB_OK);
    return config;
}

#define PROFILE(name, match)                                                                       \
    "\"" name                                                                                      \
    "\":{\"token_url\":\"https://sso.example/t\",\"store\":\"sealed-file\",\"match\":[" match "]}"

/* What go is told of by all profiles together, after a call with WORDS. */
static void tell_each(const struct kb_config *config, const char *words, struct kb_buf *ret_urls)
{
    struct proto_stock stock;
    struct proto_call call;

    proto_stock_open(&stock, TEST_TOKEN);
    ask(&call, words, "");
    for (size_t i = 0; i < config->count; i++) {
        const struct kb_answer answer = {.request = &call.talk.request,
            .route = &stock.route,
            .token = &stock.token,
            .profile = &config->profiles[i],
            .config = config,
            .now = stock.now};

        if (!*words || strcmp(call.talk.request.profile, config->profiles[i].name) == 0)
            assert_int_equal(goauth()->write(&answer, &call.talk.reply, NULL), KB_OK);
    }
    read_as_go(proto_call_out(&call), ret_urls);
    proto_call_close(&call);
    proto_stock_close(&stock);
}

static void test_told_of_addresses(void **state)
{
    static const char two[] =
        PROFILE("a", "\"https://x.example\",\"https://y.example/team/\"") "," PROFILE("b",
            "\"https://x.example\",\"http://127.0.0.1\",\"https://z.example\"") "," PROFILE("w",
            "\"https://w.example\",\"https://w.example/own\"") "," PROFILE("p",
            "\"https://w.example/part\"");
    static const struct {
        const char *words, *urls;
    } cases[] = {
        /* x.example would be a guess */
        {"", "https://y.example/team https://z.example https://w.example/own "
             "https://w.example/part "},
        {"--profile a", "https://x.example https://y.example/team "},
        {"--profile b", "https://x.example https://z.example "},
        /* go would send w's token to p's part, too */
        {"--profile w", "https://w.example https://w.example/own "},
        {"--profile p", "https://w.example/part "},
    };
    struct kb_config config = config_of(two);

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf urls = KB_BUF_INIT(4096);

        tell_each(&config, cases[i].words, &urls);
        assert_string_equal(kb_buf_text(&urls), cases[i].urls);
    }
    kb_config_clear(&config);
}

static void test_nothing_to_tell(void **state)
{
    KB_AUTO(kb_buf_clear) struct kb_buf urls = KB_BUF_INIT(4096);
    struct kb_config config = config_of(PROFILE("a", "\"http://127.0.0.1:8080\""));

    (void)state;
    tell_each(&config, "", &urls);
    assert_int_equal(urls.len, 0);
    kb_config_clear(&config);
}

static void test_a_bad_header_is_not_printed(void **state)
{
    static const char *const values[] = {"a\nX-Evil: 1", "a\r", "\x1b"};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(values); i++) {
        struct proto_stock stock;
        struct proto_call call;

        proto_stock_open(&stock, TEST_TOKEN);
        kb_pairs_add(&stock.route.api_headers, "X-Org", values[i]);
        ask(&call, ORIGIN "/m", REFUSAL);
        proto_call_write(&call, goauth(), &stock);
        assert_int_equal(call.rc, KB_ERR_CORRUPT);
        assert_int_equal(call.talk.reply.out.len, 0);
        proto_call_close(&call);
        proto_stock_close(&stock);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_told_of_the_url),
        cmocka_unit_test(test_addresses_that_are_nobodys),
        cmocka_unit_test(test_longest_url),
        cmocka_unit_test(test_the_refusal),
        cmocka_unit_test(test_the_first_call_reads_nothing),
        cmocka_unit_test(test_told_of_addresses),
        cmocka_unit_test(test_nothing_to_tell),
        cmocka_unit_test(test_a_bad_header_is_not_printed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
