/*
 * What shells run when they start. Only assignments are looked at, and none is cut: such a file is
 * a program. Must never run or expand a part of it.
 */
#include "lines.h"
#include "parsers.h"

#include "base/attr.h"

#include <ctype.h>
#include <string.h>

static const char stops[] = " \t\r;&|)";

static bool is_word(const char *text, size_t start, size_t end, const char *word)
{
    return end - start == strlen(word) && memcmp(text + start, word, end - start) == 0;
}

/* A command that makes variables; its options are passed over with it. */
static bool is_declaration(const char *text, size_t start, size_t end)
{
    static const char *const words[] = {"export", "declare", "typeset", "readonly", "local"};

    for (size_t i = 0; i < KB_COUNT(words); i++)
        if (is_word(text, start, end, words[i]))
            return true;
    return end > start && text[start] == '-';
}

static size_t word_end(const char *text, size_t at, size_t end)
{
    while (at < end && !strchr(stops, text[at]))
        at++;
    return at;
}

/* Behind what ends a command, and blanks; AT where the command goes on with a word of its own. */
static size_t skip_separators(const char *text, size_t at, size_t end)
{
    while (at < end && strchr(" \t;&|", text[at]))
        at++;
    return at;
}

/* The word that ends the text which the line's "<<" begins; empty: it has none. */
static struct kb_loose_span find_here_word(const struct lines *lines)
{
    const char *text = lines->text;
    size_t end = lines->line.end, start = skip_blanks(text, lines->line.start, end);
    const char *mark = memmem(text + start, end - start, "<<", 2);
    size_t at = mark ? (size_t)(mark - text) + 2 : end;

    if (at == end || text[start] == '#' || text[at] == '<')
        return (struct kb_loose_span){end, end};
    at = skip_blanks(text, at + (text[at] == '-'), end);
    if (at < end && strchr("'\"\\", text[at]))
        at++;
    if (at < end && isdigit((unsigned char)text[at])) /* a number is shifted */
        at = end;
    return (struct kb_loose_span){at, skip_name(text, at, end)};
}

static bool is_line(const struct lines *lines, struct kb_loose_span word)
{
    size_t start = skip_blanks(lines->text, lines->line.start, lines->line.end);

    return lines->line.end - start == word.end - word.start &&
           memcmp(lines->text + start, lines->text + word.start, word.end - word.start) == 0;
}

/* The assignments with which the line, and each command in it, begins. */
static void take_line(struct lines *lines, const char *why_doubt, struct kb_loose_entries *ret)
{
    const char *text = lines->text;
    size_t at = lines->line.start;

    while (at < lines->line.end) {
        struct kb_loose_entry entry = {.line = lines->number, .why_doubt = why_doubt};
        struct written written;
        size_t end;

        at = skip_separators(text, at, lines->line.end);
        end = skip_name(text, at, lines->line.end);
        if (end > at && end < lines->line.end && text[end] == '=') {
            entry.name = (struct kb_loose_span){at, end};
            written = read_value(text, lines->len, end + 1, lines->line.end, stops);
            entry.value = written.value;
            entry.why_not = written.why_not;
            kb_loose_entries_add(ret, text, &entry);
            lines_reach(lines, written.end);
            at = written.end;
            continue;
        }
        end = word_end(text, at, lines->line.end);
        if (!is_declaration(text, at, end))
            return;
        at = end;
    }
}

void parse_shell(const char *text, size_t len, struct kb_loose_entries *ret)
{
    struct lines lines = {.text = text, .len = len};
    struct kb_loose_span here = {0, 0};

    while (lines_next(&lines)) {
        bool is_inside = here.end > here.start;

        if (is_inside && is_line(&lines, here))
            here.end = here.start;
        else if (!is_inside)
            here = find_here_word(&lines);
        take_line(&lines, is_inside ? "is in a text that a command reads" : NULL, ret);
    }
}

/* set -gx NAME VALUE */
static void take_fish_line(struct lines *lines, struct kb_loose_entries *ret)
{
    const char *text = lines->text;
    size_t end = lines->line.end, at = skip_blanks(text, lines->line.start, end);
    size_t behind = word_end(text, at, end);
    struct kb_loose_entry entry = {.line = lines->number};
    struct written written;

    if (!is_word(text, at, behind, "set"))
        return;
    at = skip_blanks(text, behind, end);
    while (at < end && text[at] == '-')
        at = skip_blanks(text, word_end(text, at, end), end);
    entry.name = (struct kb_loose_span){at, skip_name(text, at, end)};
    at = skip_blanks(text, entry.name.end, end);
    if (at == entry.name.end)
        return;
    written = read_value(text, lines->len, at, end, stops);
    entry.value = written.value;
    entry.why_not = written.why_not;
    lines_reach(lines, written.end);
    kb_loose_entries_add(ret, text, &entry);
}

void parse_fish(const char *text, size_t len, struct kb_loose_entries *ret)
{
    struct lines lines = {.text = text, .len = len};

    while (lines_next(&lines))
        take_fish_line(&lines, ret);
}
