/*
 * What a name says of its value, and whether a value may be a credential at all. Must never take
 * a reference to a secret, such as ${TOKEN}, for the secret.
 */
#include "names.h"

#include "loose/entry.h"

#include "base/attr.h"
#include "base/strings.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* How names end, without what divides words: CLIENT_SECRET and clientSecret are one. */
static const struct {
    const char *end;
    enum kb_loose_kind kind;
} endings[] = {
    {"secretkey", KB_LOOSE_KEY},
    {"accesskey", KB_LOOSE_KEY},
    {"privatekey", KB_LOOSE_KEY},
    {"apikey", KB_LOOSE_KEY},
    {"secret", KB_LOOSE_SECRET},
    {"token", KB_LOOSE_TOKEN},
    {"authorization", KB_LOOSE_TOKEN},
    {"password", KB_LOOSE_PASSWORD},
    {"passwd", KB_LOOSE_PASSWORD},
};

/* The four hexadecimal digits at AT; -1: they are none, or stand for nothing of ASCII. */
static int read_escaped(const char *at, const char *end)
{
    static const char digits[] = "0123456789abcdef";
    int value = 0;

    if (end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        const char *digit = at[i] ? strchr(digits, tolower((unsigned char)at[i])) : NULL;

        if (!digit)
            return -1;
        value = 16 * value + (int)(digit - digits);
    }
    return value < 128 ? value : -1;
}

char take_character(const char **at, const char *end)
{
    char c = *(*at)++;
    int value;

    if (c != '\\' || *at == end)
        return c;
    c = *(*at)++;
    value = c == 'u' ? read_escaped(*at, end) : -1;
    if (value < 0)
        return c;
    *at += 4;
    return (char)value;
}

enum kb_loose_kind kb_loose_kind_of(const char *name, size_t len)
{
    char plain[KB_LOOSE_NAME_MAX + 1];
    size_t used = 0;

    if (len > KB_LOOSE_NAME_MAX)
        return KB_LOOSE_OTHER;
    for (const char *at = name, *end = name + len; at < end;) {
        char c = take_character(&at, end);

        if (!strchr("_-.", c))
            plain[used++] = (char)tolower((unsigned char)c);
    }
    for (size_t i = 0; i < KB_COUNT(endings); i++) {
        size_t end = strlen(endings[i].end);

        if (used >= end && memcmp(plain + used - end, endings[i].end, end) == 0)
            return endings[i].kind;
    }
    return KB_LOOSE_OTHER;
}

const char *kb_loose_say(enum kb_loose_kind kind)
{
    static const char *const said[KB_LOOSE_KINDS] = {
        [KB_LOOSE_OTHER] = "nothing secret",
        [KB_LOOSE_PASSWORD] = "a password",
        [KB_LOOSE_TOKEN] = "a token",
        [KB_LOOSE_SECRET] = "a client secret",
        [KB_LOOSE_KEY] = "a key",
    };

    return said[kind];
}

static bool begins(const char *value, size_t len, const char *with)
{
    size_t end = strlen(with);

    return len >= end && strncasecmp(value, with, end) == 0;
}

bool kb_loose_is_value(const char *value, size_t len)
{
    static const char *const elsewhere[] = {"$", "{", "<", "~/", "./", "../", "/run/", "/etc/",
        "/home/", "/var/", "/usr/", "env:", "file:"};
    enum { SHORTEST = 6 };

    if (begins(value, len, "bearer ") || begins(value, len, "basic ")) {
        size_t word = strcspn(value, " ") + 1;

        value += word;
        len -= word;
    }
    for (size_t i = 0; i < KB_COUNT(elsewhere); i++)
        if (begins(value, len, elsewhere[i]))
            return false;
    for (size_t i = 0; i < len; i++)
        if (value[i] == ' ' || (i + 2 < len && memcmp(value + i, "://", 3) == 0) ||
            (i + 1 < len && memcmp(value + i, "${", 2) == 0))
            return false;
    return len >= SHORTEST;
}

bool kb_loose_is_credential(const char *text, const struct kb_loose_entry *entry)
{
    const struct kb_loose_span *value = &entry->value;

    return entry->kind != KB_LOOSE_OTHER && !entry->why_not &&
           (entry->is_certain || kb_loose_is_value(text + value->start, value->end - value->start));
}
