/*
 * From the words of options to the JSON object of a profile. Checks nothing that the reader
 * checks: what is written goes through that, as what a person writes does.
 */
#include "config/settings.h"

#include "base/alloc.h"
#include "base/json_write.h"
#include "base/strings.h"

#include <limits.h>
#include <string.h>

enum { INDENT = 2, WORDS_MAX = 8192 };

static void write_texts(struct kb_json_writer *w, const struct kb_strings *words)
{
    kb_json_open(w, '[');
    for (size_t i = 0; i < words->count; i++)
        kb_json_put_string(w, words->items[i]);
    kb_json_close(w);
}

/* RFC 6749 section 3.3: one string of words with spaces between them. */
static enum kb_err write_joined(
    struct kb_json_writer *w, const struct kb_strings *words, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf joined = KB_BUF_INIT(WORDS_MAX);

    for (size_t i = 0; i < words->count; i++) {
        if (i > 0)
            kb_buf_byte(&joined, ' ');
        kb_buf_str(&joined, words->items[i]);
    }
    kb_json_put_string(w, kb_buf_text(&joined));
    return kb_buf_check(&joined, "the list of words", err);
}

static enum kb_err write_number(
    struct kb_json_writer *w, const char *option, const char *digits, struct kb_error *err)
{
    long long value;

    if (!kb_text_to_int(digits, 0, INT_MAX, &value))
        return kb_fail(err, KB_ERR_USAGE, "--%s is a number of seconds", option);
    kb_json_put_int(w, value);
    return KB_OK;
}

/* Whether one of the COUNT words before it gives a value to the same NAME. */
static bool is_given(const struct kb_strings *words, size_t count, const char *name, char separator)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < count; i++)
        if (strncmp(words->items[i], name, len) == 0 && words->items[i][len] == separator)
            return true;
    return false;
}

/* "NAME<separator>VALUE" becomes one member; spaces after a header's colon do not count. */
static enum kb_err write_pair(struct kb_json_writer *w, const struct kb_setting *setting,
    const struct kb_strings *words, size_t number, struct kb_error *err)
{
    const char *pair = words->items[number];
    char separator = kb_setting_separator(setting);
    const char *end = strchr(pair, separator);

    if (!end)
        return kb_fail(err, KB_ERR_USAGE, "\"%s\" is not of the form NAME%cVALUE", pair, separator);
    KB_AUTO(kb_str_free) char *name = kb_text_dup(pair);
    name[end - pair] = '\0';
    if (is_given(words, number, name, separator))
        return kb_fail(err, KB_ERR_USAGE, "--%s %s is given twice", setting->option, name);
    kb_json_string_member(w, name, end + 1 + strspn(end + 1, " "));
    return KB_OK;
}

static enum kb_err write_pairs(struct kb_json_writer *w, const struct kb_setting *setting,
    const struct kb_strings *words, struct kb_error *err)
{
    enum kb_err rc = KB_OK;

    kb_json_open(w, '{');
    for (size_t i = 0; !rc && i < words->count; i++)
        rc = write_pair(w, setting, words, i, err);
    kb_json_close(w);
    return rc;
}

static enum kb_err write_setting(struct kb_json_writer *w, const struct kb_setting *setting,
    const struct kb_strings *words, struct kb_error *err)
{
    kb_json_name(w, setting->key);
    switch (setting->type) {
    case KB_SETTING_TEXT:
        kb_json_put_string(w, words->items[0]);
        return KB_OK;
    case KB_SETTING_WORDS:
        return write_joined(w, words, err);
    case KB_SETTING_TEXTS:
    case KB_SETTING_ADDRESSES:
        write_texts(w, words);
        return KB_OK;
    case KB_SETTING_PAIRS:
        return write_pairs(w, setting, words, err);
    case KB_SETTING_SECONDS:
        return write_number(w, setting->option, words->items[0], err);
    case KB_SETTING_FLAG:
        kb_json_put_bool(w, true);
        return KB_OK;
    }
    return KB_OK;
}

enum kb_err kb_settings_write(
    const struct kb_setting_words *words, struct kb_buf *out, struct kb_error *err)
{
    struct kb_json_writer w = kb_json_writer(out, INDENT);
    size_t count;
    const struct kb_setting *settings = kb_settings(&count);
    enum kb_err rc = KB_OK;

    kb_json_open(&w, '{');
    for (size_t i = 0; i < count && !rc; i++) {
        if (words->of[i].count > 0)
            rc = write_setting(&w, &settings[i], &words->of[i], err);
    }
    kb_json_close(&w);
    return rc ? rc : kb_buf_check(out, "the profile", err);
}

bool kb_setting_words_any(const struct kb_setting_words *words)
{
    for (size_t i = 0; i < KB_SETTINGS_MAX; i++)
        if (words->of[i].count > 0)
            return true;
    return false;
}

void kb_setting_words_add(struct kb_setting_words *words, const char *key, const char *text)
{
    kb_strings_add(&words->of[kb_setting_find(key) - kb_settings(NULL)], text);
}

const char *kb_setting_words_get(const struct kb_setting_words *words, const char *key)
{
    const struct kb_strings *given = &words->of[kb_setting_find(key) - kb_settings(NULL)];

    return given->count > 0 ? given->items[0] : NULL;
}

void kb_setting_words_clear(struct kb_setting_words *words)
{
    for (size_t i = 0; i < KB_SETTINGS_MAX; i++)
        kb_strings_clear(&words->of[i]);
}
