/*
 * JSON as tools write it: every member that is a string, however deep. Comments are passed over,
 * and a text that breaks off is read as far as it goes. Must never unescape a value: what has a
 * backslash is not understood.
 */
#include "base/json.h"
#include "base/buf.h"
#include "base/json_lex.h"
#include "parsers.h"

#include <string.h>

enum { DEPTH_MAX = 64, TEXT_MAX = 64 << 20 };

struct walk {
    const char *text; /* comments blanked */
    const char *raw;  /* as it was read */
    size_t len, at;
    bool is_docker;
    struct level {
        size_t start;
        bool is_object;
    } levels[DEPTH_MAX];
    int depth;
    size_t counted; /* bytes whose lines are in LINE */
    int line;
    struct kb_loose_entries *ret;
};

static int line_of(struct walk *walk, size_t at)
{
    for (; walk->counted < at; walk->counted++)
        walk->line += walk->text[walk->counted] == '\n';
    return walk->line;
}

static struct kb_json_token take(struct walk *walk)
{
    struct kb_json_token token = kb_json_next(walk->text, walk->len, walk->at);

    walk->at = token.end;
    return token;
}

static bool is_mark(const struct walk *walk, const struct kb_json_token *token, char mark)
{
    return token->kind == KB_JSON_PUNCTUATION && walk->text[token->start] == mark;
}

static struct kb_loose_span inside(const struct kb_json_token *string)
{
    return (struct kb_loose_span){string->start + 1, string->end - 1};
}

static bool has_escape(const struct walk *walk, struct kb_loose_span span)
{
    return memchr(walk->text + span.start, '\\', span.end - span.start) != NULL;
}

/* Whether a comment stands within the member, or before its comma: it would be cut with it. */
static bool has_comment(const struct walk *walk, size_t start, size_t end)
{
    struct kb_json_token after = kb_json_next(walk->text, walk->len, end);

    if (is_mark(walk, &after, ','))
        end = after.start;
    return memcmp(walk->text + start, walk->raw + start, end - start) != 0;
}

static void take_member(
    struct walk *walk, const struct kb_json_token *key, const struct kb_json_token *value)
{
    struct kb_loose_entry entry = {.name = inside(key),
        .value = inside(value),
        .whole = {key->start, value->end},
        .cut = has_comment(walk, key->start, value->end) ? KB_LOOSE_KEEP : KB_LOOSE_MEMBER,
        .scope = walk->levels[walk->depth - 1].start,
        .line = line_of(walk, key->start)};
    size_t len = entry.name.end - entry.name.start;

    if (has_escape(walk, entry.name))
        entry.why_not = "has a backslash in its name";
    if (has_escape(walk, entry.value))
        entry.why_not = "has a backslash";
    if (walk->is_docker && len == strlen("auth") &&
        memcmp(walk->text + entry.name.start, "auth", len) == 0)
        entry.kind = KB_LOOSE_PASSWORD;
    kb_loose_entries_add(walk->ret, walk->text, &entry);
}

/* False: what opens here is too deep. */
static bool open_level(struct walk *walk, const struct kb_json_token *token)
{
    if (walk->depth == DEPTH_MAX)
        return false;
    walk->levels[walk->depth++] = (struct level){token->start, walk->text[token->start] == '{'};
    return true;
}

/* A name whose value is a number, null or an object. */
static void take_empty(
    struct walk *walk, const struct kb_json_token *key, const struct kb_json_token *value)
{
    struct kb_loose_entry entry = {.name = inside(key),
        .value = {value->start, value->start},
        .whole = {key->start, value->start},
        .scope = walk->levels[walk->depth - 1].start,
        .line = line_of(walk, key->start),
        .why_not = "is no string"};

    kb_loose_entries_add(walk->ret, walk->text, &entry);
}

/* A name, its colon, and the value if that is a string; what else it is comes next. */
static bool take_named(struct walk *walk, const struct kb_json_token *key)
{
    struct kb_json_token colon = take(walk), value;
    size_t before = walk->at;

    if (!is_mark(walk, &colon, ':'))
        return false;
    value = take(walk);
    if (value.kind == KB_JSON_STRING)
        take_member(walk, key, &value);
    else
        take_empty(walk, key, &value);
    if (value.kind != KB_JSON_STRING)
        walk->at = before;
    return true;
}

static bool step(struct walk *walk)
{
    struct kb_json_token token = take(walk);

    if (token.kind == KB_JSON_BAD || token.kind == KB_JSON_END)
        return false;
    if (is_mark(walk, &token, '{') || is_mark(walk, &token, '['))
        return open_level(walk, &token);
    if (is_mark(walk, &token, '}') || is_mark(walk, &token, ']'))
        return --walk->depth > 0;
    if (token.kind == KB_JSON_STRING && walk->depth > 0 && walk->levels[walk->depth - 1].is_object)
        return take_named(walk, &token);
    return walk->depth > 0;
}

/* Some editors put a mark of UTF-8 before the first byte. */
static void blank_mark(char *bytes, size_t len)
{
    static const char mark[] = "\xEF\xBB\xBF";

    if (len > strlen(mark) && memcmp(bytes, mark, strlen(mark)) == 0)
        memset(bytes, ' ', strlen(mark));
}

void parse_json(const char *text, size_t len, bool is_docker, struct kb_loose_entries *ret)
{
    KB_AUTO(kb_buf_clear) struct kb_buf blanked = KB_BUF_INIT(TEXT_MAX);
    struct walk walk = {.raw = text, .len = len, .is_docker = is_docker, .line = 1, .ret = ret};

    if (len == 0)
        return;
    kb_buf_add(&blanked, text, len);
    if (blanked.failed)
        return;
    blank_mark(blanked.data, blanked.len);
    kb_json_blank_comments(blanked.data, blanked.len);
    walk.text = blanked.data;
    while (step(&walk))
        continue;
}
