/* docker's verbs and addresses, and what must not happen to a password given to `store`. */
#include "before_json.h"

#include "proto/lines.h"

#include <stdio.h>
#include <stdlib.h>

#define NOT_FOUND "credentials not found in native keychain\n"
#define NO_SERVER_URL "no credentials server URL\n"
#define NO_USERNAME "no credentials username\n"
#define USAGE "usage: docker-credential-keybearer <get|store|erase|list|version>\n"

static const struct kb_proto *docker(void)
{
    return proto_named("docker");
}

static void test_addresses(void **state)
{
    static const struct {
        const char *input, *origin; /* NULL: not found, whatever the configuration */
    } cases[] = {
        {"registry.example.com", "https://registry.example.com"},
        {"registry.example.com\n", "https://registry.example.com"},
        {" \tregistry.example.com \r\n\n", "https://registry.example.com"},
        {"Registry.Example.com:443", "https://registry.example.com"},
        {"registry.example.com:5000", "https://registry.example.com:5000"},
        {"https://registry.example.com", "https://registry.example.com"},
        /* somebody who asks for http is never given the token of an https address */
        {"http://registry.example.com", "http://registry.example.com"},
        {"http://registry.example.com:5000", "http://registry.example.com:5000"},
        {"http://registry.example.com:443", "http://registry.example.com:443"},
        {"http://127.0.0.1:8080", "http://127.0.0.1:8080"},
        {"HTTP://registry.example.com:443", "http://registry.example.com:443"},
        {"HttpS://registry.example.com/v2/", "https://registry.example.com"},
        {"registry.example.com:5000/team/image", "https://registry.example.com:5000"},
        {"https://registry.example.com/v2/", "https://registry.example.com"},
        {"https://index.docker.io/v1/", "https://index.docker.io"},
        {"docker.io", "https://docker.io"},
        {"[::1]:5000", "https://[::1]:5000"},
        {"https://index.docker.io/v1/refresh-token", NULL},
        {"https://index.docker.io/v1/access-token", NULL},
        {"ftp://registry.example.com", NULL},
        {"https://", NULL},
        {"/v2/", NULL},
        {"registry.example.com:0", NULL},
        {"registry.example.com:99999", NULL},
        {"registry.example.com.", NULL},
        {"alice@registry.example.com", NULL},
        {"registry.example.com?x", NULL},
        {"registry.example.com#x", NULL},
        {"registry.example.com\\@evil.example", NULL},
        {"registry.example.com\nevil.example", NULL},
        {"registry.example.com evil.example", NULL},
        {"r\xc3\xa9gistry.example.com", NULL},
        {"registry.example.com/\x1b[31m", NULL},
        {"*.example.com", NULL},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf origin = KB_BUF_INIT(512);
        struct proto_call call;

        proto_call_read(&call, docker(), "get", cases[i].input);
        assert_int_equal(call.rc, KB_OK);
        assert_int_equal(call.talk.reply.note.len, 0);
        if (cases[i].origin) {
            assert_requests(&call, KB_OP_GET);
            assert_true(call.talk.request.has_url);
            assert_true(call.talk.request.any_path);
            assert_true(call.talk.request.any_scheme == !strcasestr(cases[i].input, "http://"));
            kb_url_append_origin(&call.talk.request.url, &origin);
            assert_string_equal(kb_buf_text(&origin), cases[i].origin);
            assert_int_equal(call.talk.reply.out.len, 0);
        } else {
            assert_int_equal(call.turn, KB_TURN_ANSWERED);
            assert_string_equal(proto_call_out(&call), NOT_FOUND);
            assert_int_equal(call.talk.reply.status, 1);
        }
        proto_call_close(&call);
    }
}

static void test_address_with_nul(void **state)
{
    static const char *const inputs[] = {"a.example\0", "a.example\0.evil"};
    static const size_t lengths[] = {10, 15};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(inputs); i++) {
        struct proto_call call;

        proto_call_read_bytes(&call, docker(), "get", inputs[i], lengths[i]);
        assert_string_equal(proto_call_out(&call), NOT_FOUND);
        proto_call_close(&call);
    }
}

static void test_long_addresses(void **state)
{
    char *input = malloc(KB_INPUT_MAX + 2);

    (void)state;
    memset(input, 'a', KB_INPUT_MAX + 1);
    for (size_t len = 1; len <= KB_INPUT_MAX; len = len < 2000 ? len + 1 : len * 2) {
        struct proto_call call;

        proto_call_read_bytes(&call, docker(), "get", input, len);
        assert_int_equal(call.rc, KB_OK);
        if (call.turn == KB_TURN_REQUEST)
            assert_int_equal(strlen(call.talk.request.url.host), len);
        else
            assert_string_equal(proto_call_out(&call), NOT_FOUND);
        proto_call_close(&call);
    }
    free(input);
}

/* Everything that is answered without asking the configuration. */
static void test_fixed_answers(void **state)
{
    static const struct {
        const char *words, *input, *out;
        int status;
    } cases[] = {
        {"", "", USAGE, 1},
        {"get extra", "x", USAGE, 1},
        {"--help", "", USAGE, 0},
        {"-h", "", USAGE, 0},
        {"login", "x", "docker-credential-keybearer: unknown action: login\n", 1},
        {"GET", "x", "docker-credential-keybearer: unknown action: GET\n", 1},
        {"a\x1b[31m\n", "x", "docker-credential-keybearer: unknown action: a?[31m?\n", 1},
        {"get", "", NO_SERVER_URL, 1},
        {"get", " \n", NO_SERVER_URL, 1},
        {"erase", "", NO_SERVER_URL, 1},
        {"erase", "no such address", "", 0},
        {"store", "{\"Username\":\"u\",\"Secret\":\"s\"}", NO_SERVER_URL, 1},
        {"store", "{\"ServerURL\":\"\",\"Username\":\"u\",\"Secret\":\"s\"}", NO_SERVER_URL, 1},
        {"store", "{\"ServerURL\":7,\"Username\":\"u\"}", NO_SERVER_URL, 1},
        {"store", "{\"ServerURL\":\"r.example\",\"Secret\":\"s\"}", NO_USERNAME, 1},
        {"store", "{\"ServerURL\":\"r.example\",\"Username\":\"\"}", NO_USERNAME, 1},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct proto_call call;

        proto_call_read(&call, docker(), cases[i].words, cases[i].input);
        assert_int_equal(call.rc, KB_OK);
        assert_int_equal(call.turn, KB_TURN_ANSWERED);
        assert_string_equal(proto_call_out(&call), cases[i].out);
        assert_int_equal(call.talk.reply.note.len, 0);
        assert_int_equal(call.talk.reply.status, cases[i].status);
        proto_call_close(&call);
    }
}

static void test_version(void **state)
{
    static const char *const words[] = {"version", "--version", "-v"};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(words); i++) {
        struct proto_call call;

        proto_call_read(&call, docker(), words[i], "unused");
        assert_int_equal(call.turn, KB_TURN_ANSWERED);
        assert_int_equal(call.consumed, 0);
        assert_int_equal(
            strncmp(proto_call_out(&call), "docker-credential-keybearer (keybearer) v", 41), 0);
        proto_call_close(&call);
    }
}

static void test_list_leaves_stdin(void **state)
{
    struct proto_call call;

    (void)state;
    proto_call_read(&call, docker(), "list", "unused");
    assert_requests(&call, KB_OP_LIST);
    assert_int_equal(call.consumed, 0);
    proto_call_close(&call);
}

static void test_store_keeps_nothing(void **state)
{
    static const char input[] =
        "{\"ServerURL\":\"r.example:5000\",\"Username\":\"u\",\"Secret\":\"hunter2\"}\n";
    struct proto_call call;

    (void)state;
    proto_call_read(&call, docker(), "store", input);
    assert_requests(&call, KB_OP_STORE);
    assert_string_equal(call.talk.request.url.host, "r.example");
    assert_int_equal(call.talk.reply.out.len + call.talk.reply.note.len, 0);
    docker()->decline(&call.talk.request, &call.talk.reply);
    assert_int_equal(call.talk.reply.status, 1);
    assert_int_equal(call.talk.reply.note.len, 0);
    assert_non_null(strstr(proto_call_out(&call), "nothing was stored"));
    assert_int_equal(strchr(proto_call_out(&call), '\n')[1], '\0');
    proto_call_close(&call);
}

/* What is to be stored may be our own token, in whichever spelling of JSON. */
static void test_store_tells_what_is_to_be_stored(void **state)
{
    static const struct {
        const char *secret, *presented;
    } cases[] = {
        {"\"hunter2\"", "hunter2"},
        {"\"a\\u003cb\\u003Ec\\/d\\\\e\\\"f\"", "a<b>c/d\\e\"f"},
        {"\"\"", ""},
        {"\"two words\"", ""},
        {"\"a\\nb\"", ""},
        {"\"a\\u000ab\"", ""},
        {"\"j\\u00fcrgen\"", ""},
        {"\"j\xc3\xbcrgen\"", ""},
        {"\"a\\ud83d\\ude00\"", ""},
        {"7", ""},
        {"[\"hunter2\"]", ""},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct proto_call call;
        char input[256];

        snprintf(input, sizeof(input),
            "{\"ServerURL\":\"r.example\",\"Username\":\"Secret\",\"Secret\":%s,\"x\":\"y\"}",
            cases[i].secret);
        proto_call_read(&call, docker(), "store", input);
        assert_requests(&call, KB_OP_STORE);
        assert_int_equal(call.talk.request.presented.len, strlen(cases[i].presented));
        if (*cases[i].presented)
            assert_string_equal(call.talk.request.presented.bytes, cases[i].presented);
        proto_call_close(&call);
    }
}

/* A longer one than any of ours is nobody's token, and no failure. */
static void test_store_tells_no_part_of_a_long_secret(void **state)
{
    static char secret[KB_TOKEN_MAX + 2], input[KB_TOKEN_MAX + 128];

    (void)state;
    for (size_t len = KB_TOKEN_MAX; len <= KB_TOKEN_MAX + 1; len++) {
        struct proto_call call;

        memset(secret, 's', len);
        snprintf(input, sizeof(input),
            "{\"ServerURL\":\"r.example\",\"Username\":\"u\",\"Secret\":\"%s\"}", secret);
        proto_call_read(&call, docker(), "store", input);
        assert_int_equal(call.rc, KB_OK);
        assert_requests(&call, KB_OP_STORE);
        assert_int_equal(call.talk.request.presented.len, len == KB_TOKEN_MAX ? len : 0);
        proto_call_close(&call);
    }
}

/* In whatever disguise: nothing but address and user name may reach the parser. */
static void test_store_hides_the_password(void **state)
{
    static const char *const inputs[] = {
        "{\"Secret\":\"hunter2\",\"ServerURL\":\"r.example\",\"Username\":\"u\"}",
        "{\"ServerURL\":\"r.example\",\"S\\u0065cret\" : \"hunter2\",\"Username\":\"u\"}",
        "{\"ServerURL\":\"r.example\",\"Username\":\"u\",\"Secret\":[\"hunter2\",\"hunter2\"]}",
        "{\"ServerURL\":\"r.example\",\"Username\":\"u\",\"Secret\":{\"a\":\"hunter2\"}}",
        "{\"ServerURL\":\"r.example\",\"Username\":\"u\",\"Secret\":\"\",\"secret\":\"hunter2\"}",
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(inputs); i++) {
        struct proto_call call;

        proto_call_read(&call, docker(), "store", inputs[i]);
        assert_int_equal(call.rc, KB_OK);
        assert_requests(&call, KB_OP_STORE);
        assert_string_equal(call.talk.request.url.host, "r.example");
        proto_call_close(&call);
    }
}

static void test_store_of_nonsense(void **state)
{
    static const char *const inputs[] = {"", "hunter2", "[]", "{\"Secret\":\"hunter2\"",
        "{\"ServerURL\":\"r\",\"Username\":\"u\",\"Secret\":\"hunter2\"}x",
        "{\"ServerURL\":\"r\",\"Username\":\"u\",\"Secret\":\"hunter2\\q\"}",
        "{\"ServerURL\":\"r\",\"Username\":\"u\",\"Secret\":hunter2}"};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(inputs); i++) {
        struct proto_call call;

        proto_call_read(&call, docker(), "store", inputs[i]);
        assert_int_equal(call.rc, KB_ERR_USAGE);
        assert_int_equal(call.talk.reply.status, 1);
        assert_string_equal(
            proto_call_out(&call), "keybearer: what is to be stored is not a JSON object\n");
        assert_int_equal(call.talk.reply.note.len, 0);
        proto_call_close(&call);
    }
}

static void test_decline(void **state)
{
    static const struct {
        const char *words, *out;
        int status;
    } cases[] = {{"get", NOT_FOUND, 1}, {"erase", "", 0}};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct proto_call call;

        proto_call_read(&call, docker(), cases[i].words, "r.example");
        docker()->decline(&call.talk.request, &call.talk.reply);
        assert_string_equal(proto_call_out(&call), cases[i].out);
        assert_int_equal(call.talk.reply.status, cases[i].status);
        assert_int_equal(call.talk.reply.note.len, 0);
        proto_call_close(&call);
    }
}

static void test_erase_drops_whatever_is_cached(void **state)
{
    struct proto_call call;

    (void)state;
    proto_call_read(&call, docker(), "erase", "https://r.example");
    assert_requests(&call, KB_OP_ERASE);
    assert_true(kb_secret_is_empty(&call.talk.request.presented));
    proto_call_close(&call);
}

static void test_refusal_is_one_line_on_stdout(void **state)
{
    struct proto_call call;

    (void)state;
    proto_call_read(&call, docker(), "get", "r.example");
    kb_fail(&call.err, KB_ERR_LOCKED, "the vault is locked");
    docker()->refuse(&call.talk.request, &call.err, &call.talk.reply);
    assert_string_equal(proto_call_out(&call), "keybearer: the vault is locked\n");
    kb_buf_reset(&call.talk.reply.out);
    kb_hint(&call.err, "keybearer unlock");
    docker()->refuse(&call.talk.request, &call.err, &call.talk.reply);
    assert_string_equal(
        proto_call_out(&call), "keybearer: the vault is locked (hint: keybearer unlock)\n");
    assert_int_equal(call.talk.reply.note.len, 0);
    assert_int_equal(call.talk.reply.status, 1);
    proto_call_close(&call);
}

static void answer(const char *address, const struct proto_stock *stock, const char *expected)
{
    struct proto_call call;

    proto_call_read(&call, docker(), "get", address);
    proto_call_write(&call, docker(), stock);
    assert_int_equal(call.rc, expected ? KB_OK : KB_ERR_CORRUPT);
    assert_string_equal(proto_call_out(&call), expected ? expected : "");
    proto_call_close(&call);
}

static void test_answer(void **state)
{
    struct proto_stock stock;

    (void)state;
    proto_stock_open(&stock, "A\"\\/z");
    answer("https://R.example:443/v2/\"\n", &stock,
        "{\"ServerURL\":\"https://R.example:443/v2/\\\"\",\"Username\":\"oauth2\","
        "\"Secret\":\"A\\\"\\\\/z\"}\n");
    strcpy(stock.route.username, "a\nb");
    answer("r.example", &stock, NULL);
    proto_stock_close(&stock);
    proto_stock_open(&stock, "a b");
    answer("r.example", &stock, NULL);
    proto_stock_close(&stock);
}

static void test_longest_token(void **state)
{
    char *token = malloc(KB_TOKEN_MAX + 1);
    struct proto_stock stock;
    struct proto_call call;

    (void)state;
    memset(token, '"', KB_TOKEN_MAX);
    token[KB_TOKEN_MAX] = '\0';
    proto_stock_open(&stock, token);
    proto_call_read(&call, docker(), "get", "r.example");
    proto_call_write(&call, docker(), &stock);
    assert_int_equal(call.rc, KB_OK);
    assert_true(call.talk.reply.out.len > 2 * KB_TOKEN_MAX);
    proto_call_close(&call);
    proto_stock_close(&stock);
    free(token);
}

static struct kb_config config_of(const char *profiles)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(8192);
    struct kb_config config = KB_CONFIG_INIT;
    struct kb_error err = KB_ERROR_INIT;

    kb_buf_fmt(&text, "{\"profiles\": {%s}}", profiles);
    if (kb_config_parse("config.json", kb_buf_text(&text), text.len, &config, &err))
        fail_msg("%s", err.msg);
    return config;
}

#define P(name) "\"" name "\": {\"token_url\": \"https://t.example/\", \"store\": \"sealed-file\", "

/* What is listed is asked for, and sent to a daemon: an address of an API is not. */
static void test_list(void **state)
{
    static const struct {
        const char *profiles, *listed;
    } cases[] = {
        {"", "{}\n"},
        {P("api") "\"match\": [\"https://r.example\", \"https://docker.io\"]}", "{}\n"},
        {P("one") "\"match\": \"https://api.example\", \"registry\": \"R.example:443\"}," P(
             "two") "\"registry\": [\"r.example:5000\", \"r.example\", \"[::1]:5000\"], "
                    "\"username\": \"ro\\\"bot\"}",
            "{\"r.example\":\"oauth2\",\"r.example:5000\":\"ro\\\"bot\","
            "\"[::1]:5000\":\"ro\\\"bot\"}\n"},
        {P("hub") "\"registry\": \"index.docker.io\"}",
            "{\"https://index.docker.io/v1/\":\"oauth2\",\"docker.io\":\"oauth2\"}\n"},
        {P("no") "\"registry\": [\"docker.io:5000\", \"docker.io.example\"]}",
            "{\"docker.io:5000\":\"oauth2\",\"docker.io.example\":\"oauth2\"}\n"},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_reply_clear) struct kb_reply reply = KB_REPLY_INIT;
        KB_AUTO(kb_config_clear) struct kb_config config = config_of(cases[i].profiles);

        assert_int_equal(docker()->extra->list(&config, &reply, NULL), KB_OK);
        assert_string_equal(kb_buf_text(&reply.out), cases[i].listed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_address_with_nul),
        cmocka_unit_test(test_long_addresses),
        cmocka_unit_test(test_fixed_answers),
        cmocka_unit_test(test_version),
        cmocka_unit_test(test_list_leaves_stdin),
        cmocka_unit_test(test_store_keeps_nothing),
        cmocka_unit_test(test_store_tells_what_is_to_be_stored),
        cmocka_unit_test(test_store_tells_no_part_of_a_long_secret),
        cmocka_unit_test(test_store_hides_the_password),
        cmocka_unit_test(test_store_of_nonsense),
        cmocka_unit_test(test_decline),
        cmocka_unit_test(test_erase_drops_whatever_is_cached),
        cmocka_unit_test(test_refusal_is_one_line_on_stdout),
        cmocka_unit_test(test_answer),
        cmocka_unit_test(test_longest_token),
        cmocka_unit_test(test_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
