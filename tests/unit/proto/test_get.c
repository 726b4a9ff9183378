/* The `get` protocol of Bazel and its kin. */
#include "proto_call.h"

#include <stdlib.h>

#define URI "{\"uri\":\"https://api.example.com/v1\"}"

static const struct kb_proto *get(void)
{
    return proto_named("get");
}

static void test_requests(void **state)
{
    static const struct {
        const char *input, *origin, *path;
    } cases[] = {
        {URI, "https://api.example.com", "/v1"},
        {"{\"uri\":\"https://api.example.com\"}\n", "https://api.example.com", "/"},
        {" {\"more\":{\"a\":[1]},\n\"uri\":\"https:\\/\\/api.example.com/\"}",
            "https://api.example.com", "/"},
        {"{\"uri\":\"grpcs://api.example.com/pkg.Service\"}", "https://api.example.com",
            "/pkg.Service"},
        {"{\"uri\":\"http://127.0.0.1:8080/x?y=z\"}", "http://127.0.0.1:8080", "/x"},
        {"{\"uri\":\"https://api.example.com/x#frag\"}", "https://api.example.com", "/x"},
        {"{\"uri\":\"https://api.example.com/#a?b@c\"}", "https://api.example.com", "/"},
        {"{\"uri\":\"https://api.example.com/x?y#z\"}", "https://api.example.com", "/x"},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf origin = KB_BUF_INIT(512);
        struct proto_call call;

        proto_call_read(&call, get(), "", cases[i].input);
        assert_int_equal(call.rc, KB_OK);
        assert_requests(&call, KB_OP_GET);
        assert_true(call.talk.request.has_url);
        assert_false(call.talk.request.any_path || call.talk.request.any_scheme);
        kb_url_append_origin(&call.talk.request.url, &origin);
        assert_string_equal(kb_buf_text(&origin), cases[i].origin);
        assert_string_equal(call.talk.request.url.path, cases[i].path);
        proto_call_close(&call);
    }
}

static void test_unreadable_requests(void **state)
{
    static const char *const inputs[] = {"", "null", "[]", "{}", "{\"uri\":7}", "{\"uri\":null}",
        "{\"uri\":\"https://a.example\"", "{\"uri\":\"https://a.example\"}{}",
        "{\"uri\":\"https://a.example\",\"uri\":\"https://b.example\"}", "https://a.example"};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(inputs); i++) {
        struct proto_call call;

        proto_call_read(&call, get(), "", inputs[i]);
        assert_int_equal(call.rc, KB_ERR_USAGE);
        assert_int_equal(call.talk.reply.status, KB_ERR_USAGE);
        assert_int_equal(call.talk.reply.out.len, 0);
        assert_int_equal(strncmp(proto_call_note(&call), "keybearer: error: the request ", 30), 0);
        proto_call_close(&call);
    }
}

/* siso asks for wildcards, others for schemes that we do not know. */
static void test_uris_that_are_nobodys(void **state)
{
    static const char *const inputs[] = {"{\"uri\":\"https://*.example.com/\"}", "{\"uri\":\"\"}",
        "{\"uri\":\"grpc://a.example\"}", "{\"uri\":\"https://a.example#b/c\"}",
        "{\"uri\":\"https://u:p@a.example\"}", "{\"uri\":\"https://a.example\\u000a/\"}",
        "{\"uri\":\"unix:///run/x\"}"};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(inputs); i++) {
        struct proto_call call;

        proto_call_read(&call, get(), "", inputs[i]);
        assert_int_equal(call.rc, KB_OK);
        assert_int_equal(call.turn, KB_TURN_ANSWERED);
        assert_int_equal(call.talk.reply.status, KB_ERR_NOT_FOUND);
        assert_int_equal(call.talk.reply.out.len, 0);
        assert_int_equal(
            strncmp(proto_call_note(&call), "keybearer: error: no profile serves", 35), 0);
        for (const char *c = proto_call_note(&call); *c; c++)
            assert_true(*c == '\n' || (*c >= 0x20 && *c <= 0x7e));
        proto_call_close(&call);
    }
}

/* Where an address cannot be read, nobody knows what in it is a password. */
static void test_what_is_repeated_of_an_address(void **state)
{
    static const struct {
        const char *uri, *says;
    } cases[] = {
        {"ftp://u:PW@h/", "this address, which"},
        {"ftp://u:PW%40h/", "this address, which"},
        {"ftp://h/PW%40x", "this address, which"},
        {"PW", "this address, which"},
        {"PW/https://h", "this address, which"},
        {"x:PW=https://h", "this address, which"},
        {"ftp://h;PW/", "this address, which"},
        {"ftp://h%2FPW", "this address, which"},
        {"://PW", "this address, which"},
        {"ftp://h:PW/", "ftp://h\n"},
        {"ftp://h/PW?PW#PW", "ftp://h\n"},
        {"ftp://h?PW", "ftp://h\n"},
        {"ftp://[::1]:PW", "ftp://[::1]\n"},
        {"https://*.h/PW", "https://*.h\n"},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct proto_call call;
        char input[64];

        snprintf(input, sizeof(input), "{\"uri\":\"%s\"}", cases[i].uri);
        proto_call_read(&call, get(), "", input);
        assert_int_equal(call.talk.reply.status, KB_ERR_NOT_FOUND);
        assert_non_null(strstr(proto_call_note(&call), cases[i].says));
        assert_null(strstr(proto_call_note(&call), "PW"));
        proto_call_close(&call);
    }
}

static void test_arguments(void **state)
{
    static const char *const wrong[] = {
        "work", "--profil work", "--profile", "--profile .x", "--profile a --profile b"};
    struct proto_call call;

    (void)state;
    proto_call_read(&call, get(), "--profile work --show", URI);
    assert_int_equal(call.rc, KB_OK);
    assert_string_equal(call.talk.request.profile, "work");
    assert_true(call.talk.request.terminal_ok);
    proto_call_close(&call);
    for (size_t i = 0; i < KB_COUNT(wrong); i++) {
        proto_call_read(&call, get(), wrong[i], URI);
        assert_int_equal(call.rc, KB_ERR_USAGE);
        assert_int_equal(call.consumed, 0);
        assert_int_equal(call.talk.reply.out.len, 0);
        proto_call_close(&call);
    }
}

static void test_decline_names_the_next_command(void **state)
{
    struct proto_call call;

    (void)state;
    proto_call_read(&call, get(), "", URI);
    get()->decline(&call.talk.request, &call.talk.reply);
    assert_int_equal(call.talk.reply.status, KB_ERR_NOT_FOUND);
    assert_string_equal(proto_call_note(&call),
        "keybearer: error: no profile serves https://api.example.com/v1\n"
        "keybearer: hint: keybearer list shows the addresses; to add one: keybearer match add "
        "NAME URL\n");
    proto_call_close(&call);
    proto_call_read(&call, get(), "--profile work", URI);
    get()->decline(&call.talk.request, &call.talk.reply);
    assert_string_equal(proto_call_note(&call),
        "keybearer: error: profile work does not serve https://api.example.com/v1\n"
        "keybearer: hint: keybearer show work\n");
    proto_call_close(&call);
}

static enum kb_err answer(const struct proto_stock *stock, const char *expected)
{
    struct proto_call call;
    enum kb_err rc;

    proto_call_read(&call, get(), "", URI);
    proto_call_write(&call, get(), stock);
    rc = call.rc;
    assert_string_equal(proto_call_out(&call), expected);
    proto_call_close(&call);
    return rc;
}

static void test_answers(void **state)
{
    struct proto_stock stock;

    (void)state;
    proto_stock_open(&stock, TEST_TOKEN);
    assert_int_equal(answer(&stock, "{\"headers\":{\"Authorization\":[\"Bearer " TEST_TOKEN "\"]},"
                                    "\"expires\":\"2030-01-01T00:00:00Z\"}\n"),
        KB_OK);
    kb_token_set_life(&stock.token, 0, stock.now);
    kb_pairs_add(&stock.route.api_headers, "X-Org", "a\"b");
    assert_int_equal(answer(&stock, "{\"headers\":{\"Authorization\":[\"Bearer " TEST_TOKEN "\"],"
                                    "\"X-Org\":[\"a\\\"b\"]}}\n"),
        KB_OK);
    proto_stock_close(&stock);
}

static void test_bad_values_do_not_leave(void **state)
{
    static const char *const headers[][2] = {
        {"", "v"}, {"X Y", "v"}, {"X:", "v"}, {"X\n", "v"}, {"X", "v\r\nY: z"}, {"X", "\x7f"}};
    struct proto_stock stock;

    (void)state;
    for (size_t i = 0; i < KB_COUNT(headers); i++) {
        proto_stock_open(&stock, TEST_TOKEN);
        kb_pairs_add(&stock.route.api_headers, headers[i][0], headers[i][1]);
        assert_int_equal(answer(&stock, ""), KB_ERR_CORRUPT);
        proto_stock_close(&stock);
    }
    proto_stock_open(&stock, "a\nb");
    assert_int_equal(answer(&stock, ""), KB_ERR_CORRUPT);
    proto_stock_close(&stock);
}

/* Bazel reads only after the exit: more than a pipe holds would hang both. */
static void test_an_answer_fits_into_a_pipe(void **state)
{
    char *text = malloc(KB_TOKEN_MAX + 1);
    struct proto_stock stock;

    (void)state;
    memset(text, 'x', KB_TOKEN_MAX);
    text[KB_TOKEN_MAX] = '\0';
    proto_stock_open(&stock, TEST_TOKEN);
    for (int i = 0; i < 4; i++)
        kb_pairs_add(&stock.route.api_headers, "X", text);
    assert_int_equal(answer(&stock, ""), KB_ERR_CONFIG);
    proto_stock_close(&stock);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_unreadable_requests),
        cmocka_unit_test(test_uris_that_are_nobodys),
        cmocka_unit_test(test_what_is_repeated_of_an_address),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_decline_names_the_next_command),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_bad_values_do_not_leave),
        cmocka_unit_test(test_an_answer_fits_into_a_pipe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
