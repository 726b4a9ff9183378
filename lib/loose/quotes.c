/*
 * Quotes over several lines, wherever in a line they begin. Programs that read .env files do not
 * agree on these: so what is in them is doubted. Quotes that end nowhere are none.
 */
#include "quotes.h"

#include "lines.h"

#include <ctype.h>
#include <string.h>

static size_t behind_quotes(const struct quotes *quotes, size_t at)
{
    struct written quoted = read_value(quotes->text, quotes->len, at, quotes->len, "");

    return quoted.is_open ? at + 1 : quoted.end;
}

/* Behind the byte at AT that a backslash is before; *RET_JOINS: it is the end of a line. */
static size_t behind_escaped(const struct quotes *quotes, size_t at, bool *ret_joins)
{
    if (at + 1 < quotes->len && quotes->text[at] == '\r' && quotes->text[at + 1] == '\n')
        at++;
    *ret_joins = at < quotes->len && quotes->text[at] == '\n';
    return at < quotes->len ? at + 1 : at;
}

static size_t behind_comment(const struct quotes *quotes, size_t at)
{
    const char *end = memchr(quotes->text + at, '\n', quotes->len - at);

    return end ? (size_t)(end - quotes->text) : quotes->len;
}

static void step(struct quotes *quotes)
{
    const char *text = quotes->text;
    size_t at = quotes->at;

    quotes->joins = false;
    if (text[at] == '\\')
        quotes->at = behind_escaped(quotes, at + 1, &quotes->joins);
    else if (text[at] == '"' || text[at] == '\'')
        quotes->at = behind_quotes(quotes, at);
    else if (text[at] == '#' && (at == 0 || isspace((unsigned char)text[at - 1])))
        quotes->at = behind_comment(quotes, at);
    else
        quotes->at++;
}

bool quotes_reach(struct quotes *quotes, size_t start)
{
    while (quotes->at < start)
        step(quotes);
    return quotes->at > start || quotes->joins;
}
