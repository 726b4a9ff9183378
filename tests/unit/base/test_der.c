/*
 * DER: what is one spelling of one element, and that nothing is read behind the bytes.
 */
#include "base/der.h"

#include "base/attr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DER(text) ((struct kb_der){(const unsigned char *)(text), sizeof(text) - 1})

static void test_elements(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        bool good;
        size_t content, rest;
    } cases[] = {
#define CASE(bytes, ...) {bytes, sizeof(bytes) - 1, __VA_ARGS__}
        CASE("\x04\x00", true, 0, 0),
        CASE("\x04\x02"
             "abc",
            true, 2, 1),
        CASE("", false, 0, 0),
        CASE("\x04", false, 0, 0),
        CASE("\x05\x00", false, 0, 0),
        CASE("\x04\x01", false, 0, 0),
        CASE("\x04\x80\x00\x00", false, 0, 0),
        CASE("\x04\x81", false, 0, 0),
        CASE("\x04\x81\x01z", false, 0, 0),
        CASE("\x04\x81\x7f", false, 0, 0),
        CASE("\x04\x82\x00\x01z", false, 0, 0),
        CASE("\x04\x82\x01", false, 0, 0),
        CASE("\x04\x83\x00\x00\x01z", false, 0, 0),
        CASE("\x04\xff", false, 0, 0),
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        /* Exactly as long as the bytes, so that sanitizers see one too many. */
        unsigned char *copy = malloc(cases[i].len + (cases[i].len == 0));
        struct kb_der from = {copy, cases[i].len}, got = {NULL, 0};

        memcpy(copy, cases[i].bytes, cases[i].len);
        if (kb_der_take(&from, KB_DER_OCTETS, &got) != cases[i].good)
            fail_msg("case %zu", i);
        assert_int_equal(from.len, cases[i].good ? cases[i].rest : cases[i].len);
        assert_int_equal(got.len, cases[i].content);
        free(copy);
    }
}

static void test_long_elements(void **state)
{
    static const size_t lengths[] = {127, 128, 255, 256, 65535};
    static unsigned char bytes[65535 + 4];

    (void)state;
    for (size_t i = 0; i < KB_COUNT(lengths); i++) {
        size_t len = lengths[i], head = len < 128 ? 2 : len < 256 ? 3 : 4;
        struct kb_der from = {bytes, head + len}, got;

        bytes[0] = KB_DER_OCTETS;
        bytes[1] = len < 128 ? (unsigned char)len : len < 256 ? 0x81 : 0x82;
        bytes[2] = (unsigned char)(len < 256 ? len : len >> 8);
        bytes[3] = (unsigned char)len;
        assert_true(kb_der_take(&from, KB_DER_OCTETS, &got));
        assert_int_equal(got.len, len);
        assert_int_equal(from.len, 0);
        from = (struct kb_der){bytes, head + len - 1};
        assert_false(kb_der_take(&from, KB_DER_OCTETS, &got));
    }
}

static void test_numbers(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        bool good;
        uint64_t value;
    } cases[] = {
        CASE("\x02\x01\x00", true, 0),
        CASE("\x02\x01\x7f", true, 127),
        CASE("\x02\x02\x00\x80", true, 128),
        CASE("\x02\x09\x00\xff\xff\xff\xff\xff\xff\xff\xff", true, UINT64_MAX),
        CASE("\x02\x00", false, 0),
        CASE("\x02\x01\x80", false, 0),
        CASE("\x02\x02\x00\x7f", false, 0),
        CASE("\x02\x02\x00\x00", false, 0),
        CASE("\x02\x09\x01\x00\x00\x00\x00\x00\x00\x00\x00", false, 0),
        CASE("\x04\x01\x00", false, 0),
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct kb_der from = {(const unsigned char *)cases[i].bytes, cases[i].len};
        uint64_t value = 0;

        if (kb_der_take_small(&from, &value) != cases[i].good)
            fail_msg("case %zu", i);
        assert_true(value == cases[i].value);
        assert_int_equal(from.len, cases[i].good ? 0 : cases[i].len);
    }
}

static void test_a_number_loses_its_first_zero(void **state)
{
    struct kb_der from = DER("\x02\x03\x00\x80\x01"), number;

    (void)state;
    assert_true(kb_der_take_number(&from, &number));
    assert_true(kb_der_equal(number, DER("\x80\x01")));
    assert_false(kb_der_equal(number, DER("\x80\x02")));
    assert_false(kb_der_equal(number, DER("\x80")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_elements),
        cmocka_unit_test(test_long_elements),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_a_number_loses_its_first_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
