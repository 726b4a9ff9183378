/*
 * The text of a configuration while it is edited. Private to the files that edit it.
 */
#ifndef KB_CONFIG_SPLICE_H
#define KB_CONFIG_SPLICE_H

#include "base/buf.h"
#include "base/error.h"
#include "base/json_place.h"
#include "source.h"

#include <stdbool.h>
#include <stddef.h>

#define KB_SPLICE_UNIT "  " /* one level of indentation, where the file shows no other habit */

struct kb_splice {
    struct kb_config_source blanked;
    struct kb_buf text; /* as its owner wrote it */
    struct kb_error *err;
};

#define KB_SPLICE_INIT(error)                                                                      \
    ((struct kb_splice){KB_CONFIG_SOURCE_INIT, KB_BUF_INIT(KB_CONFIG_MAX), error})

/* Takes TEXT as the state to edit; it must be JSON, or the places would mean nothing. */
KB_CHECKED enum kb_err kb_splice_begin(
    struct kb_splice *edit, const char *path, const char *text, size_t len);

/* Appends TEXT to OUT if it is a correct configuration. */
KB_CHECKED enum kb_err kb_splice_deliver(
    const char *path, const struct kb_buf *text, struct kb_buf *out, struct kb_error *err);

void kb_splice_clear(struct kb_splice *edit);

/* The offset of the document's first byte. */
size_t kb_splice_root(const struct kb_splice *edit);

/* The member NAME of the object at OBJECT; false where there is none. */
bool kb_splice_find(
    const struct kb_splice *edit, size_t object, const char *name, struct kb_json_span *ret);
bool kb_splice_find_profiles(const struct kb_splice *edit, struct kb_json_span *ret);

/* Profile NAME. KB_ERR_NOT_FOUND: there is none in PATH. */
KB_CHECKED enum kb_err kb_splice_find_profile(
    const struct kb_splice *edit, const char *path, const char *name, struct kb_json_span *ret);

/* kb_json_text_indentation() in the text. */
bool kb_splice_indentation(const struct kb_splice *edit, size_t at, struct kb_buf *ret);

/* Appends "NAME": VALUE, whose last line stands at INDENTATION. */
void kb_splice_append_member(
    struct kb_buf *out, const char *name, const char *value, const char *indentation);

/*
 * Each appends the whole new text to OUT: with a new last member in the object at OBJECT, which
 * lies DEPTH levels deep; with another value of a member; without a member or an element, and the
 * comma that goes with it.
 */
void kb_splice_insert_member(const struct kb_splice *edit, size_t object, int depth,
    const char *name, const char *value, struct kb_buf *out);
void kb_splice_replace(const struct kb_splice *edit, const struct kb_json_span *span,
    const char *value, struct kb_buf *out);
void kb_splice_cut(const struct kb_splice *edit, size_t start, size_t end, struct kb_buf *out);

#endif
