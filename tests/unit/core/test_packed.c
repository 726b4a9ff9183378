/*
 * What `run` hands to `exec`: what was put is what is taken, and nothing else is taken.
 */
#include "core_test.h"

#include "base/buf.h"
#include "base/strings.h"
#include "core/packed.h"

static void test_there_and_back(void **state)
{
    static const struct {
        const char *name, *expanded, *entry;
    } cases[] = {
        {"A", "text", "\003A=text"},
        {"A", "", "\003A="},
        {"A", "a=b", "\003A=a=b"},
        {"npm_config_//r.example/:_authToken",
            "\001=", "\003npm_config_//r.example/:_authToken=\001="},
        {"LD_PRELOAD", NULL, "\003LD_PRELOAD"},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(KB_ENTRY_MAX);
        KB_AUTO(kb_str_free) char *name = NULL;
        const char *expanded = NULL;

        kb_packed_put(cases[i].name, cases[i].expanded, &out);
        assert_string_equal(kb_buf_text(&out), cases[i].entry);
        assert_true(kb_packed_take(kb_buf_text(&out), &name, &expanded));
        assert_string_equal(name, cases[i].name);
        assert_int_equal(expanded != NULL, cases[i].expanded != NULL);
        if (expanded)
            assert_string_equal(expanded, cases[i].expanded);
    }
}

static void test_other_entries(void **state)
{
    static const char *const cases[] = {"", "A=text", "=", "\002A=text", "A\003=text"};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        char *name = NULL;
        const char *expanded = NULL;

        assert_false(kb_packed_take(cases[i], &name, &expanded));
        assert_null(name);
        assert_null(expanded);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_other_entries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
