/* What Vault's variables and its tokens may be, and what no line of them becomes. */
#include "hostile.h"

#include "proto/lines.h"

#include <stdio.h>

static void set(const char *name, const char *value)
{
    assert_int_equal(value ? setenv(name, value, 1) : unsetenv(name), 0);
}

static void ask(
    struct proto_call *call, const char *address, const char *words, const void *input, size_t len)
{
    unsetenv("BAO_ADDR");
    unsetenv("VAULT_AGENT_ADDR");
    unsetenv("BAO_AGENT_ADDR");
    set("VAULT_ADDR", address);
    proto_call_read_bytes(call, proto_named("vault"), words, input, len);
}

static void test_input_is_for_store_alone(void **state)
{
    static const struct {
        const char *words;
        enum kb_op op;
        off_t consumed;
    } cases[] = {
        {"--profile work get", KB_OP_GET, 0},
        {"--profile work erase", KB_OP_ERASE, 0},
        {"--profile work store", KB_OP_STORE, 8},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct proto_call call;

        ask(&call, NULL, cases[i].words, "personal", 8);
        assert_int_equal(call.rc, KB_OK);
        assert_requests(&call, cases[i].op);
        assert_int_equal(call.consumed, cases[i].consumed);
        assert_int_equal(kb_secret_is_empty(&call.talk.request.presented), cases[i].consumed == 0);
        proto_call_close(&call);
    }
}

/* A token is compared whole, or not at all. */
static void test_what_is_stored(void **state)
{
    static const struct {
        const char *text, *presented;
    } cases[] = {
        {"hvs.a", "hvs.a"},
        {"hvs.a\n", "hvs.a"},
        {"hvs.a\n\n", ""},
        {"hvs.a\r\n", ""},
        {"hvs.a\nhvs.b", ""},
        {" hvs.a", ""},
        {"hvs.\xc3\xa9", ""},
        {"", ""},
        {"\n", ""},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        const char *seen;
        struct proto_call call;

        ask(&call, NULL, "--profile work store", cases[i].text, strlen(cases[i].text));
        assert_int_equal(call.rc, KB_OK);
        assert_requests(&call, KB_OP_STORE);
        seen = call.talk.request.presented.bytes;
        assert_string_equal(seen ? seen : "", cases[i].presented);
        proto_call_close(&call);
    }
}

static void test_long_tokens(void **state)
{
    KB_AUTO(kb_buf_clear) struct kb_buf token = KB_BUF_INIT(KB_INPUT_MAX + 8);

    (void)state;
    for (size_t len = KB_TOKEN_MAX - 1; len <= KB_TOKEN_MAX + 1; len++) {
        struct proto_call call;

        kb_buf_reset(&token);
        hostile_pad(&token, 'x', len);
        ask(&call, NULL, "--profile work store", token.data, token.len);
        assert_int_equal(call.rc, KB_OK);
        assert_int_equal(call.talk.request.presented.len, len <= KB_TOKEN_MAX ? len : 0);
        proto_call_close(&call);
    }
    for (size_t len = KB_INPUT_MAX; len <= KB_INPUT_MAX + 1; len++) {
        struct proto_call call;

        kb_buf_reset(&token);
        hostile_pad(&token, 'x', len);
        ask(&call, NULL, "--profile work store", token.data, token.len);
        assert_int_equal(call.rc, len <= KB_INPUT_MAX ? KB_OK : KB_ERR_USAGE);
        assert_int_equal(call.talk.reply.out.len, 0);
        proto_call_close(&call);
    }
}

static const struct kb_profile *who(
    const struct kb_config *config, const char *address, const char *words, struct proto_call *call)
{
    const struct kb_profile *profile = NULL;

    ask(call, address, words, "", 0);
    assert_int_equal(call->talk.reply.out.len, 0);
    if (call->rc || call->turn != KB_TURN_REQUEST ||
        kb_match(config, &call->talk.request, &profile, NULL))
        return NULL;
    return profile;
}

/* An address that cannot be read is told who named a profile, and never repeated. */
static void expect_note(const struct proto_call *call, bool names_profile)
{
    bool is_unread = call->turn == KB_TURN_ANSWERED;

    assert_int_equal(call->talk.reply.note.len > 0, is_unread && names_profile);
    assert_int_equal(call->err.code != KB_OK, is_unread); /* for the log */
    assert_null(strstr(proto_call_note(call), "example"));
}

/* Whether the profile is named or not: the server must be its own, to the letter. */
static void test_servers(void **state)
{
    static const struct {
        const char *address;
        bool served;
    } cases[] = {
        {"https://" VICTIM, true},
        {"https://" VICTIM ":443/", true},
        {"HTTPS://VICTIM.example", true},
        {"https://" VICTIM "/v1/", true},
        {"https://" VICTIM ":8200", false},
        {"http://" VICTIM, false},
        {VICTIM, false},
        {VICTIM ":443", false},
        {"https://" VICTIM ".evil.example", false},
        {"https://x" VICTIM, false},
        {"https://" VICTIM "@evil.example", false},
        {"https://evil.example/" VICTIM, false},
        {"https://evil.example#@" VICTIM, false},
        {"unix:///" VICTIM, false},
        {" https://" VICTIM, false},
        {"https://" VICTIM " ", false},
    };
    static const char *const words[] = {"get", "--profile victim get"};
    KB_AUTO(kb_config_clear) struct kb_config config = hostile_config();

    (void)state;
    for (size_t i = 0; i < 2 * KB_COUNT(cases); i++) {
        struct proto_call call;
        const struct kb_profile *profile = who(&config, cases[i / 2].address, words[i % 2], &call);

        if ((profile != NULL) != cases[i / 2].served)
            fail_msg("%s: %s", cases[i / 2].address, profile ? "answered" : "not answered");
        assert_int_equal(call.talk.reply.status, 0);
        expect_note(&call, i % 2 == 1);
        proto_call_close(&call);
    }
}

/* Whichever the program makes of them, nothing of it may lead away from the profile. */
static void test_agents(void **state)
{
    static const struct {
        const char *server, *vault_agent, *bao_agent;
        bool served;
    } cases[] = {
        {"https://" VICTIM, "https://" VICTIM, NULL, true},
        {"https://" VICTIM, "https://" VICTIM "/agent", "https://" VICTIM, true},
        {"https://" VICTIM, "", "", true},
        {NULL, "https://" VICTIM, NULL, true},
        {NULL, NULL, "https://" VICTIM, true},
        {"https://" VICTIM, "http://evil.example", NULL, false},
        {"https://" VICTIM, NULL, "http://evil.example", false},
        {"https://" VICTIM, "https://" VICTIM, "https://evil.example", false},
        {"https://" VICTIM, "https://evil.example", "https://" VICTIM, false},
        {"https://evil.example", "https://" VICTIM, NULL, false},
        {"https://" VICTIM, "https://" OTHER, NULL, false},
        {"https://" VICTIM, "https://" VICTIM ":8100", NULL, false},
        {"https://" VICTIM, "http://" VICTIM, NULL, false},
        {"https://" VICTIM, "unix:///run/agent.sock", NULL, false},
        {"https://" VICTIM, VICTIM, NULL, false},
        {"https://" VICTIM, "https://" VICTIM "#@evil.example", NULL, false},
        {NULL, "https://evil.example", NULL, false},
        {NULL, "https://" VICTIM, "https://evil.example", false},
    };
    static const char *const words[] = {"get", "--profile victim get"};
    KB_AUTO(kb_config_clear) struct kb_config config = hostile_config();

    (void)state;
    for (size_t i = 0; i < 2 * KB_COUNT(cases); i++) {
        const char *vault = cases[i / 2].vault_agent, *bao = cases[i / 2].bao_agent;
        const struct kb_profile *profile = NULL;
        struct proto_call call;

        unsetenv("BAO_ADDR");
        set("VAULT_ADDR", cases[i / 2].server);
        set("VAULT_AGENT_ADDR", vault);
        set("BAO_AGENT_ADDR", bao);
        proto_call_read_bytes(&call, proto_named("vault"), words[i % 2], "", 0);
        assert_int_equal(call.rc, KB_OK);
        if (call.turn == KB_TURN_REQUEST)
            assert_int_equal(kb_match(&config, &call.talk.request, &profile, NULL), KB_OK);
        if ((profile != NULL) != cases[i / 2].served)
            fail_msg("%s, %s, %s: %s", cases[i / 2].server, vault, bao,
                profile ? "answered" : "not answered");
        assert_int_equal(call.talk.reply.out.len, 0);
        expect_note(&call, i % 2 == 1);
        proto_call_close(&call);
    }
}

static void test_injected_servers(void **state)
{
    static const char address[] = "https://" VICTIM "/v1";
    KB_AUTO(kb_config_clear) struct kb_config config = hostile_config();
    struct hostile_bytes bytes[HOSTILE_BYTES];
    size_t count = hostile_bytes(bytes);

    (void)state;
    for (size_t i = 1; i < count; i++) {
        for (size_t at = 0; at <= strlen(address); at++) {
            char spoilt[128];
            struct proto_call call;

            snprintf(
                spoilt, sizeof(spoilt), "%.*s%s%s", (int)at, address, bytes[i].text, address + at);
            assert_null(who(&config, spoilt, "get", &call));
            proto_call_close(&call);
        }
    }
}

/* A login is refused in words, whoever's server it is for. */
static void test_store_is_never_silent(void **state)
{
    struct proto_call call;

    (void)state;
    ask(&call, "unix:///x", "store", "hvs.personal", 12);
    assert_int_equal(call.turn, KB_TURN_ANSWERED);
    assert_int_equal(call.talk.reply.status, KB_ERR_FAILED);
    assert_non_null(strstr(proto_call_note(&call), "nothing was stored"));
    proto_call_close(&call);
    ask(&call, "https://evil.example", "store", "hvs.personal", 12);
    call.talk.proto->decline(&call.talk.request, &call.talk.reply);
    assert_int_equal(call.talk.reply.status, KB_ERR_FAILED);
    assert_null(strstr(proto_call_note(&call), "hvs."));
    proto_call_close(&call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_input_is_for_store_alone),
        cmocka_unit_test(test_what_is_stored),
        cmocka_unit_test(test_long_tokens),
        cmocka_unit_test(test_servers),
        cmocka_unit_test(test_agents),
        cmocka_unit_test(test_injected_servers),
        cmocka_unit_test(test_store_is_never_silent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
