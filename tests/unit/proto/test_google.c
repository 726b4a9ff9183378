/* The executable of Google's external accounts: what its golden cases cannot say. */
#include "proto_call.h"

#include "base/json.h"

#include <stdlib.h>

#define VARIABLE "GOOGLE_EXTERNAL_ACCOUNT_"
#define TOKEN_TYPE "urn:ietf:params:oauth:token-type:"

static const struct kb_proto *google(void)
{
    return proto_named("google");
}

static void read_with(struct proto_call *call, const char *words, const char *type)
{
    if (type)
        setenv(VARIABLE "TOKEN_TYPE", type, 1);
    proto_call_read(call, google(), words, "the person's terminal");
    unsetenv(VARIABLE "TOKEN_TYPE");
    assert_int_equal(call->consumed, 0);
}

/* One line that is one object, status 0, and not a byte on stderr. */
static void assert_says_failure(const struct proto_call *call)
{
    KB_AUTO(kb_json_release) struct json_object *answer = NULL;
    const char *line = proto_call_out(call);
    size_t len = call->talk.reply.out.len;

    assert_int_equal(call->talk.reply.status, 0);
    assert_int_equal(call->talk.reply.note.len, 0);
    assert_true(len > 0 && strchr(line, '\n') == line + len - 1);
    assert_int_equal(kb_json_parse(line, len, &answer, NULL), KB_OK);
    assert_int_equal(json_object_get_int(kb_json_member(answer, "version")), 1);
    assert_true(json_object_is_type(kb_json_member(answer, "success"), json_type_boolean));
    assert_false(json_object_get_boolean(kb_json_member(answer, "success")));
    assert_true(atoi(kb_json_string(answer, "code")) > 0);
    assert_true(strlen(kb_json_string(answer, "message")) > 0);
    assert_null(kb_json_member(answer, "id_token"));
}

static void test_requests(void **state)
{
    static const char *const types[] = {NULL, TOKEN_TYPE "jwt", TOKEN_TYPE "id_token"};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(types); i++) {
        struct proto_call call;

        read_with(&call, "--show work", types[i]);
        assert_int_equal(call.rc, KB_OK);
        assert_requests(&call, KB_OP_GET);
        assert_string_equal(call.talk.request.profile, "work");
        assert_true(call.talk.request.terminal_ok);
        proto_call_close(&call);
    }
}

static void test_wrong_types(void **state)
{
    static const char *const types[] = {"", "jwt", TOKEN_TYPE, TOKEN_TYPE "saml2",
        TOKEN_TYPE "access_token", TOKEN_TYPE "jwt ", TOKEN_TYPE "JWT", " " TOKEN_TYPE "jwt",
        TOKEN_TYPE "jwt\n", "\",\"success\":true,\"x\":\"", "\x1b[2J\xc2\x9b\xff\\"};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(types); i++) {
        struct proto_call call;

        read_with(&call, "work", types[i]);
        assert_int_equal(call.rc, KB_ERR_USAGE);
        assert_says_failure(&call);
        proto_call_close(&call);
    }
}

static void test_a_long_type(void **state)
{
    char *type = malloc(100001);
    struct proto_call call;

    (void)state;
    memset(type, '"', 100000);
    type[100000] = '\0';
    read_with(&call, "work", type);
    assert_says_failure(&call);
    proto_call_close(&call);
    free(type);
}

static void test_wrong_arguments(void **state)
{
    static const char *const words[] = {
        "work play", "--shown", "--show=yes", "../work", "https://a.example", "a\"b", "a\nb"};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(words); i++) {
        struct proto_call call;

        read_with(&call, words[i], TOKEN_TYPE "jwt");
        assert_int_equal(call.rc, KB_ERR_USAGE);
        assert_says_failure(&call);
        proto_call_close(&call);
    }
}

/* Nobody reads stdout there: an answer would stand on a terminal, or pass for a revocation. */
static void test_modes_without_an_answer(void **state)
{
    static const char *const modes[] = {VARIABLE "INTERACTIVE", VARIABLE "REVOKE"};
    static const char *const words[] = {"work", "", "work play", "--unknown"};

    (void)state;
    for (size_t m = 0; m < KB_COUNT(modes); m++) {
        setenv(modes[m], "1", 1);
        for (size_t w = 0; w < KB_COUNT(words); w++) {
            struct proto_call call;

            read_with(&call, words[w], TOKEN_TYPE "jwt");
            assert_int_equal(call.rc, KB_ERR_USAGE);
            assert_int_equal(call.talk.reply.status, KB_ERR_USAGE);
            assert_int_equal(call.talk.reply.out.len, 0);
            assert_true(call.talk.reply.note.len > 0);
            proto_call_close(&call);
        }
        unsetenv(modes[m]);
    }
}

static void test_decline_and_refuse(void **state)
{
    struct kb_error why = KB_ERROR_INIT;
    struct proto_call call;

    (void)state;
    read_with(&call, "work", NULL);
    google()->decline(&call.talk.request, &call.talk.reply);
    assert_says_failure(&call);
    proto_call_close(&call);
    read_with(&call, "work", NULL);
    kb_fail(&why, KB_ERR_SERVER, "the server said: %s", "\"no\" \\");
    google()->refuse(&call.talk.request, &why, &call.talk.reply);
    assert_says_failure(&call);
    assert_non_null(strstr(proto_call_out(&call), "the server said: \\\"no\\\" \\\\"));
    proto_call_close(&call);
}

static void test_bad_values_do_not_leave(void **state)
{
    struct proto_stock stock;
    struct proto_call call;

    (void)state;
    proto_stock_open(&stock, "a\nb");
    read_with(&call, "work", NULL);
    proto_call_write(&call, google(), &stock);
    assert_int_equal(call.rc, KB_ERR_CORRUPT);
    assert_int_equal(call.talk.reply.out.len, 0);
    proto_call_close(&call);
    proto_stock_close(&stock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_wrong_types),
        cmocka_unit_test(test_a_long_type),
        cmocka_unit_test(test_wrong_arguments),
        cmocka_unit_test(test_modes_without_an_answer),
        cmocka_unit_test(test_decline_and_refuse),
        cmocka_unit_test(test_bad_values_do_not_leave),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
