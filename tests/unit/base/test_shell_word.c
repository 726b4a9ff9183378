/* Words for a shell: plain ones as they are, all others in quotes, and each is one word. */
#include "base/shell_word.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void quotes_where_a_shell_would_see_more(void **state)
{
    (void)state;
    static const struct {
        const char *text, *word;
    } cases[] = {
        {"plain", "plain"},
        {"/home/me/a-b_c.env", "/home/me/a-b_c.env"},
        {"a%b+c,d:e=f@g", "a%b+c,d:e=f@g"},
        {"", "''"},
        {"a b", "'a b'"},
        {"$(touch x)", "'$(touch x)'"},
        {"~/x", "'~/x'"},
        {"a\nb", "'a\nb'"},
        {"\xc3\xa9", "'\xc3\xa9'"},
        {"it's", "'it'\\''s'"},
        {"'", "''\\'''"},
    };

    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(64);

        kb_shell_word(&out, cases[i].text);
        assert_string_equal(kb_buf_text(&out), cases[i].word);
        assert_int_equal(
            kb_shell_is_plain(cases[i].text), strcmp(cases[i].text, cases[i].word) == 0);
    }
}

static void quotes_where_none_are_needed(void **state)
{
    (void)state;
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(64);

    kb_shell_quote(&out, "plain");
    assert_string_equal(kb_buf_text(&out), "'plain'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quotes_where_a_shell_would_see_more),
        cmocka_unit_test(quotes_where_none_are_needed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
