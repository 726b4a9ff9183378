/*
 * The helper's one answer: whole, or an error.
 */
#include "core_test.h"

#include "core/frame.h"

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
        return;
    }
    frame->report.kind = KB_REPORT_DOCTOR;
    frame->report.doctor.landlock = 4;
    kb_pairs_add(&frame->report.doctor.libraries, "a", "1");
    kb_pairs_add(&frame->report.doctor.libraries, "a", "");
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
    assert_int_equal(a->report.kind, b->report.kind);
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
    kb_buf_add(out, "KBFA", 4);
    kb_pack_u8(out, KB_FRAME_ERROR);
    kb_pack_u8(out, (uint8_t)code);
    kb_pack_u32(out, 0);
    kb_pack_text(out, msg);
    kb_pack_text(out, hint);
    kb_pack_u8(out, KB_REPORT_NONE);
    kb_pack_u8(out, 0);
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
    KB_AUTO(kb_buf_clear) struct kb_buf packed = KB_BUF_INIT(2 * KB_FRAME_MAX);
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    KB_AUTO(kb_frame_clear) struct kb_frame back = KB_FRAME_INIT;
    struct kb_pairs *list = &frame.report.doctor.libraries;
    char value[KB_REPORT_PAIR_TEXT] = "";

    (void)state;
    make_frame(&frame, KB_FRAME_REPORT);
    memset(value, 'x', sizeof(value) - 1);
    while (list->count * sizeof(value) < KB_FRAME_MAX + 8192)
        kb_pairs_add(list, "n", value);
    kb_frame_pack(&frame, &packed);
    assert_false(packed.failed);
    assert_int_equal(kb_frame_unpack(packed.data, packed.len, &back, NULL), KB_ERR_SYSTEM);
}

/* A count of four thousand million pairs costs nothing. */
static void test_a_count_is_not_believed(void **state)
{
    KB_AUTO(kb_buf_clear) struct kb_buf packed = KB_BUF_INIT(KB_FRAME_MAX);
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    KB_AUTO(kb_frame_clear) struct kb_frame back = KB_FRAME_INIT;
    char *count;

    (void)state;
    make_frame(&frame, KB_FRAME_REPORT);
    kb_frame_pack(&frame, &packed);
    count = memmem(packed.data, packed.len, "\2\0\0\0\1\0\0\0a", 9);
    assert_non_null(count);
    memset(count, 0xff, 4);
    assert_int_equal(kb_frame_unpack(packed.data, packed.len, &back, NULL), KB_ERR_SYSTEM);
}

static const char *refusal(const char *bytes, struct kb_error *err)
{
    KB_AUTO(kb_frame_clear) struct kb_frame back = KB_FRAME_INIT;

    assert_int_equal(kb_frame_unpack(bytes, strlen(bytes), &back, err), KB_ERR_SYSTEM);
    return err->msg;
}

/* Whoever installed half of a release is told so, whatever comes behind the head. */
static void test_another_version_is_named(void **state)
{
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    assert_string_equal(refusal("KBF1\3", &err),
        "keybearer and its helper are of different releases: one expects version 10 of an answer, "
        "the other gave version 1");
    assert_non_null(strstr(err.hint, "install keybearer again"));
    assert_non_null(strstr(refusal("KBF2", &err), "the other gave version 2"));
    assert_non_null(strstr(refusal("KBFB of some later form", &err), "the other gave version 11"));
    assert_non_null(strstr(refusal("KBFZ", &err), "the other gave version 35"));
}

static void test_what_is_no_frame_has_no_version(void **state)
{
    static const char *const cases[] = {
        "", "KBF", "KBFA", "KBF0", "KBF:", "KBFa", "kbf1", "XKBF1", "ERROR"};
    struct kb_error err;

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++)
        assert_string_equal(
            refusal(cases[i], &err), "keybearer-helper ended without a complete answer");
}

/* Before an answer there may be a note; a front of another release must see whose it is. */
static void test_a_note(void **state)
{
    const struct kb_frame_note note = kb_frame_note(&(struct termios){.c_lflag = ECHO});
    char other[sizeof(note) + 1];
    struct kb_error err = KB_ERROR_INIT;
    const char *at = (const char *)&note;
    size_t len = sizeof(note);
    struct termios told;

    (void)state;
    assert_true(kb_frame_take_note(&at, &len, &told));
    assert_int_equal(told.c_lflag, ECHO);
    assert_ptr_equal(at, (const char *)&note + sizeof(note));
    assert_int_equal(len, 0);
    assert_false(kb_frame_take_note(&at, &len, &told));
    memcpy(other, &note, sizeof(note));
    other[3] = 'B';
    at = other;
    len = sizeof(note);
    assert_false(kb_frame_take_note(&at, &len, &told));
    other[sizeof(note)] = '\0';
    assert_non_null(strstr(refusal(other, &err), "the other gave version 11"));
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
        cmocka_unit_test(test_another_version_is_named),
        cmocka_unit_test(test_a_note),
        cmocka_unit_test(test_what_is_no_frame_has_no_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
