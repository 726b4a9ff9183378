/* The request for a token, byte by byte. */
#include "fixture.h"

#include "../pairs.h"
#include "fake_signer.h"

#include "oauth/token_request.h"

static enum kb_err try_to_build(
    const struct fixture *f, struct kb_http_request *ret, struct kb_error *err)
{
    KB_AUTO(kb_secret_clear) struct kb_secret subject_token = KB_SECRET_INIT;
    const struct kb_oauth_context context = {.profile = &f->profile,
        .client = &f->client,
        .fresh_id = "fresh-id",
        .signer = &fake_signer,
        .subject_token = f->profile.subject_token_file ? &subject_token : NULL};

    assert_int_equal(kb_secret_set(&subject_token, "s/t", 3, NULL), KB_OK);
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

#define URN "urn%3Aietf%3Aparams%3Aoauth%3A"

static void test_each_grant(void **state)
{
    static const struct {
        const char *grant, *type, *body;
    } cases[] = {
        {NULL, NULL, "grant_type=client_credentials&scope=r"},
        {"client_credentials", NULL, "grant_type=client_credentials&scope=r"},
        {"none", NULL, "scope=r"},
        {"account_credentials", NULL, "grant_type=account_credentials&scope=r"},
        {"urn:ietf:params:oauth:grant-type:jwt-bearer", NULL,
            "grant_type=" URN "grant-type%3Ajwt-bearer&scope=r"},
        {"token-exchange", NULL,
            "grant_type=" URN "grant-type%3Atoken-exchange&subject_token=s%2Ft"
            "&subject_token_type=" URN "token-type%3Ajwt&scope=r"},
        {"token-exchange", "urn:x",
            "grant_type=" URN "grant-type%3Atoken-exchange&subject_token=s%2Ft"
            "&subject_token_type=urn%3Ax&scope=r"},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
        struct fixture f;

        fixture_open(&f);
        set_text(&f.profile.client_auth, "client_secret_basic");
        set_text(&f.profile.grant, cases[i].grant);
        set_text(&f.profile.subject_token_file, "/run/token");
        set_text(&f.profile.subject_token_type, cases[i].type);
        set_text(&f.profile.scope, "r");
        build(&f, &request);
        assert_string_equal(kb_buf_text(&request.body), cases[i].body);
        fixture_close(&f);
    }
}

/* What entitles the client says who it is; a secret is shown where the method is one of a secret.
 */
static void test_a_grant_that_is_signed(void **state)
{
    static const struct {
        const char *method, *tail;
    } cases[] = {
        {"none", ""},
        {"client_secret_post", "&client_id=me&client_secret=s"},
        {"client_secret_basic", ""},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
        static const char head[] = "grant_type=" URN "grant-type%3Ajwt-bearer&assertion=";
        const char *assertion, *tail;
        struct fixture f;

        fixture_open(&f);
        set_text(&f.profile.client_auth, cases[i].method);
        set_text(&f.profile.grant, "jwt-bearer");
        set_text(&f.profile.scope, "a b");
        set_text(&f.profile.scope_place, "claim");
        set_client(&f.client, "me", "s");
        set_key(&f.client, KB_JWS_ES256, NULL, false);
        build(&f, &request);
        assert_memory_equal(kb_buf_text(&request.body), head, strlen(head));
        assertion = kb_buf_text(&request.body) + strlen(head);
        tail = assertion + strcspn(assertion, "&");
        assert_string_equal(tail, cases[i].tail);
        assert_contains(part_of(assertion, 1), "{\"iss\":\"me\",\"aud\":\"https://rest.zuora.com/");
        assert_contains(part_of(assertion, 1), ",\"jti\":\"fresh-id-grant\",\"scope\":\"a b\"}");
        fixture_close(&f);
    }
}

static void test_a_grant_without_what_it_needs(void **state)
{
    KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
    struct fixture f;

    (void)state;
    fixture_open(&f);
    set_text(&f.profile.grant, "token-exchange");
    assert_int_equal(try_to_build(&f, &request, &f.err), KB_ERR_CONFIG);
    assert_contains(f.err.hint, "subject_token_file");
    set_text(&f.profile.grant, "jwt-bearer");
    f.client.proof = KB_PROOF_SECRET;
    assert_int_equal(try_to_build(&f, &request, &f.err), KB_ERR_CONFIG);
    assert_contains(f.err.msg, "jwt-bearer needs a key");
    assert_null(request.url);
    fixture_close(&f);
}

static void test_how_a_scope_is_sent(void **state)
{
    KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
    struct fixture f;

    (void)state;
    fixture_open(&f);
    set_text(&f.profile.client_auth, "client_secret_basic");
    set_text(&f.profile.scope, "read write");
    set_text(&f.profile.scope_separator, "comma");
    build(&f, &request);
    assert_string_equal(
        kb_buf_text(&request.body), "grant_type=client_credentials&scope=read%2Cwrite");
    fixture_close(&f);
}

/* It would not be asked for, and nobody would see that. */
static void test_a_scope_that_nothing_carries(void **state)
{
    KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
    struct fixture f;

    (void)state;
    fixture_open(&f);
    set_text(&f.profile.scope, "read");
    set_text(&f.profile.scope_place, "claim");
    assert_int_equal(try_to_build(&f, &request, &f.err), KB_ERR_CONFIG);
    assert_contains(f.err.hint, "scope_place");
    fixture_close(&f);
}

static void test_a_certificate_goes_with_the_request(void **state)
{
    KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
    KB_AUTO(kb_http_request_clear) struct kb_http_request none = KB_HTTP_REQUEST_INIT;
    struct fixture f;

    (void)state;
    fixture_open(&f);
    set_text(&f.profile.client_auth, "tls_client_auth");
    set_key(&f.client, KB_JWS_ES256, NULL, true);
    build(&f, &request);
    assert_string_equal(kb_buf_text(&request.certificates), "certificates\n");
    assert_string_equal(request.key.bytes, "key\n");
    kb_strings_clear(&f.client.chain);
    assert_int_equal(try_to_build(&f, &none, &f.err), KB_ERR_CONFIG);
    assert_null(none.url);
    fixture_close(&f);
}

static void test_fields_in_the_address(void **state)
{
    KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
    struct fixture f;

    (void)state;
    fixture_open(&f);
    set_client(&f.client, "me", "a&b");
    set_text(&f.profile.body, "query");
    build(&f, &request);
    assert_string_equal(request.url, "https://rest.zuora.com/oauth/token");
    assert_string_equal(kb_buf_text(&request.query),
        "grant_type=client_credentials&client_id=me&client_secret=a%26b");
    assert_int_equal(request.body.len, 0);
    assert_int_equal(request.headers.count, 1);
    assert_string_equal(value_of(&request.headers, "Accept"), "application/json");
    fixture_close(&f);
}

/* Whatever the other settings are. */
static void test_no_secret_is_in_the_address_otherwise(void **state)
{
    static const char *const bodies[] = {NULL, "form", "json"};

    (void)state;
    for (size_t i = 0; kb_client_auth_names[i]; i++) {
        for (size_t j = 0; j < KB_COUNT(bodies); j++) {
            KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
            struct fixture f;

            fixture_open(&f);
            set_text(&f.profile.client_auth, kb_client_auth_names[i]);
            set_text(&f.profile.body, bodies[j]);
            set_key(&f.client, KB_JWS_ES256, NULL, true);
            if (strcmp(kb_client_auth_names[i], "client_assertion_file") != 0)
                build(&f, &request);
            assert_int_equal(request.query.len, 0);
            fixture_close(&f);
        }
    }
}

static void test_a_grant_adds_its_own_fields_only(void **state)
{
    KB_AUTO(kb_parts_clear) struct kb_parts parts = {0};
    struct fixture f;

    (void)state;
    fixture_open(&f);
    set_text(&f.profile.scope, "read");
    const struct kb_oauth_context context = {.profile = &f.profile, .client = &f.client};
    assert_int_equal(kb_grant_add(&context, &parts, NULL), KB_OK);
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
        cmocka_unit_test(test_each_grant),
        cmocka_unit_test(test_a_grant_that_is_signed),
        cmocka_unit_test(test_a_grant_without_what_it_needs),
        cmocka_unit_test(test_how_a_scope_is_sent),
        cmocka_unit_test(test_a_scope_that_nothing_carries),
        cmocka_unit_test(test_a_certificate_goes_with_the_request),
        cmocka_unit_test(test_fields_in_the_address),
        cmocka_unit_test(test_no_secret_is_in_the_address_otherwise),
        cmocka_unit_test(test_a_grant_adds_its_own_fields_only),
        cmocka_unit_test(test_auto_is_fresh_only_where_the_preset_says_so),
        cmocka_unit_test(test_a_failure_leaves_the_result_alone),
    };

    return cmocka_run_group_tests_name("token_request", tests, NULL, NULL);
}
