/*
 * expires_in, in every way that providers and attackers write it. Must never make a
 * token live longer than the profile allows, whatever the number.
 */
#include "reading.h"

#include <math.h>
#include <string.h>

/* Not a life in seconds, as opposed to a life that is zero or negative. */
#define NOT_A_NUMBER (-1)

/* More than can be counted here is more than any profile allows. */
static int64_t from_number(double seconds)
{
    if (!isfinite(seconds) || seconds < 1)
        return 0;
    return seconds < (double)INT32_MAX ? (int64_t)seconds : INT32_MAX;
}

/* Digits only, as UPS sends them. */
static int64_t from_text(const char *text)
{
    long long seconds;

    if (strlen(text) > 10 || !kb_text_to_int(text, 0, 9999999999, &seconds))
        return NOT_A_NUMBER;
    return seconds;
}

static int64_t seconds_of(struct json_object *value)
{
    if (json_object_is_type(value, json_type_string))
        return from_text(json_object_get_string(value));
    if (json_object_is_type(value, json_type_int) || json_object_is_type(value, json_type_double))
        return from_number(json_object_get_double(value));
    return 0;
}

static int64_t at_most(int64_t seconds, int64_t most)
{
    return seconds < most ? seconds : most;
}

int64_t kb_reading_lifetime(const struct kb_reading *r, const struct json_object *body)
{
    int64_t fallback = at_most(r->profile->default_lifetime, r->profile->max_lifetime);
    struct json_object *value = NULL;
    int64_t seconds;

    if (!json_object_object_get_ex(body, r->shape->life, &value))
        return fallback;
    seconds = seconds_of(value);
    if (seconds == NOT_A_NUMBER) {
        kb_reading_warn(r, "the reply's %s is not a number and was ignored", r->shape->life);
        return fallback;
    }
    if (seconds == 0)
        kb_reading_warn(
            r, "the reply's %s is no time to live; the token is not cached", r->shape->life);
    return at_most(seconds, r->profile->max_lifetime);
}
