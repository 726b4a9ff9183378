/* Assertions: header and claims byte by byte, and what does not fit together. */
#include "fixture.h"

#include "fake_signer.h"

#include "oauth/assertion.h"

#define TIMES "\"iat\":1699999940,\"nbf\":1699999940,\"exp\":1700000180"
#define ISS "\"iss\":\"0f3c7a9e-client\""
#define SUB ",\"sub\":\"0f3c7a9e-client\""
#define AUD ",\"aud\":\"https://rest.zuora.com/oauth/token\","

static void assertion_open(struct fixture *f, const char *method)
{
    fixture_open(f);
    set_text(&f->profile.client_auth, method);
    set_key(&f->client, KB_JWS_ES256, "key-1", false);
}

static enum kb_err build(
    struct fixture *f, enum kb_assertion_use use, struct kb_secret *ret, struct kb_secret *kept)
{
    const struct kb_oauth_context context = {
        .profile = &f->profile,
        .client = &f->client,
        .now = {.wall_ms = NOW * INT64_C(1000) + 999},
        .fresh_id = "0123456789abcdef0123456789abcdef",
        .signer = &fake_signer,
        .assertions = kept,
    };

    f->err = KB_ERROR_INIT;
    return kb_assertion_build(&context, use, ret, &f->err);
}

static void expect(
    struct fixture *f, enum kb_assertion_use use, const char *header, const char *claims)
{
    KB_AUTO(kb_secret_clear) struct kb_secret token = KB_SECRET_INIT;
    char signature[64];

    if (build(f, use, &token, NULL))
        fail_msg("%s", f->err.msg);
    assert_string_equal(part_of(token.bytes, 0), header);
    assert_string_equal(part_of(token.bytes, 1), claims);
    (void)snprintf(signature, sizeof(signature), " over %zu>",
        (size_t)(strrchr(token.bytes, '.') - token.bytes));
    assert_contains(part_of(token.bytes, 2), signature);
    assert_null(part_of(token.bytes, 3));
}

static void test_of_a_key(void **state)
{
    struct fixture f;

    (void)state;
    assertion_open(&f, "private_key_jwt");
    expect(&f, KB_ASSERTION_CLIENT, "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"key-1\"}",
        "{" ISS SUB AUD TIMES ",\"jti\":\"0123456789abcdef0123456789abcdef\"}");
    expect(&f, KB_ASSERTION_GRANT, "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"key-1\"}",
        "{" ISS AUD TIMES ",\"jti\":\"0123456789abcdef0123456789abcdef-grant\"}");
    expect(&f, KB_ASSERTION_BEARER, "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"key-1\"}",
        "{" ISS AUD TIMES ",\"jti\":\"0123456789abcdef0123456789abcdef\"}");
    fixture_close(&f);
}

/* What the profile says comes before what the key says. */
static void test_settings_of_the_profile(void **state)
{
    struct fixture f;

    (void)state;
    assertion_open(&f, "private_key_jwt");
    set_text(&f.profile.client_alg, "RS384");
    set_text(&f.profile.client_key_id, "a\"b");
    set_text(&f.profile.assertion_audience, "https://login.example.com");
    kb_pairs_add(&f.profile.claims, "sub", "me@example.com");
    kb_pairs_add(&f.profile.claims, "role", "a\\b");
    expect(&f, KB_ASSERTION_CLIENT, "{\"alg\":\"RS384\",\"typ\":\"JWT\",\"kid\":\"a\\\"b\"}",
        "{" ISS ",\"aud\":\"https://login.example.com\"," TIMES
        ",\"jti\":\"0123456789abcdef0123456789abcdef\",\"sub\":\"me@example.com\","
        "\"role\":\"a\\\\b\"}");
    fixture_close(&f);
}

static void test_audiences(void **state)
{
    static const struct {
        const char *url, *audience, *issuer, *aud;
    } cases[] = {
        {"https://REST.zuora.com:443/oauth/token?v=2", NULL, NULL,
            "\"https://rest.zuora.com/oauth/token?v=2\""},
        {NULL, "token_endpoint", "https://i.example.com", "\"https://rest.zuora.com/oauth/token\""},
        {NULL, "issuer", "https://i.example.com/", "\"https://i.example.com/\""},
        {NULL, "api.example.com", NULL, "\"api.example.com\""},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_secret_clear) struct kb_secret token = KB_SECRET_INIT;
        const char *url = cases[i].url;
        struct fixture f;

        assertion_open(&f, "private_key_jwt");
        if (url)
            assert_int_equal(kb_url_parse(url, strlen(url), &f.profile.token_url, NULL), KB_OK);
        set_text(&f.profile.assertion_audience, cases[i].audience);
        set_text(&f.profile.issuer, cases[i].issuer);
        assert_int_equal(build(&f, KB_ASSERTION_CLIENT, &token, NULL), KB_OK);
        assert_contains(part_of(token.bytes, 1), cases[i].aud);
        fixture_close(&f);
    }
}

static void test_of_a_secret(void **state)
{
    struct fixture f;

    (void)state;
    assertion_open(&f, "client_secret_jwt");
    set_key(&f.client, KB_JWS_ES256, "key-1", true);
    expect(&f, KB_ASSERTION_CLIENT, "{\"alg\":\"HS256\",\"typ\":\"JWT\"}",
        "{" ISS SUB AUD TIMES ",\"jti\":\"0123456789abcdef0123456789abcdef\"}");
    set_text(&f.profile.client_alg, "HS512");
    set_text(&f.profile.client_key_id, "k");
    expect(&f, KB_ASSERTION_CLIENT, "{\"alg\":\"HS512\",\"typ\":\"JWT\",\"kid\":\"k\"}",
        "{" ISS SUB AUD TIMES ",\"jti\":\"0123456789abcdef0123456789abcdef\"}");
    fixture_close(&f);
}

static void test_the_certificate_is_named(void **state)
{
    struct fixture f;

    (void)state;
    assertion_open(&f, "private_key_jwt");
    set_key(&f.client, KB_JWS_PS256, NULL, true);
    expect(&f, KB_ASSERTION_BEARER,
        /* Base64url by coreutils: printf %s 'sha-1 of 20 bytes >?' | basenc --base64url */
        "{\"alg\":\"PS256\",\"typ\":\"JWT\",\"x5t\":\"c2hhLTEgb2YgMjAgYnl0ZXMgPj8\","
        "\"x5t#S256\":\"c2hhLTI1NiwgMzIgYnl0ZXMgbG9uZw\"}",
        "{" ISS AUD TIMES ",\"jti\":\"0123456789abcdef0123456789abcdef\"}");
    fixture_close(&f);
}

static void test_the_scope_as_a_claim(void **state)
{
    static const struct {
        const char *place, *separator, *claim;
    } cases[] = {
        {"claim", NULL, ",\"scope\":\"read write\"}"},
        {"claim", "space", ",\"scope\":\"read write\"}"},
        {"claim", "comma", ",\"scope\":\"read,write\"}"},
        {"field", NULL, NULL},
        {NULL, NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_secret_clear) struct kb_secret token = KB_SECRET_INIT;
        struct fixture f;

        assertion_open(&f, "private_key_jwt");
        set_text(&f.profile.scope, "read write");
        set_text(&f.profile.scope_place, cases[i].place);
        set_text(&f.profile.scope_separator, cases[i].separator);
        assert_int_equal(build(&f, KB_ASSERTION_GRANT, &token, NULL), KB_OK);
        if (cases[i].claim)
            assert_contains(part_of(token.bytes, 1), cases[i].claim);
        else
            assert_lacks(part_of(token.bytes, 1), "scope");
        fixture_close(&f);
    }
}

/* Two readers would take each another one. */
static void test_no_member_stands_there_twice(void **state)
{
    KB_AUTO(kb_secret_clear) struct kb_secret token = KB_SECRET_INIT;
    const char *claims, *first;
    struct fixture f;

    (void)state;
    assertion_open(&f, "private_key_jwt");
    set_text(&f.profile.scope, "read write");
    set_text(&f.profile.scope_place, "claim");
    kb_pairs_add(&f.profile.claims, "scope", "own");
    kb_pairs_add(&f.profile.claims, "sub", "other");
    assert_int_equal(build(&f, KB_ASSERTION_CLIENT, &token, NULL), KB_OK);
    claims = part_of(token.bytes, 1);
    first = strstr(claims, "\"scope\":\"own\"");
    assert_non_null(first);
    assert_lacks(claims, "read");
    first = strstr(claims, "\"sub\":");
    assert_non_null(first);
    assert_null(strstr(first + 1, "\"sub\":"));
    fixture_close(&f);
}

static void test_what_does_not_fit_together(void **state)
{
    static const struct {
        const char *method, *alg, *audience;
        enum kb_assertion_use use;
        const char *said;
    } cases[] = {
        {"private_key_jwt", "HS256", NULL, KB_ASSERTION_CLIENT, "sign with HS256 by its key"},
        {"client_secret_jwt", "ES256", NULL, KB_ASSERTION_CLIENT, "sign with ES256 by its secret"},
        {"client_secret_jwt", "HS256", NULL, KB_ASSERTION_GRANT, "sign with HS256 by its key"},
        {"private_key_jwt", "none", NULL, KB_ASSERTION_CLIENT, "sign with none"},
        {"private_key_jwt", NULL, "issuer", KB_ASSERTION_CLIENT, "who the issuer is"},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_secret_clear) struct kb_secret token = KB_SECRET_INIT;
        struct kb_secret kept[KB_ASSERTION_USES] = {{0}};
        struct fixture f;

        assertion_open(&f, cases[i].method);
        set_text(&f.profile.client_alg, cases[i].alg);
        set_text(&f.profile.assertion_audience, cases[i].audience);
        assert_int_equal(build(&f, cases[i].use, &token, kept), KB_ERR_CONFIG);
        assert_contains(f.err.msg, cases[i].said);
        assert_true(*f.err.hint);
        assert_true(kb_secret_is_empty(&token) && kb_secret_is_empty(&kept[cases[i].use]));
        fixture_close(&f);
    }
}

static void test_what_is_too_long_is_not_cut(void **state)
{
    KB_AUTO(kb_secret_clear) struct kb_secret token = KB_SECRET_INIT;
    char text[2049];
    struct fixture f;

    (void)state;
    memset(text, '"', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assertion_open(&f, "private_key_jwt");
    for (int i = 0; i < 8; i++) {
        char name[] = "claim-0";

        name[6] = (char)('0' + i);
        kb_pairs_add(&f.profile.claims, name, text);
    }
    assert_int_equal(build(&f, KB_ASSERTION_CLIENT, &token, NULL), KB_ERR_SYSTEM);
    assert_true(kb_secret_is_empty(&token));
    fixture_close(&f);
}

static void test_a_copy_is_kept_by_its_use(void **state)
{
    KB_AUTO(kb_secret_clear) struct kb_secret client = KB_SECRET_INIT, grant = KB_SECRET_INIT;
    struct kb_secret kept[KB_ASSERTION_USES] = {{0}};
    struct fixture f;

    (void)state;
    assertion_open(&f, "private_key_jwt");
    assert_int_equal(build(&f, KB_ASSERTION_CLIENT, &client, kept), KB_OK);
    assert_int_equal(build(&f, KB_ASSERTION_GRANT, &grant, kept), KB_OK);
    assert_true(kb_secret_equal(&kept[KB_ASSERTION_CLIENT], &client));
    assert_true(kb_secret_equal(&kept[KB_ASSERTION_GRANT], &grant));
    assert_true(kb_secret_is_empty(&kept[KB_ASSERTION_BEARER]));
    assert_false(kb_secret_equal(&client, &grant));
    for (size_t i = 0; i < KB_ASSERTION_USES; i++)
        kb_secret_clear(&kept[i]);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_of_a_key),
        cmocka_unit_test(test_settings_of_the_profile),
        cmocka_unit_test(test_audiences),
        cmocka_unit_test(test_of_a_secret),
        cmocka_unit_test(test_the_certificate_is_named),
        cmocka_unit_test(test_the_scope_as_a_claim),
        cmocka_unit_test(test_no_member_stands_there_twice),
        cmocka_unit_test(test_what_does_not_fit_together),
        cmocka_unit_test(test_what_is_too_long_is_not_cut),
        cmocka_unit_test(test_a_copy_is_kept_by_its_use),
    };

    return cmocka_run_group_tests_name("assertion", tests, NULL, NULL);
}
