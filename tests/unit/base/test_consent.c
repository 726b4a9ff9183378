/*
 * What is a yes, what is a no, and what is neither.
 */
#include "base/consent.h"

#include "base/attr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_answers(void **state)
{
    static const struct {
        const char *answer;
        enum kb_consent means;
    } rows[] = {
        {"yes", KB_CONSENT_YES},
        {"y", KB_CONSENT_YES},
        {"Y", KB_CONSENT_YES},
        {"YES", KB_CONSENT_YES},
        {" \tyes \r", KB_CONSENT_YES},
        {"", KB_CONSENT_NO},
        {"  ", KB_CONSENT_NO},
        {"n", KB_CONSENT_NO},
        {"No", KB_CONSENT_NO},
        {"ye", KB_CONSENT_UNCLEAR},
        {"yess", KB_CONSENT_UNCLEAR},
        {"nyes", KB_CONSENT_UNCLEAR},
        {"yes no", KB_CONSENT_UNCLEAR},
        {"y\nn", KB_CONSENT_UNCLEAR},
        {"yes\n", KB_CONSENT_UNCLEAR},
        {"a secret", KB_CONSENT_UNCLEAR},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(rows); i++)
        if (kb_consent_of(rows[i].answer, strlen(rows[i].answer)) != rows[i].means)
            fail_msg("\"%s\"", rows[i].answer);
}

/* A terminal hands it on like any other byte. */
static void test_a_null_byte_is_no_end(void **state)
{
    (void)state;
    assert_int_equal(kb_consent_of("y\0", 2), KB_CONSENT_UNCLEAR);
    assert_int_equal(kb_consent_of("yes\0no", 6), KB_CONSENT_UNCLEAR);
    assert_int_equal(kb_consent_of("\0", 1), KB_CONSENT_UNCLEAR);
    assert_int_equal(kb_consent_of(NULL, 0), KB_CONSENT_NO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_a_null_byte_is_no_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
