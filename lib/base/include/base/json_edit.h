/*
 * Sets and cuts single members of a JSON text by splicing. Every other byte stays: comments,
 * layout, the order of members.
 *
 * What is inserted as the last member of an object and cut again leaves the bytes that were there
 * before, but for an object that was given lines of its own (LAYOUT's breaks_lines).
 */
#ifndef KB_BASE_JSON_EDIT_H
#define KB_BASE_JSON_EDIT_H

#include "base/buf.h"
#include "base/json_place.h"

#include <stdbool.h>
#include <stddef.h>

/* A text that kb_json_parse() took once its comments were blanked; LEN bytes, and a NUL. */
struct kb_json_text {
    const char *bytes;
    const char *blanked; /* the same, or with comments blanked: places are sought here */
    size_t len;
};

struct kb_json_layout {
    const char *newline; /* "\n" or "\r\n" */
    const char *unit;    /* a level of indentation, where the object shows no other */
    bool breaks_lines;   /* an object on one line gets lines */
};

/* The offset of the document's first byte that is neither white space nor comment. */
size_t kb_json_text_root(const struct kb_json_text *text);

/* kb_json_find() in the text. */
bool kb_json_text_find(
    const struct kb_json_text *text, size_t object, const char *name, struct kb_json_span *ret);

/*
 * Where AT is the first thing on its line, which is not the first line: RET gets the white space
 * before it.
 */
bool kb_json_text_indentation(const struct kb_json_text *text, size_t at, struct kb_buf *ret);

/* The offset behind the last of BYTES before END that is not white space. */
size_t kb_json_trim_back(const char *bytes, size_t end);

/* Whether the members of the object at OBJECT stand, or would stand, on lines of their own. */
bool kb_json_text_has_lines(const struct kb_json_text *text, size_t object);

/*
 * Appends TEXT to OUT with the member NAME as the last one of the object at OBJECT, which lies
 * DEPTH levels deep (1: the document). VALUE is JSON, its lines ended by '\n' and indented for
 * level 0. OUT's own failure is the only one.
 */
void kb_json_insert_member(const struct kb_json_text *text, const struct kb_json_layout *layout,
    size_t object, int depth, const char *name, const char *value, struct kb_buf *out);

/* The same with the member at SPAN given another value. */
void kb_json_replace_value(const struct kb_json_text *text, const struct kb_json_layout *layout,
    const struct kb_json_span *span, const char *value, struct kb_buf *out);

/* The same without the member at SPAN, and without the comma that goes with it. */
void kb_json_cut_member(
    const struct kb_json_text *text, const struct kb_json_span *span, struct kb_buf *out);

/* Appends NAME and the VALUE, each further line of which is indented by INDENTATION. */
void kb_json_add_member(struct kb_buf *out, const struct kb_json_layout *layout, const char *name,
    const char *value, const char *indentation);

#endif
