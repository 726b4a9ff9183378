/*
 * Reads git's settings as git does, as far as credentials go. Must never follow what they include,
 * nor quote them: a value may hold a password.
 */
#include "tools/git_settings.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { WORD_MAX = 64, PLACE_MAX = 2048, VALUE_MAX = 8192 };

struct reader {
    const char *at;
    bool is_about;  /* the section that it is in counts for the address */
    bool is_within; /* it counts for a part of it */
    bool is_unsure; /* it may count */
    bool includes;  /* it names other files */
};

static char next(struct reader *reader)
{
    char c;

    if (reader->at[0] == '\r' && reader->at[1] == '\n')
        reader->at++;
    c = *reader->at;
    reader->at += c != '\0';
    return c;
}

static void skip_line(struct reader *reader)
{
    reader->at += strcspn(reader->at, "\n");
}

static void skip_blanks(struct reader *reader)
{
    reader->at += strspn(reader->at, " \t");
}

/* --- sections -------------------------------------------------------------------------- */

/* Of [NAME "PLACE"]; git takes any byte behind a backslash. */
static bool read_place(struct reader *reader, struct kb_buf *place)
{
    for (;;) {
        char c = next(reader);

        if (c == '"')
            return true;
        if (c == '\\')
            c = next(reader);
        if (c == '\n' || c == '\0')
            return false;
        kb_buf_byte(place, c);
    }
}

/* A section without a scheme is about a host by any. */
static bool reads_as_url(const char *place, const struct kb_url *address, struct kb_url *ret)
{
    if (strstr(place, "://"))
        return !kb_url_parse(place, strlen(place), ret, NULL);
    return !kb_url_from_parts(address->scheme, place, ret, NULL);
}

/* "/team/" is "/team": git gives both an end like that. */
static void trim_path(struct kb_url *url)
{
    size_t len = strlen(url->path);

    if (len > 1 && url->path[len - 1] == '/')
        url->path[len - 1] = '\0';
}

/* What git matches in its own way: a pattern, a user name, a path behind a host alone. */
static bool is_open(const char *place)
{
    return strpbrk(place, "*@") || (!strstr(place, "://") && strchr(place, '/'));
}

static void enter_section(struct reader *reader, const char *name, const struct kb_buf *place,
    const struct kb_url *address)
{
    struct kb_url url = KB_URL_INIT;
    const char *text = kb_buf_text(place);
    bool is_credential = strcasecmp(name, "credential") == 0;
    bool is_server;

    reader->includes = strcasecmp(name, "include") == 0 || strcasecmp(name, "includeIf") == 0;
    reader->is_unsure = is_credential && is_open(text);
    is_credential = is_credential && !reader->is_unsure;
    is_server =
        is_credential && reads_as_url(text, address, &url) && kb_url_same_origin(&url, address);
    trim_path(&url);
    reader->is_about =
        is_credential && (!*text || (is_server && kb_url_path_covers(&url, address)));
    reader->is_within = is_server && !reader->is_about && kb_url_path_covers(address, &url);
}

/* "[NAME]", "[NAME.PLACE]" or "[NAME "PLACE"]", from behind its bracket. */
static bool read_section(struct reader *reader, const struct kb_url *address)
{
    KB_AUTO(kb_buf_clear) struct kb_buf place = KB_BUF_INIT(PLACE_MAX);
    char name[WORD_MAX];
    size_t len = strcspn(reader->at, ". \t\"]\n");

    if (len >= sizeof(name))
        return false;
    memcpy(name, reader->at, len);
    name[len] = '\0';
    reader->at += len;
    if (*reader->at == '.') {
        len = strcspn(++reader->at, "]\n");
        for (size_t i = 0; i < len; i++)
            kb_buf_byte(&place, (char)tolower((unsigned char)reader->at[i]));
        reader->at += len;
    }
    skip_blanks(reader);
    if (*reader->at == '"') {
        reader->at++;
        if (!read_place(reader, &place))
            return false;
    }
    if (next(reader) != ']' || place.failed)
        return false;
    enter_section(reader, name, &place, address);
    return true;
}

/* --- values ---------------------------------------------------------------------------- */

/* What a backslash and C stand for; '\0': nothing. */
static char escaped(char c)
{
    static const char from[] = "ntb\"\\", to[] = "\n\t\b\"\\";
    const char *at = strchr(from, c);

    return to[at ? at - from : (ptrdiff_t)sizeof(to) - 1];
}

/* Blanks count where something follows them. */
static void add(struct kb_buf *value, size_t *blanks, char c)
{
    for (; *blanks > 0; (*blanks)--)
        kb_buf_byte(value, ' ');
    kb_buf_byte(value, c);
}

/* To the end of its line, or of the last that a backslash joins. */
static bool read_value(struct reader *reader, struct kb_buf *value)
{
    bool is_quoted = false;
    size_t blanks = 0;
    char c;

    skip_blanks(reader);
    while ((c = next(reader)) && c != '\n') {
        if (c == '"') {
            is_quoted = !is_quoted;
        } else if (!is_quoted && (c == '#' || c == ';')) {
            skip_line(reader);
        } else if (!is_quoted && (c == ' ' || c == '\t')) {
            blanks++;
        } else if (c != '\\') {
            add(value, &blanks, c);
        } else {
            c = next(reader);
            if (c != '\n' && !escaped(c))
                return false;
            if (c != '\n')
                add(value, &blanks, escaped(c));
        }
    }
    return !is_quoted && !value->failed;
}

/* "KEY = VALUE", or "KEY" alone; *RET_IS_KEY: it is the one that is asked for. */
static bool read_setting(
    struct reader *reader, const char *key, struct kb_buf *value, bool *ret_is_key)
{
    size_t len = 0;

    while (isalnum((unsigned char)reader->at[len]) || reader->at[len] == '-')
        len++;
    *ret_is_key = len == strlen(key) && strncasecmp(reader->at, key, len) == 0;
    reader->at += len;
    skip_blanks(reader);
    if (len > 0 && *reader->at == '=') {
        reader->at++;
        return read_value(reader, value);
    }
    kb_buf_str(value, "true");
    return len > 0 && strchr("\r\n#;", *reader->at);
}

/* VALUE is of the key that is asked for. */
static void take(
    const struct reader *reader, const struct kb_buf *value, struct kb_git_answer *answer)
{
    if (value->len > 0 && reader->is_about) {
        kb_strings_add(&answer->values, kb_buf_text(value));
    } else if (value->len > 0 && reader->is_within) {
        kb_strings_add(&answer->within, kb_buf_text(value));
    } else if (reader->is_about) {
        kb_strings_clear(&answer->values);
        kb_strings_clear(&answer->within);
    }
}

static bool read_next(struct reader *reader, struct kb_git_answer *answer)
{
    KB_AUTO(kb_buf_clear) struct kb_buf value = KB_BUF_INIT(VALUE_MAX);
    bool is_key;

    if (*reader->at == '[') {
        reader->at++;
        return read_section(reader, &answer->address);
    }
    if (!read_setting(reader, answer->key, &value, &is_key))
        return false;
    if (reader->includes || (is_key && reader->is_unsure))
        answer->is_sure = false;
    if (is_key)
        take(reader, &value, answer);
    return true;
}

void kb_git_answer_clear(struct kb_git_answer *answer)
{
    kb_strings_clear(&answer->values);
    kb_strings_clear(&answer->within);
}

void kb_git_settings_read(const char *text, struct kb_git_answer *answer)
{
    struct reader reader = {.at = text};

    if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
        reader.at += 3;
    for (;;) {
        reader.at += strspn(reader.at, " \t\r\n");
        if (!*reader.at)
            return;
        if (*reader.at == '#' || *reader.at == ';') {
            skip_line(&reader);
        } else if (!read_next(&reader, answer)) {
            answer->is_sure = false;
            return;
        }
    }
}
