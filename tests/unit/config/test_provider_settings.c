/*
 * The settings that only some providers need: what each may hold, which of them go together, and
 * what a person is told who writes another one.
 */
#include "config_test.h"

#include "../pairs.h"

#include <stdio.h>
#include <stdlib.h>

#define PROFILE(body) "{\n  \"profiles\": {\n    \"p\": {\n      " body "\n    }\n  }\n}\n"
#define BASE "\"token_url\": \"https://sso.example.com/token\", \"store\": \"sealed-file\""

static void test_the_whole_vocabulary(void **state)
{
    struct kb_config config = config_of(PROFILE(BASE
        ", \"client_alg\": \"ES256\", \"client_key_id\": \"key 1\", \"assertion_audience\": "
        "\"issuer\", \"issuer\": \"https://sso.example.com/as\", \"claims\": {\"sub\": \"a b\"}, "
        "\"client_auth\": \"private_key_jwt\", \"grant\": \"token-exchange\", "
        "\"subject_token_file\": \"/run/b\", \"subject_token_type\": \"urn:x\", \"body\": "
        "\"json\", \"client_id_name\": \"app_id\", \"client_secret_name\": \"app_secret\", "
        "\"scope\": \"a b\", \"scope_separator\": \"comma\", \"scope_place\": \"claim\", "
        "\"api_header_name\": \"X-Token\", \"api_header_prefix\": \"none\", \"second_url\": "
        "\"https://two.example.com/t\", \"second_form\": {\"access_token\": \"{token}\"}, "
        "\"second_body\": \"json\", \"token_path\": \"data.token\", \"expiry\": \"data.end\", "
        "\"expiry_unit\": \"unix-ms\""));
    const struct kb_profile *p = &config.profiles[0];

    (void)state;
    assert_string_equal(p->client_alg, "ES256");
    assert_string_equal(p->client_key_id, "key 1");
    assert_string_equal(p->assertion_audience, "issuer");
    assert_string_equal(p->issuer, "https://sso.example.com/as");
    assert_string_equal(value_of(&p->claims, "sub"), "a b");
    assert_string_equal(p->grant, "token-exchange");
    assert_string_equal(p->subject_token_file, "/run/b");
    assert_string_equal(p->subject_token_type, "urn:x");
    assert_string_equal(p->body, "json");
    assert_string_equal(p->client_id_name, "app_id");
    assert_string_equal(p->client_secret_name, "app_secret");
    assert_string_equal(p->scope_separator, "comma");
    assert_string_equal(p->scope_place, "claim");
    assert_string_equal(p->api_header_name, "X-Token");
    assert_string_equal(p->api_header_prefix, "none");
    assert_string_equal(p->second_url_text, "https://two.example.com/t");
    assert_string_equal(p->second_url.host, "two.example.com");
    assert_string_equal(value_of(&p->second_form, "access_token"), "{token}");
    assert_string_equal(p->second_body, "json");
    assert_string_equal(p->token_path, "data.token");
    assert_string_equal(p->expiry, "data.end");
    assert_string_equal(p->expiry_unit, "unix-ms");
    kb_config_clear(&config);
}

/* The assertion that is the grant says who the client is; Box wants a secret as well. */
static void test_who_proves_itself_by_the_grant(void **state)
{
    static const struct {
        const char *settings, *method;
    } cases[] = {
        {"\"grant\": \"client_credentials\"", "client_secret_post"},
        {"\"grant\": \"jwt-bearer\"", "none"},
        {"\"grant\": \"jwt-bearer\", \"client_auth\": \"client_secret_post\"",
            "client_secret_post"},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(4096);

        kb_buf_fmt(&text,
            "{\"profiles\":{\"p\":{\"token_url\":\"https://sso.example.com/t\","
            "\"store\":\"sealed-file\",%s}}}",
            cases[i].settings);
        struct kb_config config = config_of(kb_buf_text(&text));
        assert_string_equal(config.profiles[0].client_auth, cases[i].method);
        kb_config_clear(&config);
    }
}

#define X31 "1234567890123456789012345678901"
#define X64 X31 X31 "12"
#define X128 X64 X64

/* Each is good, and at its limit where it has one. */
static const char *const good[] = {
    "\"grant\": \"client_credentials\"",
    "\"grant\": \"jwt-bearer\"",
    "\"grant\": \"none\"",
    "\"grant\": \"account_credentials\"",
    "\"grant\": \"urn:example:own\"",
    "\"grant\": \"urn:ietf:params:oauth:grant-type:saml2-bearer\"",
    "\"grant\": \"jwt-bearer\", \"claims\": {\"scope\": \"a\", \"sub\": \"b\", \"ISS2\": \"c\", "
    "\"box_sub_type\": \"d\"}",
    "\"client_auth\": \"bearer_jwt\", \"claims\": {\"" X128 "\": \"v\"}",
    "\"client_auth\": \"client_secret_jwt\", \"client_alg\": \"HS512\"",
    "\"client_auth\": \"client_assertion_file\", \"client_assertion_file\": \"/run/a\"",
    "\"scope_place\": \"field\"",
    "\"client_id_name\": \"" X128 "\"",
    "\"client_id_name\": \"identifier\", \"client_secret_name\": \"secret\"",
    "\"client_secret_name\": \"client_id\", \"client_id_name\": \"x\"",
    "\"token_path\": \"a\"",
    "\"token_path\": \"" X64 "." X31 X31 "\"",
    "\"expiry\": \"tokens.access.expirySeconds\"",
    "\"issuer\": \"http://127.0.0.1:9000\"",
    "\"api_header_name\": \"" X64 "\"",
    "\"api_header_name\": \"authorization\"",
    "\"api_header_prefix\": \"" X31 "2\"",
    "\"api_header_prefix\": \"token\", \"api_headers\": {\"X-Token\": \"x\"}",
    "\"second_url\": \"http://[::1]/t?x=1\"",
    "\"second_url\": \"https://a/t\", \"second_form\": {\"token\": \"a{token}b\", \"x\": \"{y}\"}",
};

static void test_what_is_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < KB_COUNT(good); i++) {
        KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
        struct kb_error err = KB_ERROR_INIT;
        char text[2048];

        snprintf(text, sizeof(text), PROFILE(BASE ", %s"), good[i]);
        if (kb_config_parse("/c.json", text, strlen(text), &config, &err))
            fail_msg("%s: %s", good[i], err.msg);
    }
}

/* Behind BASE, a comma and a line break: its place is of line 5. The hint may be NULL. */
static const struct {
    const char *body, *place, *says, *hint;
} mistakes[] = {
    {"\"client_alg\": \"RS128\"", ":5:15:", "\"client_alg\" must be \"RS256\"", NULL},
    {"\"client_alg\": \"none\"", ":5:15:", "\"client_alg\" must be", NULL},
    {"\"client_alg\": \"es256\"", ":5:15:", "\"client_alg\" must be", "\"ES256\""},
    {"\"client_key_id\": \"\\u00e4\"", ":5:18:", "printable ASCII", NULL},
    {"\"client_key_id\": \"" X128 X128 "1\"", ":5:18:", "longer than 256", NULL},
    {"\"assertion_audience\": \"" X128 X128 "\"", ":5:23:", "longer than 255", NULL},
    {"\"issuer\": \"sso.example.com\"", ":5:11:", "https://", "\"https://sso.example.com\"?"},
    {"\"issuer\": \"http://sso.example.com\"", ":5:11:", "not encrypted", NULL},
    {"\"claims\": {\"aud\": \"x\"}", ":5:19:", "claim \"aud\" is set by keybearer itself", NULL},
    {"\"claims\": {\"EXP\": \"x\"}", ":5:19:", "set by keybearer itself", NULL},
    {"\"claims\": {\"jti\": \"x\"}", ":5:19:", "set by keybearer itself", NULL},
    {"\"claims\": {\"iss\": \"x\"}", ":5:19:", "set by keybearer itself", NULL},
    {"\"claims\": {\"iat\": \"x\"}", ":5:19:", "set by keybearer itself", NULL},
    {"\"claims\": {\"nbf\": \"x\"}", ":5:19:", "set by keybearer itself", NULL},
    {"\"claims\": {\"password\": \"x\"}", ":5:24:", "claim \"password\" would hold a secret",
        "--client-secret-stdin"},
    {"\"claims\": {\"a b\": \"x\"}", ":5:19:", "a claim's name must be", NULL},
    {"\"claims\": {\"" X128 "1\": \"x\"}", ":5:145:", "a claim's name must be", NULL},
    {"\"claims\": {\"a\": \"\\u00e4\"}", ":5:17:", "printable ASCII", NULL},
    {"\"claims\": {\"a\": 1}", ":5:17:", "\"a\" must be a string", NULL},
    {"\"client_assertion_file\": \"token\"", ":5:26:", "absolute path", NULL},
    {"\"subject_token_file\": \"~/token\"", ":5:23:", "absolute path", NULL},
    {"\"subject_token_file\": \"/t\", \"subject_token_type\": \"jwt\"", ":5:51:", "absolute URI",
        NULL},
    {"\"subject_token_type\": \"urn:x\"", ":5:23:", "without \"subject_token_file\"", NULL},
    {"\"grant\": \"a b\"", ":5:10:", "visible ASCII", NULL},
    {"\"grant\": \"a\\\"b\"", ":5:10:", "without quotes", NULL},
    {"\"grant\": \"a\\\\b\"", ":5:10:", "without quotes and backslashes", NULL},
    {"\"grant\": \"jwt_bearer\"", ":5:10:", "is spelled otherwise", "write jwt-bearer"},
    {"\"grant\": \"Token-Exchange\"", ":5:10:", "is spelled otherwise", "write token-exchange"},
    {"\"grant\": \"client-credentials\"", ":5:10:", "is spelled otherwise",
        "write client_credentials"},
    {"\"grant\": \"urn:ietf:params:oauth:grant-type:jwt-bearer\"", ":5:10:", "in short",
        "write jwt-bearer"},
    {"\"grant\": \"urn:ietf:params:oauth:grant-type:token-exchange\"", ":5:10:", "in short",
        "write token-exchange"},
    {"\"body\": \"xml\"", ":5:9:", "must be \"form\", \"json\" or \"query\"", NULL},
    {"\"client_id_name\": \"client id\"", ":5:19:", "visible ASCII", NULL},
    {"\"client_secret_name\": \"" X128 "1\"", ":5:23:", "longer than 128", NULL},
    {"\"client_secret_name\": \"client_id\"", ":5:23:", "the client's other half", NULL},
    {"\"client_id_name\": \"client_secret\"", ":5:19:", "the client's other half", NULL},
    {"\"client_id_name\": \"x\", \"client_secret_name\": \"x\"", ":5:46:", "other half", NULL},
    {"\"client_id_name\": \"grant_type\"", ":5:19:", "has something else", NULL},
    {"\"client_secret_name\": \"scope\"", ":5:23:", "has something else", NULL},
    {"\"client_id_name\": \"x\", \"form\": {\"x\": \"y\"}", ":5:19:", "has something else", NULL},
    {"\"scope_separator\": \",\"", ":5:20:", "must be \"space\" or \"comma\"", NULL},
    {"\"scope_place\": \"body\"", ":5:16:", "must be \"field\" or \"claim\"", NULL},
    {"\"token_path\": \"a..b\"", ":5:15:", "names of members with dots between them", NULL},
    {"\"token_path\": \".a\"", ":5:15:", "dots between them", NULL},
    {"\"token_path\": \"a.\"", ":5:15:", "dots between them", NULL},
    {"\"token_path\": \"a b\"", ":5:15:", "dots between them", NULL},
    {"\"token_path\": \"" X128 "1\"", ":5:15:", "longer than 128", NULL},
    {"\"expiry\": \".\"", ":5:11:", "dots between them", NULL},
    {"\"expiry_unit\": \"minutes\"", ":5:16:", "must be \"s\", \"ms\", ", NULL},
    {"\"accept_status\": \"204\"", ":5:18:", "must be \"200\" or \"201\"", NULL},
    {"\"api_header_name\": \"X Token\"", ":5:20:", "not a header that can have a token", NULL},
    {"\"api_header_name\": \"X-Token:\"", ":5:20:", "not a header", NULL},
    {"\"api_header_name\": \"content-type\"", ":5:20:", "not a header", NULL},
    {"\"api_header_name\": \"cookie\"", ":5:20:", "not a header", NULL},
    {"\"api_header_name\": \"Proxy-Authorization\"", ":5:20:", "not a header", NULL},
    {"\"api_header_name\": \"" X64 "1\"", ":5:20:", "longer than 64", NULL},
    {"\"api_header_prefix\": \"Bearer \"", ":5:22:", "one word of visible ASCII, or none", NULL},
    {"\"api_header_prefix\": \"" X31 "23\"", ":5:22:", "longer than 32", NULL},
    {"\"api_header_name\": \"X-Token\", \"api_headers\": {\"x-token\": \"x\"}",
        ":5:20:", "header X-Token has the token, so \"api_headers\" cannot have it", NULL},
    {"\"second_url\": \"http://sso.example.com/t\"", ":5:15:", "not encrypted", NULL},
    {"\"second_url\": \"smtp://localhost/t\"", ":5:15:", "must begin with https://", NULL},
    {"\"second_url\": \"https://u:p@sso.example.com/t\"", ":5:15:", "user name", NULL},
    {"\"second_url\": \"https://sso.example.com/t?token=x\"", ":5:15:", "would hold a secret",
        NULL},
    {"\"second_form\": {\"a\": \"b\"}", ":5:16:", "means nothing without \"second_url\"", NULL},
    {"\"second_body\": \"json\"", ":5:16:", "means nothing without \"second_url\"", NULL},
    {"\"client_assertion_file\": \"/run/a\"",
        ":5:26:", "means nothing unless \"client_auth\" is client_assertion_file", NULL},
    {"\"subject_token_file\": \"/run/b\"",
        ":5:23:", "means nothing unless \"grant\" is token-exchange", NULL},
    {"\"claims\": {\"sub\": \"a\"}", ":5:11:", "nothing to a client that signs nothing",
        "\"client_auth\", as to private_key_jwt; or \"grant\" to jwt-bearer"},
    {"\"assertion_audience\": \"a\"", ":5:23:", "that signs nothing", NULL},
    {"\"client_key_id\": \"a\"", ":5:18:", "that signs nothing", NULL},
    {"\"client_alg\": \"ES256\", \"client_auth\": \"tls_client_auth\"",
        ":5:15:", "that signs nothing", NULL},
    {"\"scope_place\": \"claim\"", ":5:16:", "that signs nothing", NULL},
    {"\"second_url\": \"https://a/t\", \"second_form\": {\"access_token\": \"x\"}",
        ":5:62:", "form field \"access_token\" would hold a secret",
        "write {token} where the first token belongs"},
    {"\"token_path\": \"$.data.token\"", ":5:15:", "names of members with dots between them",
        "did you mean \"data.token\"?"},
    {"\"second_url\": \"https://a/t\", \"second_form\": {\"a b\": \"x\"}",
        ":5:53:", "a form field's name", NULL},
    {"\"second_url\": \"https://a/t\", \"second_form\": {\"a\": \"\\u00e4\"}",
        ":5:51:", "printable ASCII", NULL},
    {"\"second_url\": \"https://a/t\", \"second_body\": \"query\"",
        ":5:45:", "must be \"form\" or \"json\"", NULL},
    /* what belongs to the client */
    {"\"client_key\": \"x\"", ":5:1:", "unknown key \"client_key\"", "--client-key FILE"},
    {"\"private_key\": \"-----BEGIN PRIVATE KEY-----\"", ":5:1:", "unknown key \"private_key\"",
        "keybearer keygen NAME"},
    {"\"key_file\": \"/k.pem\"", ":5:1:", "unknown key \"key_file\"", "--client-key FILE"},
    {"\"client_cert\": \"/c.pem\"", ":5:1:", "unknown key", "--client-cert FILE"},
    {"\"certificate\": \"/c.pem\"", ":5:1:", "unknown key", "--client-cert FILE"},
    {"\"form\": {\"private_key\": \"x\"}", ":5:25:", "would hold a secret", NULL},
    /* what the RFCs call it */
    {"\"grant_type\": \"password\"", ":5:1:", "unknown key", "did you mean \"grant\"?"},
    {"\"token_endpoint\": \"x\"", ":5:1:", "unknown key", "did you mean \"token_url\"?"},
    {"\"token_endpoint_auth_method\": \"x\"", ":5:1:", "unknown key",
        "did you mean \"client_auth\"?"},
    {"\"kid\": \"x\"", ":5:1:", "unknown key", "did you mean \"client_key_id\"?"},
    {"\"aud\": \"x\"", ":5:1:", "unknown key", "did you mean \"assertion_audience\"?"},
    {"\"expires_in\": \"x\"", ":5:1:", "unknown key", "did you mean \"expiry\"?"},
    {"\"claim\": {\"a\": \"b\"}", ":5:1:", "unknown key", "did you mean \"claims\"?"},
    {"\"token-path\": \"x\"", ":5:1:", "unknown key", "did you mean \"token_path\"?"},
    {"\"accept_statuses\": \"x\"", ":5:1:", "unknown key", "did you mean \"accept_status\"?"},
};

static void test_mistakes_name_their_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < KB_COUNT(mistakes); i++) {
        struct kb_config config = {.count = 99};
        struct kb_error err = KB_ERROR_INIT;
        char text[2048], place[32];

        snprintf(text, sizeof(text), PROFILE(BASE ",\n%s"), mistakes[i].body);
        snprintf(place, sizeof(place), "/c.json%s ", mistakes[i].place);
        if (kb_config_parse("/c.json", text, strlen(text), &config, &err) != KB_ERR_CONFIG)
            fail_msg("accepted %s", mistakes[i].body);
        assert_int_equal(config.count, 99);
        if (strncmp(err.msg, place, strlen(place)) != 0)
            fail_msg("%s: expected at %s: %s", mistakes[i].body, place, err.msg);
        assert_mentions(err.msg, mistakes[i].says);
        assert_null(strstr(err.msg, "BEGIN"));
        if (mistakes[i].hint)
            assert_mentions(err.hint, mistakes[i].hint);
    }
}

static void test_a_certificate_proves_nothing_without_tls(void **state)
{
    static const char *const methods[] = {"tls_client_auth", "self_signed_tls_client_auth"};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(methods); i++) {
        struct kb_config config = KB_CONFIG_INIT;
        struct kb_error err = KB_ERROR_INIT;
        char text[512];

        snprintf(text, sizeof(text),
            PROFILE("\"token_url\": \"http://127.0.0.1/t\", \"store\": \"sealed-file\", "
                    "\"client_auth\": \"%s\""),
            methods[i]);
        assert_int_equal(
            kb_config_parse("/c.json", text, strlen(text), &config, &err), KB_ERR_CONFIG);
        assert_mentions(
            err.msg, "\"client_auth\" needs TLS, and \"token_url\" does not begin with");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_whole_vocabulary),
        cmocka_unit_test(test_who_proves_itself_by_the_grant),
        cmocka_unit_test(test_what_is_good),
        cmocka_unit_test(test_mistakes_name_their_place),
        cmocka_unit_test(test_a_certificate_proves_nothing_without_tls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
