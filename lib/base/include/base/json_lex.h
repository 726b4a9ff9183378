/*
 * The tokens of a JSON text and where they stand. No values: json-c owns those.
 *
 * Used to refuse what json-c accepts (see json.h), to name the line of a wrong
 * key, and to edit a configuration without losing its owner's comments.
 */
#ifndef KB_BASE_JSON_LEX_H
#define KB_BASE_JSON_LEX_H

#include <stdbool.h>
#include <stddef.h>

enum kb_json_kind {
    KB_JSON_END,         /* the end of the text */
    KB_JSON_PUNCTUATION, /* one of { } [ ] , : */
    KB_JSON_STRING,      /* including both quotes */
    KB_JSON_NUMBER,
    KB_JSON_WORD, /* true, false, null */
    KB_JSON_BAD,  /* not a token of strict JSON; lexing stops here */
};

struct kb_json_token {
    enum kb_json_kind kind;
    size_t start;        /* offset of its first byte */
    size_t end;          /* offset behind its last byte; for KB_JSON_BAD: where it went wrong */
    const char *problem; /* for KB_JSON_BAD: a phrase such as "control character in a string" */
};

/* The token at or behind OFFSET, white space skipped. */
struct kb_json_token kb_json_next(const char *text, size_t len, size_t offset);

/* Where a member of an object stands. All are offsets into the text. */
struct kb_json_span {
    size_t key_start;   /* the opening quote of its name */
    size_t value_start; /* first byte of its value */
    size_t value_end;   /* behind the last byte of its value */
};

/*
 * Finds the member NAME of the object that begins at OBJECT_START (a '{') in a text
 * that kb_json_parse() accepted. Names are compared as written, without escapes:
 * our own keys need none. False when there is no such member.
 */
bool kb_json_find(
    const char *text, size_t len, size_t object_start, const char *name, struct kb_json_span *ret);

/* The offset behind the value (object, array or scalar) that begins at VALUE_START. */
size_t kb_json_skip_value(const char *text, size_t len, size_t value_start);

#endif
