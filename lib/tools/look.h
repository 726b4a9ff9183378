/*
 * Looking at a place that was read, for apply.c.
 */
#ifndef KB_TOOLS_LOOK_H
#define KB_TOOLS_LOOK_H

#include "tools/apply.h"

#include "base/edited.h"

/* What TEXT, which is FILE's, has at PLACE, where VALUE is to stand. As kb_change_look(). */
KB_CHECKED enum kb_err kb_look_member(const char *file, const struct kb_buf *text,
    const struct kb_strings *place, const char *value, struct kb_found *ret, struct kb_error *err);

/* What FILE has for CHANGE (JSON, BLOCK). */
KB_CHECKED enum kb_err kb_look_text(const struct kb_change *change, const struct kb_edited *file,
    struct kb_found *ret, struct kb_error *err);

/* What the path LINK is, where a link to TARGET is to be. */
KB_CHECKED enum kb_err kb_look_link(
    const char *link, const char *target, struct kb_found *ret, struct kb_error *err);

#endif
