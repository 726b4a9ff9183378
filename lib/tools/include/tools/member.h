/*
 * One member of a tool's JSON file, at a path of names: looked at, set, removed. Pure: text in,
 * text out. What it changes is that member, and the objects on the way that were not there.
 */
#ifndef KB_TOOLS_MEMBER_H
#define KB_TOOLS_MEMBER_H

#include "base/buf.h"
#include "base/error.h"
#include "base/strings.h"

#include <stdbool.h>

#define KB_MEMBER_DEPTH 4 /* names in a path, at most */

enum kb_member_kind { KB_MEMBER_MISSING, KB_MEMBER_TEXT, KB_MEMBER_OTHER };

/*
 * Whether TEXT has a member at PATH. RET gets the value of a string. KB_ERR_CORRUPT, with its
 * place: TEXT is neither blank nor one strict JSON object without comments, or something on the way
 * is no object. FILE names it in errors, which quote nothing of it.
 */
KB_CHECKED enum kb_err kb_member_look(const char *file, const struct kb_buf *text,
    const struct kb_strings *path, enum kb_member_kind *ret_kind, struct kb_buf *ret,
    struct kb_error *err);

/*
 * Appends to OUT the text with the string VALUE at PATH. *RET_MADE: how many objects around it were
 * made for it, the document itself among them. Errors as kb_member_look(), and KB_ERR_SYSTEM.
 */
KB_CHECKED enum kb_err kb_member_set(const char *file, const struct kb_buf *text,
    const struct kb_strings *path, const char *value, struct kb_buf *out, int *ret_made,
    struct kb_error *err);

/*
 * Appends to OUT the text without the member at PATH, which is there, and without the MADE
 * objects around it, as far as nothing else is in them. *RET_LEFT: how many of those stay.
 */
KB_CHECKED enum kb_err kb_member_remove(const char *file, const struct kb_buf *text,
    const struct kb_strings *path, int made, struct kb_buf *out, int *ret_left,
    struct kb_error *err);

#endif
