/* reclient's credentials helper: what its golden cases cannot say. */
#include "proto_call.h"

#include <stdlib.h>

static const struct kb_proto *reclient(void)
{
    return proto_named("reclient");
}

static void test_requests(void **state)
{
    static const struct {
        const char *words, *profile;
    } cases[] = {{"", ""}, {"work", "work"}, {"--show work", "work"}, {"work --show", "work"}};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct proto_call call;

        proto_call_read(&call, reclient(), cases[i].words, "{\"uri\":\"https://a.example\"}");
        assert_int_equal(call.rc, KB_OK);
        assert_requests(&call, KB_OP_GET);
        assert_int_equal(call.consumed, 0);
        assert_string_equal(call.talk.request.profile, cases[i].profile);
        assert_false(call.talk.request.has_url);
        proto_call_close(&call);
    }
}

static void test_wrong_arguments(void **state)
{
    static const char *const words[] = {"work play", "get work", "--shown work", "--show=yes",
        "../work", "https://a.example", "--profile work"};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(words); i++) {
        struct proto_call call;

        proto_call_read(&call, reclient(), words[i], "");
        assert_int_equal(call.rc, KB_ERR_USAGE);
        assert_int_equal(call.talk.reply.status, KB_ERR_USAGE);
        assert_int_equal(call.talk.reply.out.len, 0);
        assert_int_equal(strncmp(proto_call_note(&call), "keybearer: error: ", 18), 0);
        proto_call_close(&call);
    }
}

static enum kb_err answer(const struct proto_stock *stock, const char *expected)
{
    struct proto_call call;
    enum kb_err rc;

    proto_call_read(&call, reclient(), "work", "");
    proto_call_write(&call, reclient(), stock);
    rc = call.rc;
    assert_string_equal(proto_call_out(&call), expected);
    assert_int_equal(call.talk.reply.note.len, 0); /* it would be logged as an error */
    proto_call_close(&call);
    return rc;
}

#define ANSWER(expiry)                                                                             \
    "{\"token\":\"" TEST_TOKEN "\",\"headers\":{\"Authorization\":\"Bearer " TEST_TOKEN            \
    "\"},\"expiry\":\"" expiry "\"}\n"

/* Days of one digit have a space before them; the zone is always UTC, whatever ours is. */
static void test_dates(void **state)
{
    static const struct {
        int64_t life;
        const char *expected;
    } cases[] = {
        {TEST_LIFE, ANSWER("Tue Jan  1 00:00:00 UTC 2030")},
        {TEST_LIFE - 1, ANSWER("Mon Dec 31 23:59:59 UTC 2029")},
        {TEST_LIFE + 9 * 86400 + 3661, ANSWER("Thu Jan 10 01:01:01 UTC 2030")},
    };
    struct proto_stock stock;

    (void)state;
    setenv("TZ", "Asia/Kathmandu", 1);
    proto_stock_open(&stock, TEST_TOKEN);
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        kb_token_set_life(&stock.token, cases[i].life, stock.now);
        assert_int_equal(answer(&stock, cases[i].expected), KB_OK);
    }
    proto_stock_close(&stock);
    unsetenv("TZ");
}

/* The client would start us for each of its calls, and each would cost a request for a token. */
static void test_no_answer_without_an_expiry(void **state)
{
    struct proto_stock stock;

    (void)state;
    proto_stock_open(&stock, TEST_TOKEN);
    kb_token_set_life(&stock.token, 0, stock.now);
    assert_int_equal(answer(&stock, ""), KB_ERR_CONFIG);
    proto_stock_close(&stock);
}

static void test_bad_values_do_not_leave(void **state)
{
    struct proto_stock stock;

    (void)state;
    proto_stock_open(&stock, TEST_TOKEN);
    kb_pairs_add(&stock.route.api_headers, "X", "v\r\nY: z");
    assert_int_equal(answer(&stock, ""), KB_ERR_CORRUPT);
    proto_stock_close(&stock);
    proto_stock_open(&stock, "a\nb");
    assert_int_equal(answer(&stock, ""), KB_ERR_CORRUPT);
    proto_stock_close(&stock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_wrong_arguments),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_no_answer_without_an_expiry),
        cmocka_unit_test(test_bad_values_do_not_leave),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
