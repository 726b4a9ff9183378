/* How a client proves itself: one method, and nothing of it in the wrong place. */
#include "fixture.h"

#include "oauth/rows.h"

static enum kb_err prove(
    const char *method, struct kb_client *client, struct kb_parts *parts, struct kb_error *err)
{
    char name[] = "books", client_auth[64];
    const struct kb_profile profile = {.name = name, .client_auth = client_auth};
    const struct kb_oauth_context context = {.profile = &profile, .client = client};

    assert_true(kb_text_copy(client_auth, sizeof(client_auth), method));
    return kb_client_auth_add(&context, parts, err);
}

static enum kb_err apply(const char *method, const char *id, const char *secret,
    struct kb_parts *parts, struct kb_error *err)
{
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;

    set_client(&client, id, secret);
    return prove(method, &client, parts, err);
}

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
    } cases[] = {
        {"client_secret_post", KB_PROOF_NONE, KB_ERR_CONFIG},
        {"client_secret_post", KB_PROOF_KEY, KB_ERR_CONFIG},
        {"client_secret_post", KB_PROOF_SECRET, KB_OK},
        {"client_secret_post", KB_PROOF_BOTH, KB_OK},
        {"client_secret_basic", KB_PROOF_KEY, KB_ERR_CONFIG},
        {"client_secret_basic_raw", KB_PROOF_NONE, KB_ERR_CONFIG},
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
        assert_contains(err.msg, "needs a secret");
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
        cmocka_unit_test(test_the_names_are_the_methods),
        cmocka_unit_test(test_a_client_without_the_proof_is_not_sent),
        cmocka_unit_test(test_raw_basic_cannot_carry_a_colon_in_the_id),
        cmocka_unit_test(test_the_longest_client_fits),
        cmocka_unit_test(test_which_method_a_server_may_want_instead),
    };

    return cmocka_run_group_tests_name("client_auth", tests, NULL, NULL);
}
