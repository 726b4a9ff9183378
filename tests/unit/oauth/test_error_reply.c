/* Every shape an error body is known to have, and bodies that have none. */
#include "fixture.h"

#include "base/json.h"
#include "oauth/error_reply.h"

static void read_error(const struct fixture *f, struct kb_error_reply *ret)
{
    KB_AUTO(kb_json_release) struct json_object *body = NULL;
    const struct kb_buf *text = &f->reply.body;
    const struct kb_oauth_context context = {.client = &f->client};

    KB_IGNORE(kb_json_parse(kb_buf_text(text), text->len, &body, NULL));
    kb_error_reply_read(&f->reply, body, &context, ret);
}

static void read_body(
    struct fixture *f, const char *type, const char *body, struct kb_error_reply *ret)
{
    set_reply(f, 401, type, body);
    read_error(f, ret);
}

static void test_known_shapes(void **state)
{
    static const struct {
        const char *body, *code, *description, *request_id;
    } cases[] = {
        /* OAuth */
        {"{\"error\":\"invalid_client\"}", "invalid_client", "", ""},
        {"{\"error\":\"invalid_client\",\"error_description\":\"Bad credentials\"}",
            "invalid_client", "Bad credentials", ""},
        {"{\"error\":\"x\",\"error_description\":null,\"error_uri\":null}", "x", "", ""},
        {"{\"error\":\"invalid_client\",\"error_codes\":[7000215],\"trace_id\":\"t-1\"}",
            "invalid_client", "", "t-1"},
        /* Zuora v1, code as a number and as a string */
        {"{\"success\":false,\"processId\":\"CBCFED6580B4E076\",\"reasons\":"
         "[{\"code\":53100320,\"message\":\"'termType' value should be one of...\"}]}",
            "53100320", "'termType' value should be one of...", "CBCFED6580B4E076"},
        {"{\"success\":false,\"reasons\":[{\"code\":\"90000011\",\"message\":"
         "\"Authentication error\"}]}",
            "90000011", "Authentication error", ""},
        {"{\"success\":false,\"requestId\":\"dd76fba7\",\"reasons\":[]}", "", "", "dd76fba7"},
        {"{\"success\":false}", "", "", ""},
        /* Zuora Object Query, Object CRUD, action */
        {"{\"reasons\":[{\"code\":50000040,\"message\":\"Not found\"}],\"requestId\":\"r-2\"}",
            "50000040", "Not found", "r-2"},
        {"{\"Success\":false,\"Errors\":[{\"Code\":\"INVALID_VALUE\",\"Message\":\"No\"}]}",
            "INVALID_VALUE", "No", ""},
        {"{\"FaultCode\":\"INVALID_FIELD\",\"FaultMessage\":\"invalid field\"}", "INVALID_FIELD",
            "invalid field", ""},
        /* flat, framework, gateway, nested */
        {"{\"code\":\"ClientError\",\"message\":\"No\"}", "ClientError", "No", ""},
        {"{\"timestamp\":\"2024\",\"status\":400,\"error\":\"Bad Request\",\"message\":"
         "\"Missing grant\",\"path\":\"/oauth/token\"}",
            "Bad Request", "Missing grant", ""},
        {"{\"message\":\"API rate limit exceeded\"}", "", "API rate limit exceeded", ""},
        {"{\"error\":{\"code\":\"unauthorized\",\"message\":\"No\"}}", "unauthorized", "No", ""},
        {"{\"error\":{\"code\":401,\"message\":\"No\",\"status\":\"X\"}}", "401", "No", ""},
        {"{\"error\":{\"message\":\"No\",\"status\":\"UNAUTHENTICATED\"}}", "UNAUTHENTICATED", "No",
            ""},
        /* RFC 9457, Okta, JSON:API */
        {"{\"type\":\"about:blank\",\"title\":\"Unauthorized\",\"detail\":\"No\"}", "Unauthorized",
            "No", ""},
        {"{\"errorCode\":\"E0000004\",\"errorSummary\":\"No\",\"errorId\":\"oae1\"}", "E0000004",
            "No", "oae1"},
        {"{\"errors\":[{\"code\":\"5\",\"message\":\"No\"},{\"code\":\"6\"}]}", "5", "No", ""},
        /* what the code cannot be is looked for elsewhere */
        {"{\"error\":\"a\\\"b\",\"code\":\"c\"}", "c", "", ""},
        {"{\"error\":\"a\\\\b\",\"message\":\"m\"}", "", "m", ""},
        {"{\"error\":\"a\\nb\",\"message\":\"m\"}", "", "m", ""},
        {"{\"error\":\"\",\"message\":\"m\"}", "", "m", ""},
        {"{\"error\":true,\"message\":\"m\"}", "", "m", ""},
        {"{\"reasons\":[1],\"message\":\"m\"}", "", "m", ""},
        {"{\"reasons\":{\"code\":7},\"message\":\"m\"}", "7", "m", ""},
    };
    struct fixture f;

    (void)state;
    fixture_open(&f);
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct kb_error_reply read;

        read_body(&f, "application/json", cases[i].body, &read);
        if (!read.recognised)
            fail_msg("not recognised: %s", cases[i].body);
        assert_string_equal(read.code, cases[i].code);
        assert_string_equal(read.description, cases[i].description);
        assert_string_equal(read.request_id, cases[i].request_id);
    }
    fixture_close(&f);
}

static void test_what_is_no_error_body(void **state)
{
    static const char *const bodies[] = {
        "",
        "null",
        "[]",
        "\"invalid_client\"",
        "{}",
        "{\"success\":true}",
        "{\"success\":\"false\"}",
        "{\"error\":null}",
        "{\"error\":[]}",
        "{\"error\":\"a\",\"error\":\"b\"}",
        "{\"error\":\"invalid_client\"",
        "{\"error\":\"invalid_client\"} x",
        "{'error':'invalid_client'}",
        "{\"reasons\":[]}",
        "{\"reasons\":[[]]}",
        "<html><title>403 Forbidden</title></html>",
        "error=invalid_client",
    };
    struct fixture f;

    (void)state;
    fixture_open(&f);
    for (size_t i = 0; i < KB_COUNT(bodies); i++) {
        struct kb_error_reply read;

        read_body(&f, "text/html", bodies[i], &read);
        if (read.recognised || *read.code || *read.description)
            fail_msg("recognised: %s", bodies[i]);
    }
    fixture_close(&f);
}

/* An error is shown even when the gateway calls it text/plain. */
static void test_the_content_type_of_an_error_does_not_matter(void **state)
{
    struct kb_error_reply read;
    struct fixture f;

    (void)state;
    fixture_open(&f);
    read_body(&f, "text/plain", "{\"error\":\"invalid_client\"}", &read);
    assert_string_equal(read.code, "invalid_client");
    fixture_close(&f);
}

static void test_a_header_names_the_request_before_the_body(void **state)
{
    static const char *const names[] = {
        "zuora-request-id", "X-Request-Id", "Request-Id", "x-ms-request-id", "x-correlation-id"};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(names); i++) {
        struct kb_error_reply read;
        struct fixture f;

        fixture_open(&f);
        set_reply(&f, 401, NULL, "{\"requestId\":\"of-the-body\"}");
        add_header(&f, names[i], "of-the-header");
        read_error(&f, &read);
        assert_string_equal(read.request_id, "of-the-header");
        fixture_close(&f);
    }
}

static void test_echoes_are_redacted_and_long_texts_cut(void **state)
{
    KB_AUTO(kb_buf_clear) struct kb_buf body = KB_BUF_INIT(KB_HTTP_BODY_MAX);
    struct kb_error_reply read;
    struct fixture f;

    (void)state;
    fixture_open(&f);
    set_client(&f.client, "client-7", "hush-hush");
    kb_buf_str(&body, "{\"error\":\"hush-hush\",\"requestId\":\"hush-hush\","
                      "\"error_description\":\"hush-hush ");
    for (int i = 0; i < 1000; i++)
        kb_buf_str(&body, "long ");
    kb_buf_str(&body, "\"}");
    set_reply(&f, 401, NULL, kb_buf_text(&body));
    read_error(&f, &read);
    assert_string_equal(read.code, "[redacted]");
    assert_string_equal(read.request_id, "[redacted]");
    assert_memory_equal(read.description, "[redacted] long long", 20);
    assert_int_equal(strlen(read.description), 200);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_shapes),
        cmocka_unit_test(test_what_is_no_error_body),
        cmocka_unit_test(test_the_content_type_of_an_error_does_not_matter),
        cmocka_unit_test(test_a_header_names_the_request_before_the_body),
        cmocka_unit_test(test_echoes_are_redacted_and_long_texts_cut),
    };

    return cmocka_run_group_tests_name("error_reply", tests, NULL, NULL);
}
