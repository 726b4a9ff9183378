/*
 * Files of NAME=VALUE: .env, where "export" may come before it, and npm's. Must never take a line
 * inside of a value that goes over several lines for one of its own.
 */
#include "lines.h"
#include "parsers.h"
#include "quotes.h"

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

/* Fills *RET with the name of the assignment at AT; behind its '=', or AT: there is none. */
static size_t read_name(const char *text, size_t at, size_t end, struct kb_loose_span *ret)
{
    size_t name = skip_export(text, skip_blanks(text, at, end), end);
    size_t name_end = skip_name(text, name, end), equals = skip_blanks(text, name_end, end);

    if (name == name_end || equals == end || text[equals] != '=')
        return at;
    *ret = (struct kb_loose_span){name, name_end};
    return equals + 1;
}

/* Behind what divides two assignments of a line. */
static size_t skip_divider(const char *text, size_t at, size_t end)
{
    while (at < end && strchr(" \t;", text[at]))
        at++;
    return at;
}

/* Where behind AT another assignment of the same line begins; END: there is none. */
static size_t find_other(const char *text, size_t at, size_t end)
{
    size_t other = skip_divider(text, at, end);
    struct kb_loose_span name;

    return other > at && read_name(text, other, end, &name) > other ? other : end;
}

/* A shell ends a value without quotes at its ';', other programs do not. */
static void split_at_semicolon(
    const char *text, size_t end, struct written *written, const char **ret_doubt)
{
    const char *mark =
        memchr(text + written->value.start, ';', written->value.end - written->value.start);
    size_t at = mark ? (size_t)(mark - text) : end;

    if (!mark)
        return;
    *ret_doubt = "has a ; in it, without quotes around it";
    if (find_other(text, at, end) < end)
        written->value.end = written->end = at;
}

/* Fills value and doubts of RET with what stands at AT, behind a '='; behind its end. */
static size_t read_assigned(const struct lines *lines, size_t at, struct kb_loose_entry *ret)
{
    const char *text = lines->text;
    size_t end = lines->line.end, start = skip_blanks(text, at, end), rest;
    struct written written = read_value(text, lines->len, start, end, " \t\r");

    if (written.value.start == start)
        split_at_semicolon(text, end, &written, &ret->why_doubt);
    rest = skip_blanks(text, written.end, end);
    if (!written.why_not && rest < end && text[rest] != '#' &&
        find_other(text, written.end, end) == end)
        written.why_not = "has a space in it, without quotes around it";
    ret->value = written.value;
    ret->why_not = written.why_not;
    return written.end;
}

/* What a cut takes, where the value ends at AT: a comment behind it stays. */
static void find_whole(const struct lines *lines, size_t at, struct kb_loose_entry *ret)
{
    size_t start = lines->line.start, end = lines->line.end;
    size_t rest = skip_blanks(lines->text, at, end);

    ret->cut = KB_LOOSE_LINE;
    ret->whole = rest == end ? (struct kb_loose_span){start, lines->next}
                             : (struct kb_loose_span){skip_blanks(lines->text, start, end), rest};
}

/* Several assignments on a line are read so that they can be told. */
static void take_line(struct lines *lines, const char *why_doubt, struct kb_loose_entries *ret)
{
    const char *text = lines->text;
    size_t at = lines->line.start, end = lines->line.end, behind, other;
    bool is_shared = false;

    do {
        struct kb_loose_entry entry = {.line = lines->number, .why_doubt = why_doubt};
        size_t value = read_name(text, at, end, &entry.name);

        if (value == at)
            return;
        behind = read_assigned(lines, value, &entry);
        other = find_other(text, behind, end);
        is_shared = is_shared || other < end;
        if (is_shared)
            entry.why_doubt = "shares its line with others, which is not read";
        else if (behind <= end)
            find_whole(lines, behind, &entry);
        kb_loose_entries_add(ret, text, &entry);
        at = other;
    } while (other < end);
    lines_reach(lines, behind);
}

void parse_env(const char *text, size_t len, struct kb_loose_entries *ret)
{
    static const char within[] = "may be a part of a value that begins above it";
    struct lines lines = {.text = text, .len = len};
    struct quotes quotes = {.text = text, .len = len};

    while (lines_next(&lines))
        take_line(&lines, quotes_reach(&quotes, lines.line.start) ? within : NULL, ret);
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
