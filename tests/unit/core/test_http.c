/*
 * Headers of a reply: any case, and never a guess between two.
 */
#include "core_test.h"

#include "core/http.h"

static void add(struct kb_http_reply *reply, const char *name, const char *value)
{
    kb_pairs_add(&reply->headers, name, value);
}

static void test_header(void **state)
{
    KB_AUTO(kb_http_reply_clear) struct kb_http_reply reply = KB_HTTP_REPLY_INIT;
    bool conflict = false;

    (void)state;
    add(&reply, "Retry-After", "5");
    add(&reply, "content-type", "application/json");
    add(&reply, "Content-Type", "application/json");
    add(&reply, "X", "1");
    add(&reply, "x", "2");
    add(&reply, "X", "1");
    assert_string_equal(kb_http_header(&reply, "retry-after", &conflict), "5");
    assert_string_equal(kb_http_header(&reply, "Content-Type", &conflict), "application/json");
    assert_null(kb_http_header(&reply, "Retry", &conflict));
    assert_false(conflict);
    assert_null(kb_http_header(&reply, "X", NULL));
    assert_null(kb_http_header(&reply, "X", &conflict));
    assert_true(conflict);
}

static void test_clearing_twice(void **state)
{
    struct kb_http_request request = KB_HTTP_REQUEST_INIT;
    struct kb_http_reply reply = KB_HTTP_REPLY_INIT;

    (void)state;
    kb_str_set(&request.url, "https://h");
    assert_int_equal(kb_secret_set(&request.authorization, "Basic x", 7, NULL), KB_OK);
    kb_buf_str(&request.body, "client_secret=s");
    kb_buf_str(&reply.body, "{}");
    for (int i = 0; i < 2; i++) {
        kb_http_request_clear(&request);
        kb_http_reply_clear(&reply);
    }
    kb_http_request_clear(NULL);
    kb_http_reply_clear(NULL);
    assert_null(request.url);
    assert_true(kb_secret_is_empty(&request.authorization));
    assert_int_equal(request.body.len, 0);
    kb_buf_str(&reply.body, "again");
    assert_string_equal(kb_buf_text(&reply.body), "again");
    kb_http_reply_clear(&reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_clearing_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
