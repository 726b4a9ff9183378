/* The request of the second step, byte by byte: the first token, and nothing else of the client. */
#include "fixture.h"

#include "../pairs.h"
#include "fake_signer.h"

#include "oauth/second_request.h"

#define FIRST "first+token/1"

static enum kb_err build(
    struct fixture *f, const char *token, struct kb_http_request *ret, struct kb_error *err)
{
    KB_AUTO(kb_secret_clear) struct kb_secret first = KB_SECRET_INIT;
    const struct kb_oauth_context context = {.profile = &f->profile,
        .client = &f->client,
        .fresh_id = "fresh-id",
        .signer = &fake_signer,
        .first_token = &first};

    assert_int_equal(kb_secret_set(&first, token, strlen(token), NULL), KB_OK);
    return kb_second_request_build(&context, ret, err);
}

static void test_where_the_first_token_is(void **state)
{
    static const struct {
        const char *format, *name, *value, *body, *authorization;
    } cases[] = {
        {NULL, NULL, NULL, "", "Bearer " FIRST},
        {NULL, "service", "registry", "service=registry", "Bearer " FIRST},
        {NULL, "access_token", "{token}", "access_token=first%2Btoken%2F1", ""},
        {NULL, "t", "a{token}b{token}", "t=afirst%2Btoken%2F1bfirst%2Btoken%2F1", ""},
        {NULL, "t", "{token", "t=%7Btoken", "Bearer " FIRST},
        {NULL, "t", "{{token}}", "t=%7Bfirst%2Btoken%2F1%7D", ""},
        {"json", "t", "x {token}", "{\"t\":\"x first+token/1\"}", ""},
        {"json", NULL, NULL, "{}", "Bearer " FIRST},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
        const struct kb_secret *sent = &request.authorization;
        struct fixture f;

        fixture_open(&f);
        set_second(&f);
        set_text(&f.profile.second_body, cases[i].format);
        if (cases[i].name)
            kb_pairs_add(&f.profile.second_form, cases[i].name, cases[i].value);
        assert_int_equal(build(&f, FIRST, &request, NULL), KB_OK);
        assert_string_equal(request.url, "https://second.example.com/exchange");
        assert_string_equal(kb_buf_text(&request.body), cases[i].body);
        assert_string_equal(sent->bytes ? sent->bytes : "", cases[i].authorization);
        assert_int_equal(request.headers.count, 2);
        assert_string_equal(value_of(&request.headers, "Accept"), "application/json");
        fixture_close(&f);
    }
}

/* Whatever the client has, and whatever the profile says of the first step. */
static void test_nothing_of_the_client_is_shown(void **state)
{
    (void)state;
    for (size_t i = 0; kb_client_auth_names[i]; i++) {
        KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
        struct fixture f;

        fixture_open(&f);
        set_second(&f);
        set_text(&f.profile.client_auth, kb_client_auth_names[i]);
        set_text(&f.profile.grant, "jwt-bearer");
        set_text(&f.profile.body, "query");
        set_text(&f.profile.scope, "read");
        set_text(&f.profile.ca_file, "/etc/ssl/corp.pem");
        kb_pairs_add(&f.profile.form, "tenant", "t");
        kb_pairs_add(&f.profile.headers, "X-Team", "blue");
        set_key(&f.client, KB_JWS_ES256, "k", true);
        assert_int_equal(build(&f, FIRST, &request, NULL), KB_OK);
        assert_int_equal(request.body.len, 0);
        assert_int_equal(request.query.len, 0);
        assert_int_equal(request.certificates.len, 0);
        assert_true(kb_secret_is_empty(&request.key));
        assert_string_equal(request.authorization.bytes, "Bearer " FIRST);
        assert_int_equal(request.headers.count, 2);
        assert_string_equal(request.ca_file, "/etc/ssl/corp.pem");
        fixture_close(&f);
    }
}

static void test_what_is_too_long_is_not_cut(void **state)
{
    static char longest[KB_TOKEN_MAX + 1];
    KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
    KB_AUTO(kb_http_request_clear) struct kb_http_request fits = KB_HTTP_REQUEST_INIT;
    struct fixture f;

    (void)state;
    memset(longest, 'a', KB_TOKEN_MAX);
    fixture_open(&f);
    set_second(&f);
    kb_pairs_add(&f.profile.second_form, "t", "{token}");
    assert_int_equal(build(&f, longest, &fits, NULL), KB_OK);
    assert_int_equal(fits.body.len, KB_TOKEN_MAX + 2);
    kb_pairs_add(&f.profile.second_form, "u", "{token}{token}");
    assert_int_equal(build(&f, longest, &request, NULL), KB_ERR_SYSTEM);
    assert_null(request.url);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_where_the_first_token_is),
        cmocka_unit_test(test_nothing_of_the_client_is_shown),
        cmocka_unit_test(test_what_is_too_long_is_not_cut),
    };

    return cmocka_run_group_tests_name("second_request", tests, NULL, NULL);
}
