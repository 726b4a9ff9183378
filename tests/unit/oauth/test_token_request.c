/* The request for a token, byte by byte. */
#include "fixture.h"

#include "../pairs.h"

#include "oauth/token_request.h"

static void build(struct fixture *f, struct kb_http_request *ret)
{
    assert_int_equal(kb_token_request_build(&f->profile, &f->client, "fresh-id", ret, NULL), KB_OK);
}

static void test_zuora_gets_a_form_and_no_authorization(void **state)
{
    KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
    struct fixture f;

    (void)state;
    fixture_open(&f);
    f.profile.preset = kb_preset_find("zuora");
    assert_non_null(f.profile.preset);
    f.profile.client_auth = f.profile.preset->client_auth;
    build(&f, &request);
    assert_string_equal(request.url, "https://rest.zuora.com/oauth/token");
    assert_string_equal(kb_buf_text(&request.body),
        "grant_type=client_credentials&client_id=0f3c7a9e-client"
        "&client_secret=p%2Bq%2Fr%3Ds%26t%25u%22v%5Cw+x");
    assert_true(kb_secret_is_empty(&request.authorization));
    assert_int_equal(request.headers.count, 2);
    assert_string_equal(value_of(&request.headers, "Accept"), "application/json");
    assert_string_equal(
        value_of(&request.headers, "Content-Type"), "application/x-www-form-urlencoded");
    assert_null(request.ca_file);
    fixture_close(&f);
}

static void test_every_field_of_the_profile_is_sent(void **state)
{
    KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
    struct fixture f;

    (void)state;
    fixture_open(&f);
    f.profile.client_auth = KB_AUTH_BASIC;
    set_text(&f.profile.scope, "read write");
    set_text(&f.profile.audience, "https://api.example.com/");
    set_text(&f.profile.ca_file, "/etc/ssl/corp.pem");
    assert_int_equal(kb_strings_add(&f.profile.resources, "urn:a", NULL), KB_OK);
    assert_int_equal(kb_strings_add(&f.profile.resources, "urn:b", NULL), KB_OK);
    assert_int_equal(kb_pairs_add(&f.profile.form, "tenant", "a&b", NULL), KB_OK);
    build(&f, &request);
    assert_string_equal(kb_buf_text(&request.body),
        "grant_type=client_credentials&scope=read+write"
        "&audience=https%3A%2F%2Fapi.example.com%2F&resource=urn%3Aa&resource=urn%3Ab"
        "&tenant=a%26b");
    assert_memory_equal(request.authorization.bytes, "Basic ", 6);
    assert_string_equal(request.ca_file, "/etc/ssl/corp.pem");
    fixture_close(&f);
}

static void test_auto_is_fresh_only_where_the_preset_says_so(void **state)
{
    KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
    struct fixture f;

    (void)state;
    fixture_open(&f);
    f.profile.preset = kb_preset_find("zuora");
    assert_int_equal(kb_pairs_add(&f.profile.headers, "Zuora-Track-Id", "auto", NULL), KB_OK);
    assert_int_equal(kb_pairs_add(&f.profile.headers, "X-Mode", "auto", NULL), KB_OK);
    build(&f, &request);
    assert_string_equal(value_of(&request.headers, "Zuora-Track-Id"), "fresh-id");
    assert_string_equal(value_of(&request.headers, "X-Mode"), "auto");
    fixture_close(&f);
}

static void test_a_failure_leaves_the_result_alone(void **state)
{
    struct kb_http_request request = KB_HTTP_REQUEST_INIT;
    struct kb_error err = KB_ERROR_INIT;
    struct fixture f;

    (void)state;
    fixture_open(&f);
    f.profile.client_auth = KB_AUTH_BASIC_RAW;
    set_client(&f.client, "a:b", "c");
    assert_int_equal(
        kb_token_request_build(&f.profile, &f.client, "x", &request, &err), KB_ERR_CONFIG);
    assert_null(request.url);
    assert_int_equal(request.headers.count, 0);
    assert_int_equal(request.body.len, 0);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zuora_gets_a_form_and_no_authorization),
        cmocka_unit_test(test_every_field_of_the_profile_is_sent),
        cmocka_unit_test(test_auto_is_fresh_only_where_the_preset_says_so),
        cmocka_unit_test(test_a_failure_leaves_the_result_alone),
    };

    return cmocka_run_group_tests_name("token_request", tests, NULL, NULL);
}
