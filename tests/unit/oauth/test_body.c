/* The formats of a body, byte by byte. */
#include "fixture.h"

#include "oauth/rows.h"

struct field {
    const char *name, *value;
};

static void fill(struct kb_parts *parts, const struct field fields[])
{
    for (size_t i = 0; fields[i].name; i++)
        kb_parts_add(parts, fields[i].name, fields[i].value);
}

static void test_each_format(void **state)
{
    static const struct field fields[] = {{"grant_type", "x y"}, {"id", "1234"}, {"s", "a\"b\\&=/"},
        {"a.b", "true"}, {"empty", ""}, {NULL, NULL}};
    static const struct {
        const char *name, *type, *body, *query;
    } cases[] = {
        {NULL, "application/x-www-form-urlencoded",
            "grant_type=x+y&id=1234&s=a%22b%5C%26%3D%2F&a.b=true&empty=", ""},
        {"form", "application/x-www-form-urlencoded",
            "grant_type=x+y&id=1234&s=a%22b%5C%26%3D%2F&a.b=true&empty=", ""},
        {"json", "application/json",
            "{\"grant_type\":\"x y\",\"id\":\"1234\",\"s\":\"a\\\"b\\\\&=/\",\"a.b\":\"true\","
            "\"empty\":\"\"}",
            ""},
        {"query", NULL, "", "grant_type=x+y&id=1234&s=a%22b%5C%26%3D%2F&a.b=true&empty="},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_parts_clear) struct kb_parts parts = {0};
        KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
        const struct kb_body *body = kb_body_find(cases[i].name);

        fill(&parts, fields);
        assert_int_equal(body->write(&parts, &request, NULL), KB_OK);
        assert_string_equal(kb_buf_text(&request.body), cases[i].body);
        assert_string_equal(kb_buf_text(&request.query), cases[i].query);
        assert_string_equal(
            body->content_type ? body->content_type : "", cases[i].type ? cases[i].type : "");
    }
}

static void test_no_fields(void **state)
{
    static const char *const names[] = {"form", "json", "query"}, *const bodies[] = {"", "{}", ""};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(names); i++) {
        KB_AUTO(kb_parts_clear) struct kb_parts parts = {0};
        KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;

        assert_int_equal(kb_body_find(names[i])->write(&parts, &request, NULL), KB_OK);
        assert_string_equal(kb_buf_text(&request.body), bodies[i]);
        assert_int_equal(request.query.len, 0);
    }
}

/* RFC 8707 has a resource in a form as often as there are resources. */
static void test_a_name_twice(void **state)
{
    static const struct field fields[] = {
        {"resource", "a"}, {"x", "y"}, {"resource", "b"}, {NULL, NULL}};
    KB_AUTO(kb_parts_clear) struct kb_parts parts = {0};
    KB_AUTO(kb_http_request_clear) struct kb_http_request form = KB_HTTP_REQUEST_INIT;
    KB_AUTO(kb_http_request_clear) struct kb_http_request json = KB_HTTP_REQUEST_INIT;
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    fill(&parts, fields);
    assert_int_equal(kb_body_find("form")->write(&parts, &form, NULL), KB_OK);
    assert_string_equal(kb_buf_text(&form.body), "resource=a&x=y&resource=b");
    assert_int_equal(kb_body_find("json")->write(&parts, &json, &err), KB_ERR_CONFIG);
    assert_contains(err.msg, "\"resource\" twice");
    assert_int_equal(json.body.len, 0);
}

static void test_what_is_missing_is_not_left_out(void **state)
{
    static const char *const names[] = {"form", "json", "query"};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(names); i++) {
        KB_AUTO(kb_parts_clear) struct kb_parts parts = {.failed = true};
        KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;

        assert_int_equal(kb_body_find(names[i])->write(&parts, &request, NULL), KB_ERR_SYSTEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_format),
        cmocka_unit_test(test_no_fields),
        cmocka_unit_test(test_a_name_twice),
        cmocka_unit_test(test_what_is_missing_is_not_left_out),
    };

    return cmocka_run_group_tests_name("body", tests, NULL, NULL);
}
