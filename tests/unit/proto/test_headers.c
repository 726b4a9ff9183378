/* The header command of AI tools: what its golden cases cannot say. */
#include "variable_call.h"

#define VARIABLE "CLAUDE_CODE_MCP_SERVER_URL"

static const struct kb_proto *headers(void)
{
    return proto_named("headers");
}

static void read_with(struct proto_call *call, const char *words, const char *server)
{
    variable_call_read(call, headers(), words, VARIABLE, server);
}

static void test_requests(void **state)
{
    static const struct variable_case cases[] = {
        {"work", NULL, "work", NULL, NULL},
        {"https://api.example.com/v1", NULL, "", "https://api.example.com", "/v1"},
        {"", "https://api.example.com/mcp?a=b#c", "", "https://api.example.com", "/mcp"},
        {"--show work", "https://API.example.com:443", "work", "https://api.example.com", "/"},
        {"https://api.example.com/v1", "https://api.example.com:443/mcp", "",
            "https://api.example.com", "/mcp"},
    };

    (void)state;
    assert_variable_cases(headers(), VARIABLE, cases, KB_COUNT(cases));
}

static void assert_refused(const char *words, const char *server)
{
    struct proto_call call;

    read_with(&call, words, server);
    if (!call.rc || call.talk.reply.status == 0 || call.talk.reply.out.len > 0 ||
        strncmp(proto_call_note(&call), "keybearer: error: ", 18) != 0)
        fail_msg("headers %s is not refused for %s", words, server ? server : "no server");
    assert_null(strstr(proto_call_note(&call), "hunter2"));
    proto_call_close(&call);
}

/* Whatever the command line says: who set the variable knows where the headers go. */
static void test_servers_that_are_nobodys(void **state)
{
    static const char *const words[] = {"", "work", "https://api.example.com"};
    static const char *const servers[] = {"", " ", "api.example.com", "ftp://api.example.com",
        "wss://api.example.com", "https://", "https://*.example.com",
        "https://user:hunter2@api.example.com", "https://api.example.com#@evil.example",
        "https://api.example.com/%2e%2e/x", "https://api.example.com\\@evil.example",
        "https://api.example.com\n", " https://api.example.com", "https://api.example.com:0"};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(servers); i++) {
        for (size_t w = 0; w < KB_COUNT(words); w++)
            assert_refused(words[w], servers[i]);
    }
}

static void test_an_address_for_another_server(void **state)
{
    static const char *const servers[] = {"https://evil.example", "http://api.example.com",
        "https://api.example.com:8443", "https://api.example.com.evil.example",
        "https://evil.example/https://api.example.com", "https://evil.example?api.example.com"};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(servers); i++)
        assert_refused("https://api.example.com", servers[i]);
}

static void test_wrong_arguments(void **state)
{
    static const char *const words[] = {"work play", "https://a.example work", "--all work",
        "--show=yes", "../work", "host:8080", "ftp://host/", "https://user:hunter2@host/"};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(words); i++) {
        assert_refused(words[i], NULL);
        assert_refused(words[i], "https://api.example.com");
    }
}

/* Also where there is only one profile, whose token a stranger's project must not get. */
static void test_nothing_is_guessed(void **state)
{
    struct proto_call call;

    (void)state;
    assert_refused("", NULL);
    assert_refused("--show", NULL);
    read_with(&call, "", NULL);
    assert_int_equal(call.rc, KB_ERR_USAGE);
    proto_call_close(&call);
}

static enum kb_err answer(const struct proto_stock *stock, const char *expected)
{
    struct proto_call call;
    enum kb_err rc;

    read_with(&call, "work", NULL);
    proto_call_write(&call, headers(), stock);
    rc = call.rc;
    assert_string_equal(proto_call_out(&call), expected);
    proto_call_close(&call);
    return rc;
}

static void test_answers(void **state)
{
    struct proto_stock stock;

    (void)state;
    proto_stock_open(&stock, "a\"b\\c");
    kb_pairs_add(&stock.route.api_headers, "X-Org", "d\"e\\f");
    kb_pairs_add(&stock.route.api_headers, "X-Empty", "");
    assert_int_equal(answer(&stock, "{\"Authorization\":\"Bearer a\\\"b\\\\c\","
                                    "\"X-Org\":\"d\\\"e\\\\f\",\"X-Empty\":\"\"}\n"),
        KB_OK);
    proto_stock_close(&stock);
}

static void test_bad_values_do_not_leave(void **state)
{
    static const char *const pairs[][2] = {
        {"", "v"}, {"X Y", "v"}, {"X:", "v"}, {"X\n", "v"}, {"X", "v\r\nY: z"}, {"X", "\x7f"}};
    struct proto_stock stock;

    (void)state;
    for (size_t i = 0; i < KB_COUNT(pairs); i++) {
        proto_stock_open(&stock, TEST_TOKEN);
        kb_pairs_add(&stock.route.api_headers, pairs[i][0], pairs[i][1]);
        assert_int_equal(answer(&stock, ""), KB_ERR_CORRUPT);
        proto_stock_close(&stock);
    }
    proto_stock_open(&stock, "a\nb");
    assert_int_equal(answer(&stock, ""), KB_ERR_CORRUPT);
    proto_stock_close(&stock);
    proto_stock_open(&stock, TEST_TOKEN);
    strcpy(stock.route.api_header, "X: v\r\nY");
    assert_int_equal(answer(&stock, ""), KB_ERR_CORRUPT);
    strcpy(stock.route.api_header, "X");
    strcpy(stock.route.api_prefix, "v\r\nY: ");
    assert_int_equal(answer(&stock, ""), KB_ERR_CORRUPT);
    proto_stock_close(&stock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_servers_that_are_nobodys),
        cmocka_unit_test(test_an_address_for_another_server),
        cmocka_unit_test(test_wrong_arguments),
        cmocka_unit_test(test_nothing_is_guessed),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_bad_values_do_not_leave),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
