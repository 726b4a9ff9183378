/*
 * Takes entries out of a text: every other byte stays, but the comma and the white space that come
 * with a member.
 */
#ifndef KB_LOOSE_CUT_H
#define KB_LOOSE_CUT_H

#include "base/buf.h"
#include "loose/entry.h"

#include <stdbool.h>
#include <stddef.h>

struct kb_loose_piece {
    struct kb_loose_span span;
    enum kb_loose_cut cut; /* LINE or MEMBER */
};

/*
 * Appends TEXT to OUT without the COUNT PIECES, which it sorts. False: they are not what lies in
 * TEXT (they overlap, or end behind it), and OUT has no meaning. OUT's own failure is its own.
 */
bool kb_loose_cut(
    const struct kb_buf *text, struct kb_loose_piece *pieces, size_t count, struct kb_buf *out);

#endif
