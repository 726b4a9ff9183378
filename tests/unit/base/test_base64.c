/*
 * base64 and base64url: every length there and back, and one spelling only.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/base64.h"

#include <string.h>

/* RFC 4648 section 10, and bytes that the two alphabets spell differently. */
static void test_vectors(void **state)
{
    const struct {
        const char *bytes, *text, *url;
    } cases[] = {
        {"", "", ""},
        {"f", "Zg==", "Zg"},
        {"fo", "Zm8=", "Zm8"},
        {"foo", "Zm9v", "Zm9v"},
        {"foob", "Zm9vYg==", "Zm9vYg"},
        {"fooba", "Zm9vYmE=", "Zm9vYmE"},
        {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
        {"\xfb\xff\xbf", "+/+/", "-_-_"},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(64), url = KB_BUF_INIT(64);
        KB_AUTO(kb_buf_clear) struct kb_buf back = KB_BUF_INIT(64);

        kb_base64_encode(&text, cases[i].bytes, strlen(cases[i].bytes));
        kb_base64url_encode(&url, cases[i].bytes, strlen(cases[i].bytes));
        assert_string_equal(kb_buf_text(&text), cases[i].text);
        assert_string_equal(kb_buf_text(&url), cases[i].url);
        assert_true(kb_base64_decode(&back, kb_buf_text(&text), text.len));
        assert_string_equal(kb_buf_text(&back), cases[i].bytes);
        assert_true(kb_base64url_decode(&back, kb_buf_text(&url), url.len));
        assert_int_equal(back.len, 2 * strlen(cases[i].bytes));
    }
}

static void test_every_length(void **state)
{
    char bytes[150];

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)(i * 37 + 200);
    for (size_t len = 0; len <= sizeof(bytes); len++) {
        KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(256), back = KB_BUF_INIT(256);

        kb_base64url_encode(&text, bytes, len);
        assert_int_equal(text.len, (len * 4 + 2) / 3);
        assert_true(kb_base64url_decode(&back, kb_buf_text(&text), text.len));
        assert_int_equal(back.len, len);
        assert_memory_equal(kb_buf_text(&back), bytes, len);
    }
}

static void test_other_spellings_are_refused(void **state)
{
    const char *const texts[] = {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Zm8", "Zg==Zg==", "Zm9v\n",
        " Zm9v", "Zm 9v", "-_-_", "=", "====", "Zm9v=", "Zm9v===="};
    const char *const urls[] = {"Z", "Zg==", "Zh", "Zm9", "Zm8=", "Zm9v\n", "+/+/", "Zm9v.", "="};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(texts) + KB_COUNT(urls); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf back = KB_BUF_INIT(64);
        bool is_url = i >= KB_COUNT(texts);
        const char *text = is_url ? urls[i - KB_COUNT(texts)] : texts[i];

        kb_buf_str(&back, "x");
        if (is_url ? kb_base64url_decode(&back, text, strlen(text))
                   : kb_base64_decode(&back, text, strlen(text)))
            fail_msg("accepted %s", text);
        assert_string_equal(kb_buf_text(&back), "x");
    }
}

static void test_what_does_not_fit_is_refused(void **state)
{
    KB_AUTO(kb_buf_clear) struct kb_buf back = KB_BUF_INIT(5), full = KB_BUF_INIT(3);

    (void)state;
    assert_false(kb_base64_decode(&back, "Zm9vYmFy", 8));
    assert_int_equal(back.len, 0);
    assert_true(kb_base64_decode(&full, "Zm9v", 4));
    assert_false(kb_base64_decode(&full, "Zg==", 4));
    assert_string_equal(kb_buf_text(&full), "foo");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_every_length),
        cmocka_unit_test(test_other_spellings_are_refused),
        cmocka_unit_test(test_what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
