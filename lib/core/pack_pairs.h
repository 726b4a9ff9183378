/*
 * Name/value lists in packed records. Private to this layer: routes and frames use it.
 *
 * Layout: count u32, then that many times name and value as texts.
 */
#ifndef KB_CORE_PACK_PAIRS_H
#define KB_CORE_PACK_PAIRS_H

#include "base/pack.h"
#include "base/strings.h"

void kb_pack_pairs(struct kb_buf *out, const struct kb_pairs *pairs);

/* Appends to *RET. Marks IN as failed when the list is damaged; RET then holds a part of it. */
void kb_unpack_pairs(struct kb_unpack *in, struct kb_pairs *ret);

#endif
