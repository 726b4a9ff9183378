/*
 * Where members and values stand in a JSON text: to name the line of a wrong key, and to
 * edit a configuration without losing its owner's comments.
 */
#ifndef KB_BASE_JSON_PLACE_H
#define KB_BASE_JSON_PLACE_H

#include <stdbool.h>
#include <stddef.h>

/* Where a member of an object stands. All are offsets into the text. */
struct kb_json_span {
    size_t key_start;   /* the opening quote of its name */
    size_t value_start; /* first byte of its value */
    size_t value_end;   /* behind the last byte of its value */
};

/*
 * Finds the member NAME of the object that begins at OBJECT_START (a '{') in a text
 * that kb_json_parse() accepted. "\u0061" is a spelling of "a". False, and *RET as it
 * was, when there is no such member.
 */
bool kb_json_find(
    const char *text, size_t len, size_t object_start, const char *name, struct kb_json_span *ret);

/* The offset behind the value (object, array or scalar) that begins at VALUE_START. */
size_t kb_json_skip_value(const char *text, size_t len, size_t value_start);

#endif
