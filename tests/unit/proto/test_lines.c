/* Lines: what is one, and that nothing else ever becomes one. */
#include "proto/lines.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

/* Joins the lines of TEXT by '|'; "!" where reading stopped with an error. */
static void assert_lines(const char *text, size_t len, const char *expected)
{
    KB_AUTO(kb_buf_clear) struct kb_buf input = KB_BUF_INIT(KB_INPUT_MAX);
    KB_AUTO(kb_buf_clear) struct kb_buf seen = KB_BUF_INIT(KB_INPUT_MAX);
    struct kb_lines lines;
    enum kb_err rc;
    char *line;

    kb_buf_add(&input, text, len);
    lines = kb_lines(&input);
    while (!(rc = kb_lines_next(&lines, &line, NULL)) && line) {
        kb_buf_str(&seen, line);
        kb_buf_byte(&seen, '|');
    }
    if (rc) {
        assert_int_equal(rc, KB_ERR_USAGE);
        kb_buf_byte(&seen, '!');
    }
    assert_string_equal(kb_buf_text(&seen), expected);
}

static void test_line_ends(void **state)
{
    static const struct {
        const char *text;
        size_t len;
        const char *expected;
    } cases[] = {
        {"", 0, ""},
        {"a", 1, "a|"},
        {"a\n", 2, "a|"},
        {"a\nb", 3, "a|b|"},
        {"\n\na\n", 4, "||a|"},
        {"a\r\nb\r\n", 6, "a|b|"},
        {"\r\n", 2, "|"},
        {"a\r\r\n", 4, "!"},
        {"a\rb\n", 4, "!"},
        {"a\n\rb\n", 5, "a|!"},
        {"a\r", 2, "!"},
        {"a\0b\n", 4, "!"},
        {"a\n\0", 3, "a|!"},
        {"a\0\n", 3, "!"},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++)
        assert_lines(cases[i].text, cases[i].len, cases[i].expected);
}

static void test_longest_line(void **state)
{
    static const char *const ends[] = {"", "\n", "\r\n"};
    char *text = malloc(KB_LINE_MAX + 4), *expected = malloc(KB_LINE_MAX + 2);

    (void)state;
    for (size_t i = 0; i < KB_COUNT(ends); i++) {
        memset(text, 'x', KB_LINE_MAX + 1);
        memset(expected, 'x', KB_LINE_MAX);
        strcpy(expected + KB_LINE_MAX, "|");
        strcpy(text + KB_LINE_MAX, ends[i]);
        assert_lines(text, strlen(text), expected);
        text[KB_LINE_MAX] = 'x';
        strcpy(text + KB_LINE_MAX + 1, ends[i]);
        assert_lines(text, strlen(text), "!");
    }
    free(text);
    free(expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line_ends),
        cmocka_unit_test(test_longest_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
