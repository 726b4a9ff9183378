/* `token` and `header`. */
#include "proto_call.h"

static void test_subjects(void **state)
{
    static const struct {
        const char *words, *profile, *origin, *path;
    } cases[] = {
        {"", "", NULL, NULL},
        {"work", "work", NULL, NULL},
        {"--show work", "work", NULL, NULL},
        {"https://api.example.com/v1", "", "https://api.example.com", "/v1"},
        {"https://api.example.com/v1#top", "", "https://api.example.com", "/v1"},
        {"https://api.example.com/v1?signature=x", "", "https://api.example.com", "/v1"},
        {"sparse+http://127.0.0.1:8080/index/", "", "http://127.0.0.1:8080", "/index/"},
    };
    static const char *const names[] = {"token", "header"};

    (void)state;
    for (size_t i = 0; i < 2 * KB_COUNT(cases); i++) {
        const char *origin = cases[i / 2].origin;
        KB_AUTO(kb_buf_clear) struct kb_buf seen = KB_BUF_INIT(512);
        struct proto_call call;

        proto_call_read(&call, proto_named(names[i % 2]), cases[i / 2].words, "the mail");
        assert_int_equal(call.rc, KB_OK);
        assert_requests(&call, KB_OP_GET);
        assert_int_equal(call.consumed, 0);
        assert_string_equal(call.talk.request.profile, cases[i / 2].profile);
        assert_int_equal(call.talk.request.has_url, origin != NULL);
        if (origin) {
            kb_url_append_origin(&call.talk.request.url, &seen);
            assert_string_equal(kb_buf_text(&seen), origin);
            assert_string_equal(call.talk.request.url.path, cases[i / 2].path);
        }
        proto_call_close(&call);
    }
}

static void test_wrong_arguments(void **state)
{
    static const struct {
        const char *name, *words;
    } cases[] = {
        {"token", "work play"},
        {"token", "--all work"},
        {"token", "--bearer=yes"},
        {"token", "host:8080"},
        {"token", "-n"},
        {"token", "ftp://host/"},
        {"token", "sparse+sparse+https://host/"},
        {"token", "https://user@host/"},
        {"header", "--bearer"},
        {"header", "../work"},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct proto_call call;

        proto_call_read(&call, proto_named(cases[i].name), cases[i].words, "the mail");
        assert_int_equal(call.rc, KB_ERR_USAGE);
        assert_int_equal(call.talk.reply.status, KB_ERR_USAGE);
        assert_int_equal(call.consumed, 0);
        assert_int_equal(call.talk.reply.out.len, 0);
        assert_int_equal(strncmp(proto_call_note(&call), "keybearer: error: ", 18), 0);
        proto_call_close(&call);
    }
}

#define AUTHORIZATION "Authorization: Bearer " TEST_TOKEN

static void test_forms(void **state)
{
    static const struct {
        const char *name, *words, *out;
    } cases[] = {
        {"token", "work", TEST_TOKEN "\n"},
        {"token", "--bearer", "Bearer " TEST_TOKEN "\n"},
        {"token", "--no-newline", TEST_TOKEN},
        {"token", "--bearer --no-newline", "Bearer " TEST_TOKEN},
        {"header", "", AUTHORIZATION "\n"},
        {"header", "--no-newline", AUTHORIZATION},
        {"header", "--all", AUTHORIZATION "\nX-Org: a\"b\\c\nX-Empty: \n"},
        {"header", "--curl-config", "header = \"" AUTHORIZATION "\"\n"},
        {"header", "--all --curl-config --no-newline",
            "header = \"" AUTHORIZATION "\"\nheader = \"X-Org: a\\\"b\\\\c\"\n"
            "header = \"X-Empty: \""},
    };
    struct proto_stock stock;

    (void)state;
    proto_stock_open(&stock, TEST_TOKEN);
    kb_pairs_add(&stock.route.api_headers, "X-Org", "a\"b\\c");
    kb_pairs_add(&stock.route.api_headers, "X-Empty", "");
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        const struct kb_proto *proto = proto_named(cases[i].name);
        struct proto_call call;

        proto_call_read(&call, proto, cases[i].words, "");
        proto_call_write(&call, proto, &stock);
        assert_int_equal(call.rc, KB_OK);
        assert_string_equal(proto_call_out(&call), cases[i].out);
        assert_int_equal(call.talk.reply.note.len, 0);
        proto_call_close(&call);
    }
    proto_stock_close(&stock);
}

/* A token may hold what a curl configuration must quote. */
static void test_curl_quoting_of_a_token(void **state)
{
    const struct kb_proto *header = proto_named("header");
    struct proto_stock stock;
    struct proto_call call;

    (void)state;
    proto_stock_open(&stock, "a\"b\\n");
    proto_call_read(&call, header, "--curl-config", "");
    proto_call_write(&call, header, &stock);
    assert_string_equal(proto_call_out(&call), "header = \"Authorization: Bearer a\\\"b\\\\n\"\n");
    proto_call_close(&call);
    proto_stock_close(&stock);
}

static void test_bad_values_do_not_leave(void **state)
{
    static const char *const words[] = {"token", "header"};
    struct proto_stock stock;

    (void)state;
    proto_stock_open(&stock, "a\nb");
    for (size_t i = 0; i < KB_COUNT(words); i++) {
        const struct kb_proto *proto = proto_named(words[i]);
        struct proto_call call;

        proto_call_read(&call, proto, "work", "");
        proto_call_write(&call, proto, &stock);
        assert_int_equal(call.rc, KB_ERR_CORRUPT);
        assert_int_equal(call.talk.reply.out.len, 0);
        proto_call_close(&call);
    }
    proto_stock_close(&stock);
}

static void test_bad_words_do_not_leave(void **state)
{
    static const char *const calls[][2] = {{"token", "--bearer work"}, {"header", "work"}};
    struct proto_stock stock;

    (void)state;
    proto_stock_open(&stock, TEST_TOKEN);
    strcpy(stock.route.api_prefix, "a\nb ");
    for (size_t i = 0; i < KB_COUNT(calls); i++) {
        const struct kb_proto *proto = proto_named(calls[i][0]);
        struct proto_call call;

        proto_call_read(&call, proto, calls[i][1], "");
        proto_call_write(&call, proto, &stock);
        assert_int_equal(call.rc, KB_ERR_CORRUPT);
        assert_int_equal(call.talk.reply.out.len, 0);
        proto_call_close(&call);
    }
    proto_stock_close(&stock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_subjects),
        cmocka_unit_test(test_wrong_arguments),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_curl_quoting_of_a_token),
        cmocka_unit_test(test_bad_values_do_not_leave),
        cmocka_unit_test(test_bad_words_do_not_leave),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
