/*
 * The helper's one answer: whole, or an error.
 */
#include "core_test.h"

#include "core/frame.h"

#include <stdlib.h>

static void make_frame(struct kb_frame *frame, enum kb_frame_kind kind)
{
    *frame = (struct kb_frame){.kind = kind};
    if (kb_frame_is_error(frame)) {
        kb_fail_sys(&frame->error, KB_ERR_NETWORK, 111, "cannot reach it");
        kb_hint(&frame->error, "keybearer doctor");
        return;
    }
    if (kind == KB_FRAME_TOKEN) {
        assert_int_equal(kb_secret_set(&frame->token.value, "tok", 3, NULL), KB_OK);
        kb_token_set_life(&frame->token, 3600, (struct kb_clock){1000000, 10000});
    }
    kb_pairs_add(&frame->report, "note", "one");
    kb_pairs_add(&frame->report, "note", "");
}

static const enum kb_frame_kind kinds[] = {
    KB_FRAME_TOKEN, KB_FRAME_ERROR, KB_FRAME_REPORT, KB_FRAME_CHANGED};

static void expect_same(const struct kb_frame *a, const struct kb_frame *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(kb_secret_is_empty(&a->token.value), kb_secret_is_empty(&b->token.value));
    if (!kb_secret_is_empty(&a->token.value))
        assert_true(kb_secret_equal(&a->token.value, &b->token.value));
    assert_int_equal(a->token.expires_wall_ms, b->token.expires_wall_ms);
    assert_int_equal(a->error.code, b->error.code);
    assert_int_equal(a->error.sys, b->error.sys);
    assert_string_equal(a->error.msg, b->error.msg);
    assert_string_equal(a->error.hint, b->error.hint);
    assert_int_equal(a->report.count, b->report.count);
    for (size_t i = 0; i < a->report.count; i++) {
        assert_string_equal(a->report.items[i].name, b->report.items[i].name);
        assert_string_equal(a->report.items[i].value, b->report.items[i].value);
    }
}

static void test_round_trip(void **state)
{
    (void)state;
    for (size_t i = 0; i < KB_COUNT(kinds); i++) {
        KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
        KB_AUTO(kb_frame_clear) struct kb_frame back = KB_FRAME_INIT;
        KB_AUTO(kb_buf_clear) struct kb_buf packed = KB_BUF_INIT(KB_FRAME_MAX);
        make_frame(&frame, kinds[i]);
        kb_frame_pack(&frame, &packed);
        assert_int_equal(kb_buf_check(&packed, "the frame", NULL), KB_OK);
        assert_int_equal(kb_frame_unpack(packed.data, packed.len, &back, NULL), KB_OK);
        expect_same(&frame, &back);
    }
}

static void test_every_cut_and_every_surplus_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < KB_COUNT(kinds); i++) {
        KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
        KB_AUTO(kb_frame_clear) struct kb_frame back = KB_FRAME_INIT;
        KB_AUTO(kb_buf_clear) struct kb_buf packed = KB_BUF_INIT(KB_FRAME_MAX);
        make_frame(&frame, kinds[i]);
        kb_frame_pack(&frame, &packed);
        size_t whole = packed.len;
        kb_buf_byte(&packed, 0);
        for (size_t len = 0; len <= packed.len; len++)
            assert_int_equal(kb_frame_unpack(packed.data, len, &back, NULL),
                len == whole ? KB_OK : KB_ERR_SYSTEM);
    }
}

/* Whatever a single byte becomes: no crash, and no frame of a kind that does not exist. */
static void test_every_changed_byte_is_survived(void **state)
{
    (void)state;
    for (size_t i = 0; i < KB_COUNT(kinds); i++) {
        KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
        KB_AUTO(kb_buf_clear) struct kb_buf packed = KB_BUF_INIT(KB_FRAME_MAX);
        make_frame(&frame, kinds[i]);
        kb_frame_pack(&frame, &packed);
        for (size_t at = 0; at < packed.len; at++) {
            char kept = packed.data[at];
            for (int byte = 0; byte < 256; byte++) {
                KB_AUTO(kb_frame_clear) struct kb_frame back = KB_FRAME_INIT;
                packed.data[at] = (char)byte;
                if (!kb_frame_unpack(packed.data, packed.len, &back, NULL))
                    assert_in_range(back.kind, KB_FRAME_TOKEN, KB_FRAME_CHANGED);
            }
            packed.data[at] = kept;
        }
    }
}

static void pack_error_frame(struct kb_buf *out, int code, const char *msg, const char *hint)
{
    kb_buf_add(out, "KBF1", 4);
    kb_pack_u8(out, KB_FRAME_ERROR);
    kb_pack_u8(out, (uint8_t)code);
    kb_pack_u32(out, 0);
    kb_pack_text(out, msg);
    kb_pack_text(out, hint);
}

static void test_an_error_must_be_one(void **state)
{
    const struct {
        int code;
        const char *msg, *hint;
        bool ok;
    } cases[] = {
        {KB_ERR_DENIED, "m", "h", true},
        {KB_ERR_DENIED, "m", "", true},
        {KB_OK, "m", "h", false},
        {200, "m", "h", false},
        {KB_ERR_DENIED, "", "h", false},
        {KB_ERR_DENIED, "\x1b]52;c;x\a", "h", false},
        {KB_ERR_DENIED, "m", "two\nlines", false},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf packed = KB_BUF_INIT(4096);
        KB_AUTO(kb_frame_clear) struct kb_frame back = KB_FRAME_INIT;
        pack_error_frame(&packed, cases[i].code, cases[i].msg, cases[i].hint);
        assert_int_equal(kb_frame_unpack(packed.data, packed.len, &back, NULL),
            cases[i].ok ? KB_OK : KB_ERR_SYSTEM);
    }
}

static void test_a_frame_is_never_longer_than_its_cap(void **state)
{
    KB_AUTO(kb_buf_clear) struct kb_buf packed = KB_BUF_INIT(KB_FRAME_MAX + 1024);
    KB_AUTO(kb_frame_clear) struct kb_frame frame = {.kind = KB_FRAME_REPORT};
    KB_AUTO(kb_frame_clear) struct kb_frame back = KB_FRAME_INIT;
    char *value = calloc(1, KB_FRAME_MAX + 1);

    (void)state;
    memset(value, 'x', KB_FRAME_MAX);
    kb_pairs_add(&frame.report, "n", value);
    free(value);
    kb_frame_pack(&frame, &packed);
    assert_false(packed.failed);
    assert_int_equal(kb_frame_unpack(packed.data, packed.len, &back, NULL), KB_ERR_SYSTEM);
}

/* A count of four thousand million pairs costs nothing. */
static void test_a_count_is_not_believed(void **state)
{
    static const char bytes[] = "KBF1\x03\xff\xff\xff\xff";
    KB_AUTO(kb_frame_clear) struct kb_frame back = KB_FRAME_INIT;

    (void)state;
    assert_int_equal(kb_frame_unpack(bytes, sizeof(bytes) - 1, &back, NULL), KB_ERR_SYSTEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_every_cut_and_every_surplus_is_refused),
        cmocka_unit_test(test_every_changed_byte_is_survived),
        cmocka_unit_test(test_an_error_must_be_one),
        cmocka_unit_test(test_a_frame_is_never_longer_than_its_cap),
        cmocka_unit_test(test_a_count_is_not_believed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
