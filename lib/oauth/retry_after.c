/*
 * One Retry-After value, and the dates of HTTP. strptime(3) reads more than HTTP allows, so a date
 * counts only when writing it back gives the same bytes; this also finds 30 February and a wrong
 * weekday. Names are English whatever the locale.
 */
#include "oauth/rate_limit.h"

#include <locale.h>
#include <string.h>
#include <time.h>

static const char *const date_forms[] = {
    "%a, %d %b %Y %H:%M:%S GMT",
    "%A, %d-%b-%y %H:%M:%S GMT",
    "%a %b %e %H:%M:%S %Y",
};

/* Whether VALUE is all of a fraction: ".0". RET_UP: it is more than nothing. */
static bool parse_fraction(const char *value, bool *ret_up)
{
    size_t digits = strspn(value + 1, "0123456789");

    *ret_up = value[1 + strspn(value + 1, "0")] != '\0';
    return *value == '.' && digits > 0 && value[1 + digits] == '\0';
}

/*
 * A fraction is not HTTP's, but it is sent; it is rounded up. Too large a number means the largest:
 * whoever sends it wants us to wait long.
 */
static bool parse_seconds(const char *value, int64_t *ret)
{
    size_t digits = strspn(value, "0123456789");
    int64_t seconds = 0;
    bool up = false;

    if (digits == 0 || (value[digits] && !parse_fraction(value + digits, &up)))
        return false;
    for (size_t i = 0; i < digits; i++) {
        if (__builtin_mul_overflow(seconds, 10, &seconds) ||
            __builtin_add_overflow(seconds, value[i] - '0', &seconds))
            seconds = INT64_MAX;
    }
    if (up && seconds < INT64_MAX)
        seconds++;
    *ret = seconds;
    return true;
}

static bool parse_date(const char *value, const char *form, locale_t english, int64_t *ret)
{
    struct tm tm = {0};
    char again[64];
    const char *end = strptime_l(value, form, &tm, english);
    time_t at;

    if (!end || *end)
        return false;
    at = timegm(&tm);
    if (strftime_l(again, sizeof(again), form, &tm, english) == 0 || strcmp(again, value) != 0)
        return false;
    *ret = at;
    return true;
}

bool kb_http_date_parse(const char *value, int64_t *ret)
{
    locale_t english = newlocale(LC_ALL_MASK, "C", NULL);
    bool found = false;

    if (!english)
        return false;
    for (size_t i = 0; !found && i < KB_COUNT(date_forms); i++)
        found = parse_date(value, date_forms[i], english, ret);
    freelocale(english);
    return found;
}

bool kb_retry_after_parse(const char *value, struct kb_clock now, int64_t *ret)
{
    int64_t at, wall = kb_clock_seconds(now.wall_ms);

    if (parse_seconds(value, ret))
        return true;
    if (!kb_http_date_parse(value, &at))
        return false;
    *ret = at > wall ? at - wall : 0;
    return true;
}
