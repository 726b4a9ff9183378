/* cargo's requests, line by line: what their members may be, and a login's token. */
#include "before_json.h"

#include <stdio.h>

#define WORDS "--cargo-plugin"
#define HELLO "{\"v\":[1]}\n"
#define INDEX "\"registry\":{\"index-url\":\"sparse+https://crates.example/i/\"}"
#define REQUEST "{\"v\":1," INDEX ",\"kind\":\"get\",\"operation\":\"read\"}\n"

static const struct kb_proto *cargo(void)
{
    return proto_named("cargo");
}

static void ask(struct proto_call *call, const char *input)
{
    proto_call_greeted(call, cargo(), WORDS, input, strlen(input), 1);
}

static void test_greets_before_it_reads(void **state)
{
    struct proto_call call;

    (void)state;
    proto_call_read(&call, cargo(), WORDS, REQUEST);
    assert_int_equal(call.turn, KB_TURN_ANSWERED);
    assert_int_equal(call.consumed, 0);
    assert_string_equal(proto_call_out(&call), HELLO);
    proto_call_close(&call);
}

/* All but the last step of each is as it should be. */
static void test_wrong_types(void **state)
{
    static const char *const wrong[] = {
        "{\"v\":true," INDEX ",\"kind\":\"get\"}",
        "{\"v\":1.0," INDEX ",\"kind\":\"get\"}",
        "{\"v\":null," INDEX ",\"kind\":\"get\"}",
        "{\"v\":[1]," INDEX ",\"kind\":\"get\"}",
        "{\"v\":4294967297," INDEX ",\"kind\":\"get\"}",
        "{" INDEX ",\"kind\":\"get\"}",
        "{\"v\":1," INDEX ",\"kind\":[\"get\"]}",
        "{\"v\":1," INDEX ",\"kind\":{\"get\":1}}",
        "{\"v\":1," INDEX ",\"kind\":\"GET\"}",
        "{\"v\":1," INDEX ",\"kind\":\"get \"}",
        "{\"v\":1,\"registry\":\"https://crates.example/i/\",\"kind\":\"get\"}",
        "{\"v\":1,\"registry\":[],\"kind\":\"get\"}",
        "{\"v\":1,\"registry\":{},\"kind\":\"get\"}",
        "{\"v\":1,\"index-url\":\"https://crates.example/i/\",\"kind\":\"get\"}",
        "{\"v\":1,\"registry\":{\"index-url\":[\"https://crates.example/i/\"]},\"kind\":\"get\"}",
        "{\"v\":1," INDEX ",\"kind\":\"get\",\"args\":{\"--profile\":\"corp\"}}",
        "{\"v\":1," INDEX ",\"kind\":\"get\",\"args\":[[\"--bare\"]]}",
        "{\"v\":1," INDEX ",\"kind\":\"get\",\"args\":[null]}",
        "[{\"v\":1," INDEX ",\"kind\":\"get\"}]",
        "{\"v\":1," INDEX ",\"kind\":\"get\"} {}",
        "",
        "\"get\"",
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(wrong); i++) {
        char line[512];
        struct proto_call call;

        snprintf(line, sizeof(line), "%s\n", wrong[i]);
        ask(&call, line);
        if (call.turn == KB_TURN_REQUEST || !strstr(proto_call_out(&call), "{\"Err\":{"))
            fail_msg("%s gets %s", wrong[i], proto_call_out(&call));
        assert_int_equal(call.talk.reply.status, 0);
        proto_call_close(&call);
    }
}

/* A caller that dies has not asked; only the end of the line may be missing. */
static void test_stops_in_the_middle(void **state)
{
    (void)state;
    for (size_t len = 0; len <= strlen(REQUEST); len++) {
        struct proto_call call;

        proto_call_greeted(&call, cargo(), WORDS, REQUEST, len, 1);
        if (len + 1 >= strlen(REQUEST))
            assert_requests(&call, KB_OP_GET);
        else
            assert_int_not_equal(call.turn, KB_TURN_REQUEST);
        assert_true(len > 0 || call.talk.reply.out.len == 0);
        proto_call_close(&call);
    }
}

static void test_requests_are_apart(void **state)
{
    struct proto_call call;
    static const char named[] = "{\"v\":1," INDEX ",\"kind\":\"get\",\"args\":[\"--profile\","
                                "\"corp\",\"--bare\"]}\n" REQUEST;

    (void)state;
    ask(&call, named);
    assert_requests(&call, KB_OP_GET);
    assert_string_equal(call.talk.request.profile, "corp");
    unsigned form = call.talk.request.form;
    proto_call_next(&call);
    assert_requests(&call, KB_OP_GET);
    assert_string_equal(call.talk.request.profile, "");
    assert_int_not_equal(call.talk.request.form, form);
    proto_call_close(&call);
}

static void login(struct proto_call *call, const char *token_member)
{
    char line[512];

    snprintf(line, sizeof(line), "{\"v\":1," INDEX ",\"kind\":\"login\",%s,\"login-url\":\"x\"}\n",
        token_member);
    ask(call, line);
}

static void test_login_compares_the_token(void **state)
{
    static const struct {
        const char *member, *token; /* "": it can be none of ours */
    } cases[] = {
        {"\"token\":\"Bearer AZaz09\"", "AZaz09"},
        {"\"token\":\"AZaz09\"", "AZaz09"},
        {"\"token\":\"\\u0041Zaz\\/\"", "AZaz/"},
        {"\"token\":\"Bearer  AZaz09\"", ""},
        {"\"token\":\"bearer AZaz09\"", ""},
        {"\"token\":\"Bearer \"", ""},
        {"\"token\":\"\"", ""},
        {"\"token\":\"a b\"", ""},
        {"\"token\":\"a\\n\"", ""},
        {"\"token\":[\"AZaz09\"]", ""},
        {"\"token\":null", ""},
        {"\"tokens\":\"AZaz09\"", ""},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        const struct kb_secret *presented;
        struct proto_call call;

        login(&call, cases[i].member);
        assert_requests(&call, KB_OP_STORE);
        assert_string_equal(proto_call_out(&call), "{\"Ok\":{\"kind\":\"login\"}}\n");
        presented = &call.talk.request.presented;
        assert_int_equal(presented->len, strlen(cases[i].token));
        if (presented->len > 0)
            assert_memory_equal(presented->bytes, cases[i].token, presented->len);
        proto_call_close(&call);
    }
}

static void test_login_is_never_parsed(void **state)
{
    static const char *const members[] = {
        "\"token\":\"hunter2\"",
        "\"token\":\"Bearer hunter2\"",
        "\"tok\\u0065n\":\"hunter2\"",
        "\"token\":[\"hunter2\",\"hunter2\"]",
        "\"token\":{\"kinds\":\"hunter2\"}",
        "\"args\":[],\"token\":[\"hunter2\"]",
        "\"password\":\"hunter2\"",
        "\"hunter3\":[{\"a\":[\"hunter2\"]},\"hunter2\"]",
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(members); i++) {
        struct proto_call call;

        login(&call, members[i]);
        assert_requests(&call, KB_OP_STORE);
        proto_call_close(&call);
    }
}

/* What was said at once is taken back where the front does not agree. */
static void test_refused_and_declined(void **state)
{
    static const char message[] = "it says \"no\"";
    struct proto_call call;
    struct kb_error why = KB_ERROR_INIT;

    (void)state;
    kb_hint(&why, "say \\yes");
    kb_fail(&why, KB_ERR_FAILED, "%s", message);
    login(&call, "\"token\":\"t\"");
    cargo()->refuse(&call.talk.request, &why, &call.talk.reply);
    assert_string_equal(proto_call_out(&call),
        "{\"Err\":{\"kind\":\"other\",\"message\":\"it says \\\"no\\\"\"}}\n");
    assert_int_equal(call.talk.reply.status, 0);
    assert_int_equal(call.talk.reply.note.len, 0);
    cargo()->decline(&call.talk.request, &call.talk.reply);
    assert_string_equal(proto_call_out(&call), "{\"Err\":{\"kind\":\"url-not-supported\"}}\n");
    proto_call_close(&call);
}

static void test_a_bad_token_is_not_printed(void **state)
{
    struct proto_stock stock;
    struct proto_call call;

    (void)state;
    proto_stock_open(&stock, "a\"b\nc");
    ask(&call, REQUEST);
    proto_call_write(&call, cargo(), &stock);
    assert_int_equal(call.rc, KB_ERR_CORRUPT);
    assert_int_equal(call.talk.reply.out.len, 0);
    proto_call_close(&call);
    proto_stock_close(&stock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_greets_before_it_reads),
        cmocka_unit_test(test_wrong_types),
        cmocka_unit_test(test_stops_in_the_middle),
        cmocka_unit_test(test_requests_are_apart),
        cmocka_unit_test(test_login_compares_the_token),
        cmocka_unit_test(test_login_is_never_parsed),
        cmocka_unit_test(test_refused_and_declined),
        cmocka_unit_test(test_a_bad_token_is_not_printed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
