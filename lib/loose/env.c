/*
 * Files of NAME=VALUE: .env, where "export" may come before it, and npm's. Must never take a line
 * inside of a value that goes over several lines for one of its own.
 */
#include "lines.h"
#include "parsers.h"

#include <string.h>

/* Behind the word "export" and what divides it from a name; else AT. */
static size_t skip_export(const char *text, size_t at, size_t end)
{
    static const char word[] = "export";
    size_t behind = at + strlen(word);

    if (behind < end && memcmp(text + at, word, strlen(word)) == 0 &&
        (text[behind] == ' ' || text[behind] == '\t'))
        return skip_blanks(text, behind, end);
    return at;
}

/* Whether nothing but a comment is left of the line. */
static bool is_rest_blank(const char *text, size_t at, size_t end)
{
    size_t rest = skip_blanks(text, at, end);

    return rest == end || text[rest] == '#';
}

static void take_line(struct lines *lines, struct kb_loose_entries *ret)
{
    const char *text = lines->text;
    size_t start = lines->line.start, end = lines->line.end;
    size_t name = skip_export(text, skip_blanks(text, start, end), end);
    size_t name_end = skip_name(text, name, end), equals = skip_blanks(text, name_end, end);
    struct kb_loose_entry entry = {
        .name = {name, name_end}, .line = lines->number, .cut = KB_LOOSE_LINE};
    struct written written;

    if (name == name_end || equals == end || text[equals] != '=')
        return;
    written = read_value(text, lines->len, skip_blanks(text, equals + 1, end), end, " \t\r");
    if (!written.why_not && !is_rest_blank(text, written.end, end))
        written.why_not = "has a space in it, without quotes around it";
    entry.value = written.value;
    entry.why_not = written.why_not;
    lines_reach(lines, written.end);
    entry.whole = (struct kb_loose_span){start, lines->next};
    kb_loose_entries_add(ret, text, &entry);
}

void parse_env(const char *text, size_t len, struct kb_loose_entries *ret)
{
    struct lines lines = {.text = text, .len = len};

    while (lines_next(&lines))
        take_line(&lines, ret);
}

/* "//registry.example.com/:_authToken": what counts follows the address. */
static size_t behind_address(const char *text, size_t start, size_t end)
{
    while (end > start && text[end - 1] != ':')
        end--;
    return end;
}

static enum kb_loose_kind npm_kind(const char *name, size_t len)
{
    return len == strlen("_auth") && memcmp(name, "_auth", len) == 0 ? KB_LOOSE_PASSWORD
                                                                     : KB_LOOSE_OTHER;
}

void parse_npmrc(const char *text, size_t len, struct kb_loose_entries *ret)
{
    struct lines lines = {.text = text, .len = len};

    while (lines_next(&lines)) {
        size_t start = skip_blanks(text, lines.line.start, lines.line.end), end = lines.line.end;
        const char *equals = memchr(text + start, '=', end - start);
        struct kb_loose_entry entry = {.line = lines.number};
        struct written written;

        if (!equals || text[start] == '#' || text[start] == ';')
            continue;
        entry.name.end = (size_t)(equals - text);
        while (entry.name.end > start && strchr(" \t", text[entry.name.end - 1]))
            entry.name.end--;
        entry.name.start = behind_address(text, start, entry.name.end);
        entry.kind = npm_kind(text + entry.name.start, entry.name.end - entry.name.start);
        written = read_value(
            text, end, skip_blanks(text, (size_t)(equals - text) + 1, end), end, " \t\r");
        entry.value = written.value;
        entry.why_not = written.why_not;
        kb_loose_entries_add(ret, text, &entry);
    }
}
