/*
 * The tokens of a JSON text and where they stand. No values: json-c owns those.
 *
 * Used to refuse what json-c accepts (see json.h), and to find places (see json_place.h).
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

#endif
