/*
 * Reads templates, and writes what they stand for. Must never show what was put into one.
 */
#include "core/template.h"

#include "base/alloc.h"
#include "base/strings.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char *const words[] = {
    [KB_WORD_TOKEN] = "token",
    [KB_WORD_HEADER] = "header",
    [KB_WORD_BASIC] = "basic",
    [KB_WORD_USERNAME] = "username",
    [KB_WORD_HOST] = "host",
    [KB_WORD_ADDRESS] = "address",
    [KB_WORD_URL] = "url",
    [KB_WORD_ENVIRONMENT] = "environment",
    [KB_WORD_ALIAS] = "alias",
    [KB_WORD_API_HEADER] = "api_header",
    [KB_WORD_ID] = "id",
    [KB_WORD_SECRET] = "secret",
};

/* How a value is written; behind a mark, the byte that says so. */
enum way {
    AS_IT_IS = '=',
    IN_JSON = '"',
    PERCENT_ENCODED = '%',
};

enum { MARK_OF_ID = 1, MARK_OF_SECRET = 2 };

static const char marks[] = {MARK_OF_ID, MARK_OF_SECRET, '\0'};

/* --- Writing values ----------------------------------------------------------------- */

static void put_percent_encoded(struct kb_buf *out, char byte)
{
    static const char digits[] = "0123456789ABCDEF";
    const unsigned char value = (unsigned char)byte;

    if (isalnum(value) || strchr("-._~", byte)) {
        kb_buf_byte(out, byte);
        return;
    }
    kb_buf_byte(out, '%');
    kb_buf_byte(out, digits[value >> 4]);
    kb_buf_byte(out, digits[value & 15]);
}

static void put_value(enum way way, const char *bytes, size_t len, struct kb_buf *out)
{
    for (size_t i = 0; i < len; i++) {
        if (way == PERCENT_ENCODED) {
            put_percent_encoded(out, bytes[i]);
            continue;
        }
        if (way == IN_JSON && (bytes[i] == '"' || bytes[i] == '\\'))
            kb_buf_byte(out, '\\');
        kb_buf_byte(out, bytes[i]);
    }
}

/* --- Reading words ------------------------------------------------------------------ */

static bool is_letter(char c)
{
    return isalpha((unsigned char)c) != 0;
}

/* Whether the brace at AT begins a word. */
static bool begins_word(const char *at)
{
    size_t name;

    if (at[0] != '{')
        return false;
    name = strspn(at + 1, kb_name_bytes);
    return is_letter(at[1]) || (name > 0 && at[1 + name] == ':' && is_letter(at[2 + name]));
}

/* Two braces, and the second begins a word: then neither does. */
static bool begins_quoted(const char *at)
{
    return at[0] == '{' && begins_word(at + 1);
}

/* INSIDE is what stands between the braces. */
static enum kb_err unknown(const char *inside, struct kb_error *err)
{
    const char *colon = strchr(inside, ':'), *name = colon ? colon + 1 : inside;
    const char *nearest = colon && !*name ? "token" : kb_text_nearest(name, words, KB_COUNT(words));

    kb_fail(err, KB_ERR_USAGE, "{%.80s} stands for nothing", inside);
    if (nearest && strcmp(nearest, name) != 0)
        kb_hint(err, "did you mean {%.*s%s}? {{%.80s}} is the text", (int)(name - inside), inside,
            nearest, inside);
    else
        kb_hint(err, "keybearer help run lists what does; {{%.80s}} is the text", inside);
    return KB_ERR_USAGE;
}

static bool find_word(const char *name, struct kb_template_word *ret)
{
    for (size_t i = 0; i < KB_COUNT(words); i++) {
        if (strcmp(words[i], name) == 0) {
            ret->word = (enum kb_word)i;
            return true;
        }
    }
    return false;
}

/* Takes "NAME:" off *INSIDE, if what comes before its first colon is no word that has one. */
static bool take_profile(char **inside, struct kb_template_word *ret)
{
    char *colon = strchr(*inside, ':');

    if (!colon || strncmp(*inside, "api_header:", strlen("api_header:")) == 0)
        return true;
    *colon = '\0';
    if (!kb_profile_name_ok(*inside) ||
        !kb_text_copy(ret->profile, sizeof(ret->profile), *inside)) {
        *colon = ':';
        return false;
    }
    *inside = colon + 1;
    return true;
}

/* INSIDE is what stands between the braces, but for the '%'. */
static enum kb_err read_inside(
    const char *inside, struct kb_template_word *ret, struct kb_error *err)
{
    KB_AUTO(kb_str_free) char *copy = kb_text_dup(inside);
    struct kb_template_word word = {.profile = ""};
    char *name = copy;
    char *header;

    if (!take_profile(&name, &word))
        return unknown(inside, err);
    header = strchr(name, ':');
    if (header)
        *header++ = '\0';
    if (!find_word(name, &word))
        return unknown(inside, err);
    if ((word.word == KB_WORD_API_HEADER) != (header != NULL))
        return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "{%.40s} is not complete", name),
            "write {api_header:NAME}, and other words without what follows");
    if (header && !kb_text_is_token(header, KB_TEMPLATE_HEADER_MAX))
        return kb_fail(err, KB_ERR_USAGE, "{api_header:%.40s} names no header", header);
    if (*word.profile && (word.word == KB_WORD_ID || word.word == KB_WORD_SECRET))
        return kb_fail(err, KB_ERR_USAGE,
            "{%s:%s}: only the client of the profile itself can be had", word.profile, name);
    if (header)
        kb_text_copy(word.header, sizeof(word.header), header);
    *ret = word;
    return KB_OK;
}

/* Longer than any word: a profile, a header's name, and what stands around them. */
#define INSIDE_MAX (KB_PROFILE_NAME_MAX + KB_TEMPLATE_HEADER_MAX + 32)

/* The word at *AT, which moves behind its closing brace. */
static enum kb_err read_word(
    const char **at, struct kb_template_word *ret, bool *ret_percent, struct kb_error *err)
{
    char inside[INSIDE_MAX + 1] = "";
    const char *begin = *at + 1;
    size_t len = strcspn(begin, "{}");

    if (begin[len] != '}')
        return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "a { that begins a word has no }"),
            "{token} is the token, {{token}} the text {token}");
    *at = begin + len + 1;
    *ret_percent = begin[len - 1] == '%';
    len -= *ret_percent ? 1 : 0;
    memcpy(inside, begin, len < INSIDE_MAX ? len : INSIDE_MAX);
    return len < INSIDE_MAX ? read_inside(inside, ret, err) : unknown(inside, err);
}

/* --- Expanding ---------------------------------------------------------------------- */

struct expansion {
    kb_template_fill *fill;
    void *context;
    bool in_json;
    struct kb_buf *out;
};

static enum kb_err put_filled(const struct expansion *e, const struct kb_template_word *word,
    enum way way, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf value = KB_BUF_INIT(e->out->max);
    enum kb_err rc = e->fill(e->context, word, &value, err);

    if (!rc)
        rc = kb_buf_check(&value, "the text", err);
    if (!rc)
        put_value(way, value.data, value.len, e->out);
    return rc;
}

/* The word at *AT, which moves behind it. */
static enum kb_err put_word(const struct expansion *e, const char **at, struct kb_error *err)
{
    struct kb_template_word word = {.profile = ""};
    bool percent = false;
    enum kb_err rc = read_word(at, &word, &percent, err);
    enum way way = percent ? PERCENT_ENCODED : e->in_json ? IN_JSON : AS_IT_IS;

    if (rc)
        return rc;
    if (word.word != KB_WORD_ID && word.word != KB_WORD_SECRET)
        return put_filled(e, &word, way, err);
    kb_buf_byte(e->out, word.word == KB_WORD_ID ? MARK_OF_ID : MARK_OF_SECRET);
    kb_buf_byte(e->out, (char)way);
    return KB_OK;
}

/* Tabs and line ends may be wanted; the others are marks, or nothing that a program reads. */
static enum kb_err refuse_control_characters(const char *text, struct kb_error *err)
{
    for (; *text; text++) {
        if (iscntrl((unsigned char)*text) && !strchr("\t\r\n", *text))
            return kb_fail(err, KB_ERR_USAGE, "the text holds a control character");
    }
    return KB_OK;
}

/* "{{TEXT}}" at *AT, which moves behind it. A brace in between is a mistyped one. */
static enum kb_err put_quoted(const char **at, struct kb_buf *out, struct kb_error *err)
{
    const char *text = *at + 2;
    size_t len = strcspn(text, "{}");

    if (strncmp(text + len, "}}", 2) != 0)
        return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "a {{ has no }} where its word ends"),
            "{token} is the token, {{token}} the text {token}");
    kb_buf_add(out, *at + 1, len + 2);
    *at = text + len + 2;
    return KB_OK;
}

static bool is_json(const char *text)
{
    text += strspn(text, " \t\r\n");
    return text[0] == '[' || (text[0] == '{' && !begins_word(text) && !begins_quoted(text));
}

enum kb_err kb_template_expand(const char *text, kb_template_fill *fill, void *context,
    struct kb_buf *out, struct kb_error *err)
{
    const struct expansion e = {
        .fill = fill,
        .context = context,
        .in_json = is_json(text),
        .out = out,
    };
    enum kb_err rc = refuse_control_characters(text, err);

    for (const char *at = text; !rc && *at;) {
        if (begins_quoted(at))
            rc = put_quoted(&at, out, err);
        else if (begins_word(at))
            rc = put_word(&e, &at, err);
        else
            kb_buf_byte(out, *at++);
    }
    return rc ? rc : kb_buf_check(out, "the text", err);
}

static enum kb_err fill_with_nothing(
    void *context, const struct kb_template_word *word, struct kb_buf *value, struct kb_error *err)
{
    (void)word;
    (void)value;
    (void)err;
    *(bool *)context = true;
    return KB_OK;
}

enum kb_err kb_template_check(const char *text, bool *ret_has_words, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(strlen(text) + 1);
    bool has_words = false;
    enum kb_err rc = kb_template_expand(text, fill_with_nothing, &has_words, &out, err);

    if (!rc)
        *ret_has_words = has_words || kb_template_is_unfinished(kb_buf_text(&out));
    return rc;
}

/* --- Finishing ---------------------------------------------------------------------- */

bool kb_template_is_unfinished(const char *expanded)
{
    return strpbrk(expanded, marks) != NULL;
}

enum kb_err kb_template_finish(const char *expanded, const struct kb_secret *id,
    const struct kb_secret *secret, struct kb_buf *out, struct kb_error *err)
{
    for (const char *at = expanded; *at;) {
        size_t plain = strcspn(at, marks);
        const struct kb_secret *value = at[plain] == MARK_OF_ID ? id : secret;

        kb_buf_add(out, at, plain);
        at += plain;
        if (!*at)
            break;
        if (at[1] != AS_IT_IS && at[1] != IN_JSON && at[1] != PERCENT_ENCODED)
            return kb_fail(err, KB_ERR_CORRUPT, "a text of run cannot be finished");
        if (kb_secret_is_empty(value))
            return kb_fail(err, KB_ERR_CONFIG, "the client has no id, or no secret");
        put_value((enum way)at[1], value->bytes, value->len, out);
        at += 2;
    }
    return kb_buf_check(out, "the text", err);
}
