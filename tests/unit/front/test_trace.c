/*
 * The lines of KEYBEARER_LOG: what they say of a token, of the cache and of what a helper did; and
 * that nothing is said, and nothing asked of the kernel, unless they are wanted.
 */
#include "front.h"

#include "base/file.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char told[8192];
static int usual_stderr = -1, ends[2];

static int begin(void **state)
{
    (void)state;
    usual_stderr = dup(STDERR_FILENO);
    return usual_stderr < 0 || pipe2(ends, O_CLOEXEC | O_NONBLOCK) || dup2(ends[1], 2) < 0 ||
           setenv("KEYBEARER_LOG", "1", 1);
}

static int end(void **state)
{
    (void)state;
    return dup2(usual_stderr, 2) < 0 || close(usual_stderr) || close(ends[0]) || close(ends[1]);
}

static const char *heard(void)
{
    ssize_t len = read(ends[0], told, sizeof(told) - 1);

    told[len > 0 ? len : 0] = '\0';
    return told;
}

static void test_only_where_it_is_wanted(void **state)
{
    static const char *const unwanted[] = {NULL, "", "0"};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(unwanted); i++) {
        const struct kb_report_journal journal = {.profile = "p", .store = "sealed-file"};
        struct kb_cache cache = KB_CACHE_INIT;
        assert_int_equal(
            unwanted[i] ? setenv("KEYBEARER_LOG", unwanted[i], 1) : unsetenv("KEYBEARER_LOG"), 0);
        trace("happened", "p", 3, "ms");
        trace_cache(&cache);
        trace_token(&(struct kb_route){0}, &(struct kb_token){0}, (struct kb_clock){0, 0});
        trace_journal(&journal);
        assert_string_equal(heard(), "");
    }
}

static void test_a_line(void **state)
{
    (void)state;
    trace("happened after", "p", 3, "ms");
    trace("happened", "p", 3, "");
    trace("\x1b[31m\n\x80", "a\tb", 0, "");
    assert_string_equal(heard(), "keybearer: log: p: happened after 3 ms\n"
                                 "keybearer: log: p: happened\n"
                                 "keybearer: log: a?b: ?[31m??\n");
}

static void test_no_cache(void **state)
{
    struct kb_cache cache = KB_CACHE_INIT;

    (void)state;
    memcpy(cache.why, "it is somebody else's", sizeof("it is somebody else's"));
    trace_cache(&cache);
    assert_string_equal(heard(), "keybearer: log: cache: not there: it is somebody else's\n");
}

static void test_what_a_cached_token_is_good_for(void **state)
{
    static const struct {
        int64_t life_ms, gone_ms;
        int min_ttl;
        const char *line;
    } cases[] = {
        {600000, 0, 0, "cached token, life left 600.0 s\n"},
        {600000, 540000, 0, "cached token, life left 60.0 s\n"},
        {600000, 540001, 0, "cached token is within its margin, life left 59.9 s\n"},
        {600000, 500000, 200, "cached token is within its margin, life left 100.0 s\n"},
        {600000, 600000, 0, "cached token is within its margin, life left 0 ms\n"},
        {600000, 600001, 0, "cached token has expired, over for 1 ms\n"},
        {0, 5, 0, "cached token is of unknown life\n"},
        {600000, -50, 0, "cached token is of another clock, or of an absurd life\n"},
        {INT64_C(1000) * 86400 * 32, 1000, 0,
            "cached token is of another clock, or of an absurd life\n"},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        const struct kb_clock asked = {.wall_ms = 1000000, .boot_ms = 1000000};
        const struct kb_clock now = {1000000 + cases[i].gone_ms, 1000000 + cases[i].gone_ms};
        const struct kb_route route = {.profile = "p", .min_ttl = cases[i].min_ttl};
        const struct kb_token token = {.life_ms = cases[i].life_ms,
            .expires_wall_ms = asked.wall_ms + cases[i].life_ms,
            .expires_boot_ms = asked.boot_ms + cases[i].life_ms};
        const char *line;
        trace_token(&route, &token, now);
        line = heard();
        assert_true(strncmp(line, "keybearer: log: p: ", 19) == 0);
        assert_string_equal(line + 19, cases[i].line);
    }
}

static void test_what_a_helper_did(void **state)
{
    const struct kb_report_journal all = {"p", "sealed-file", 12, "idp.example:8443", 3,
        {{503, 1}, {0, 2}, {429, 3}}, 119, 120, 121, true, "no room"};

    (void)state;
    trace_journal(&all);
    assert_string_equal(heard(),
        "keybearer: log: p: the store sealed-file took 12 ms\n"
        "keybearer: log: p: idp.example:8443 answered with HTTP 503 after 1 ms\n"
        "keybearer: log: p: idp.example:8443 gave no whole answer, given up after 2 ms\n"
        "keybearer: log: p: idp.example:8443 answered with HTTP 429 after 3 ms\n"
        "keybearer: log: p: idp.example:8443 wants no request for 119 s; none was sent\n"
        "keybearer: log: p: idp.example:8443 wants no request for 120 s from now on\n"
        "keybearer: log: p: this failure counts for everybody for 121 s\n"
        "keybearer: log: p: the token was put into the cache\n"
        "keybearer: log: p: the token was not put into the cache: no room\n");
    trace_journal(&(struct kb_report_journal){0});
    assert_string_equal(heard(), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_only_where_it_is_wanted, begin, end),
        cmocka_unit_test_setup_teardown(test_a_line, begin, end),
        cmocka_unit_test_setup_teardown(test_no_cache, begin, end),
        cmocka_unit_test_setup_teardown(test_what_a_cached_token_is_good_for, begin, end),
        cmocka_unit_test_setup_teardown(test_what_a_helper_did, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
