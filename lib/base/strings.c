/*
 * Owned strings, lists of them, and checks on text. Never for secrets: nothing here
 * is wiped.
 */
#include "base/strings.h"

#include "base/alloc.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void kb_str_set(char **dst, const char *text)
{
    char *copy = text ? kb_text_dup(text) : NULL;

    free(*dst);
    *dst = copy;
}

void kb_strings_add(struct kb_strings *list, const char *text)
{
    list->items = kb_grow(list->items, list->count + 1, sizeof(*list->items));
    list->items[list->count++] = kb_text_dup(text);
}

bool kb_strings_same(const struct kb_strings *one, const struct kb_strings *other)
{
    for (size_t i = 0; one->count == other->count && i < one->count; i++) {
        if (strcmp(one->items[i], other->items[i]) != 0)
            return false;
    }
    return one->count == other->count;
}

bool kb_strings_has(const struct kb_strings *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], text) == 0)
            return true;
    }
    return false;
}

void kb_strings_add_once(struct kb_strings *list, const char *text)
{
    if (!kb_strings_has(list, text))
        kb_strings_add(list, text);
}

void kb_strings_clear(struct kb_strings *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct kb_strings){0};
}

void kb_pairs_add(struct kb_pairs *list, const char *name, const char *value)
{
    list->items = kb_grow(list->items, list->count + 1, sizeof(*list->items));
    list->items[list->count++] =
        (struct kb_pair){.name = kb_text_dup(name), .value = kb_text_dup(value)};
}

const char *kb_pairs_get(const struct kb_pairs *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i].name, name) == 0)
            return list->items[i].value;
    }
    return NULL;
}

void kb_pairs_clear(struct kb_pairs *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].name);
        free(list->items[i].value);
    }
    free(list->items);
    *list = (struct kb_pairs){0};
}

void kb_text_append_choices(const char *const choices[], const char *quote, struct kb_buf *out)
{
    for (size_t i = 0; choices[i]; i++) {
        const char *joint = i == 0 ? "" : choices[i + 1] ? ", " : " or ";

        kb_buf_fmt(out, "%s%s%s%s", joint, quote, choices[i], quote);
    }
}

bool kb_text_copy(char *dst, size_t cap, const char *text)
{
    size_t len = strnlen(text, cap - 1);

    memcpy(dst, text, len);
    dst[len] = '\0';
    return text[len] == '\0';
}

static bool bytes_within(const char *text, size_t len, unsigned char low, unsigned char high)
{
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] < low || (unsigned char)text[i] > high)
            return false;
    }
    return true;
}

bool kb_text_is_printable(const char *text, size_t len, size_t min, size_t max)
{
    return len >= min && len <= max && bytes_within(text, len, 0x20, 0x7e);
}

bool kb_text_is_visible(const char *text, size_t len, size_t min, size_t max)
{
    return len >= min && len <= max && bytes_within(text, len, 0x21, 0x7e);
}

size_t kb_utf8_length(const char *text, size_t len)
{
    const unsigned char *bytes = (const unsigned char *)text;
    unsigned char first = len > 0 ? bytes[0] : 0xff, second = len > 1 ? bytes[1] : 0;
    size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

    if (length == 1)
        return 1;
    if (first < 0xc2 || first > 0xf4 || length > len)
        return 0;
    if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
        (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f))
        return 0;
    for (size_t k = 1; k < length; k++) {
        if ((bytes[k] & 0xc0) != 0x80)
            return 0;
    }
    return length;
}

/* Of LEN bytes of UTF-8: a control character, or one that only changes how others are shown. */
static bool is_unseen(const char *text, size_t len)
{
    static const struct {
        const char *first, *last;
    } ranges[] = {
        {"\x01", "\x1f"}, {"\x7f", "\x7f"}, {"\xc2\x80", "\xc2\x9f"},
        {"\xe2\x80\x8b", "\xe2\x80\x8f"}, /* U+200B: of no width, and marks of direction */
        {"\xe2\x80\xa8", "\xe2\x80\xae"}, /* U+2028: line ends, and changes of direction */
        {"\xe2\x81\xa0", "\xe2\x81\xaf"}, /* U+2060: likewise */
        {"\xef\xbb\xbf", "\xef\xbb\xbf"}, /* U+FEFF */
    };

    for (size_t i = 0; i < KB_COUNT(ranges); i++) {
        if (strlen(ranges[i].first) == len && memcmp(text, ranges[i].first, len) >= 0 &&
            memcmp(text, ranges[i].last, len) <= 0)
            return true;
    }
    return *text == '\0';
}

bool kb_text_is_utf8(const char *text, size_t len, size_t min, size_t max)
{
    size_t step;

    if (len < min || len > max)
        return false;
    for (size_t i = 0; i < len; i += step) {
        step = kb_utf8_length(text + i, len - i);
        if (step == 0 || is_unseen(text + i, step))
            return false;
    }
    return true;
}

bool kb_text_is_token(const char *text, size_t max)
{
    size_t len = strspn(text, "!#$%&'*+-.^_`|~0123456789"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    return len > 0 && len <= max && text[len] == '\0';
}

int kb_hex_value(char c)
{
    char lower = (char)(c | 0x20);

    if (c >= '0' && c <= '9')
        return c - '0';
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool kb_text_to_int(const char *text, long long min, long long max, long long *ret)
{
    size_t len = strlen(text);
    long long value;

    if (len == 0 || strspn(text, "0123456789") != len)
        return false;
    errno = 0;
    value = strtoll(text, NULL, 10);
    if (errno || value < min || value > max)
        return false;
    *ret = value;
    return true;
}

enum {
    WORD_MAX = 63,
    TELLING_LEN = 4, /* fewer letters begin too many words */
};

static bool same_letter(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/*
 * Levenshtein's distance, one row at a time, without regard to case; words longer than WORD_MAX are
 * far away.
 */
static size_t edit_distance(const char *a, const char *b)
{
    size_t row[WORD_MAX + 1];
    size_t a_len = strlen(a), b_len = strlen(b);

    if (a_len > WORD_MAX || b_len > WORD_MAX)
        return SIZE_MAX;
    for (size_t j = 0; j <= b_len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t best = diagonal + (same_letter(a[i - 1], b[j - 1]) ? 0 : 1);

            diagonal = row[j];
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            if (row[j] + 1 < best)
                best = row[j] + 1;
            row[j] = best;
        }
    }
    return row[b_len];
}

/* The only one that begins with WORD, or NULL. */
static const char *completion(const char *word, const char *const candidates[], size_t count)
{
    size_t len = strlen(word);
    const char *only = NULL;

    for (size_t i = 0; i < count && len >= TELLING_LEN; i++) {
        if (strncasecmp(word, candidates[i], len) != 0)
            continue;
        if (only)
            return NULL;
        only = candidates[i];
    }
    return only;
}

const char *kb_text_nearest(const char *word, const char *const candidates[], size_t count)
{
    /* one slip in three letters is still the same word */
    return kb_text_nearest_within(strlen(word) / 3 + 1, word, candidates, count);
}

const char *kb_text_nearest_within(
    size_t slips, const char *word, const char *const candidates[], size_t count)
{
    size_t nearest = count;
    size_t limit = slips + 1;

    for (size_t i = 0; i < count; i++) {
        size_t distance = edit_distance(word, candidates[i]);

        if (distance < limit) {
            limit = distance;
            nearest = i;
        }
    }
    return nearest < count ? candidates[nearest] : completion(word, candidates, count);
}

void kb_str_free(char **text)
{
    free(*text);
    *text = NULL;
}
