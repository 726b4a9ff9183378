/*
 * One reader a spelling. Each also reads what a server of that kind leaves as it is, so
 * that partly escaped text is found too; hex alone is all or nothing.
 */
#include "spelling.h"

#include "base/attr.h"
#include "base/strings.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static size_t read_raw(const char *text, size_t len, char *ret)
{
    (void)len;
    *ret = text[0];
    return 1;
}

static size_t read_hex(const char *text, size_t len, char *ret)
{
    if (len < 2 || kb_hex_value(text[0]) < 0 || kb_hex_value(text[1]) < 0)
        return 0;
    *ret = (char)(kb_hex_value(text[0]) * 16 + kb_hex_value(text[1]));
    return 2;
}

static size_t read_percent(const char *text, size_t len, char *ret)
{
    if (text[0] == '%' && read_hex(text + 1, len - 1, ret) == 2)
        return 3;
    return read_raw(text, len, ret);
}

static size_t read_form(const char *text, size_t len, char *ret)
{
    if (text[0] != '+')
        return read_percent(text, len, ret);
    *ret = ' ';
    return 1;
}

static size_t read_json(const char *text, size_t len, char *ret)
{
    if (text[0] != '\\' || len < 2)
        return read_raw(text, len, ret);
    if (len >= 6 && memcmp(text, "\\u00", 4) == 0 && read_hex(text + 4, 2, ret) == 2)
        return 6;
    *ret = text[1];
    return 2;
}

static size_t read_numeric_entity(const char *text, size_t len, char *ret)
{
    bool hex = len > 2 && (text[2] == 'x' || text[2] == 'X');
    char digits[8] = {0}, *end;
    size_t skip = hex ? 3 : 2, left = len > skip ? len - skip : 0;

    memcpy(digits, text + skip, left < sizeof(digits) - 1 ? left : sizeof(digits) - 1);
    *ret = (char)strtol(digits, &end, hex ? 16 : 10);
    return end > digits && *end == ';' ? skip + (size_t)(end - digits) + 1 : 0;
}

static size_t read_entity(const char *text, size_t len, char *ret)
{
    static const struct {
        const char *name;
        char c;
    } named[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};

    if (len > 2 && text[0] == '&' && text[1] == '#')
        return read_numeric_entity(text, len, ret);
    for (size_t i = 0; i < KB_COUNT(named); i++) {
        size_t size = strlen(named[i].name);

        if (len >= size && memcmp(text, named[i].name, size) == 0) {
            *ret = named[i].c;
            return size;
        }
    }
    return read_raw(text, len, ret);
}

static size_t read_url_safe(const char *text, size_t len, char *ret)
{
    (void)len;
    *ret = text[0];
    if (text[0] == '-')
        *ret = '+';
    if (text[0] == '_')
        *ret = '/';
    return 1;
}

const kb_spelling kb_spellings[KB_SPELLING_COUNT] = {
    read_raw, read_percent, read_form, read_json, read_entity, read_hex, read_url_safe};
