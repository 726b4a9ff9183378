/*
 * Versions are ordered as their makers number them, and a fault begins and ends where its
 * row says.
 */
#include "core/advisory.h"

#include "base/attr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void versions_are_ordered(void **state)
{
    static const char *const rising[] = {
        "0",
        "0.9",
        "0.15",
        "0.16",
        "1.0.2zd",
        "1.1.1",
        "1.1.1a",
        "1.1.1n",
        "3.0.2",
        "3.0.17",
        "7.88.1",
        "8.1.0",
        "8.9.0",
        "8.9.1",
        "8.10.0",
    };
    (void)state;
    for (size_t i = 0; i < KB_COUNT(rising); i++) {
        for (size_t j = 0; j < KB_COUNT(rising); j++) {
            int order = kb_version_compare(rising[i], rising[j]);
            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
        }
    }
}

static int count(const char *library, const char *version, const char *tls)
{
    size_t rows;
    int found = 0;
    const struct kb_advisory *table = kb_advisories(&rows);
    for (size_t i = 0; i < rows; i++)
        found += kb_advisory_concerns(&table[i], library, version, tls);
    return found;
}

static void every_row_begins_and_ends(void **state)
{
    size_t rows;
    const struct kb_advisory *table = kb_advisories(&rows);
    (void)state;
    for (size_t i = 0; i < rows; i++) {
        const char *tls = table[i].tls ? table[i].tls : "OpenSSL";
        assert_true(kb_advisory_concerns(&table[i], table[i].library, table[i].since, tls));
        assert_false(kb_advisory_concerns(&table[i], table[i].library, table[i].fixed, tls));
        assert_false(kb_advisory_concerns(&table[i], "another", table[i].since, tls));
        assert_non_null(strstr(table[i].what, "CVE-"));
    }
}

static void only_where_it_can_be_reached(void **state)
{
    (void)state;
    assert_int_equal(count("libcurl", "7.88.1", "OpenSSL"), 2);
    assert_int_equal(count("libcurl", "7.88.1", "GnuTLS"), 2);
    assert_int_equal(count("libcurl", "8.5.0", "OpenSSL"), 0);
    assert_int_equal(count("libcurl", "8.5.0", "GnuTLS"), 1);
    assert_int_equal(count("OpenSSL", "1.1.1w", "OpenSSL"), 0);
    assert_int_equal(count("OpenSSL", "3.0.1", "OpenSSL"), 2);
    assert_int_equal(count("OpenSSL", "3.0.17", "OpenSSL"), 0);
    assert_int_equal(count("json-c", "0.16", ""), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_are_ordered),
        cmocka_unit_test(every_row_begins_and_ends),
        cmocka_unit_test(only_where_it_can_be_reached),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
