/*
 * Reads git's settings as git does, or has told them, as far as credentials go. Must never follow
 * what they include, nor quote them: a value may hold a password.
 */
#include "tools/git_settings.h"

#include "git_section.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { WORD_MAX = 64, PLACE_MAX = 2048, VALUE_MAX = 8192 };

struct reader {
    const char *at;
    enum kb_git_match match; /* how the section that it is in counts for the address */
    bool includes;           /* it names other files */
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

static void enter_section(struct reader *reader, const char *name, const struct kb_buf *place,
    const struct kb_url *address)
{
    bool is_credential = strcasecmp(name, "credential") == 0;

    reader->includes = strcasecmp(name, "include") == 0 || strcasecmp(name, "includeIf") == 0;
    reader->match = is_credential ? kb_git_section(kb_buf_text(place), address) : KB_GIT_NOT;
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

/* VALUE is of the key that is asked for, in a section that counts like MATCH. */
static void take(enum kb_git_match match, const char *value, struct kb_git_answer *answer)
{
    if (match == KB_GIT_MAYBE) {
        answer->is_sure = false;
    } else if (*value && match == KB_GIT_ABOUT) {
        kb_strings_add(&answer->values, value);
    } else if (*value && match == KB_GIT_WITHIN) {
        kb_strings_add(&answer->within, value);
    } else if (match == KB_GIT_ABOUT) {
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
    if (reader->includes)
        answer->is_sure = false;
    if (is_key)
        take(reader->match, kb_buf_text(&value), answer);
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

/* --- what git says itself -------------------------------------------------------------- */

/* "credential.KEY\nVALUE" or "credential.SECTION.KEY\nVALUE", and the key alone for a true one. */
static void hear_one(const char *entry, struct kb_git_answer *answer)
{
    KB_AUTO(kb_buf_clear) struct kb_buf section = KB_BUF_INIT(PLACE_MAX);
    size_t len = strcspn(entry, "\n");
    const char *end = entry + len, *dot = memrchr(entry, '.', len);

    if (strncmp(entry, "includeif.", strlen("includeif.")) == 0)
        answer->is_sure = false;
    if (strncmp(entry, "credential.", strlen("credential.")) != 0 ||
        (size_t)(end - dot - 1) != strlen(answer->key) ||
        strncasecmp(dot + 1, answer->key, strlen(answer->key)) != 0)
        return;
    entry += strlen("credential.");
    if (dot > entry)
        kb_buf_add(&section, entry, (size_t)(dot - entry));
    if (section.failed)
        answer->is_sure = false;
    else
        take(kb_git_section(kb_buf_text(&section), &answer->address), *end ? end + 1 : "true",
            answer);
}

void kb_git_settings_hear(const struct kb_buf *said, struct kb_git_answer *answer)
{
    const char *at = kb_buf_text(said), *end = at + said->len;

    for (; at < end; at += strlen(at) + 1)
        hear_one(at, answer);
}
