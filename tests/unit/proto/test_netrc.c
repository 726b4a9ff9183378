/* Lines of a netrc file: which hosts get one, and what other readers make of them. */
#include "hostile.h"

#include "config/identity.h"

#include <stdio.h>

/* The profile of MATCH, a JSON value, with SETTINGS. */
static struct kb_config config_of(const char *match, const char *settings)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(4096);
    struct kb_config config = KB_CONFIG_INIT;

    kb_buf_fmt(&text,
        "{\"profiles\":{\"work\":{\"token_url\":\"https://sso.example/t\","
        "\"store\":\"sealed-file\",\"match\":%s%s}}}",
        match, settings);
    assert_int_equal(
        kb_config_parse("test.json", kb_buf_text(&text), text.len, &config, NULL), KB_OK);
    return config;
}

/* As the front answers for a profile that is named. */
static void answer_each(
    struct proto_call *call, const struct kb_config *config, const struct proto_stock *stock)
{
    static const struct kb_ref client = {{1}};
    KB_AUTO(kb_route_clear) struct kb_route route = KB_ROUTE_INIT;
    const struct kb_answer answer = {.request = &call->talk.request,
        .route = &route,
        .token = &stock->token,
        .profile = &config->profiles[0],
        .config = config,
        .now = stock->now};

    assert_requests(call, KB_OP_GET_EACH);
    assert_int_equal(kb_route_from_profile(answer.profile, &client, &route, NULL), KB_OK);
    call->rc = call->talk.proto->write(&answer, &call->talk.reply, &call->err);
}

#define LINE(host) "machine " host " login oauth2 password " TEST_TOKEN "\n"

static void test_hosts(void **state)
{
    static const struct {
        const char *match, *settings, *out;
    } cases[] = {
        {"[\"https://a.example\"]", "", LINE("a.example")},
        {"[\"https://a.example/x\",\"https://b.example\",\"https://a.example/y\"]", "",
            LINE("a.example") LINE("b.example")},
        {"[\"https://a.example:8443\",\"https://b.example:443\"]", "", LINE("b.example")},
        {"[\"https://a.example:8443\",\"https://a.example\"]", "", LINE("a.example")},
        {"[\"https://[::1]\",\"http://127.0.0.1\"]", "", LINE("::1") LINE("127.0.0.1")},
        {"[\"http://127.0.0.1:443\",\"https://localhost:80\",\"http://localhost\"]", "",
            LINE("localhost")},
        {"[\"https://A.example\"]", ",\"registry\":\"r.example\"", LINE("a.example")},
        {"[]", ",\"registry\":\"r.example\"", NULL},
        {"[\"https://a.example:8443\"]", "", NULL},
        {"[]", "", NULL},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_config_clear)
        struct kb_config config = config_of(cases[i].match, cases[i].settings);
        struct proto_stock stock;
        struct proto_call call;

        proto_stock_open(&stock, TEST_TOKEN);
        proto_call_read(&call, proto_named("netrc"), "work", "somebody else's");
        assert_int_equal(call.consumed, 0);
        answer_each(&call, &config, &stock);
        assert_int_equal(call.rc, cases[i].out ? KB_OK : KB_ERR_CONFIG);
        assert_string_equal(proto_call_out(&call), cases[i].out ? cases[i].out : "");
        proto_call_close(&call);
        proto_stock_close(&stock);
    }
}

/* Every visible character at the start and within: it is printed as it is, or refused. */
static void test_every_character(void **state)
{
    static const char *const first = "\"\\#'", *const within = "\"\\";
    KB_AUTO(kb_config_clear) struct kb_config config = config_of("[\"https://a.example\"]", "");

    (void)state;
    for (int c = 0x01; c < 0x100; c++) {
        for (int at = 0; at < 2; at++) {
            char token[] = "ab", line[128];
            bool visible = c > 0x20 && c < 0x7f;
            bool plain = visible && !strchr(at ? within : first, c);
            struct proto_stock stock;
            struct proto_call call;

            token[at] = (char)c;
            proto_stock_open(&stock, token);
            proto_call_read(&call, proto_named("netrc"), "work", "");
            answer_each(&call, &config, &stock);
            snprintf(line, sizeof(line), "machine a.example login oauth2 password %s\n", token);
            assert_string_equal(proto_call_out(&call), plain ? line : "");
            assert_int_equal(call.rc, plain ? KB_OK : visible ? KB_ERR_CONFIG : KB_ERR_CORRUPT);
            assert_null(strstr(call.err.msg, visible ? token : "\n"));
            proto_call_close(&call);
            proto_stock_close(&stock);
        }
    }
}

static void test_user_names(void **state)
{
    static const struct {
        const char *settings;
        bool plain;
    } cases[] = {
        {",\"username\":\"robot\"", true},
        {",\"token_username\":\"x-token-auth\"", true},
        {",\"username\":\"DOMAIN\\\\robot\"", false},
        {",\"username\":\"#1\"", false},
        {",\"username\":\"o'neill\"", true},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_config_clear)
        struct kb_config config = config_of("[\"https://a.example\"]", cases[i].settings);
        struct proto_stock stock;
        struct proto_call call;

        proto_stock_open(&stock, TEST_TOKEN);
        proto_call_read(&call, proto_named("netrc"), "work", "");
        answer_each(&call, &config, &stock);
        assert_int_equal(call.rc, cases[i].plain ? KB_OK : KB_ERR_CONFIG);
        assert_int_equal(call.talk.reply.out.len > 0, cases[i].plain);
        proto_call_close(&call);
        proto_stock_close(&stock);
    }
}

/* More hosts than an answer holds: none of them rather than some. */
static void test_long_answers(void **state)
{
    KB_AUTO(kb_buf_clear) struct kb_buf match = KB_BUF_INIT(4096), token = KB_BUF_INIT(65536);
    struct proto_stock stock;
    struct proto_call call;

    (void)state;
    for (int i = 0; i < 20; i++)
        kb_buf_fmt(&match, "%s\"https://h%d.example\"", i ? "," : "[", i);
    kb_buf_byte(&match, ']');
    hostile_pad(&token, 'x', KB_TOKEN_MAX);
    KB_AUTO(kb_config_clear) struct kb_config config = config_of(kb_buf_text(&match), "");
    proto_stock_open(&stock, kb_buf_text(&token));
    proto_call_read(&call, proto_named("netrc"), "work", "");
    answer_each(&call, &config, &stock);
    assert_int_equal(call.rc, 20 * KB_TOKEN_MAX > KB_REPLY_OUT_MAX ? KB_ERR_SYSTEM : KB_OK);
    assert_int_equal(call.talk.reply.out.len == 0, call.rc != KB_OK);
    proto_call_close(&call);
    proto_stock_close(&stock);
}

static void test_ports_of_urls(void **state)
{
    static const struct {
        const char *url;
        bool named;
    } cases[] = {
        {"https://a.example", true},
        {"https://a.example:443/x", true},
        {"http://127.0.0.1:80", true},
        {"https://a.example:80", false},
        {"http://127.0.0.1:443", false},
        {"https://a.example:8443", false},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct proto_call call;

        proto_call_read(&call, proto_named("netrc"), cases[i].url, "");
        assert_int_equal(call.rc, cases[i].named ? KB_OK : KB_ERR_USAGE);
        if (cases[i].named)
            assert_requests(&call, KB_OP_GET);
        proto_call_close(&call);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_every_character),
        cmocka_unit_test(test_user_names),
        cmocka_unit_test(test_long_answers),
        cmocka_unit_test(test_ports_of_urls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
