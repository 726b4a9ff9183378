/*
 * Owned strings and small lists of them. For names and addresses, never for
 * secrets.
 */
#ifndef KB_BASE_STRINGS_H
#define KB_BASE_STRINGS_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

/* A growing list of owned strings. */
struct kb_strings {
    char **items;
    size_t count;
};

/* A growing list of owned name/value pairs, in order. */
struct kb_pair {
    char *name;
    char *value;
};
struct kb_pairs {
    struct kb_pair *items;
    size_t count;
};

/* *DST becomes a copy of TEXT (NULL allowed); the old string is freed. */
void kb_str_set(char **dst, const char *text);

/* TEXT is copied. */
void kb_strings_add(struct kb_strings *list, const char *text);
/* Whether one of LIST is TEXT. */
/* Whether both have the same texts in the same order. */
bool kb_strings_same(const struct kb_strings *one, const struct kb_strings *other);
bool kb_strings_has(const struct kb_strings *list, const char *text);
/* As kb_strings_add(), unless LIST has TEXT. */
void kb_strings_add_once(struct kb_strings *list, const char *text);
void kb_strings_clear(struct kb_strings *list);

/* Both are copied. */
void kb_pairs_add(struct kb_pairs *list, const char *name, const char *value);
/* The value of the first pair that is called NAME, as the list has it; NULL: there is none. */
const char *kb_pairs_get(const struct kb_pairs *list, const char *name);
void kb_pairs_clear(struct kb_pairs *list);

/* Appends "A, B or C" to OUT, each of CHOICES (NULL ends them) between two QUOTEs. */
void kb_text_append_choices(const char *const choices[], const char *quote, struct kb_buf *out);

/* Copies TEXT into DST of CAP bytes; false when it had to be cut off to fit. */
bool kb_text_copy(char *dst, size_t cap, const char *text);

/* Only 0x20..0x7e, at least MIN and at most MAX bytes. */
bool kb_text_is_printable(const char *text, size_t len, size_t min, size_t max);
/* Only 0x21..0x7e, at least MIN and at most MAX bytes. */
bool kb_text_is_visible(const char *text, size_t len, size_t min, size_t max);

/* Bytes of the UTF-8 sequence at TEXT (RFC 3629: no overlong form, no surrogate); 0: none. */
size_t kb_utf8_length(const char *text, size_t len);
/*
 * Only UTF-8, MIN to MAX bytes of it, without what nobody sees: control characters (U+0000 to 1F,
 * 7F to 9F), what has no width or changes the direction (U+200B to 200F, 2028 to 202E, 2060 to
 * 206F, FEFF).
 */
bool kb_text_is_utf8(const char *text, size_t len, size_t min, size_t max);
/* A token of RFC 9110 section 5.6.2, as the name of a header is: 1 to MAX bytes. */
bool kb_text_is_token(const char *text, size_t max);

/* What the hexadecimal digit C stands for, or -1. */
int kb_hex_value(char c);

/* Parses all of TEXT as a decimal number in MIN..MAX without sign or space. */
bool kb_text_to_int(const char *text, long long min, long long max, long long *ret);

/*
 * The candidate nearest to WORD by edit distance, else the only one that begins with its
 * four or more letters; NULL when none is close enough to be what the person meant.
 */
const char *kb_text_nearest(const char *word, const char *const candidates[], size_t count);
/* The same for an edit distance of SLIPS at most. */
const char *kb_text_nearest_within(
    size_t slips, const char *word, const char *const candidates[], size_t count);

/* Frees *TEXT; for KB_AUTO. */
void kb_str_free(char **text);

#endif
