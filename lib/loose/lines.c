/*
 * Lines, names and values as shells and .env files write them. Must never expand anything: what
 * would be is said to be not understood.
 */
#include "lines.h"

#include <ctype.h>
#include <string.h>

/* Some editors put a mark before the first byte of a text. */
static size_t skip_marks(const char *text, size_t at, size_t end)
{
    static const char mark[] = "\xEF\xBB\xBF";
    size_t len = strlen(mark);

    while (end - at >= len && memcmp(text + at, mark, len) == 0)
        at += len;
    return at;
}

bool lines_next(struct lines *lines)
{
    const char *end;

    if (lines->next >= lines->len)
        return false;
    lines->line.start = lines->next;
    end = memchr(lines->text + lines->next, '\n', lines->len - lines->next);
    lines->line.end = end ? (size_t)(end - lines->text) : lines->len;
    lines->next = lines->line.end + (end ? 1 : 0);
    if (lines->line.end > lines->line.start && lines->text[lines->line.end - 1] == '\r')
        lines->line.end--;
    lines->line.start = skip_marks(lines->text, lines->line.start, lines->line.end);
    lines->number++;
    return true;
}

void lines_reach(struct lines *lines, size_t at)
{
    while (lines->next <= at && lines_next(lines))
        continue;
}

size_t skip_blanks(const char *text, size_t at, size_t end)
{
    while (at < end && (text[at] == ' ' || text[at] == '\t'))
        at++;
    return at;
}

size_t skip_name(const char *text, size_t at, size_t end)
{
    while (at < end && (isalnum((unsigned char)text[at]) || text[at] == '_'))
        at++;
    return at;
}

static const char *judge(const char *text, const struct kb_loose_span *value, char quote)
{
    for (size_t i = value->start; i < value->end; i++) {
        if (text[i] == '$' || text[i] == '`')
            return "has a $ or a backquote, which a shell would replace";
        if (text[i] == '\\' && quote != '\'')
            return "has a backslash";
        if (text[i] == '\n')
            return "goes over several lines";
        if (!quote && strchr("'\"#", text[i]))
            return "has a quote or a # in it, without quotes around it";
    }
    return NULL;
}

static struct written read_quoted(const char *text, size_t len, size_t at)
{
    char quote = text[at];
    struct written ret = {.value = {at + 1, at + 1}};
    size_t end = at + 1;

    while (end < len && text[end] != quote)
        end += text[end] == '\\' && quote == '"' && end + 1 < len ? 2 : 1;
    ret.is_open = end >= len;
    ret.value.end = ret.is_open ? len : end;
    ret.end = ret.is_open ? len : end + 1;
    ret.why_not = ret.is_open ? "has a quote that does not end" : judge(text, &ret.value, quote);
    return ret;
}

struct written read_value(
    const char *text, size_t len, size_t at, size_t line_end, const char *stops)
{
    struct written ret = {.value = {at, at}};

    if (at < line_end && (text[at] == '"' || text[at] == '\'')) {
        ret = read_quoted(text, len, at);
        if (!ret.why_not && ret.end < line_end && !strchr(stops, text[ret.end]))
            ret.why_not = "goes on behind its quotes";
        return ret;
    }
    while (ret.value.end < line_end && text[ret.value.end] && !strchr(stops, text[ret.value.end]))
        ret.value.end++;
    ret.end = ret.value.end;
    ret.why_not = judge(text, &ret.value, '\0');
    return ret;
}
