/* When to ask again: every form of Retry-After, and which header wins. */
#include "fixture.h"

#include "oauth/rate_limit.h"

/* 1994-11-06 08:49:37 GMT, the moment of RFC 9110's examples, less 100 s. */
#define BEFORE_EXAMPLE (784111777 - 100)
#define NO (-1)

static void test_every_form_of_retry_after(void **state)
{
    static const struct {
        const char *value;
        int64_t wall, seconds;
    } cases[] = {
        {"0", NOW, 0},
        {"1", NOW, 1},
        {"120", NOW, 120},
        {"007", NOW, 7},
        {"9223372036854775807", NOW, INT64_MAX},
        {"9223372036854775808", NOW, INT64_MAX},
        {"99999999999999999999999999999999", NOW, INT64_MAX},
        {"Sun, 06 Nov 1994 08:49:37 GMT", BEFORE_EXAMPLE, 100},
        {"Sunday, 06-Nov-94 08:49:37 GMT", BEFORE_EXAMPLE, 100},
        {"Sun Nov  6 08:49:37 1994", BEFORE_EXAMPLE, 100},
        {"Sun, 06 Nov 1994 08:49:37 GMT", NOW, 0},
        {"Sunday, 06-Nov-94 08:49:37 GMT", NOW, 0},
        {"Sun Nov  6 08:49:37 1994", NOW, 0},
        {"Wed, 15 Nov 2023 22:13:20 GMT", NOW, 86400},
        {"Thu, 29 Feb 2024 00:00:00 GMT", NOW, 9164800},
        {"", NOW, NO},
        {" 5", NOW, NO},
        {"5 ", NOW, NO},
        {"-1", NOW, NO},
        {"+1", NOW, NO},
        {"2.0", NOW, 2},
        {"1.5", NOW, 2},
        {"0.01", NOW, 1},
        {"0.000", NOW, 0},
        {"9223372036854775807.5", NOW, INT64_MAX},
        {"1.", NOW, NO},
        {".5", NOW, NO},
        {"1.5.5", NOW, NO},
        {"1.5s", NOW, NO},
        {"1.-5", NOW, NO},
        {"1e3", NOW, NO},
        {"0x10", NOW, NO},
        {"5s", NOW, NO},
        {"5, 6", NOW, NO},
        {"soon", NOW, NO},
        {"Sun, 06 Nov 1994 08:49:37", NOW, NO},
        {"Sun, 06 Nov 1994 08:49:37 UTC", NOW, NO},
        {"Sun, 06 Nov 1994 08:49:37 +0000", NOW, NO},
        {"Sun, 06 Nov 1994 08:49:37 GMT ", NOW, NO},
        {"Sun, 6 Nov 1994 08:49:37 GMT", NOW, NO},
        {"sun, 06 Nov 1994 08:49:37 GMT", NOW, NO},
        {"Sunday, 06 Nov 1994 08:49:37 GMT", NOW, NO},
        {"Mon, 06 Nov 1994 08:49:37 GMT", NOW, NO},
        {"Fri, 30 Feb 2024 00:00:00 GMT", NOW, NO},
        {"Sun, 06 Nov 1994 24:00:00 GMT", NOW, NO},
        {"Sun, 06 Nov 1994 08:49:60 GMT", NOW, NO},
        {"Sun, 06 Nov 94 08:49:37 GMT", NOW, NO},
        {"Sun Nov 06 08:49:37 1994", NOW, NO},
        {"Sun Nov 6 08:49:37 1994", NOW, NO},
        {"1994-11-06T08:49:37Z", NOW, NO},
        {"Sun, 06 Nov 1994 08:49:37 GMT, 5", NOW, NO},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        const struct kb_clock now = {.wall_ms = cases[i].wall * 1000 + 999};
        int64_t seconds = NO;
        bool known = kb_retry_after_parse(cases[i].value, now, &seconds);

        if (known != (cases[i].seconds != NO) || seconds != cases[i].seconds)
            fail_msg("\"%s\" means %lld s", cases[i].value, (long long)seconds);
    }
}

struct said {
    const char *name, *value;
};

static void test_which_header_counts(void **state)
{
    static const struct {
        struct said headers[3];
        int64_t wait_s;
        bool asked, retry_after;
    } cases[] = {
        {{{NULL, NULL}}, 0, false, false},
        {{{"Retry-After", "7"}}, 7, true, true},
        {{{"retry-after", "7"}}, 7, true, true},
        {{{"Retry-After", "0"}}, 0, true, true},
        {{{"Retry-After", "301"}}, 300, true, true},
        {{{"Retry-After", "99999999999999999999"}}, 300, true, true},
        {{{"Retry-After", "-7"}}, 0, false, false},
        {{{"Retry-After", "7"}, {"Retry-After", "7"}}, 7, true, true},
        {{{"Retry-After", "7"}, {"Retry-After", "8"}}, 0, false, false},
        {{{"Retry-After", "7"}, {"RateLimit-Reset", "9"}}, 7, true, true},
        {{{"Retry-After", "x"}, {"RateLimit-Reset", "9"}}, 9, true, false},
        {{{"RateLimit-Reset", "45"}, {"X-RateLimit-Remaining-minute", "0"}}, 45, true, false},
        {{{"RateLimit-Reset", "Tue, 14 Nov 2023 22:13:50 +0000"}}, 30, true, false},
        {{{"RateLimit-Reset", "Tue, 14 Nov 2023 22:13:50 GMT"}}, 30, true, false},
        {{{"RateLimit-Reset", " +0000"}}, 0, false, false},
        {{{"X-RateLimit-Remaining-minute", "0"}}, 60, true, false},
        {{{"X-RateLimit-Remaining", "0"}}, 60, true, false},
        {{{"X-Rate-Limit-Remaining", "0"}}, 60, true, false},
        {{{"X-Rate-Limit-Reset", "31"}}, 31, true, false},
        {{{"X-Rate-Limit-Reset", "1700000031"}}, 31, true, false},
        {{{"X-RateLimit-Reset", "1700000030.4"}}, 31, true, false},
        {{{"X-RateLimit-Reset", "1699999999"}}, 0, true, false},
        {{{"X-RateLimit-Reset", "soon"}}, 0, false, false},
        {{{"RateLimit-Reset", "9"}, {"X-RateLimit-Reset", "31"}}, 9, true, false},
        {{{"RateLimit", "\"default\";r=0;t=30"}}, 30, true, false},
        {{{"RateLimit", "default;t=30;r=0"}}, 30, true, false},
        {{{"RateLimit", "\"a, r=0;t=5\";r=9;t=7, \"b\";r=0;t=30"}}, 30, true, false},
        {{{"RateLimit", "\"a\";r=0;t=30, \"b\";r=9;t=7"}}, 30, true, false},
        {{{"RateLimit", "\"a\";t=10;r=5, \"b\";t=300;r=0"}}, 300, true, false},
        {{{"RateLimit", "\"a\";r=5;t=10, \"b\";t=300;r=0"}}, 300, true, false},
        {{{"RateLimit", "\"a\";r=0;t=300, \"b\";t=10;r=5"}}, 300, true, false},
        {{{"RateLimit", "\"a\";r=0;t=30, \"b\";r=0;t=7"}}, 30, true, false},
        {{{"RateLimit", "\"a\";r=0;t=7, \"b\";r=0;t=30"}}, 30, true, false},
        {{{"RateLimit", "\"a\";r=5;t=30, \"b\";r=0"}}, 60, true, false},
        {{{"RateLimit", "limit=100, remaining=0, reset=30"}}, 30, true, false},
        {{{"RateLimit", "\"a\";r=0"}}, 60, true, false},
        {{{"RateLimit", "\"a\";r=-1;t=-2"}}, 0, false, false},
        {{{"RateLimit", "\"a\";r=0x1;t=3s"}}, 0, false, false},
        {{{"RateLimit", "\"a"}}, 0, false, false},
        {{{"RateLimit", ""}}, 0, false, false},
        {{{"RateLimit-Reset", "9"}, {"RateLimit", "\"a\";r=0;t=30"}}, 9, true, false},
        {{{"RateLimit-Remaining", "0"}}, 60, true, false},
        {{{"X-RateLimit-Remaining-minute", "1"}}, 0, false, false},
        {{{"X-RateLimit-Remaining-minute", "-0"}}, 0, false, false},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        const struct kb_clock now = {.wall_ms = NOW * INT64_C(1000)};
        struct kb_rate_limit said;
        struct fixture f;

        fixture_open(&f);
        for (size_t h = 0; h < KB_COUNT(cases[i].headers) && cases[i].headers[h].name; h++)
            add_header(&f, cases[i].headers[h].name, cases[i].headers[h].value);
        said = kb_rate_limit_read(&f.reply, now);
        if (said.wait_s != cases[i].wait_s || said.asked != cases[i].asked ||
            said.retry_after != cases[i].retry_after)
            fail_msg("case %zu: %lld s", i, (long long)said.wait_s);
        fixture_close(&f);
    }
}

static void test_the_numbers(void **state)
{
    static const struct {
        const char *value;
        int64_t number;
    } cases[] = {
        {"100", 100},
        {"100, 100;window=60", 100},
        {"100;w=60", 100},
        {"0", 0},
        {"", -1},
        {"x", -1},
        {"-1", -1},
        {"1.5", -1},
        {"999999999999999", 999999999999999},
        {"9999999999999999", -1},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        static const char *const names[] = {"RateLimit-Limit", "X-RateLimit-Limit-minute"};

        for (size_t n = 0; n < KB_COUNT(names); n++) {
            struct fixture f;

            fixture_open(&f);
            add_header(&f, names[n], cases[i].value);
            assert_int_equal(
                kb_rate_limit_read(&f.reply, (struct kb_clock){.wall_ms = NOW * INT64_C(1000)})
                    .limit,
                cases[i].number);
            fixture_close(&f);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_form_of_retry_after),
        cmocka_unit_test(test_which_header_counts),
        cmocka_unit_test(test_the_numbers),
    };

    return cmocka_run_group_tests_name("rate_limit", tests, NULL, NULL);
}
