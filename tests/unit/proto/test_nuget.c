/* NuGet's messages: what they may be, how many pieces they come in, what json-c never sees. */
#include "before_json.h"

#include <stdio.h>

#define CREDENTIALS(payload)                                                                       \
    "{\"RequestId\":\"7\",\"Type\":\"Request\",\"Method\":"                                        \
    "\"GetAuthenticationCredentials\"," payload "}\n"
#define URI "\"Payload\":{\"Uri\":\"https://feed.example/v3/index.json\",\"IsRetry\":false}"

static const struct kb_proto *nuget(void)
{
    return proto_named("nuget");
}

static void ask_bytes(struct proto_call *call, const char *input, size_t len)
{
    proto_call_greeted(call, nuget(), "-Plugin", input, len, 1);
}

static void ask(struct proto_call *call, const char *input)
{
    ask_bytes(call, input, strlen(input));
}

static void test_greets_before_it_reads(void **state)
{
    struct proto_call call;

    (void)state;
    proto_call_read(&call, nuget(), "-Plugin", CREDENTIALS(URI));
    assert_int_equal(call.turn, KB_TURN_ANSWERED);
    assert_int_equal(call.consumed, 0);
    assert_non_null(strstr(proto_call_out(&call), "\"Type\":\"Request\",\"Method\":\"Handshake\""));
    proto_call_close(&call);
}

static void test_wrong_types(void **state)
{
    static const char *const payloads[] = {
        "\"Payload\":null",
        "\"Payload\":\"https://feed.example/\"",
        "\"Payload\":[\"Uri\",\"https://feed.example/\"]",
        "\"Payload\":{}",
        "\"Payload\":{\"Uri\":null}",
        "\"Payload\":{\"Uri\":1}",
        "\"Payload\":{\"Uri\":[\"https://feed.example/\"]}",
        "\"Payload\":{\"Uri\":{\"Uri\":\"https://feed.example/\"}}",
        "\"Payload\":{\"uri\":\"https://feed.example/\"}",
        "\"Payload\":{\"Uri\":\"\"}",
        "\"Payload\":{\"Uri\":\"feed.example\"}",
        "\"Uri\":\"https://feed.example/\"",
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(payloads); i++) {
        char line[512];
        struct proto_call call;

        snprintf(line, sizeof(line), CREDENTIALS("%s"), payloads[i]);
        ask(&call, line);
        assert_int_equal(call.turn, KB_TURN_ANSWERED);
        assert_string_equal(proto_call_out(&call),
            "{\"RequestId\":\"7\",\"Type\":\"Response\",\"Method\":"
            "\"GetAuthenticationCredentials\",\"Payload\":{\"ResponseCode\":\"Error\"}}\n");
        proto_call_close(&call);
    }
}

static void test_stops_in_the_middle(void **state)
{
    static const char request[] = CREDENTIALS(URI);

    (void)state;
    for (size_t len = 0; len <= strlen(request); len++) {
        struct proto_call call;

        ask_bytes(&call, request, len);
        if (len + 1 >= strlen(request))
            assert_requests(&call, KB_OP_GET);
        else
            assert_int_not_equal(call.turn, KB_TURN_REQUEST);
        assert_true(len > 0 || (call.turn == KB_TURN_END && call.talk.reply.out.len == 0));
        assert_int_equal(call.talk.reply.note.len, 0);
        assert_int_equal(call.talk.reply.status, 0);
        proto_call_close(&call);
    }
}

/* Lines without an answer are passed over, whether they end within what is read at once or not. */
static void test_lines_without_an_answer(void **state)
{
    static const char before[] =
        "{\"RequestId\":\"7\",\"Type\":\"Progress\",\"Method\":\"Log\",\"Pad\":\"";

    (void)state;
    for (size_t pad = 0; pad < 3 * 4096; pad += pad < 3900 || pad > 4200 ? 61 : 1) {
        KB_AUTO(kb_buf_clear) struct kb_buf input = KB_BUF_INIT(65536);
        struct proto_call call;

        for (int twice = 0; twice < 2; twice++) {
            kb_buf_str(&input, before);
            for (size_t i = 0; i < pad; i++)
                kb_buf_byte(&input, 'x');
            kb_buf_str(&input, "\"}\n");
        }
        kb_buf_str(&input, CREDENTIALS(URI));
        ask_bytes(&call, kb_buf_text(&input), input.len);
        assert_requests(&call, KB_OP_GET);
        assert_string_equal(call.talk.request.url.host, "feed.example");
        proto_call_close(&call);
    }
}

static void test_only_a_retry_distrusts(void **state)
{
    static const struct {
        const char *value;
        bool distrusted;
    } cases[] = {{"true", true}, {"false", false}, {"null", false}};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct proto_call call;
        char lines[512];

        snprintf(lines, sizeof(lines), CREDENTIALS("%s%s}") CREDENTIALS(URI),
            "\"Payload\":{\"Uri\":\"https://feed.example/\",\"IsRetry\":", cases[i].value);
        ask(&call, lines);
        assert_requests(&call, KB_OP_GET);
        assert_int_equal(call.talk.request.distrusted, cases[i].distrusted);
        assert_int_equal(call.talk.request.presented.len, 0);
        proto_call_next(&call);
        assert_requests(&call, KB_OP_GET);
        assert_false(call.talk.request.distrusted);
        proto_call_close(&call);
    }
}

static void test_passwords_are_never_parsed(void **state)
{
    static const char *const messages[] = {
        "{\"RequestId\":\"7\",\"Type\":\"Request\",\"Method\":\"SetCredentials\",\"Payload\":"
        "{\"PackageSourceRepository\":\"/"
        "\",\"ProxyUsername\":\"hunter2\",\"ProxyPassword\":\"hunter2\","
        "\"Username\":\"hunter2\",\"Password\":\"hunter2\"}}\n",
        "{\"RequestId\":\"7\",\"Type\":\"Request\",\"Method\":\"SetCredentials\",\"Payload\":"
        "{\"Pass\\u0077ord\":\"hunter2\",\"Uris\":[\"hunter2\"],\"x\":{\"y\":[[\"hunter2\"]]}}}\n",
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(messages); i++) {
        struct proto_call call;

        ask(&call, messages[i]);
        assert_string_equal(proto_call_out(&call),
            "{\"RequestId\":\"7\",\"Type\":\"Response\",\"Method\":\"SetCredentials\","
            "\"Payload\":{\"ResponseCode\":\"Success\"}}\n");
        proto_call_close(&call);
    }
}

/* A caller that fell silent is not spoken to; one that waits is told. */
static void test_silence(void **state)
{
    struct kb_error why = KB_ERROR_INIT;
    struct proto_call call;

    (void)state;
    kb_fail(&why, KB_ERR_TIMEOUT, "no input for %d seconds", 60);
    ask(&call, CREDENTIALS(URI));
    nuget()->refuse(&call.talk.request, &why, &call.talk.reply);
    assert_non_null(
        strstr(proto_call_out(&call), "\"ResponseCode\":\"NotFound\",\"Message\":\"no input"));
    kb_talk_answered(&call.talk);
    nuget()->refuse(&call.talk.request, &why, &call.talk.reply);
    assert_int_equal(call.talk.reply.out.len + call.talk.reply.note.len, 0);
    assert_int_equal(call.talk.reply.status, 0);
    proto_call_close(&call);
}

static void test_a_bad_answer_is_not_printed(void **state)
{
    static const struct {
        const char *token, *username;
    } cases[] = {{"a\"b\nc", "oauth2"}, {"", "oauth2"}, {TEST_TOKEN, "a\nb"}, {TEST_TOKEN, ""}};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct proto_stock stock;
        struct proto_call call;

        proto_stock_open(&stock, cases[i].token);
        strcpy(stock.route.username, cases[i].username);
        ask(&call, CREDENTIALS(URI));
        proto_call_write(&call, nuget(), &stock);
        assert_int_equal(call.rc, KB_ERR_CORRUPT);
        assert_int_equal(call.talk.reply.out.len, 0);
        proto_call_close(&call);
        proto_stock_close(&stock);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_greets_before_it_reads),
        cmocka_unit_test(test_wrong_types),
        cmocka_unit_test(test_stops_in_the_middle),
        cmocka_unit_test(test_lines_without_an_answer),
        cmocka_unit_test(test_only_a_retry_distrusts),
        cmocka_unit_test(test_passwords_are_never_parsed),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_a_bad_answer_is_not_printed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
