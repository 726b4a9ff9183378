/*
 * The only place that asks the kernel for the time.
 */
#include "base/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t read_ms(clockid_t id)
{
    struct timespec now = {0};

    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct kb_clock kb_clock_now(void)
{
    return (struct kb_clock){
        .wall_ms = read_ms(CLOCK_REALTIME),
        .boot_ms = read_ms(CLOCK_BOOTTIME),
    };
}

bool kb_clock_is_in_this_tick(const struct timespec *stamp)
{
    struct timespec now;

    if (clock_gettime(CLOCK_REALTIME_COARSE, &now) != 0)
        return false;
    if (stamp->tv_sec == now.tv_sec)
        return stamp->tv_nsec >= now.tv_nsec;
    return stamp->tv_sec == now.tv_sec + 1 && stamp->tv_nsec < now.tv_nsec;
}

void kb_clock_sleep_ms(int64_t ms)
{
    struct timespec rest = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    while (nanosleep(&rest, &rest) < 0 && errno == EINTR)
        ;
}

int64_t kb_clock_seconds(int64_t ms)
{
    return ms / 1000 - (ms % 1000 < 0);
}

struct kb_clock_said kb_clock_say(int64_t seconds)
{
    struct kb_clock_said said;

    if (seconds < 60)
        snprintf(said.text, sizeof(said.text), "%" PRId64 " s", seconds);
    else if (seconds < 3600)
        snprintf(said.text, sizeof(said.text), "%" PRId64 " min", seconds / 60);
    else
        snprintf(said.text, sizeof(said.text), "%" PRId64 " h %" PRId64 " min", seconds / 3600,
            seconds / 60 % 60);
    return said;
}

struct date {
    unsigned year, month, day;
};

/*
 * The Gregorian calendar, with years that begin on the first of March: then the leap day is
 * a year's last, and month lengths repeat in the five-month pattern of 153 days.
 */
static struct date date_of_day(int64_t days_since_1970)
{
    enum { DAYS_TO_1970 = 719468, DAYS_IN_400_YEARS = 146097 };
    int64_t day = days_since_1970 + DAYS_TO_1970;
    int64_t era = day / DAYS_IN_400_YEARS;
    int64_t day_of_era = day % DAYS_IN_400_YEARS;
    int64_t year =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    int64_t march_month = (5 * day_of_year + 2) / 153;
    unsigned month = (unsigned)(march_month < 10 ? march_month + 3 : march_month - 9);

    return (struct date){
        .year = (unsigned)(year + era * 400) + (month <= 2),
        .month = month,

        .day = (unsigned)(day_of_year - (153 * march_month + 2) / 5 + 1),
    };
}

/* The inverse, for a date that exists. */
static int64_t day_of_date(struct date date)
{
    enum { DAYS_TO_1970 = 719468, DAYS_IN_400_YEARS = 146097 };
    int64_t year = (int64_t)date.year - (date.month <= 2);
    int64_t era = (year >= 0 ? year : year - 399) / 400, year_of_era = year - era * 400;
    int64_t march_month = date.month > 2 ? date.month - 3 : date.month + 9;
    int64_t day_of_year = (153 * march_month + 2) / 5 + date.day - 1;

    return era * DAYS_IN_400_YEARS + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
           day_of_year - DAYS_TO_1970;
}

static void put_two_digits(char dst[static 2], unsigned number)
{
    dst[0] = (char)('0' + number / 10 % 10);
    dst[1] = (char)('0' + number % 10);
}

static void put_time_of_day(char dst[static 8], unsigned second)
{
    put_two_digits(dst, second / 3600);
    put_two_digits(dst + 3, second / 60 % 60);
    put_two_digits(dst + 6, second % 60);
}

static int64_t cut_to_four_digits(int64_t wall)
{
    const int64_t last = 253402300799; /* 9999-12-31T23:59:59Z */

    return wall < 0 ? 0 : wall > last ? last : wall;
}

void kb_clock_rfc3339(int64_t wall, char dst[static KB_CLOCK_TEXT])
{
    int64_t time = cut_to_four_digits(wall);
    struct date date = date_of_day(time / 86400);

    memcpy(dst, "0000-00-00T00:00:00Z", KB_CLOCK_TEXT);
    put_two_digits(dst, date.year / 100);
    put_two_digits(dst + 2, date.year % 100);
    put_two_digits(dst + 5, date.month);
    put_two_digits(dst + 8, date.day);
    put_time_of_day(dst + 11, (unsigned)(time % 86400));
}

/* Cuts COUNT digits off *AT: a number of LOW to HIGH. */
static bool take_number(const char **at, int count, unsigned low, unsigned high, unsigned *ret)
{
    unsigned number = 0;

    for (; count > 0; count--, (*at)++) {
        if (**at < '0' || **at > '9')
            return false;
        number = number * 10 + (unsigned)(**at - '0');
    }
    *ret = number;
    return number >= low && number <= high;
}

/* Cuts one of EITHER off *AT. */
static bool take_byte(const char **at, const char *either)
{
    return **at && strchr(either, *(*at)++);
}

static bool take_date(const char **at, struct date *ret)
{
    static const unsigned days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap;

    if (!take_number(at, 4, 0, 9999, &ret->year) || !take_byte(at, "-") ||
        !take_number(at, 2, 1, 12, &ret->month) || !take_byte(at, "-") ||
        !take_number(at, 2, 1, days[ret->month - 1], &ret->day))
        return false;
    leap = ret->year % 4 == 0 && (ret->year % 100 != 0 || ret->year % 400 == 0);
    return leap || ret->month != 2 || ret->day < 29;
}

/* A leap second is the one behind it. */
static bool take_time(const char **at, int64_t *ret)
{
    unsigned hour, minute, second;

    if (!take_number(at, 2, 0, 23, &hour) || !take_byte(at, ":") ||
        !take_number(at, 2, 0, 59, &minute) || !take_byte(at, ":") ||
        !take_number(at, 2, 0, 60, &second))
        return false;
    *ret = (int64_t)hour * 3600 + (int64_t)minute * 60 + second;
    if (**at != '.')
        return true;
    (*at)++;
    if (**at < '0' || **at > '9')
        return false;
    *at += strspn(*at, "0123456789");
    return true;
}

static bool take_offset(const char **at, int64_t *ret)
{
    int64_t sign = **at == '-' ? -1 : 1;
    unsigned hour, minute;

    *ret = 0;
    if (**at == 'Z' || **at == 'z')
        return take_byte(at, "Zz");
    if (!take_byte(at, "+-") || !take_number(at, 2, 0, 23, &hour) || !take_byte(at, ":") ||
        !take_number(at, 2, 0, 59, &minute))
        return false;
    *ret = sign * ((int64_t)hour * 3600 + (int64_t)minute * 60);
    return true;
}

bool kb_clock_read_rfc3339(const char *text, int64_t *ret)
{
    struct date date;
    int64_t second, offset;

    if (!take_date(&text, &date) || !take_byte(&text, "Tt") || !take_time(&text, &second) ||
        !take_offset(&text, &offset) || *text)
        return false;
    *ret = day_of_date(date) * 86400 + second - offset;
    return true;
}

void kb_clock_unix_date(int64_t wall, char dst[static KB_CLOCK_UNIX_TEXT])
{
    static const char days[][4] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"}; /* from 1970 */
    static const char months[][4] = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int64_t time = cut_to_four_digits(wall);
    struct date date = date_of_day(time / 86400);

    memcpy(dst, "DDD MMM 00 00:00:00 UTC 0000", KB_CLOCK_UNIX_TEXT);
    memcpy(dst, days[time / 86400 % 7], 3);
    memcpy(dst + 4, months[date.month - 1], 3);
    put_two_digits(dst + 8, date.day);
    if (dst[8] == '0')
        dst[8] = ' ';
    put_time_of_day(dst + 11, (unsigned)(time % 86400));
    put_two_digits(dst + 24, date.year / 100);
    put_two_digits(dst + 26, date.year % 100);
}

struct kb_deadline kb_deadline_in_ms(int64_t ms)
{
    return (struct kb_deadline){.at_ms = read_ms(CLOCK_BOOTTIME) + ms};
}

int kb_deadline_left_ms(struct kb_deadline deadline)
{
    int64_t left = deadline.at_ms - read_ms(CLOCK_BOOTTIME);

    if (left < 0)
        return 0;
    return left > INT_MAX ? INT_MAX : (int)left;
}

bool kb_deadline_passed(struct kb_deadline deadline)
{
    return kb_deadline_left_ms(deadline) == 0;
}
