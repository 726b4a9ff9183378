/* How a client proves itself: one method, and nothing of it in the wrong place. */
#include "fixture.h"

#include "fake_signer.h"

#include "oauth/rows.h"

static enum kb_err prove(
    const char *method, struct kb_client *client, struct kb_parts *parts, struct kb_error *err)
{
    static const char url[] = "https://rest.zuora.com/oauth/token";
    KB_AUTO(kb_secret_clear) struct kb_secret assertion = KB_SECRET_INIT;
    char name[] = "books", client_auth[64];
    struct kb_profile profile = {.name = name, .client_auth = client_auth};
    const struct kb_oauth_context context = {.profile = &profile,
        .client = client,
        .fresh_id = "id",
        .signer = &fake_signer,
        .client_assertion = &assertion};

    assert_int_equal(kb_url_parse(url, strlen(url), &profile.token_url, NULL), KB_OK);
    assert_int_equal(kb_secret_set(&assertion, "a.b.c", 5, NULL), KB_OK);
    assert_true(kb_text_copy(client_auth, sizeof(client_auth), method));
    return kb_client_auth_add(&context, parts, err);
}

static enum kb_err apply(const char *method, const char *id, const char *secret,
    struct kb_parts *parts, struct kb_error *err)
{
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;

    set_client(&client, id, secret);
    set_key(&client, KB_JWS_ES256, "k", true);
    return prove(method, &client, parts, err);
}

#define ASSERTION_TYPE "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"

static void test_each_method(void **state)
{
    /* Base64 by coreutils: printf %s 'id:secret' | base64 -w0 */
    static const struct {
        const char *method, *id, *secret, *body, *authorization;
    } cases[] = {
        {"client_secret_post", "me", "a+b/c=", "client_id=me&client_secret=a%2Bb%2Fc%3D", ""},
        {"client_secret_post", "m e", "a b", "client_id=m+e&client_secret=a+b", ""},
        {"client_secret_basic", "me", "a+b/c=", "", "Basic bWU6YSUyQmIlMkZjJTNE"},
        {"client_secret_basic", "m:e", "x", "", "Basic bSUzQWU6eA=="},
        {"client_secret_basic_raw", "me", "a+b/c=", "", "Basic bWU6YStiL2M9"},
        {"client_secret_basic_raw", "me", "a:b", "", "Basic bWU6YTpi"},
        {"tls_client_auth", "me", "x", "client_id=me", ""},
        {"self_signed_tls_client_auth", "me", "x", "client_id=me", ""},
        {"client_assertion_file", "me", "x",
            "client_id=me&client_assertion_type=" ASSERTION_TYPE "&client_assertion=a.b.c", ""},
        {"none", "m e", "x", "client_id=m+e", ""},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_parts_clear) struct kb_parts parts = {0};
        KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
        const struct kb_secret *sent = &parts.authorization;

        assert_int_equal(apply(cases[i].method, cases[i].id, cases[i].secret, &parts, NULL), KB_OK);
        assert_int_equal(kb_bodies[KB_BODY_FORM].write(&parts, &request, NULL), KB_OK);
        assert_string_equal(kb_buf_text(&request.body), cases[i].body);
        assert_string_equal(sent->bytes ? sent->bytes : "", cases[i].authorization);
        assert_int_equal(parts.headers.count, 0);
    }
}

static void test_what_is_signed(void **state)
{
    static const struct {
        const char *method, *header, *claims;
    } cases[] = {
        {"client_secret_jwt", "{\"alg\":\"HS256\",\"typ\":\"JWT\"}",
            "{\"iss\":\"me\",\"sub\":\"me\",\"aud\":\"https://rest.zuora.com/oauth/token\","},
        {"private_key_jwt", "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"k\",\"x5t\":",
            "{\"iss\":\"me\",\"sub\":\"me\",\"aud\":\"https://rest.zuora.com/oauth/token\","},
        {"bearer_jwt", "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"k\",\"x5t\":",
            "{\"iss\":\"me\",\"aud\":\"https://rest.zuora.com/oauth/token\","},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_parts_clear) struct kb_parts parts = {0};
        bool is_bearer = i == 2;
        const struct kb_secret *sent;

        assert_int_equal(apply(cases[i].method, "me", "x", &parts, NULL), KB_OK);
        assert_int_equal(parts.count, is_bearer ? 0 : 3);
        sent = is_bearer ? &parts.authorization : &parts.fields[2].value;
        if (!is_bearer) {
            assert_string_equal(parts.fields[0].name, "client_id");
            assert_string_equal(parts.fields[1].name, "client_assertion_type");
            assert_string_equal(parts.fields[1].value.bytes,
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
            assert_string_equal(parts.fields[2].name, "client_assertion");
            assert_true(kb_secret_is_empty(&parts.authorization));
        }
        assert_int_equal(strncmp(sent->bytes, "Bearer ", 7) == 0, is_bearer);
        assert_contains(part_of(sent->bytes + (is_bearer ? 7 : 0), 0), cases[i].header);
        assert_contains(part_of(sent->bytes + (is_bearer ? 7 : 0), 1), cases[i].claims);
    }
}

static void test_who_shows_a_certificate(void **state)
{
    static const struct {
        const char *method;
        bool secret, certificate, shown;
    } cases[] = {
        {"tls_client_auth", false, true, true},
        {"self_signed_tls_client_auth", false, true, true},
        {"private_key_jwt", false, true, false},
        {"client_secret_post", true, true, true},
        {"client_secret_basic", true, true, true},
        {"client_secret_post", true, false, false},
        {"none", true, true, false},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
        KB_AUTO(kb_parts_clear) struct kb_parts parts = {0};

        set_client(&client, "me", "x");
        client.proof = cases[i].secret ? KB_PROOF_SECRET : KB_PROOF_NONE;
        set_key(&client, KB_JWS_ES256, NULL, cases[i].certificate);
        assert_int_equal(prove(cases[i].method, &client, &parts, NULL), KB_OK);
        assert_int_equal(parts.certificate, cases[i].shown);
    }
}

/* Where what proves the client says who it is. */
static void test_a_client_without_an_id(void **state)
{
    static const char *const methods[] = {"none", "client_assertion_file"};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(methods); i++) {
        KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
        KB_AUTO(kb_parts_clear) struct kb_parts parts = {0};

        assert_int_equal(prove(methods[i], &client, &parts, NULL), KB_OK);
        for (size_t j = 0; j < parts.count; j++)
            assert_string_not_equal(parts.fields[j].name, "client_id");
    }
}

static void test_other_names_for_id_and_secret(void **state)
{
    KB_AUTO(kb_parts_clear) struct kb_parts parts = {0};
    struct fixture f;

    (void)state;
    fixture_open(&f);
    set_text(&f.profile.client_id_name, "appId");
    set_text(&f.profile.client_secret_name, "appKey");
    const struct kb_oauth_context context = {.profile = &f.profile, .client = &f.client};
    assert_int_equal(kb_client_auth_add(&context, &parts, NULL), KB_OK);
    assert_int_equal(parts.count, 2);
    assert_string_equal(parts.fields[0].name, "appId");
    assert_string_equal(parts.fields[0].value.bytes, CLIENT_ID);
    assert_string_equal(parts.fields[1].name, "appKey");
    assert_string_equal(parts.fields[1].value.bytes, CLIENT_SECRET);
    fixture_close(&f);
}

static void test_a_file_that_is_not_named(void **state)
{
    KB_AUTO(kb_parts_clear) struct kb_parts parts = {0};
    struct fixture f;

    (void)state;
    fixture_open(&f);
    set_text(&f.profile.client_auth, "client_assertion_file");
    const struct kb_oauth_context context = {.profile = &f.profile, .client = &f.client};
    assert_int_equal(kb_client_auth_add(&context, &parts, &f.err), KB_ERR_CONFIG);
    assert_contains(f.err.hint, "client_assertion_file");
    assert_int_equal(parts.count, 0);
    fixture_close(&f);
}

static void test_what_a_profile_needs(void **state)
{
    static const struct {
        const char *method, *grant;
        enum kb_proof needs;
        const char *file;
    } cases[] = {
        {"client_secret_post", NULL, KB_PROOF_SECRET, NULL},
        {"client_secret_post", "jwt-bearer", KB_PROOF_BOTH, NULL},
        {"client_secret_jwt", "token-exchange", KB_PROOF_SECRET, NULL},
        {"private_key_jwt", NULL, KB_PROOF_KEY, NULL},
        {"bearer_jwt", "none", KB_PROOF_KEY, NULL},
        {"tls_client_auth", NULL, KB_PROOF_KEY, NULL},
        {"none", NULL, KB_PROOF_NONE, NULL},
        {"none", "jwt-bearer", KB_PROOF_KEY, NULL},
        {"client_assertion_file", NULL, KB_PROOF_NONE, "/run/token"},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct fixture f;
        const char *file;

        fixture_open(&f);
        set_text(&f.profile.client_auth, cases[i].method);
        set_text(&f.profile.grant, cases[i].grant);
        set_text(&f.profile.client_assertion_file, "/run/token");
        assert_int_equal(kb_client_auth_needs(&f.profile), cases[i].needs);
        file = kb_client_auth_file(&f.profile);
        assert_string_equal(file ? file : "", cases[i].file ? cases[i].file : "");
        fixture_close(&f);
    }
}

/* Every name that the configuration takes is a method, and no other is. */
static void test_the_names_are_the_methods(void **state)
{
    KB_AUTO(kb_parts_clear) struct kb_parts none = {0};
    struct kb_error err = KB_ERROR_INIT;
    size_t count = 0;

    (void)state;
    for (; kb_client_auth_names[count]; count++) {
        KB_AUTO(kb_parts_clear) struct kb_parts parts = {0};

        assert_int_equal(apply(kb_client_auth_names[count], "me", "x", &parts, NULL), KB_OK);
        assert_true(parts.count > 0 || !kb_secret_is_empty(&parts.authorization));
    }
    assert_true(count >= 3);
    assert_int_equal(apply("client_secret", "me", "x", &none, &err), KB_ERR_CONFIG);
    assert_contains(err.msg, "client_secret");
    assert_int_equal(none.count, 0);
}

static void test_a_client_without_the_proof_is_not_sent(void **state)
{
    static const struct {
        const char *method;
        enum kb_proof has;
        enum kb_err rc;
        const char *needs;
    } cases[] = {
        {"client_secret_post", KB_PROOF_NONE, KB_ERR_CONFIG, "needs a secret"},
        {"client_secret_post", KB_PROOF_KEY, KB_ERR_CONFIG, "needs a secret"},
        {"client_secret_post", KB_PROOF_SECRET, KB_OK, NULL},
        {"client_secret_post", KB_PROOF_BOTH, KB_OK, NULL},
        {"client_secret_basic", KB_PROOF_KEY, KB_ERR_CONFIG, "needs a secret"},
        {"client_secret_basic_raw", KB_PROOF_NONE, KB_ERR_CONFIG, "needs a secret"},
        {"client_secret_jwt", KB_PROOF_KEY, KB_ERR_CONFIG, "needs a secret"},
        {"private_key_jwt", KB_PROOF_SECRET, KB_ERR_CONFIG, "needs a key"},
        {"bearer_jwt", KB_PROOF_NONE, KB_ERR_CONFIG, "needs a key"},
        {"tls_client_auth", KB_PROOF_SECRET, KB_ERR_CONFIG, "needs a key"},
        {"self_signed_tls_client_auth", KB_PROOF_NONE, KB_ERR_CONFIG, "needs a key"},
        {"client_assertion_file", KB_PROOF_NONE, KB_OK, NULL},
        {"none", KB_PROOF_NONE, KB_OK, NULL},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
        KB_AUTO(kb_parts_clear) struct kb_parts parts = {0};
        struct kb_error err = KB_ERROR_INIT;

        set_client(&client, "me", "x");
        client.proof = cases[i].has;
        assert_int_equal(prove(cases[i].method, &client, &parts, &err), cases[i].rc);
        if (!cases[i].rc)
            continue;
        assert_contains(err.msg, cases[i].method);
        assert_contains(err.msg, cases[i].needs);
        assert_contains(err.hint, "keybearer add books");
        assert_int_equal(parts.count, 0);
        assert_true(kb_secret_is_empty(&parts.authorization));
    }
}

static void test_raw_basic_cannot_carry_a_colon_in_the_id(void **state)
{
    KB_AUTO(kb_parts_clear) struct kb_parts parts = {0};
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    assert_int_equal(apply("client_secret_basic_raw", "a:b", "c", &parts, &err), KB_ERR_CONFIG);
    assert_contains(err.hint, "client_secret_basic");
    assert_true(kb_secret_is_empty(&parts.authorization));
}

static void test_the_longest_client_fits(void **state)
{
    char id[KB_CLIENT_ID_MAX + 1], secret[KB_CLIENT_SECRET_MAX + 1];

    (void)state;
    memset(id, '%', sizeof(id) - 1);
    memset(secret, '%', sizeof(secret) - 1);
    id[sizeof(id) - 1] = secret[sizeof(secret) - 1] = '\0';
    for (size_t i = 0; kb_client_auth_names[i]; i++) {
        KB_AUTO(kb_parts_clear) struct kb_parts parts = {0};
        KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;

        assert_int_equal(apply(kb_client_auth_names[i], id, secret, &parts, NULL), KB_OK);
        assert_int_equal(kb_bodies[KB_BODY_FORM].write(&parts, &request, NULL), KB_OK);
    }
}

static void test_which_method_a_server_may_want_instead(void **state)
{
    static const char post[] = "client_secret_post", basic[] = "client_secret_basic",
                      raw[] = "client_secret_basic_raw";
    static const struct {
        const char *preset, *used, *id, *secret, *other;
    } cases[] = {
        {NULL, post, "id", "secret", basic},
        {NULL, basic, "id", "secret", post},
        {NULL, raw, "id", "secret", post},
        {NULL, basic, "id", "a+b/c=", raw},
        {NULL, basic, "id", "a b", raw},
        {NULL, basic, "i@d", "secret", raw},
        {NULL, raw, "id", "a+b/c=", basic},
        {NULL, "private_key_jwt", "id", "secret", NULL},
        {NULL, "none", "id", "secret", NULL},
        {"zuora", post, "id", "secret", NULL},
        {"bitbucket-cloud", basic, "id", "a+b", NULL},
        {"bitbucket-cloud", post, "id", "a+b", basic},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct fixture f;
        const char *other;

        fixture_open(&f);
        f.profile.preset = cases[i].preset ? kb_preset_find(cases[i].preset) : NULL;
        set_text(&f.profile.client_auth, cases[i].used);
        set_client(&f.client, cases[i].id, cases[i].secret);
        other = kb_client_auth_other(&f.profile, &f.client);
        assert_int_equal(!other, !cases[i].other);
        if (other)
            assert_string_equal(other, cases[i].other);
        fixture_close(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_method),
        cmocka_unit_test(test_what_is_signed),
        cmocka_unit_test(test_who_shows_a_certificate),
        cmocka_unit_test(test_a_client_without_an_id),
        cmocka_unit_test(test_other_names_for_id_and_secret),
        cmocka_unit_test(test_a_file_that_is_not_named),
        cmocka_unit_test(test_what_a_profile_needs),
        cmocka_unit_test(test_the_names_are_the_methods),
        cmocka_unit_test(test_a_client_without_the_proof_is_not_sent),
        cmocka_unit_test(test_raw_basic_cannot_carry_a_colon_in_the_id),
        cmocka_unit_test(test_the_longest_client_fits),
        cmocka_unit_test(test_which_method_a_server_may_want_instead),
    };

    return cmocka_run_group_tests_name("client_auth", tests, NULL, NULL);
}
