/*
 * Where a text leaves the grammar of JSON, and what a person does about it. Reads on from where
 * json-c would stop, since that says what it expected and not what is there.
 * Must never quote more than one character of a value: it may be a secret that was pasted.
 */
#include "slip.h"

#include "base/json.h"
#include "base/json_lex.h"

#include <string.h>
#include <strings.h>

static const char pair_hint[] = "write a name and its value as \"name\": \"value\"";

struct reading {
    const char *text;
    size_t len;
    size_t open[KB_JSON_DEPTH + 1]; /* the brackets that are open */
    size_t depth;
    struct kb_json_token before;
    enum { WANTS_VALUE, WANTS_NAME, WANTS_COLON, WANTS_END } wants;
    bool may_close; /* nothing stands in the innermost bracket yet */
    struct kb_error *err;
};

#define SAY(reading, offset, ...)                                                                  \
    do {                                                                                           \
        kb_fail((reading)->err, KB_ERR_CORRUPT, __VA_ARGS__);                                      \
        put_place(reading, offset);                                                                \
    } while (0)

static void put_place(const struct reading *r, size_t offset)
{
    kb_json_position(r->text, r->len, offset, &r->err->place.line, &r->err->place.column);
}

/* --- What is no token -------------------------------------------------------------- */

static const struct {
    const char *bytes, *is, *hint;
} strays[] = {
    {"\xef\xbb\xbf", "byte order mark", "save the file as UTF-8 without a byte order mark"},
    {"\xff\xfe", "byte order mark of UTF-16", "save the file as UTF-8"},
    {"\xfe\xff", "byte order mark of UTF-16", "save the file as UTF-8"},
    {"\xe2\x80", "typographic character", "write strings between plain double quotes: \"...\""},
    {"\xc2\xa0", "no-break space", "put a plain space in its place"},
    {"#", "'#'", "begin a comment with //"},
    {"/*", "comment without an end", "end the comment with */"},
    {"/", "'/'", "begin a comment with //"},
    {"'", "single quote (')", "write strings between double quotes: \"...\""},
    {"`", "'`'", "write strings between double quotes: \"...\""},
    {"=", "'='", pair_hint},
    {";", "';'", "put a ',' between two members"},
};

static const struct {
    const char *word, *hint;
} words[] = {
    {"true", "write true, in small letters"},
    {"yes", "write true"},
    {"on", "write true"},
    {"false", "write false, in small letters"},
    {"no", "write false"},
    {"off", "write false"},
    {"none", "leave the key out"},
    {"null", "leave the key out"},
};

static const struct {
    const char *problem, *hint;
} strings[] = {
    {"control character in a string", "write it as an escape: a tab is \\t"},
    {"unknown escape in a string", "write a backslash as two: \\\\"},
    {"wrong UTF-8 in a string", "save the file as UTF-8"},
    {"not a JSON number",
        "write it in decimal digits that do not begin with 0, or put it between double quotes"},
};

static void explain_word(const struct reading *r, size_t start)
{
    size_t len = 0;
    const char *word = r->text + start;

    while (start + len < r->len && !strchr(" \t\r\n,:{}[]\"", word[len]))
        len++;
    for (size_t i = 0; i < KB_COUNT(words); i++) {
        if (r->wants != WANTS_VALUE || strlen(words[i].word) != len ||
            strncasecmp(word, words[i].word, len) != 0)
            continue;
        SAY(r, start, "unexpected word %.*s", (int)len, word);
        kb_hint(r->err, "%s", words[i].hint);
        return;
    }
    SAY(r, start, "unexpected '%c': this word has no quotes", *word);
    kb_hint(r->err, "put it between double quotes: \"...\"");
}

static void explain_stray(const struct reading *r, size_t at)
{
    const char *text = r->text + at;

    for (size_t i = 0; i < KB_COUNT(strays); i++) {
        size_t len = strlen(strays[i].bytes);
        if (r->len - at < len || memcmp(text, strays[i].bytes, len) != 0)
            continue;
        SAY(r, at, "unexpected %s", strays[i].is);
        kb_hint(r->err, "%s", strays[i].hint);
        return;
    }
    if ((*text | 0x20) >= 'a' && (*text | 0x20) <= 'z')
        explain_word(r, at);
    else if (*text > ' ' && *text < 0x7f)
        SAY(r, at, "unexpected character '%c'", *text);
    else
        SAY(r, at, "unexpected byte 0x%02x", (unsigned char)*text);
}

static void explain_bad(const struct reading *r, struct kb_json_token token)
{
    bool is_string = r->text[token.start] == '"';

    if (is_string && (token.end >= r->len || strchr("\r\n", r->text[token.end]))) {
        SAY(r, token.start, "the string that begins here does not end in its line");
        kb_hint(r->err, "close it with a double quote");
        return;
    }
    if (token.end == token.start) {
        explain_stray(r, token.start);
        return;
    }
    SAY(r, token.end, "%s", token.problem);
    for (size_t i = 0; i < KB_COUNT(strings); i++)
        if (strcmp(token.problem, strings[i].problem) == 0)
            kb_hint(r->err, "%s", strings[i].hint);
}

/* --- Tokens in a wrong place ------------------------------------------------------- */

static char closing(const struct reading *r)
{
    return r->text[r->open[r->depth - 1]] == '{' ? '}' : ']';
}

static void explain_open(const struct reading *r, size_t at, const char *problem)
{
    int line, column;
    size_t open = r->open[r->depth - 1];

    kb_json_position(r->text, r->len, open, &line, &column);
    SAY(r, at, "%s: the '%c' of line %d, column %d is still open", problem, r->text[open], line,
        column);
    kb_hint(r->err, "close it with '%c'", closing(r));
}

static void explain_misplaced(const struct reading *r, struct kb_json_token token)
{
    char c = r->text[token.start];
    bool closes = c == '}' || c == ']';
    bool behind_comma = r->before.kind == KB_JSON_PUNCTUATION && r->text[r->before.start] == ',';

    if (closes && behind_comma) {
        SAY(r, r->before.start, "there is nothing between this ',' and the '%c'", c);
        kb_hint(r->err, "remove the ','");
    } else if (c == ',' && r->wants != WANTS_COLON) {
        SAY(r, token.start, "unexpected ','");
        kb_hint(r->err, "remove the ',', or put what is missing before it");
    } else if (r->depth == 0 && r->wants == WANTS_END) {
        SAY(r, token.start, "unexpected '%c' after the end of the document", c);
        kb_hint(r->err, "remove it, or a closing bracket too many before it");
    } else if (r->depth == 0) {
        SAY(r, token.start, "unexpected '%c' at the beginning of the document", c);
        kb_hint(r->err, "begin it with '{'");
    } else if (closes && r->wants == WANTS_END) {
        explain_open(r, token.start, c == '}' ? "unexpected '}'" : "unexpected ']'");
    } else if (r->wants == WANTS_END) {
        SAY(r, r->before.end, "a ',' is missing here");
        kb_hint(r->err, "put a ',' between two members");
    } else {
        SAY(r, token.start, "unexpected '%c': a %s is missing", c,
            r->wants == WANTS_COLON  ? "':' and a value"
            : r->wants == WANTS_NAME ? "name between double quotes"
                                     : "value");
        kb_hint(r->err, "%s", pair_hint);
    }
}

/* --- The grammar ------------------------------------------------------------------- */

static void enter(struct reading *r, size_t bracket)
{
    r->open[r->depth++] = bracket;
    r->wants = r->text[bracket] == '{' ? WANTS_NAME : WANTS_VALUE;
    r->may_close = true;
}

/* Whether TOKEN may stand where the reading is, which then goes on behind it. */
static bool step(struct reading *r, struct kb_json_token token)
{
    bool marks = token.kind == KB_JSON_PUNCTUATION;
    char c = (char)(marks ? r->text[token.start] : 0);

    if (r->depth > 0 && c == closing(r) && (r->wants == WANTS_END || r->may_close)) {
        r->depth--;
        r->wants = WANTS_END;
    } else if (r->wants == WANTS_NAME && token.kind == KB_JSON_STRING) {
        r->wants = WANTS_COLON;
    } else if (r->wants == WANTS_COLON && c == ':') {
        r->wants = WANTS_VALUE;
    } else if (r->wants == WANTS_VALUE && !marks) {
        r->wants = WANTS_END;
    } else if (r->wants == WANTS_VALUE && (c == '{' || c == '[')) {
        enter(r, token.start);
        return true;
    } else if (r->wants == WANTS_END && r->depth > 0 && c == ',') {
        r->wants = closing(r) == '}' ? WANTS_NAME : WANTS_VALUE;
    } else {
        return false;
    }
    r->may_close = false;
    return true;
}

static size_t offset_of(const char *text, size_t len, const struct kb_error_place *place)
{
    size_t at = 0;

    for (int line = 1; line < place->line && at < len; at++)
        line += text[at] == '\n';
    return at + (size_t)place->column - 1;
}

/* A name as it was written, both quotes included. */
static void explain_twice(const char *text, size_t len, struct kb_error *err)
{
    const struct kb_error_place place = err->place;
    struct kb_json_token name = kb_json_next(text, len, offset_of(text, len, &place));

    kb_fail(err, KB_ERR_CORRUPT, "%.*s occurs twice: in line %d, column %d, and here",
        (int)(name.end - name.start), text + name.start, place.first_line, place.first_column);
    kb_hint(err, "keep one of the two");
    err->place = place;
}

void kb_config_explain(const char *text, size_t len, struct kb_error *err)
{
    struct reading r = {.text = text, .len = len, .err = err};
    struct kb_json_token token = kb_json_next(text, len, 0);

    if (err->place.first_line) {
        explain_twice(text, len, err);
        return;
    }
    for (; token.kind != KB_JSON_END; token = kb_json_next(text, len, token.end)) {
        if (token.kind == KB_JSON_BAD) {
            explain_bad(&r, token);
            return;
        }
        if (r.depth == KB_COUNT(r.open)) /* what json-c says of the depth is right */
            return;
        if (!step(&r, token)) {
            explain_misplaced(&r, token);
            return;
        }
        r.before = token;
    }
    if (r.depth > 0)
        explain_open(&r, len, "the document ends too early");
}
