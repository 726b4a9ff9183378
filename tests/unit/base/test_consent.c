/*
 * What is a yes, what is a no, and what is neither.
 */
#include "base/consent.h"

#include "base/attr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

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
        if (kb_consent_of(rows[i].answer) != rows[i].means)
            fail_msg("\"%s\"", rows[i].answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
