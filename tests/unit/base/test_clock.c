/*
 * Time: readings that make sense, deadlines that end, dates that calendars agree with.
 */
#include "base/clock.h"

#include "base/attr.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static void both_clocks_are_the_kernels(void **state)
{
    (void)state;
    struct timespec boot;
    struct kb_clock now = kb_clock_now();
    assert_int_equal(clock_gettime(CLOCK_BOOTTIME, &boot), 0);
    int64_t boot_ms = (int64_t)boot.tv_sec * 1000 + boot.tv_nsec / 1000000;
    assert_in_range(now.boot_ms, boot_ms - 60000, boot_ms);
    assert_in_range(now.wall_ms, (time(NULL) - 60) * 1000, (time(NULL) + 1) * 1000);
}

static void seconds_are_rounded_down(void **state)
{
    (void)state;
    static const struct {
        int64_t ms, seconds;
    } rows[] = {{0, 0}, {999, 0}, {1000, 1}, {1999, 1}, {-1, -1}, {-1000, -1}, {-1001, -2},
        {INT64_MAX, INT64_MAX / 1000}, {INT64_MIN, INT64_MIN / 1000 - 1}};
    for (size_t i = 0; i < KB_COUNT(rows); i++)
        assert_int_equal(kb_clock_seconds(rows[i].ms), rows[i].seconds);
}

static struct timespec after_ns(struct timespec now, long ns)
{
    struct timespec sum = {now.tv_sec + ns / 1000000000, now.tv_nsec + ns % 1000000000};
    sum.tv_sec += sum.tv_nsec / 1000000000;
    sum.tv_nsec %= 1000000000;
    return sum;
}

static bool is_past(struct timespec when)
{
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_REALTIME_COARSE, &now), 0);
    return now.tv_sec > when.tv_sec || (now.tv_sec == when.tv_sec && now.tv_nsec > when.tv_nsec);
}

/* Kernels with fine stamps are ahead of the clock that ticks, also when a second begins. */
static void stamps_of_this_tick(void **state)
{
    (void)state;
    struct timespec now;
    for (int i = 0; i < 400; i++) { /* more than a second */
        assert_int_equal(clock_gettime(CLOCK_REALTIME_COARSE, &now), 0);
        const struct timespec early = after_ns(now, 500000000), late = after_ns(now, 3600000000000);
        bool is_early = kb_clock_is_in_this_tick(&early);
        assert_true(is_early || is_past(early)); /* where we were held up */
        assert_false(kb_clock_is_in_this_tick(&late));
        now.tv_sec--;
        assert_false(kb_clock_is_in_this_tick(&now));
        nanosleep(&(struct timespec){.tv_nsec = 3000000}, NULL);
    }
}

static void deadlines(void **state)
{
    (void)state;
    assert_true(kb_deadline_passed(kb_deadline_in_ms(0)));
    assert_true(kb_deadline_passed(kb_deadline_in_ms(-1000)));
    assert_int_equal(kb_deadline_left_ms(kb_deadline_in_ms(-1000)), 0);
    assert_false(kb_deadline_passed(kb_deadline_in_ms(3600000)));
    assert_in_range(kb_deadline_left_ms(kb_deadline_in_ms(3600000)), 3000000, 3600000);
    assert_int_equal(kb_deadline_left_ms(kb_deadline_in_ms(INT64_C(1) << 50)), INT_MAX);
}

static void dates(void **state)
{
    (void)state;
    static const struct {
        int64_t wall;
        const char *text;
    } rows[] = {
        {0, "1970-01-01T00:00:00Z"},
        {-1, "1970-01-01T00:00:00Z"},
        {INT64_MIN, "1970-01-01T00:00:00Z"},
        {86399, "1970-01-01T23:59:59Z"},
        {951782400, "2000-02-29T00:00:00Z"},
        {951868800, "2000-03-01T00:00:00Z"},
        {1893456000, "2030-01-01T00:00:00Z"},
        {2147483648, "2038-01-19T03:14:08Z"},
        {4107542399, "2100-02-28T23:59:59Z"},
        {4107542400, "2100-03-01T00:00:00Z"},
        {253402300799, "9999-12-31T23:59:59Z"},
        {253402300800, "9999-12-31T23:59:59Z"},
        {INT64_MAX, "9999-12-31T23:59:59Z"},
    };
    for (size_t i = 0; i < KB_COUNT(rows); i++) {
        char text[KB_CLOCK_TEXT];
        kb_clock_rfc3339(rows[i].wall, text);
        assert_string_equal(text, rows[i].text);
    }
}

static void dates_are_read(void **state)
{
    static const struct {
        const char *text;
        int64_t wall;
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1969-12-31T23:59:59Z", -1},
        {"2000-02-29T00:00:00Z", 951782400},
        {"2000-02-29t00:00:00z", 951782400},
        {"2000-02-29T01:30:00+01:30", 951782400},
        {"2000-02-28T16:00:00-08:00", 951782400},
        {"2000-02-29T00:00:00-00:00", 951782400},
        {"2000-02-28T23:59:60Z", 951782400},
        {"2000-02-29T00:00:00.0Z", 951782400},
        {"2000-02-29T00:00:00.999999999999999999999Z", 951782400},
        {"2038-01-19T03:14:08Z", 2147483648},
        {"2100-03-01T00:00:00Z", 4107542400},
        {"9999-12-31T23:59:59Z", 253402300799},
        {"0000-01-01T00:00:00Z", -62167219200},
        {"0000-03-01T00:00:00Z", -62162035200},
    };
    static const char *const no_dates[] = {"", "2000-02-29", "2000-02-29T00:00:00",
        "2000-02-29 00:00:00Z", "2000-02-29T00:00Z", "2000-02-29T00:00:00.Z",
        "2000-02-29T00:00:00.", "2000-02-29T00:00:00ZZ", "2000-02-29T00:00:00Z ",
        " 2000-02-29T00:00:00Z", "2001-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
        "2000-02-30T00:00:00Z", "2000-04-31T00:00:00Z", "2000-00-01T00:00:00Z",
        "2000-13-01T00:00:00Z", "2000-01-00T00:00:00Z", "2000-01-32T00:00:00Z",
        "2000-01-01T24:00:00Z", "2000-01-01T00:60:00Z", "2000-01-01T00:00:61Z",
        "2000-01-01T00:00:00+24:00", "2000-01-01T00:00:00+00:60", "2000-01-01T00:00:00+0100",
        "2000-01-01T00:00:00+01", "2000-01-01T00:00:00,5Z", "20000101T000000Z",
        "00-01-01T00:00:00Z", "12000-01-01T00:00:00Z", "2000-1-1T00:00:00Z", "+000-01-01T00:00:00Z",
        "2000-01-01T00:00:00z0", "2000-01-01T0x:00:00Z"};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(rows); i++) {
        int64_t wall = 7;

        if (!kb_clock_read_rfc3339(rows[i].text, &wall) || wall != rows[i].wall)
            fail_msg("%s is %lld", rows[i].text, (long long)wall);
    }
    for (size_t i = 0; i < KB_COUNT(no_dates); i++) {
        int64_t wall = 7;

        if (kb_clock_read_rfc3339(no_dates[i], &wall) || wall != 7)
            fail_msg("%s is read", no_dates[i]);
    }
}

static void spans_as_people_say_them(void **state)
{
    (void)state;
    const struct {
        int64_t seconds;
        const char *text;
    } rows[] = {
        {0, "0 s"},
        {59, "59 s"},
        {60, "1 min"},
        {3599, "59 min"},
        {3600, "1 h 0 min"},
        {7559, "2 h 5 min"},
        {INT64_MAX, "2562047788015215 h 30 min"},
    };
    for (size_t i = 0; i < KB_COUNT(rows); i++)
        assert_string_equal(kb_clock_say(rows[i].seconds).text, rows[i].text);
}

static void assert_agrees(const char *ours, const char *theirs)
{
    if (strcmp(ours, theirs) != 0)
        fail_msg("%s is not %s", ours, theirs);
}

/* Every day of four centuries, against the C library. */
static void the_c_library_agrees(void **state)
{
    (void)state;
    for (time_t wall = 0; wall < 86400 * INT64_C(146097); wall += 86399) {
        char ours[KB_CLOCK_TEXT], unix_date[KB_CLOCK_UNIX_TEXT], theirs[64];
        struct tm tm;
        int64_t again = 0;

        assert_non_null(gmtime_r(&wall, &tm));
        kb_clock_rfc3339(wall, ours);
        assert_true(kb_clock_read_rfc3339(ours, &again));
        assert_int_equal(again, wall);
        assert_int_not_equal(strftime(theirs, sizeof(theirs), "%Y-%m-%dT%H:%M:%SZ", &tm), 0);
        assert_agrees(ours, theirs);
        kb_clock_unix_date(wall, unix_date);
        assert_int_not_equal(strftime(theirs, sizeof(theirs), "%a %b %e %H:%M:%S UTC %Y", &tm), 0);
        assert_agrees(unix_date, theirs);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_clocks_are_the_kernels),
        cmocka_unit_test(seconds_are_rounded_down),
        cmocka_unit_test(stamps_of_this_tick),
        cmocka_unit_test(deadlines),
        cmocka_unit_test(dates_are_read),
        cmocka_unit_test(spans_as_people_say_them),
        cmocka_unit_test(dates),
        cmocka_unit_test(the_c_library_agrees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
