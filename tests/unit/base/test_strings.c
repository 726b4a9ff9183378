/*
 * Strings: lists own copies, checks look at every byte, numbers are decimal or nothing.
 */
#include "base/strings.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void set_replaces_and_takes_null(void **state)
{
    (void)state;
    char text[] = "one";
    KB_AUTO(kb_str_free) char *string = NULL;
    kb_str_set(&string, text);
    text[0] = 'x';
    assert_string_equal(string, "one");
    kb_str_set(&string, string);
    assert_string_equal(string, "one");
    kb_str_set(&string, NULL);
    assert_null(string);
}

static void lists_own_their_copies(void **state)
{
    (void)state;
    char text[] = "a";
    KB_AUTO(kb_strings_clear) struct kb_strings list = {0};
    for (char c = 'a'; c <= 'z'; c++) {
        text[0] = c;
        kb_strings_add(&list, text);
    }
    assert_int_equal(list.count, 26);
    assert_string_equal(list.items[0], "a");
    assert_string_equal(list.items[25], "z");
    kb_strings_clear(&list);
    assert_int_equal(list.count, 0);
    assert_null(list.items);
}

static void what_a_list_has_is_added_once(void **state)
{
    (void)state;
    KB_AUTO(kb_strings_clear) struct kb_strings list = {0};
    assert_false(kb_strings_has(&list, ""));
    kb_strings_add_once(&list, "a");
    kb_strings_add_once(&list, "");
    kb_strings_add_once(&list, "b");
    kb_strings_add_once(&list, "a");
    kb_strings_add_once(&list, "");
    assert_int_equal(list.count, 3);
    assert_string_equal(list.items[0], "a");
    assert_string_equal(list.items[1], "");
    assert_string_equal(list.items[2], "b");
    assert_true(kb_strings_has(&list, "a"));
    assert_true(kb_strings_has(&list, ""));
    assert_true(kb_strings_has(&list, "b"));
    assert_false(kb_strings_has(&list, "A"));
    assert_false(kb_strings_has(&list, "ab"));
}

static void pairs_keep_their_order(void **state)
{
    (void)state;
    KB_AUTO(kb_pairs_clear) struct kb_pairs list = {0};
    kb_pairs_add(&list, "a", "1");
    kb_pairs_add(&list, "b", "2");
    kb_pairs_add(&list, "a", "3");
    assert_string_equal(kb_pairs_get(&list, "a"), "1");
    assert_null(kb_pairs_get(&list, "A"));
    assert_int_equal(list.count, 3);
    for (size_t i = 0; i < list.count; i++) {
        assert_string_equal(list.items[i].name, i == 1 ? "b" : "a");
        assert_int_equal(list.items[i].value[0], '1' + (int)i);
    }
    kb_pairs_clear(&list);
    assert_int_equal(list.count, 0);
}

static void copies_are_cut(void **state)
{
    (void)state;
    char dst[4];
    assert_true(kb_text_copy(dst, sizeof(dst), "abc"));
    assert_string_equal(dst, "abc");
    assert_false(kb_text_copy(dst, sizeof(dst), "abcdef"));
    assert_string_equal(dst, "abc");
    assert_true(kb_text_copy(dst, sizeof(dst), ""));
    assert_string_equal(dst, "");
    assert_false(kb_text_copy(dst, 1, "abc"));
    assert_string_equal(dst, "");
}

static void every_byte_counts(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        for (size_t place = 0; place < 3; place++) {
            char text[3] = {'a', 'b', 'c'};
            text[place] = (char)byte;
            assert_int_equal(kb_text_is_printable(text, 3, 1, 3), byte >= 0x20 && byte <= 0x7e);
            assert_int_equal(kb_text_is_visible(text, 3, 1, 3), byte >= 0x21 && byte <= 0x7e);
        }
    }
}

static void lengths_have_limits(void **state)
{
    (void)state;
    for (size_t len = 0; len <= 4; len++) {
        assert_int_equal(kb_text_is_printable("abcd", len, 1, 3), len >= 1 && len <= 3);
        assert_int_equal(kb_text_is_visible("abcd", len, 1, 3), len >= 1 && len <= 3);
    }
    assert_true(kb_text_is_printable("", 0, 0, 0));
}

static void numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool ok;
        long long value;
    } rows[] = {
        {"0", true, 0},
        {"100", true, 100},
        {"007", true, 7},
        {"101", false, 0},
        {"", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"+1", false, 0},
        {"-0", false, 0},
        {"1.0", false, 0},
        {"1e1", false, 0},
        {"0x1", false, 0},
        {"9223372036854775808", false, 0},
        {"18446744073709551617", false, 0},
    };
    for (size_t i = 0; i < KB_COUNT(rows); i++) {
        long long value = 55;
        assert_int_equal(kb_text_to_int(rows[i].text, 0, 100, &value), rows[i].ok);
        assert_int_equal(value, rows[i].ok ? rows[i].value : 55);
    }
    long long value;
    assert_true(kb_text_to_int("9223372036854775807", 0, LLONG_MAX, &value));
    assert_true(value == LLONG_MAX);
    assert_false(kb_text_to_int("4", 5, 6, &value));
}

static void the_nearest_word(void **state)
{
    (void)state;
    static const char *const words[] = {
        "token_url", "client_auth", "client_secret_stdin", "scope", "store"};
    static const struct {
        const char *word, *nearest;
    } rows[] = {
        {"token_url", "token_url"},
        {"tokenurl", "token_url"},
        {"token-uri", "token_url"},
        {"scopes", "scope"},
        {"SCOPE", "scope"},
        {"Client_Secret", "client_secret_stdin"},
        {"stroe", "store"},
        {"client_secret", "client_secret_stdin"},
        {"token", "token_url"},
        {"tok", NULL},
        {"client", NULL}, /* two */
        {"", NULL},
        {"xyzzy", NULL},
        {"completely_different_key", NULL},
    };
    for (size_t i = 0; i < KB_COUNT(rows); i++) {
        const char *nearest = kb_text_nearest(rows[i].word, words, KB_COUNT(words));
        if (rows[i].nearest)
            assert_string_equal(nearest, rows[i].nearest);
        else
            assert_null(nearest);
    }
    char endless[1000];
    memset(endless, 'e', sizeof(endless) - 1);
    endless[sizeof(endless) - 1] = '\0';
    assert_null(kb_text_nearest(endless, words, KB_COUNT(words)));
}

static void tokens_are_those_of_rfc_9110(void **state)
{
    static const char others[] = "!#$%&'*+-.^_`|~";
    (void)state;
    for (int c = 1; c < 256; c++) {
        char text[] = {'a', (char)c, '\0'};
        bool alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        assert_int_equal(kb_text_is_token(text, 2), alnum || strchr(others, c));
    }
    assert_false(kb_text_is_token("", 9));
    assert_false(kb_text_is_token("abc", 2));
}

static void hexadecimal_digits_have_values(void **state)
{
    static const char digits[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";
    (void)state;
    for (int c = 0; c < 256; c++) {
        const char *at = c ? strchr(digits, c) : NULL;
        if (!at && c)
            at = strchr(upper, c) ? digits + (strchr(upper, c) - upper) : NULL;
        assert_int_equal(kb_hex_value((char)c), at ? at - digits : -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_replaces_and_takes_null),
        cmocka_unit_test(lists_own_their_copies),
        cmocka_unit_test(what_a_list_has_is_added_once),
        cmocka_unit_test(pairs_keep_their_order),
        cmocka_unit_test(copies_are_cut),
        cmocka_unit_test(every_byte_counts),
        cmocka_unit_test(lengths_have_limits),
        cmocka_unit_test(numbers),
        cmocka_unit_test(the_nearest_word),
        cmocka_unit_test(tokens_are_those_of_rfc_9110),
        cmocka_unit_test(hexadecimal_digits_have_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
