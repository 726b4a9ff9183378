/*
 * Packing: a fixed byte order, and hostile lengths that never reach past the end.
 */
#include "base/pack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Records and frames outlive a build: the bytes are the contract. */
static void the_byte_order_is_fixed(void **state)
{
    (void)state;
    static const char expected[] = "\x01\x04\x03\x02\x01\xfe\xff\xff\xff\xff\xff\xff\xff"
                                   "\x03\0\0\0a\0b\x02\0\0\0hi\0\0\0\0";
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(100);
    kb_pack_u8(&out, 1);
    kb_pack_u32(&out, 0x01020304);
    kb_pack_i64(&out, -2);
    kb_pack_bytes(&out, "a\0b", 3);
    kb_pack_text(&out, "hi");
    kb_pack_text(&out, NULL);
    assert_int_equal(out.len, sizeof(expected) - 1);
    assert_memory_equal(out.data, expected, out.len);
}

struct sample {
    uint8_t small;
    uint32_t middle;
    int64_t large;
    char text[8];
    char *owned;
    struct kb_secret secret;
};

static void clear_sample(struct sample *sample)
{
    free(sample->owned);
    kb_secret_clear(&sample->secret);
}

static void unpack_sample(struct kb_unpack *in, struct sample *ret)
{
    ret->small = kb_unpack_u8(in);
    ret->middle = kb_unpack_u32(in);
    ret->large = kb_unpack_i64(in);
    kb_unpack_text(in, ret->text, sizeof(ret->text));
    ret->owned = kb_unpack_text_dup(in);
    kb_unpack_secret(in, &ret->secret);
}

static void pack_sample(struct kb_buf *out)
{
    KB_AUTO(kb_secret_clear) struct kb_secret secret = KB_SECRET_INIT;
    assert_int_equal(kb_secret_set(&secret, "s\0t", 3, NULL), KB_OK);
    kb_pack_u8(out, 200);
    kb_pack_u32(out, UINT32_MAX);
    kb_pack_i64(out, INT64_MIN);
    kb_pack_text(out, "1234567");
    kb_pack_text(out, "");
    kb_pack_secret(out, &secret);
}

static void what_was_packed_comes_back(void **state)
{
    (void)state;
    KB_AUTO(kb_buf_clear) struct kb_buf packed = KB_BUF_INIT(1000);
    KB_AUTO(clear_sample) struct sample sample = {0};
    pack_sample(&packed);
    struct kb_unpack in = kb_unpack(packed.data, packed.len);
    unpack_sample(&in, &sample);
    assert_int_equal(kb_unpack_end(&in, "the sample", NULL), KB_OK);
    assert_int_equal(sample.small, 200);
    assert_true(sample.middle == UINT32_MAX);
    assert_true(sample.large == INT64_MIN);
    assert_string_equal(sample.text, "1234567");
    assert_string_equal(sample.owned, "");
    assert_int_equal(sample.secret.len, 3);
    assert_memory_equal(sample.secret.bytes, "s\0t", 3);
}

static void every_truncation_fails(void **state)
{
    (void)state;
    KB_AUTO(kb_buf_clear) struct kb_buf packed = KB_BUF_INIT(1000);
    pack_sample(&packed);
    for (size_t len = 0; len < packed.len; len++) {
        struct kb_error err = KB_ERROR_INIT;
        KB_AUTO(clear_sample) struct sample sample = {0};
        char *copy = malloc(len ? len : 1);
        memcpy(copy, packed.data, len);
        struct kb_unpack in = kb_unpack(copy, len);
        unpack_sample(&in, &sample);
        assert_int_equal(kb_unpack_end(&in, "the sample", &err), KB_ERR_CORRUPT);
        assert_string_equal(err.msg, "the sample is damaged");
        free(copy);
    }
}

static void a_byte_too_many_fails(void **state)
{
    (void)state;
    struct kb_unpack in = kb_unpack("\x01\x02", 2);
    (void)kb_unpack_u8(&in);
    assert_false(in.failed);
    assert_int_equal(kb_unpack_end(&in, "it", NULL), KB_ERR_CORRUPT);
}

static void lengths_are_not_believed(void **state)
{
    (void)state;
    static const char *const lengths[] = {
        "\x04\0\0\0", "\xff\0\0\0", "\xff\xff\xff\x7f", "\0\0\0\x80", "\xff\xff\xff\xff"};
    for (size_t i = 0; i < KB_COUNT(lengths); i++) {
        char bytes[7] = {0, 0, 0, 0, 'a', 'b', 'c'};
        char text[2000];
        size_t len = 99;
        KB_AUTO(kb_secret_clear) struct kb_secret secret = KB_SECRET_INIT;
        memcpy(bytes, lengths[i], 4);

        struct kb_unpack in = kb_unpack(bytes, sizeof(bytes));
        assert_null(kb_unpack_bytes(&in, &len));
        assert_int_equal(len, 0);
        assert_true(in.failed);

        in = kb_unpack(bytes, sizeof(bytes));
        kb_unpack_text(&in, text, sizeof(text));
        assert_string_equal(text, "");
        assert_true(in.failed);

        in = kb_unpack(bytes, sizeof(bytes));
        assert_null(kb_unpack_text_dup(&in));
        assert_true(in.failed);

        in = kb_unpack(bytes, sizeof(bytes));
        kb_unpack_secret(&in, &secret);
        assert_true(in.failed && kb_secret_is_empty(&secret));
    }
}

static void texts_fit_and_hold_no_nul(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        bool ok;
    } rows[] = {{"abc", 3, true}, {"abcd", 4, false}, {"a\0b", 3, false}, {"", 0, true}};
    for (size_t i = 0; i < KB_COUNT(rows); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf packed = KB_BUF_INIT(100);
        char text[4] = "old";
        kb_pack_bytes(&packed, rows[i].bytes, rows[i].len);
        struct kb_unpack in = kb_unpack(packed.data, packed.len);
        kb_unpack_text(&in, text, sizeof(text));
        assert_int_equal(in.failed, !rows[i].ok);
        assert_string_equal(text, rows[i].ok ? rows[i].bytes : "");
    }
    struct kb_unpack in = kb_unpack("\x03\0\0\0a\0b", 7);
    assert_null(kb_unpack_text_dup(&in));
    assert_true(in.failed);
}

static void a_failure_sticks(void **state)
{
    (void)state;
    struct kb_unpack in = kb_unpack("\x01\x02\x03", 3);
    assert_int_equal(kb_unpack_u32(&in), 0);
    assert_int_equal(kb_unpack_u8(&in), 0);
    assert_null(kb_unpack_raw(&in, 1));
    assert_int_equal(kb_unpack_end(&in, "it", NULL), KB_ERR_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_byte_order_is_fixed),
        cmocka_unit_test(what_was_packed_comes_back),
        cmocka_unit_test(every_truncation_fails),
        cmocka_unit_test(a_byte_too_many_fails),
        cmocka_unit_test(lengths_are_not_believed),
        cmocka_unit_test(texts_fit_and_hold_no_nul),
        cmocka_unit_test(a_failure_sticks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
