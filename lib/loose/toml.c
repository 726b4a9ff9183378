/*
 * TOML, and Terraform's language as far as it looks the same: NAME = "VALUE", alone on its line or
 * between braces. Must never unescape.
 */
#include "lines.h"
#include "parsers.h"

#include <ctype.h>
#include <string.h>

enum { DEPTH_MAX = 16 };

struct file {
    struct lines lines;
    size_t scopes[DEPTH_MAX]; /* of a table, and of each brace in it */
    int depth;                /* how many braces are open */
    int too_deep;             /* and how many more, without a scope of their own */
    struct kb_loose_entries *ret;
};

/* What stands in a line, one after the other. */
struct line {
    size_t at;
    struct kb_loose_span last; /* the word or string before AT */
    bool is_alone;             /* nothing but a name came so far */
};

static void open_brace(struct file *file, size_t at)
{
    if (file->depth + 1 < DEPTH_MAX)
        file->scopes[++file->depth] = at;
    else
        file->too_deep++;
}

static void close_brace(struct file *file)
{
    if (file->too_deep > 0)
        file->too_deep--;
    else if (file->depth > 0)
        file->depth--;
}

/* Three quotes begin a text of several lines. */
static bool is_long(const struct file *file, size_t at)
{
    const char *text = file->lines.text;

    return at + 2 < file->lines.line.end && text[at + 1] == text[at] && text[at + 2] == text[at];
}

/* Goes behind the text that three quotes at AT begin. */
static size_t skip_long(struct file *file, size_t at)
{
    struct lines *lines = &file->lines;
    const char marks[] = {lines->text[at], lines->text[at], lines->text[at], '\0'};
    const char *end = memmem(lines->text + at + 3, lines->len - at - 3, marks, 3);
    size_t behind = end ? (size_t)(end - lines->text) + 3 : lines->len;

    lines_reach(lines, behind);
    return behind;
}

static struct kb_loose_span read_string(const struct file *file, size_t at, const char **ret_why)
{
    const char *text = file->lines.text;
    size_t end = at + 1;

    *ret_why = NULL;
    while (end < file->lines.line.end && text[end] != text[at]) {
        if (text[end] == '\\' && text[at] == '"') {
            *ret_why = "has a backslash";
            end++;
        }
        end++;
    }
    if (end >= file->lines.line.end) {
        *ret_why = "has a quote that does not end";
        end = file->lines.line.end;
    }
    return (struct kb_loose_span){at + 1, end};
}

static void take_value(struct file *file, struct line *line, struct kb_loose_span name)
{
    const struct lines *lines = &file->lines;
    const char *text = lines->text;
    struct kb_loose_entry entry = {
        .name = name, .line = lines->number, .scope = file->scopes[file->depth]};
    size_t rest;

    entry.value = read_string(file, line->at, &entry.why_not);
    line->at = entry.value.end + (entry.value.end < lines->line.end);
    rest = skip_blanks(text, line->at, lines->line.end);
    if (line->is_alone && rest == lines->line.end) {
        entry.cut = KB_LOOSE_LINE;
        entry.whole = (struct kb_loose_span){lines->line.start, lines->next};
    } else if (line->is_alone && text[rest] == '#') { /* the comment stays */
        entry.cut = KB_LOOSE_LINE;
        entry.whole = (struct kb_loose_span){skip_blanks(text, lines->line.start, rest), rest};
    }
    kb_loose_entries_add(file->ret, text, &entry);
}

/* A name whose value is no string, or none that is read. */
static void take_unread(
    const struct file *file, size_t at, struct kb_loose_span name, const char *why_not)
{
    struct kb_loose_entry entry = {.name = name,
        .value = {at, at},
        .whole = {name.start, at},
        .line = file->lines.number,
        .scope = file->scopes[file->depth],
        .why_not = why_not};

    kb_loose_entries_add(file->ret, file->lines.text, &entry);
}

static bool is_quote(char c)
{
    return c == '"' || c == '\'';
}

/* Behind a '='. */
static void take_assigned(struct file *file, struct line *line)
{
    const char *text = file->lines.text;
    struct kb_loose_span name = line->last;

    line->at = skip_blanks(text, line->at, file->lines.line.end);
    line->last = (struct kb_loose_span){0, 0};
    if (line->at == file->lines.line.end || !is_quote(text[line->at]))
        take_unread(file, line->at, name, "is no string");
    else if (is_long(file, line->at))
        take_unread(file, line->at, name, "has three quotes around it");
    else if (name.end > name.start)
        take_value(file, line, name);
    line->is_alone = false;
}

static void take_quoted(struct file *file, struct line *line)
{
    const char *why;

    if (is_long(file, line->at)) {
        line->at = skip_long(file, line->at);
        line->is_alone = false;
        return;
    }
    line->last = read_string(file, line->at, &why);
    line->at = line->last.end + 1;
}

static bool is_bare(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.';
}

static void take_word(struct file *file, struct line *line)
{
    line->is_alone = line->is_alone && line->last.end == 0;
    line->last.start = line->at;
    while (line->at < file->lines.line.end && is_bare(file->lines.text[line->at]))
        line->at++;
    line->last.end = line->at;
}

static void take_other(struct file *file, struct line *line)
{
    char c = file->lines.text[line->at];

    if (c == '{')
        open_brace(file, line->at);
    else if (c == '}')
        close_brace(file);
    if (c != ' ' && c != '\t')
        line->is_alone = false;
    line->at++;
}

static bool ends_line(const char *text, size_t at, size_t end)
{
    return text[at] == '#' || (text[at] == '/' && at + 1 < end && text[at + 1] == '/');
}

static void take_line(struct file *file)
{
    const char *text = file->lines.text;
    struct line line = {.at = file->lines.line.start, .is_alone = true};

    while (line.at < file->lines.line.end && !ends_line(text, line.at, file->lines.line.end)) {
        char c = text[line.at];

        if (is_quote(c)) {
            take_quoted(file, &line);
        } else if (c == '=') {
            line.at++;
            take_assigned(file, &line);
        } else if (is_bare(c)) {
            take_word(file, &line);
        } else {
            take_other(file, &line);
        }
    }
}

void parse_toml(const char *text, size_t len, struct kb_loose_entries *ret)
{
    struct file file = {.lines = {.text = text, .len = len}, .ret = ret};

    while (lines_next(&file.lines)) {
        size_t at = skip_blanks(text, file.lines.line.start, file.lines.line.end);

        if (file.depth == 0 && at < file.lines.line.end && text[at] == '[')
            file.scopes[0] = at; /* a table */
        else
            take_line(&file);
    }
}
