/* The request for a token, byte by byte. */
#include "fixture.h"

#include "../pairs.h"

#include "oauth/token_request.h"

static enum kb_err try_to_build(
    const struct fixture *f, struct kb_http_request *ret, struct kb_error *err)
{
    const struct kb_oauth_context context = {
        .profile = &f->profile, .client = &f->client, .fresh_id = "fresh-id"};

    return kb_token_request_build(&context, ret, err);
}

static void build(const struct fixture *f, struct kb_http_request *ret)
{
    assert_int_equal(try_to_build(f, ret, NULL), KB_OK);
}

static void test_zuora_gets_a_form_and_no_authorization(void **state)
{
    KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
    struct fixture f;

    (void)state;
    fixture_open(&f);
    f.profile.preset = kb_preset_find("zuora");
    assert_non_null(f.profile.preset);
    set_text(&f.profile.client_auth, kb_preset_text(f.profile.preset, "client_auth"));
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
    set_text(&f.profile.client_auth, "client_secret_basic");
    set_text(&f.profile.scope, "read write");
    set_text(&f.profile.audience, "https://api.example.com/");
    set_text(&f.profile.ca_file, "/etc/ssl/corp.pem");
    kb_strings_add(&f.profile.resources, "urn:a");
    kb_strings_add(&f.profile.resources, "urn:b");
    kb_pairs_add(&f.profile.form, "tenant", "a&b");
    build(&f, &request);
    assert_string_equal(kb_buf_text(&request.body),
        "grant_type=client_credentials&scope=read+write"
        "&audience=https%3A%2F%2Fapi.example.com%2F&resource=urn%3Aa&resource=urn%3Ab"
        "&tenant=a%26b");
    assert_memory_equal(request.authorization.bytes, "Basic ", 6);
    assert_string_equal(request.ca_file, "/etc/ssl/corp.pem");
    fixture_close(&f);
}

/* The client's fields come last, whatever else there is. */
static void test_the_proof_comes_after_every_setting(void **state)
{
    KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
    struct fixture f;

    (void)state;
    fixture_open(&f);
    set_client(&f.client, "me", "s");
    set_text(&f.profile.scope, "read");
    kb_pairs_add(&f.profile.form, "tenant", "t");
    build(&f, &request);
    assert_string_equal(kb_buf_text(&request.body),
        "grant_type=client_credentials&scope=read&tenant=t&client_id=me&client_secret=s");
    fixture_close(&f);
}

static void test_a_grant_adds_its_own_fields_only(void **state)
{
    KB_AUTO(kb_parts_clear) struct kb_parts parts = {0};
    struct fixture f;

    (void)state;
    fixture_open(&f);
    set_text(&f.profile.scope, "read");
    const struct kb_oauth_context context = {.profile = &f.profile, .client = &f.client};
    assert_int_equal(kb_grants[KB_GRANT_CLIENT_CREDENTIALS](&context, &parts, NULL), KB_OK);
    assert_int_equal(parts.count, 1);
    assert_string_equal(parts.fields[0].name, "grant_type");
    assert_string_equal(parts.fields[0].value.bytes, "client_credentials");
    assert_int_equal(parts.headers.count, 0);
    assert_true(kb_secret_is_empty(&parts.authorization));
    fixture_close(&f);
}

static void test_auto_is_fresh_only_where_the_preset_says_so(void **state)
{
    KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
    struct fixture f;

    (void)state;
    fixture_open(&f);
    f.profile.preset = kb_preset_find("zuora");
    kb_pairs_add(&f.profile.headers, "Zuora-Track-Id", "auto");
    kb_pairs_add(&f.profile.headers, "X-Mode", "auto");
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
    set_text(&f.profile.client_auth, "client_secret_basic_raw");
    set_client(&f.client, "a:b", "c");
    assert_int_equal(try_to_build(&f, &request, &err), KB_ERR_CONFIG);
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
        cmocka_unit_test(test_the_proof_comes_after_every_setting),
        cmocka_unit_test(test_a_grant_adds_its_own_fields_only),
        cmocka_unit_test(test_auto_is_fresh_only_where_the_preset_says_so),
        cmocka_unit_test(test_a_failure_leaves_the_result_alone),
    };

    return cmocka_run_group_tests_name("token_request", tests, NULL, NULL);
}
