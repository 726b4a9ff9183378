/* What every status says to the person and to the retry loop. */
#include "fixture.h"

#include <stdio.h>

#define JSON "application/json"
#define HTML "text/html"
#define OAUTH "{\"error\":\"invalid_client\",\"error_description\":\"Bad credentials\"}"
#define PAGE "<html>Blocked</html>"

static void test_code_and_retry_of_each_status(void **state)
{
    static const struct {
        long status;
        const char *type, *body;
        enum kb_err code;
        enum kb_retry retry;
    } cases[] = {
        {400, JSON, OAUTH, KB_ERR_DENIED, KB_RETRY_NEVER},
        {400, JSON, "{\"error\":\"invalid_request\"}", KB_ERR_DENIED, KB_RETRY_NEVER},
        {400, JSON, "{\"error\":\"server_error\"}", KB_ERR_DENIED, KB_RETRY_NEVER},
        {400, HTML, PAGE, KB_ERR_SERVER, KB_RETRY_BRIEF},
        {400, NULL, "", KB_ERR_SERVER, KB_RETRY_BRIEF},
        {401, JSON, OAUTH, KB_ERR_DENIED, KB_RETRY_NEVER},
        {401, JSON, "{\"message\":\"no\"}", KB_ERR_DENIED, KB_RETRY_NEVER},
        {401, HTML, PAGE, KB_ERR_DENIED, KB_RETRY_BRIEF},
        {401, NULL, "", KB_ERR_DENIED, KB_RETRY_BRIEF},
        {403, JSON, OAUTH, KB_ERR_DENIED, KB_RETRY_NEVER},
        {403, HTML, PAGE, KB_ERR_DENIED, KB_RETRY_BRIEF},
        {403, NULL, "", KB_ERR_DENIED, KB_RETRY_BRIEF},
        {403, JSON, "{}", KB_ERR_DENIED, KB_RETRY_BRIEF},
        {404, JSON, "{\"message\":\"no\"}", KB_ERR_SERVER, KB_RETRY_NEVER},
        {404, HTML, PAGE, KB_ERR_SERVER, KB_RETRY_BRIEF},
        {405, HTML, PAGE, KB_ERR_SERVER, KB_RETRY_BRIEF},
        {415, JSON, OAUTH, KB_ERR_SERVER, KB_RETRY_NEVER},
        {499, HTML, PAGE, KB_ERR_SERVER, KB_RETRY_BRIEF},
        {408, NULL, "", KB_ERR_SERVER, KB_RETRY_SOON},
        {429, JSON, "{\"message\":\"slow down\"}", KB_ERR_RATE_LIMITED, KB_RETRY_AFTER},
        {429, HTML, PAGE, KB_ERR_RATE_LIMITED, KB_RETRY_AFTER},
        {500, JSON, "{\"error\":\"server_error\"}", KB_ERR_SERVER, KB_RETRY_SOON},
        {500, JSON, OAUTH, KB_ERR_SERVER, KB_RETRY_SOON},
        {502, HTML, PAGE, KB_ERR_SERVER, KB_RETRY_SOON},
        {503, NULL, "", KB_ERR_SERVER, KB_RETRY_SOON},
        {599, NULL, "", KB_ERR_SERVER, KB_RETRY_SOON},
        {301, NULL, "", KB_ERR_SERVER, KB_RETRY_BRIEF},
        {302, HTML, PAGE, KB_ERR_SERVER, KB_RETRY_BRIEF},
        {304, NULL, "", KB_ERR_SERVER, KB_RETRY_BRIEF},
        {307, JSON, OAUTH, KB_ERR_SERVER, KB_RETRY_BRIEF},
        {308, NULL, "", KB_ERR_SERVER, KB_RETRY_BRIEF},
        {100, NULL, "", KB_ERR_SERVER, KB_RETRY_BRIEF},
        {201, JSON, "{\"access_token\":\"tok\",\"token_type\":\"Bearer\"}", KB_ERR_SERVER,
            KB_RETRY_BRIEF},
        {204, NULL, "", KB_ERR_SERVER, KB_RETRY_BRIEF},
        {206, JSON, "{\"access_token\":\"tok\",\"token_type\":\"Bearer\"}", KB_ERR_SERVER,
            KB_RETRY_BRIEF},
    };
    struct fixture f;

    (void)state;
    fixture_open(&f);
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        char status[16];

        set_reply(&f, cases[i].status, cases[i].type, cases[i].body);
        if (read_reply(&f) != cases[i].code || f.facts.retry != cases[i].retry)
            fail_msg("%ld %s: error %d, retry %d", cases[i].status, cases[i].body, (int)f.err.code,
                (int)f.facts.retry);
        snprintf(status, sizeof(status), "HTTP %ld", cases[i].status);
        assert_contains(f.err.msg, status);
        assert_lacks(f.err.msg, "Blocked");
        assert_lacks(f.err.msg, "tok\"");
    }
    fixture_close(&f);
}

/* Zuora and others send errors with status 200; the code inside decides. */
static void test_errors_with_status_200(void **state)
{
    static const struct {
        const char *body;
        enum kb_err code;
        enum kb_retry retry;
    } cases[] = {
        {OAUTH, KB_ERR_DENIED, KB_RETRY_NEVER},
        {"{\"error\":\"x\",\"access_token\":\"tok\",\"token_type\":\"Bearer\"}", KB_ERR_DENIED,
            KB_RETRY_NEVER},
        {"{\"error\":\"temporarily_unavailable\"}", KB_ERR_SERVER, KB_RETRY_SOON},
        {"{\"error\":\"server_error\"}", KB_ERR_SERVER, KB_RETRY_BRIEF},
        {"{\"error\":{\"message\":\"no\"}}", KB_ERR_SERVER, KB_RETRY_BRIEF},
        {"{\"success\":false}", KB_ERR_SERVER, KB_RETRY_BRIEF},
        {"{\"success\":false,\"reasons\":[{\"code\":90000011,\"message\":\"no\"}]}", KB_ERR_DENIED,
            KB_RETRY_NEVER},
        {"{\"success\":false,\"reasons\":[{\"code\":\"90000010\"}]}", KB_ERR_DENIED,
            KB_RETRY_NEVER},
        {"{\"success\":false,\"reasons\":[{\"code\":53100320}]}", KB_ERR_DENIED, KB_RETRY_NEVER},
        {"{\"success\":false,\"reasons\":[{\"code\":53100340}]}", KB_ERR_SERVER, KB_RETRY_NEVER},
        {"{\"success\":false,\"reasons\":[{\"code\":53100350}]}", KB_ERR_SERVER, KB_RETRY_SOON},
        {"{\"success\":false,\"reasons\":[{\"code\":53100360}]}", KB_ERR_SERVER, KB_RETRY_BRIEF},
        {"{\"success\":false,\"reasons\":[{\"code\":53100361}]}", KB_ERR_SERVER, KB_RETRY_SOON},
        {"{\"success\":false,\"reasons\":[{\"code\":53100370}]}", KB_ERR_RATE_LIMITED,
            KB_RETRY_AFTER},
        {"{\"success\":false,\"reasons\":[{\"code\":53100399}]}", KB_ERR_SERVER, KB_RETRY_BRIEF},
        {"{\"Success\":false,\"Errors\":[{\"Code\":\"INVALID_VALUE\",\"Message\":\"no\"}]}",
            KB_ERR_DENIED, KB_RETRY_NEVER},
        {"{\"FaultCode\":\"INVALID_FIELD\",\"FaultMessage\":\"no\"}", KB_ERR_DENIED,
            KB_RETRY_NEVER},
    };
    struct fixture f;

    (void)state;
    fixture_open(&f);
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        set_reply(&f, 200, JSON, cases[i].body);
        if (read_reply(&f) != cases[i].code || f.facts.retry != cases[i].retry)
            fail_msg("%s: error %d, retry %d", cases[i].body, (int)f.err.code, (int)f.facts.retry);
        assert_contains(f.err.msg, "HTTP 200");
    }
    fixture_close(&f);
}

static void test_waiting(void **state)
{
    static const struct {
        long status;
        const char *name, *value;
        enum kb_retry retry;
        int64_t wait_s;
    } cases[] = {
        {429, "Retry-After", "7", KB_RETRY_AFTER, 7},
        {429, "Retry-After", "Tue, 14 Nov 2023 22:13:50 GMT", KB_RETRY_AFTER, 30},
        {429, "Retry-After", "100000", KB_RETRY_AFTER, 300},
        {429, "Retry-After", "0", KB_RETRY_AFTER, 15},
        {429, "Retry-After", "-7", KB_RETRY_AFTER, 15},
        {429, "X-Nothing", "7", KB_RETRY_AFTER, 15},
        {429, "RateLimit-Reset", "45", KB_RETRY_AFTER, 45},
        {429, "X-RateLimit-Remaining-minute", "0", KB_RETRY_AFTER, 60},
        {503, "Retry-After", "7", KB_RETRY_AFTER, 7},
        {503, "RateLimit-Reset", "45", KB_RETRY_SOON, 0},
        {503, "X-RateLimit-Remaining-minute", "0", KB_RETRY_SOON, 0},
        {401, "Retry-After", "7", KB_RETRY_NEVER, 0},
        {401, "RateLimit-Reset", "45", KB_RETRY_NEVER, 0},
    };
    struct fixture f;

    (void)state;
    fixture_open(&f);
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        set_reply(&f, cases[i].status, JSON, OAUTH);
        add_header(&f, cases[i].name, cases[i].value);
        assert_int_not_equal(read_reply(&f), KB_OK);
        if (f.facts.retry != cases[i].retry || f.facts.wait_s != cases[i].wait_s)
            fail_msg("%ld %s %s: retry %d, wait %lld", cases[i].status, cases[i].name,
                cases[i].value, (int)f.facts.retry, (long long)f.facts.wait_s);
    }
    fixture_close(&f);
}

static void test_how_messages_read(void **state)
{
    struct fixture f;

    (void)state;
    fixture_open(&f);
    set_reply(&f, 401, JSON, OAUTH);
    add_header(&f, "Zuora-Request-Id", "91b0ac45");
    assert_int_equal(read_reply(&f), KB_ERR_DENIED);
    assert_string_equal(f.err.msg, "the token endpoint rest.zuora.com refused the client: "
                                   "HTTP 401, invalid_client: Bad credentials (request 91b0ac45)");
    assert_string_equal(f.facts.request_id, "91b0ac45");

    set_reply(&f, 429, HTML, PAGE);
    add_header(&f, "Retry-After", "7");
    assert_int_equal(read_reply(&f), KB_ERR_RATE_LIMITED);
    assert_string_equal(f.err.msg, "the token endpoint rest.zuora.com is limiting requests: "
                                   "HTTP 429; it asked to wait 7 s");

    set_reply(&f, 429, HTML, PAGE);
    assert_int_equal(read_reply(&f), KB_ERR_RATE_LIMITED);
    assert_string_equal(
        f.err.msg, "the token endpoint rest.zuora.com is limiting requests: HTTP 429");

    set_reply(&f, 307, NULL, "");
    assert_int_equal(read_reply(&f), KB_ERR_SERVER);
    assert_string_equal(f.err.msg,
        "the token endpoint rest.zuora.com answered with a redirect, and redirects are not "
        "followed: HTTP 307");

    set_reply(&f, 200, HTML, PAGE);
    add_header(&f, "X-Request-Id", "r-1");
    assert_int_equal(read_reply(&f), KB_ERR_SERVER);
    assert_string_equal(f.err.msg, "the token endpoint rest.zuora.com answered HTTP 200 with "
                                   "text/html instead of JSON (request r-1)");
    fixture_close(&f);
}

static void test_hints(void **state)
{
    static const struct {
        const char *preset;
        long status;
        const char *body, *hint;
    } cases[] = {
        {NULL, 401, OAUTH, "keybearer add books, if the id or the secret is wrong"},
        {NULL, 401, OAUTH, "\"client_auth\" to be \"client_secret_basic\""},
        {"twilio", 401, OAUTH, "keybearer add books"},
        {NULL, 400, OAUTH, "keybearer add books"},
        {NULL, 403, "", "keybearer add books"},
        {"zuora", 401, OAUTH, "environment"},
        {"zuora", 401, OAUTH, "rest.zuora.com"},
        {NULL, 400, "{\"error\":\"invalid_scope\"}", "\"scope\" of profile books"},
        {NULL, 400, "{\"error\":\"unauthorized_client\"}", "client credentials grant"},
        {NULL, 400, "{\"error\":\"unsupported_grant_type\"}", "client credentials grant"},
        {NULL, 302, "", "address of the token endpoint of profile books"},
        {NULL, 404, "", "address of the token endpoint of profile books"},
        {NULL, 400, "{\"error\":\"invalid_request\"}", "keybearer show books shows what"},
    };
    struct fixture f;

    (void)state;
    fixture_open(&f);
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        f.profile.preset = cases[i].preset ? kb_preset_find(cases[i].preset) : NULL;
        set_reply(&f, cases[i].status, JSON, cases[i].body);
        assert_int_not_equal(read_reply(&f), KB_OK);
        assert_contains(f.err.hint, cases[i].hint);
        assert_int_equal(
            f.facts.client_refused, strstr(cases[i].body, OAUTH) || cases[i].status == 403);
    }
    fixture_close(&f);
}

/* No file has the profile, and no store its client: an option is all that can be corrected. */
static void test_hints_for_who_types_a_profile(void **state)
{
    static const struct {
        long status;
        const char *body, *hint;
    } cases[] = {
        {400, "{\"error\":\"invalid_scope\"}", "set --scope"},
        {302, "", "correct the options that make the address https://"},
        {404, "", "correct the options that make the address https://"},
        {400, "{\"error\":\"invalid_request\"}", "correct what the command asks for"},
        {200, "{\"access_token\":\"t\"}", "--token-type 'none'"},
        {500, "", "try again later"},
        {429, "", "wait, then try again"},
    };
    struct fixture f;

    (void)state;
    fixture_open(&f);
    f.profile.is_typed = true;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        set_reply(&f, cases[i].status, JSON, cases[i].body);
        assert_int_not_equal(read_reply(&f), KB_OK);
        assert_contains(kb_err_hint(&f.err), cases[i].hint);
        assert_lacks(kb_err_hint(&f.err), "books");
        assert_lacks(kb_err_hint(&f.err), "configuration");
    }
    fixture_close(&f);
}

static void test_a_track_id_is_named_when_it_was_sent_and_came_back(void **state)
{
    struct fixture f;

    (void)state;
    fixture_open(&f);
    f.profile.preset = kb_preset_find("zuora");
    set_reply(&f, 401, JSON, OAUTH);
    add_header(&f, "zuora-track-id", "build-7");
    assert_int_equal(read_reply(&f), KB_ERR_DENIED);
    assert_lacks(f.err.msg, "build-7");
    kb_pairs_add(&f.profile.headers, "Zuora-Track-Id", "auto");
    assert_int_equal(read_reply(&f), KB_ERR_DENIED);
    assert_contains(f.err.msg, "(Zuora-Track-Id build-7)");
    add_header(&f, "X-Request-Id", "r-1");
    assert_int_equal(read_reply(&f), KB_ERR_DENIED);
    assert_contains(f.err.msg, "(request r-1, Zuora-Track-Id build-7)");
    fixture_close(&f);
}

/* A server may echo the request anywhere. */
static void test_no_echo_reaches_the_message(void **state)
{
    static const char *const bodies[] = {
        "{\"error\":\"hush-hush\"}",
        "{\"error\":\"x\",\"error_description\":\"client_secret=hush-hush\"}",
        "{\"message\":\"Basic Y2xpZW50LTc6aHVzaC1odXNo\"}",
        "{\"reasons\":[{\"code\":\"hush-hush\",\"message\":\"hush%2Dhush\"}]}",
        "{\"requestId\":\"hush-hush\"}",
        "<p>hush-hush</p>",
    };
    struct fixture f;

    (void)state;
    fixture_open(&f);
    set_client(&f.client, "client-7", "hush-hush");
    for (size_t i = 0; i < KB_COUNT(bodies); i++) {
        set_reply(&f, 401, "text/hush-hush", bodies[i]);
        add_header(&f, "X-Correlation-Id", "hush-hush");
        assert_int_equal(read_reply(&f), KB_ERR_DENIED);
        assert_lacks(f.err.msg, "hush");
        assert_lacks(f.err.msg, "aHVza");
        assert_lacks(f.err.msg, "Y2xpZW50");
        assert_lacks(f.facts.request_id, "hush");

        set_reply(&f, 200, "text/hush-hush", bodies[i]);
        assert_int_equal(read_reply(&f), KB_ERR_SERVER);
        assert_lacks(f.err.msg, "hush");
    }
    fixture_close(&f);
}

/* The second endpoint has seen no secret of the client, so nobody is asked for another one. */
static void test_errors_of_the_second_step(void **state)
{
    static const struct {
        long status;
        const char *body;
        enum kb_err code;
        enum kb_retry retry;
        const char *said, *hint;
    } cases[] = {
        {401, OAUTH, KB_ERR_DENIED, KB_RETRY_NEVER,
            "the second endpoint second.example.com refused the token of the first step: HTTP 401, "
            "invalid_client: Bad credentials",
            "keybearer show books"},
        {403, "{\"error\":\"unauthorized_client\"}", KB_ERR_DENIED, KB_RETRY_NEVER,
            "refused the token of the first step", "keybearer show books"},
        {400, "{\"error\":\"invalid_scope\"}", KB_ERR_DENIED, KB_RETRY_NEVER,
            "the second endpoint second.example.com refused the request: HTTP 400",
            "keybearer show books"},
        {404, "{\"message\":\"no\"}", KB_ERR_SERVER, KB_RETRY_NEVER, "second.example.com",
            "https://second.example.com/exchange"},
        {500, "", KB_ERR_SERVER, KB_RETRY_SOON, "the second endpoint second.example.com failed",
            ""},
        {429, "", KB_ERR_RATE_LIMITED, KB_RETRY_AFTER, "second.example.com is limiting", ""},
        {200, "{\"access_token\":7}", KB_ERR_SERVER, KB_RETRY_BRIEF,
            "the second endpoint second.example.com answered HTTP 200 with an access_token", ""},
        {401, "{\"error\":\"x\",\"error_description\":\"not first-token-1234\"}", KB_ERR_DENIED,
            KB_RETRY_NEVER, "x: not [redacted]", ""},
    };
    KB_AUTO(kb_secret_clear) struct kb_secret first = KB_SECRET_INIT;
    struct fixture f;

    (void)state;
    assert_int_equal(kb_secret_set(&first, "first-token-1234", 16, NULL), KB_OK);
    fixture_open(&f);
    set_second(&f);
    f.first_token = &first;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        set_reply(&f, cases[i].status, JSON, cases[i].body);
        assert_int_equal(read_reply(&f), cases[i].code);
        assert_int_equal(f.facts.retry, cases[i].retry);
        assert_false(f.facts.client_refused);
        assert_contains(f.err.msg, cases[i].said);
        assert_contains(f.err.hint, cases[i].hint);
        assert_lacks(f.err.hint, "keybearer add");
        assert_lacks(f.err.hint, "rest.zuora.com");
    }
    fixture_close(&f);
}

static void test_hints_for_who_signs(void **state)
{
    static const struct {
        const char *method, *grant, *body, *hint;
    } cases[] = {
        {"private_key_jwt", NULL, OAUTH, "public key or certificate"},
        {"tls_client_auth", NULL, OAUTH, "public key or certificate"},
        {"none", "jwt-bearer", OAUTH, "assertion_audience"},
        {"none", "jwt-bearer", "{\"error\":\"invalid_grant\"}", "assertion_audience"},
        {"client_assertion_file", NULL, OAUTH, "keybearer add books"},
        {"client_secret_post", NULL, "{\"error\":\"unauthorized_client\"}",
            "allow the client credentials grant"},
        {"client_secret_post", "account_credentials", "{\"error\":\"unsupported_grant_type\"}",
            "allow the account_credentials grant"},
        {"client_secret_post", "none", "{\"error\":\"unsupported_grant_type\"}",
            "keybearer show books"},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct fixture f;

        fixture_open(&f);
        set_text(&f.profile.client_auth, cases[i].method);
        set_text(&f.profile.grant, cases[i].grant);
        set_reply(&f, 401, JSON, cases[i].body);
        assert_int_equal(read_reply(&f), KB_ERR_DENIED);
        assert_contains(f.err.hint, cases[i].hint);
        fixture_close(&f);
    }
}

/* The fixture's time is 22:13:20. */
static void test_hints_for_a_clock_that_spoils_what_was_signed(void **state)
{
    static const struct {
        const char *date, *hint;
        bool refused;
    } cases[] = {
        {"Tue, 14 Nov 2023 22:16:19 GMT", "public key", true},
        {"Tue, 14 Nov 2023 22:16:20 GMT",
            "180 s behind the server's, where what the client signs has expired", false},
        {"Tue, 14 Nov 2023 22:12:21 GMT", "public key", true},
        {"Tue, 14 Nov 2023 22:12:20 GMT",
            "60 s ahead of the server's, where what the client signs is not valid yet", false},
        {"14 Nov 2023", "public key", true},
    };
    struct kb_secret assertions[KB_ASSERTION_USES] = {KB_SECRET_INIT};
    struct fixture f;

    (void)state;
    fixture_open(&f);
    set_text(&f.profile.client_auth, "private_key_jwt");
    assert_int_equal(kb_secret_set(&assertions[KB_ASSERTION_CLIENT], "a.b.c", 5, NULL), KB_OK);
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        f.assertions = assertions;
        set_reply(&f, 401, JSON, OAUTH);
        add_header(&f, "Date", cases[i].date);
        assert_int_equal(read_reply(&f), KB_ERR_DENIED);
        assert_contains(f.err.hint, cases[i].hint);
        assert_int_equal(f.facts.client_refused, cases[i].refused);
        set_reply(&f, 401, JSON, "{\"error\":\"invalid_scope\"}"); /* it was good */
        add_header(&f, "Date", cases[i].date);
        assert_int_equal(read_reply(&f), KB_ERR_DENIED);
        assert_contains(f.err.hint, "scope");
        set_reply(&f, 401, JSON, OAUTH);
        add_header(&f, "Date", cases[i].date);
        f.assertions = NULL; /* nothing was signed, so no clock matters */
        assert_int_equal(read_reply(&f), KB_ERR_DENIED);
        assert_true(f.facts.client_refused);
    }
    kb_secret_clear(&assertions[KB_ASSERTION_CLIENT]);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_code_and_retry_of_each_status),
        cmocka_unit_test(test_errors_with_status_200),
        cmocka_unit_test(test_waiting),
        cmocka_unit_test(test_how_messages_read),
        cmocka_unit_test(test_hints),
        cmocka_unit_test(test_hints_for_who_types_a_profile),
        cmocka_unit_test(test_a_track_id_is_named_when_it_was_sent_and_came_back),
        cmocka_unit_test(test_no_echo_reaches_the_message),
        cmocka_unit_test(test_errors_of_the_second_step),
        cmocka_unit_test(test_hints_for_who_signs),
        cmocka_unit_test(test_hints_for_a_clock_that_spoils_what_was_signed),
    };

    return cmocka_run_group_tests_name("refusal", tests, NULL, NULL);
}
