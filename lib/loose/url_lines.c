/*
 * git's own store: an address a line, with a user name and a password in it.
 */
#include "lines.h"
#include "parsers.h"

#include <string.h>

static void take_line(const struct lines *lines, struct kb_loose_entries *ret)
{
    const char *text = lines->text, *begin = text + lines->line.start;
    size_t len = lines->line.end - lines->line.start;
    const char *user = memmem(begin, len, "://", 3), *end = begin + len, *slash, *colon, *at;
    struct kb_loose_entry entry = {.line = lines->number, .kind = KB_LOOSE_PASSWORD};

    if (!user)
        return;
    user += 3;
    slash = memchr(user, '/', (size_t)(end - user));
    at = memrchr(user, '@', (size_t)((slash ? slash : end) - user));
    if (!at) /* a password with a '/', as no program writes it */
        at = memchr(user, '@', (size_t)(end - user));
    colon = at ? memchr(user, ':', (size_t)(at - user)) : NULL;
    if (!colon)
        return;
    entry.value = (struct kb_loose_span){(size_t)(colon + 1 - text), (size_t)(at - text)};
    kb_loose_entries_add(ret, text, &entry);
}

void parse_url_lines(const char *text, size_t len, struct kb_loose_entries *ret)
{
    struct lines lines = {.text = text, .len = len};

    while (lines_next(&lines))
        take_line(&lines, ret);
}
