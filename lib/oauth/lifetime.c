/*
 * How long a token lives, in every way that providers and attackers write it. Must never make a
 * token live longer than the profile allows, whatever the number.
 */
#include "reading.h"

#include "base/json.h"

#include <math.h>
#include <string.h>

/* 9999-12-31T23:59:59Z: what lies behind it is a number of another unit. */
#define LAST_MOMENT 253402300799.0

/* Whether a value is an amount at all, as opposed to one that is zero or negative. */
enum amount {
    AMOUNT_OF_NOTHING, /* of a type that says nothing */
    AMOUNT_OF_NO_NUMBER,
    AMOUNT_READ,
};

/* Digits only, as UPS sends them: at most MOST. */
static enum amount from_digits(struct json_object *value, size_t most, double *ret)
{
    const char *text = json_object_get_string(value);
    long long number;

    if (!json_object_is_type(value, json_type_string))
        return AMOUNT_OF_NOTHING;
    if (strlen(text) > most || !kb_text_to_int(text, 0, 9999999999999, &number))
        return AMOUNT_OF_NO_NUMBER;
    *ret = (double)number;
    return AMOUNT_READ;
}

static enum amount from_number(struct json_object *value, size_t most, double *ret)
{
    if (!json_object_is_type(value, json_type_int) && !json_object_is_type(value, json_type_double))
        return from_digits(value, most, ret);
    *ret = json_object_get_double(value);
    return AMOUNT_READ;
}

static enum amount in_seconds(struct json_object *value, double *ret)
{
    return from_number(value, 10, ret);
}

static enum amount in_ms(struct json_object *value, double *ret)
{
    enum amount amount = from_number(value, 13, ret);

    *ret /= 1000;
    return amount;
}

static enum amount as_date(struct json_object *value, double *ret)
{
    int64_t at;

    if (!json_object_is_type(value, json_type_string))
        return AMOUNT_OF_NOTHING;
    if (!kb_clock_read_rfc3339(json_object_get_string(value), &at))
        return AMOUNT_OF_NO_NUMBER;
    *ret = (double)at;
    return AMOUNT_READ;
}

static const struct unit {
    const char *name; /* in the configuration */
    enum amount (*read)(struct json_object *value, double *ret);
    bool is_moment;       /* when the life ends, not how long it is */
    const char *expected; /* completes "is not " */
} units[] = {
    {"s", in_seconds, false, "a number"},
    {"ms", in_ms, false, "a number"},
    {"unix", in_seconds, true, "a number"},
    {"unix-ms", in_ms, true, "a number"},
    {"rfc3339", as_date, true, "a date of RFC 3339"},
};

static const struct unit *unit_of(const struct kb_reading *r)
{
    const char *name = r->is_last ? r->profile->expiry_unit : NULL;
    size_t i = name ? KB_COUNT(units) - 1 : 0;

    while (i > 0 && strcmp(units[i].name, name) != 0)
        i--;
    return &units[i];
}

/*
 * From now until MOMENT. Where this machine's clock is behind, that is too long: so the server's
 * own date counts, too, if it says one, and the shorter of both is the life.
 */
static double left_until(const struct kb_reading *r, double moment)
{
    const char *date = kb_http_header(r->reply, "Date", NULL);
    double left = moment - (double)r->now.wall_ms / 1000;
    int64_t at;

    if (!(moment <= LAST_MOMENT))
        return 0;
    if (date && kb_http_date_parse(date, &at) && moment - (double)at < left)
        left = moment - (double)at;
    return left;
}

/* More than can be counted here is more than any profile allows. */
static int64_t whole(double seconds)
{
    if (!isfinite(seconds) || seconds < 1)
        return 0;
    return seconds < (double)INT32_MAX ? (int64_t)seconds : INT32_MAX;
}

static int64_t at_most(int64_t seconds, int64_t most)
{
    return seconds < most ? seconds : most;
}

int64_t kb_reading_lifetime(const struct kb_reading *r, const struct json_object *body)
{
    int64_t fallback = at_most(r->profile->default_lifetime, r->profile->max_lifetime);
    const struct unit *unit = unit_of(r);
    struct json_object *value = NULL;
    double said = 0;
    enum amount amount;
    int64_t seconds;

    if (!kb_reading_find(body, r->life, &value))
        return fallback;
    amount = unit->read(value, &said);
    if (amount == AMOUNT_OF_NO_NUMBER) {
        kb_reading_warn(r, "the reply's %s is not %s and was ignored", r->life, unit->expected);
        return fallback;
    }
    if (amount == AMOUNT_READ && unit->is_moment)
        said = left_until(r, said);
    seconds = amount == AMOUNT_READ ? whole(said) : 0;
    if (seconds == 0)
        kb_reading_warn(r,
            unit->is_moment ? "by the reply's %s, and this machine's clock, the token has no time "
                              "to live; it is not cached"
                            : "the reply's %s is no time to live; the token is not cached",
            r->life);
    return at_most(seconds, r->profile->max_lifetime);
}
