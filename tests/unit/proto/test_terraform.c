/* terraform's verbs: what of stdin is read, and what becomes of a token that comes with `store`. */
#include "before_json.h"

#include "proto/lines.h"

#include <stdio.h>
#include <stdlib.h>

static const struct kb_proto *terraform(void)
{
    return proto_named("terraform");
}

static void ask(struct proto_call *call, const char *words, const char *input)
{
    proto_call_read(call, terraform(), words, input);
}

static void test_verbs(void **state)
{
    static const struct {
        const char *verb;
        enum kb_op op;
        bool reads;
    } cases[] = {
        {"get", KB_OP_GET, false}, {"forget", KB_OP_ERASE, false}, {"store", KB_OP_STORE, true}};
    static const char input[] = "{\"token\":\"t\"}";

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct proto_call call;
        char words[64];

        snprintf(words, sizeof(words), "%s TF.example:8443", cases[i].verb);
        ask(&call, words, input);
        assert_requests(&call, cases[i].op);
        assert_int_equal(call.consumed, cases[i].reads ? strlen(input) : 0);
        assert_true(call.talk.request.has_url && !call.talk.request.any_path);
        assert_string_equal(call.talk.request.url.scheme, "https");
        assert_string_equal(call.talk.request.url.host, "tf.example");
        assert_int_equal(call.talk.request.url.port, 8443);
        assert_int_equal(call.talk.reply.out.len + call.talk.reply.note.len, 0);
        proto_call_close(&call);
    }
}

/* terraform writes before it looks at us: a helper that did not read would break its pipe. */
static void test_store_reads_the_whole_object(void **state)
{
    static const char *const hosts[] = {"tf.example", "a/b", ""};
    const size_t len = 300000;
    char *input = malloc(len);

    (void)state;
    memset(input, ' ', len);
    memcpy(input, "{\"token\":\"t\"", strlen("{\"token\":\"t\""));
    input[len - 1] = '}';
    for (size_t i = 0; i < KB_COUNT(hosts); i++) {
        struct proto_call call;
        char words[64];

        snprintf(words, sizeof(words), "store %s", hosts[i]);
        proto_call_read_bytes(&call, terraform(), words, input, len);
        assert_int_equal(call.consumed, len);
        assert_true((call.turn == KB_TURN_REQUEST) == (i == 0));
        assert_int_equal(call.talk.reply.status, i == 0 ? 0 : KB_ERR_FAILED);
        proto_call_close(&call);
    }
    free(input);
}

static void test_store_compares_the_token(void **state)
{
    static const struct {
        const char *input, *token; /* "": it can be none of ours */
    } cases[] = {
        {"{\"token\":\"AZaz09\"}", "AZaz09"},
        {" {\"token\" : \"\\u0041Zaz\\/\"}\n", "AZaz/"},
        {"{\"token\":\"Bearer AZaz09\"}", ""},
        {"{\"token\":\"\"}", ""},
        {"{\"token\":\"a b\"}", ""},
        {"{\"token\":\"a\\n\"}", ""},
        {"{\"token\":\"\\u0100\"}", ""},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        const struct kb_secret *presented;
        struct proto_call call;

        ask(&call, "store tf.example", cases[i].input);
        assert_requests(&call, KB_OP_STORE);
        presented = &call.talk.request.presented;
        assert_int_equal(presented->len, strlen(cases[i].token));
        if (presented->len > 0)
            assert_memory_equal(presented->bytes, cases[i].token, presented->len);
        proto_call_close(&call);
    }
}

static void test_store_is_never_parsed(void **state)
{
    static const char *const inputs[] = {
        "{\"token\":\"hunter2\"}",
        "{\"tok\\u0065n\":\"hunter2\"}",
        "{\"token\":[\"hunter2\"]}",
        "{\"token\":{\"token\":\"hunter2\"}}",
        "{\"password\":\"hunter2\"}",
        "[\"hunter2\"]",
        "\"hunter2\"",
        "{\"token\":\"hunter2\",\"token\":\"hunter2\"}",
        "{\"token\":\"hunter2\"",
        "hunter2",
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(inputs); i++) {
        struct proto_call call;

        ask(&call, "store tf.example", inputs[i]);
        if (call.turn == KB_TURN_REQUEST)
            assert_int_equal(call.talk.request.op, KB_OP_STORE);
        else
            assert_int_equal(call.rc, KB_ERR_USAGE);
        assert_null(strstr(proto_call_note(&call), "hunter2"));
        assert_int_equal(call.talk.reply.out.len, 0);
        proto_call_close(&call);
    }
}

/* What was cut off is no request, however it is cut. */
static void test_store_that_stops_in_the_middle(void **state)
{
    static const char input[] = "{\"token\":\"AZaz09\"}";

    (void)state;
    for (size_t len = 0; len < strlen(input); len++) {
        struct proto_call call;

        proto_call_read_bytes(&call, terraform(), "store tf.example", input, len);
        assert_int_equal(call.rc, KB_ERR_USAGE);
        assert_int_equal(call.talk.reply.status, KB_ERR_USAGE);
        proto_call_close(&call);
    }
}

static void test_store_of_too_much(void **state)
{
    char *input = malloc(KB_INPUT_MAX + 1);
    struct proto_call call;

    (void)state;
    memset(input, ' ', KB_INPUT_MAX + 1);
    proto_call_read_bytes(&call, terraform(), "store tf.example", input, KB_INPUT_MAX + 1);
    assert_int_equal(call.rc, KB_ERR_USAGE);
    proto_call_close(&call);
    free(input);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verbs),
        cmocka_unit_test(test_store_reads_the_whole_object),
        cmocka_unit_test(test_store_compares_the_token),
        cmocka_unit_test(test_store_is_never_parsed),
        cmocka_unit_test(test_store_that_stops_in_the_middle),
        cmocka_unit_test(test_store_of_too_much),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
