/* The two encodings a client's proof is written in. */
#include "fixture.h"

#include "base/base64.h"
#include "oauth/form.h"

#include <sodium.h>
#include <stdio.h>

static void test_form_leaves_only_unreserved_bytes_bare(void **state)
{
    static const char bare[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(8);
        char c = (char)byte, expected[4];

        if (byte != 0 && strchr(bare, byte))
            snprintf(expected, sizeof(expected), "%c", byte);
        else if (byte == ' ')
            snprintf(expected, sizeof(expected), "+");
        else
            snprintf(expected, sizeof(expected), "%%%02X", (unsigned)byte);
        kb_form_encode(&out, &c, 1);
        assert_string_equal(kb_buf_text(&out), expected);
    }
}

static void test_form_fields_are_joined(void **state)
{
    KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
    KB_AUTO(kb_parts_clear) struct kb_parts parts = {0};
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    const struct kb_body *form = &kb_bodies[KB_BODY_FORM];

    (void)state;
    set_client(&client, "id", "a+b/c=");
    kb_parts_add(&parts, "scope", "read write");
    kb_parts_add(&parts, "a=b", "");
    kb_parts_add_secret(&parts, "client_secret", &client.secret);
    assert_int_equal(form->write(&parts, &request, NULL), KB_OK);
    assert_string_equal(
        kb_buf_text(&request.body), "scope=read+write&a%3Db=&client_secret=a%2Bb%2Fc%3D");
    assert_string_equal(form->content_type, "application/x-www-form-urlencoded");
}

static void test_a_form_that_is_too_long_is_an_error(void **state)
{
    static char value[KB_SECRET_MAX];
    KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
    KB_AUTO(kb_parts_clear) struct kb_parts parts = {0};

    (void)state;
    memset(value, '%', sizeof(value) - 1);
    kb_parts_add(&parts, "a", value);
    kb_parts_add(&parts, "b", value);
    assert_false(parts.failed);
    assert_int_equal(kb_bodies[KB_BODY_FORM].write(&parts, &request, NULL), KB_ERR_SYSTEM);
}

static void test_base64_at_every_length(void **state)
{
    char bytes[200];

    (void)state;
    randombytes_buf(bytes, sizeof(bytes));
    for (size_t len = 0; len <= sizeof(bytes); len++) {
        KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(512);
        unsigned char back[sizeof(bytes)];
        size_t back_len = 0;

        kb_base64_encode(&out, bytes, len);
        assert_int_equal(out.len, (len + 2) / 3 * 4);
        assert_int_equal(sodium_base642bin(back, sizeof(back), kb_buf_text(&out), out.len, NULL,
                             &back_len, NULL, sodium_base64_VARIANT_ORIGINAL),
            0);
        assert_int_equal(back_len, len);
        assert_memory_equal(back, bytes, len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form_leaves_only_unreserved_bytes_bare),
        cmocka_unit_test(test_form_fields_are_joined),
        cmocka_unit_test(test_a_form_that_is_too_long_is_an_error),
        cmocka_unit_test(test_base64_at_every_length),
    };

    return sodium_init() < 0 ? 1 : cmocka_run_group_tests_name("form", tests, NULL, NULL);
}
