/* The two encodings a client's proof is written in. */
#include "fixture.h"

#include "oauth/base64.h"
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
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(128);
    struct kb_client client = KB_CLIENT_INIT;

    (void)state;
    set_client(&client, "id", "a+b/c=");
    kb_form_add(&out, "scope", "read write");
    kb_form_add(&out, "a=b", "");
    kb_form_add_secret(&out, "client_secret", &client.secret);
    assert_string_equal(kb_buf_text(&out), "scope=read+write&a%3Db=&client_secret=a%2Bb%2Fc%3D");
    kb_client_clear(&client);
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
        cmocka_unit_test(test_base64_at_every_length),
    };

    return sodium_init() < 0 ? 1 : cmocka_run_group_tests_name("form", tests, NULL, NULL);
}
