/*
 * Strict JSON in, typed values out.
 *
 * json-c does the parsing; before it, json_lex.h refuses what json-c lets through:
 * raw control characters in strings, NUL (also escaped), wrong UTF-8, unpaired surrogates,
 * numbers and words that JSON does not know, single quotes, comments; after it, a comma before
 * a closing bracket and what follows the document are refused, and duplicate member names by
 * comparing the number of members written with the number of members kept.
 *
 * json-c's own strict mode is not used: that of 0.18 refuses every string with a byte that is not
 * ASCII, and numbers of more than 64 bits.
 *
 * One fault of json-c 0.16 stays: it reads an escaped pair whose low 16 bits look like half of
 * one (U+1D800, "\ud836\udc00") as U+FFFD. This can make two odd names look like one, which is
 * refused, and an odd path name no file.
 */
#ifndef KB_BASE_JSON_H
#define KB_BASE_JSON_H

#include "base/error.h"

#include <json-c/json_object.h>
#include <stdbool.h>
#include <stddef.h>

#define KB_JSON_DEPTH 8

/*
 * Parses exactly one JSON document of LEN bytes whose top level is an object.
 * On failure: KB_ERR_CORRUPT with line and column in the error's place, and a message that
 * never quotes the document. The caller releases *RET with kb_json_release().
 */
KB_CHECKED enum kb_err kb_json_parse(
    const char *text, size_t len, struct json_object **ret, struct kb_error *err);

/* The member NAME when it is a string; NULL when absent, null or of another type. */
const char *kb_json_string(const struct json_object *object, const char *name);

/* The member NAME of whatever type; NULL when absent or null. */
struct json_object *kb_json_member(const struct json_object *object, const char *name);

/*
 * Whether the string that stands as the LEN bytes at TEXT, both quotes included, means NAME,
 * escapes or not. TEXT is a KB_JSON_STRING of json_lex.h. False when memory is short.
 */
bool kb_json_string_is(const char *text, size_t len, const char *name);

/* Line and column, both from 1, of byte OFFSET in TEXT. */
void kb_json_position(const char *text, size_t len, size_t offset, int *ret_line, int *ret_column);

/*
 * Overwrites // and block comments that stand outside strings by spaces, in place,
 * keeping line breaks, so that positions stay true. For configuration files only.
 */
void kb_json_blank_comments(char *text, size_t len);

/* Drops the reference and makes *OBJECT NULL; for KB_AUTO. Takes pointers to NULL. */
void kb_json_release(struct json_object **object);

#endif
