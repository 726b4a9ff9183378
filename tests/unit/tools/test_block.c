/*
 * A marked block in somebody's file of lines: set twice is once; removed, all bytes are as before.
 */
#include "tools/block.h"

#include "base/attr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MAX = 1 << 16 };

#define BLOCK "# keybearer begin p\none\ntwo\n# keybearer end p\n"
#define BLOCK_CRLF "# keybearer begin p\r\none\r\ntwo\r\n# keybearer end p\r\n"

static const struct {
    const char *what, *before, *after;
    bool joined;
} rows[] = {
    {"no file", "", BLOCK, false},
    {"lines", "a\nb\n", "a\nb\n" BLOCK, false},
    {"no line end at the end", "a\nb", "a\nb\n" BLOCK, true},
    {"one line without an end", "a", "a\n" BLOCK, true},
    {"CRLF", "a\r\nb\r\n", "a\r\nb\r\n" BLOCK_CRLF, false},
    {"CRLF, and no line end at the end", "a\r\nb", "a\r\nb\r\n" BLOCK_CRLF, true},
    {"a lone CR at the end", "a\r", "a\r\n" BLOCK, true},
    {"only blank lines", "\n\n", "\n\n" BLOCK, false},
    {"another block", "# keybearer begin q\nx\n# keybearer end q\n",
        "# keybearer begin q\nx\n# keybearer end q\n" BLOCK, false},
    {"what only looks like a mark", " # keybearer begin p\n# keybearer begin p2\n",
        " # keybearer begin p\n# keybearer begin p2\n" BLOCK, false},
};

static void set(const char *text, struct kb_buf *out, bool *joined)
{
    KB_AUTO(kb_buf_clear) struct kb_buf before = KB_BUF_INIT(MAX);

    kb_buf_str(&before, text);
    assert_int_equal(kb_block_set("f", &before, "p", "one\ntwo\n", out, joined, NULL), KB_OK);
}

static void test_set_then_remove(void **state)
{
    (void)state;
    for (size_t i = 0; i < KB_COUNT(rows); i++) {
        KB_AUTO(kb_buf_clear)
        struct kb_buf with = KB_BUF_INIT(MAX), again = KB_BUF_INIT(MAX), lines = KB_BUF_INIT(MAX),
                      after = KB_BUF_INIT(MAX);
        bool joined = true, joined_again = false, found = false;

        set(rows[i].before, &with, &joined);
        if (strcmp(kb_buf_text(&with), rows[i].after) != 0 || joined != rows[i].joined)
            fail_msg("%s: joined %d:\n%s", rows[i].what, joined, kb_buf_text(&with));
        set(kb_buf_text(&with), &again, &joined_again);
        assert_string_equal(kb_buf_text(&again), kb_buf_text(&with));
        assert_false(joined_again);
        assert_int_equal(kb_block_look("f", &with, "p", &found, &lines, NULL), KB_OK);
        assert_true(found);
        assert_string_equal(kb_buf_text(&lines), "one\ntwo\n");
        assert_int_equal(kb_block_remove("f", &with, "p", joined, &after, NULL), KB_OK);
        if (strcmp(kb_buf_text(&after), rows[i].before) != 0)
            fail_msg("%s, removed:\n%s", rows[i].what, kb_buf_text(&after));
    }
}

/* What came behind the block needs the line end before it. */
static void test_later_lines_stay(void **state)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(MAX), out = KB_BUF_INIT(MAX);

    (void)state;
    kb_buf_str(&text, "a\n" BLOCK "later");
    assert_int_equal(kb_block_remove("f", &text, "p", true, &out, NULL), KB_OK);
    assert_string_equal(kb_buf_text(&out), "a\nlater");
}

static void test_other_lines_of_ours_are_replaced_in_place(void **state)
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(MAX);
    bool joined;

    (void)state;
    set("a\n# keybearer begin p\nold\n# keybearer end p\nb\n", &out, &joined);
    assert_string_equal(kb_buf_text(&out), "a\n" BLOCK "b\n");
}

static void test_broken_marks(void **state)
{
    static const char *const texts[] = {
        "# keybearer begin p\nx\n",
        "# keybearer begin p\n# keybearer begin p\n# keybearer end p\n",
        BLOCK BLOCK,
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(texts); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(MAX), out = KB_BUF_INIT(MAX);
        bool joined;

        kb_buf_str(&text, texts[i]);
        assert_int_equal(kb_block_set("f", &text, "p", "x\n", &out, &joined, NULL), KB_ERR_CORRUPT);
        assert_int_equal(kb_block_remove("f", &text, "p", false, &out, NULL), KB_ERR_CORRUPT);
        assert_int_equal(out.len, 0);
    }
}

static void test_no_text(void **state)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(MAX), out = KB_BUF_INIT(MAX);
    bool joined;

    (void)state;
    kb_buf_add(&text, "a\0b\n", 4);
    assert_int_equal(kb_block_set("f", &text, "p", "x\n", &out, &joined, NULL), KB_ERR_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_then_remove),
        cmocka_unit_test(test_later_lines_stay),
        cmocka_unit_test(test_other_lines_of_ours_are_replaced_in_place),
        cmocka_unit_test(test_broken_marks),
        cmocka_unit_test(test_no_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
