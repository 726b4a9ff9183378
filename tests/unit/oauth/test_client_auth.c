/* How a client proves itself: one method, and nothing of it in the wrong place. */
#include "fixture.h"

#include "oauth/client_auth.h"

static enum kb_err apply(enum kb_client_auth_method method, const char *id, const char *secret,
    struct kb_http_request *request, struct kb_error *err)
{
    struct kb_client client = KB_CLIENT_INIT;
    enum kb_err rc;

    set_client(&client, id, secret);
    rc = kb_client_auth_find(method)->apply(&client, request, err);
    kb_client_clear(&client);
    return rc;
}

static void test_each_method(void **state)
{
    /* Base64 by coreutils: printf %s 'id:secret' | base64 -w0 */
    static const struct {
        enum kb_client_auth_method method;
        const char *id, *secret, *body, *authorization;
    } cases[] = {
        {KB_AUTH_POST, "me", "a+b/c=", "client_id=me&client_secret=a%2Bb%2Fc%3D", ""},
        {KB_AUTH_POST, "m e", "a b", "client_id=m+e&client_secret=a+b", ""},
        {KB_AUTH_BASIC, "me", "a+b/c=", "", "Basic bWU6YSUyQmIlMkZjJTNE"},
        {KB_AUTH_BASIC, "m:e", "x", "", "Basic bSUzQWU6eA=="},
        {KB_AUTH_BASIC_RAW, "me", "a+b/c=", "", "Basic bWU6YStiL2M9"},
        {KB_AUTH_BASIC_RAW, "me", "a:b", "", "Basic bWU6YTpi"},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
        const struct kb_secret *sent = &request.authorization;

        assert_int_equal(kb_client_auth_find(cases[i].method)->method, cases[i].method);
        assert_int_equal(
            apply(cases[i].method, cases[i].id, cases[i].secret, &request, NULL), KB_OK);
        assert_string_equal(kb_buf_text(&request.body), cases[i].body);
        assert_string_equal(sent->bytes ? sent->bytes : "", cases[i].authorization);
        assert_int_equal(request.headers.count, 0);
    }
}

static void test_raw_basic_cannot_carry_a_colon_in_the_id(void **state)
{
    KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    assert_int_equal(apply(KB_AUTH_BASIC_RAW, "a:b", "c", &request, &err), KB_ERR_CONFIG);
    assert_contains(err.hint, "client_secret_basic");
    assert_true(kb_secret_is_empty(&request.authorization));
}

static void test_the_longest_client_fits(void **state)
{
    char id[KB_CLIENT_ID_MAX + 1], secret[KB_CLIENT_SECRET_MAX + 1];

    (void)state;
    memset(id, '%', sizeof(id) - 1);
    memset(secret, '%', sizeof(secret) - 1);
    id[sizeof(id) - 1] = secret[sizeof(secret) - 1] = '\0';
    for (int method = KB_AUTH_POST; method <= KB_AUTH_BASIC_RAW; method++) {
        KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;

        assert_int_equal(
            apply((enum kb_client_auth_method)method, id, secret, &request, NULL), KB_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_method),
        cmocka_unit_test(test_raw_basic_cannot_carry_a_colon_in_the_id),
        cmocka_unit_test(test_the_longest_client_fits),
    };

    return cmocka_run_group_tests_name("client_auth", tests, NULL, NULL);
}
