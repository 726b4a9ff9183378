/* Where this program lies. */
#include "base/place.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* By the kernel's word, without links, and not by how it was called. */
static void test_beside_the_program(void **state)
{
    char *own = realpath("/proc/self/exe", NULL);
    char expected[PATH_MAX + 16], got[PATH_MAX];
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    assert_non_null(own);
    for (int up = 0; up < 2; up++) {
        *strrchr(own, '/') = '\0';
        snprintf(expected, sizeof(expected), "%s/a/b", own);
        assert_int_equal(kb_place_beside(up, "a/b", got, &err), KB_OK);
        assert_string_equal(got, expected);
    }
    free(own);
}

static void test_what_cannot_be_named(void **state)
{
    static char long_name[PATH_MAX];
    char got[PATH_MAX] = "untouched";
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    memset(long_name, 'a', sizeof(long_name) - 1);
    assert_int_equal(kb_place_beside(0, long_name, got, &err), KB_ERR_SYSTEM);
    assert_int_equal(err.sys, ENAMETOOLONG);
    assert_int_equal(kb_place_beside(PATH_MAX, "a", got, &err), KB_ERR_SYSTEM);
    assert_string_equal(got, "untouched");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_beside_the_program),
        cmocka_unit_test(test_what_cannot_be_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
