/*
 * JSON into a wiping buffer. Must never send a secret through printf or json-c.
 */
#include "base/json_write.h"

#include "base/strings.h"

#include <string.h>

enum { DEPTH_MAX = 15 };

struct kb_json_writer kb_json_writer(struct kb_buf *out, int indent)
{
    return (struct kb_json_writer){.out = out, .indent = indent};
}

static void new_line(struct kb_json_writer *w)
{
    if (w->indent == 0)
        return;
    kb_buf_byte(w->out, '\n');
    for (int i = 0; i < w->indent * w->depth; i++)
        kb_buf_byte(w->out, ' ');
}

/* What stands between the last value and the next thing on this level. */
static void separate(struct kb_json_writer *w)
{
    unsigned level = 1U << w->depth;

    if (w->after_name) {
        w->after_name = false;
        return;
    }
    if (w->has_members & level)
        kb_buf_byte(w->out, ',');
    w->has_members |= level;
    if (w->depth > 0)
        new_line(w);
}

void kb_json_open(struct kb_json_writer *w, char bracket)
{
    separate(w);
    if (w->depth >= DEPTH_MAX) {
        w->out->failed = true;
        return;
    }
    kb_buf_byte(w->out, bracket);
    w->depth++;
    w->has_members &= ~(1U << w->depth);
    w->is_array &= ~(1U << w->depth);
    if (bracket == '[')
        w->is_array |= 1U << w->depth;
}

void kb_json_close(struct kb_json_writer *w)
{
    unsigned level = 1U << w->depth;

    if (w->depth == 0) {
        w->out->failed = true;
        return;
    }
    w->depth--;
    if (w->has_members & level)
        new_line(w);
    kb_buf_byte(w->out, w->is_array & level ? ']' : '}');
}

static void put_escaped(struct kb_buf *out, unsigned long code)
{
    if (code > 0xffff) {
        code -= 0x10000;
        kb_buf_fmt(out, "\\u%04lx\\u%04lx", 0xd800 + (code >> 10), 0xdc00 + (code & 0x3ff));
    } else {
        kb_buf_fmt(out, "\\u%04lx", code);
    }
}

static bool is_character(unsigned char first, size_t length, unsigned long code)
{
    static const unsigned long least[] = {0, 0, 0x80, 0x800, 0x10000};
    bool surrogate = code >= 0xd800 && code <= 0xdfff;

    if (length == 1)
        return first < 0x80;
    return first <= 0xf4 && code >= least[length] && code <= 0x10ffff && !surrogate;
}

/* Decodes one UTF-8 sequence (RFC 3629); what is none becomes U+FFFD. */
static size_t decode(const unsigned char *s, unsigned long *ret)
{
    size_t length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc0 ? 2 : 1;
    unsigned long code = length == 1 ? s[0] : s[0] & (0x7fU >> length);

    *ret = 0xfffd;
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return i;
        code = code << 6 | (s[i] & 0x3f);
    }
    if (is_character(s[0], length, code))
        *ret = code;
    return length;
}

static void put_character(struct kb_buf *out, unsigned long code)
{
    if (code == '"' || code == '\\')
        kb_buf_byte(out, '\\');
    if (code >= 0x20 && code <= 0x7e)
        kb_buf_byte(out, (char)code);
    else if (code == '\n')
        kb_buf_str(out, "\\n");
    else
        put_escaped(out, code);
}

/* How many bytes from NEXT on stand for themselves. */
static size_t plain_length(const unsigned char *next, const unsigned char *end)
{
    const unsigned char *start = next;

    while (next < end && *next >= 0x20 && *next <= 0x7e && *next != '"' && *next != '\\')
        next++;
    return (size_t)(next - start);
}

static void put_escaping(struct kb_buf *out, const char *text, size_t len)
{
    const unsigned char *next = (const unsigned char *)text;
    const unsigned char *end = next + len;

    while (next < end) {
        size_t plain = plain_length(next, end);
        unsigned long code;

        kb_buf_add(out, next, plain);
        next += plain;
        if (next < end) {
            next += decode(next, &code);
            put_character(out, code);
        }
    }
}

static void put_quoted(struct kb_buf *out, const char *text)
{
    kb_buf_byte(out, '"');
    put_escaping(out, text, strlen(text));
    kb_buf_byte(out, '"');
}

void kb_json_name(struct kb_json_writer *w, const char *name)
{
    separate(w);
    put_quoted(w->out, name);
    kb_buf_str(w->out, w->indent ? ": " : ":");
    w->after_name = true;
}

void kb_json_put_string(struct kb_json_writer *w, const char *text)
{
    separate(w);
    if (text)
        put_quoted(w->out, text);
    else
        kb_buf_str(w->out, "null");
}

/* A secret is printable ASCII by its own check; anything else fails instead of being escaped. */
void kb_json_put_secret(
    struct kb_json_writer *w, const char *prefix, const struct kb_secret *secret)
{
    separate(w);
    kb_buf_byte(w->out, '"');
    kb_buf_str(w->out, prefix);
    if (kb_text_is_printable(secret->bytes, secret->len, 0, KB_SECRET_MAX))
        put_escaping(w->out, secret->bytes, secret->len);
    else
        w->out->failed = true;
    kb_buf_byte(w->out, '"');
}

void kb_json_put_int(struct kb_json_writer *w, int64_t value)
{
    separate(w);
    kb_buf_fmt(w->out, "%lld", (long long)value);
}

void kb_json_put_bool(struct kb_json_writer *w, bool value)
{
    separate(w);
    kb_buf_str(w->out, value ? "true" : "false");
}

void kb_json_open_member(struct kb_json_writer *w, const char *name, char bracket)
{
    kb_json_name(w, name);
    kb_json_open(w, bracket);
}

void kb_json_string_member(struct kb_json_writer *w, const char *name, const char *text)
{
    kb_json_name(w, name);
    kb_json_put_string(w, text);
}

void kb_json_int_member(struct kb_json_writer *w, const char *name, int64_t value)
{
    kb_json_name(w, name);
    kb_json_put_int(w, value);
}

void kb_json_bool_member(struct kb_json_writer *w, const char *name, bool value)
{
    kb_json_name(w, name);
    kb_json_put_bool(w, value);
}
