/*
 * Reports in frames. Private to this layer.
 *
 * Layout: kind u8, then for each member that is set, in the order of the table: its row's number
 * from 1 u8, its type u8, its value; then 0. A flag and a level are u8, a number i64, a text a
 * text, a reference its bytes, a list as pack_pairs.h has it.
 */
#ifndef KB_CORE_PACK_REPORT_H
#define KB_CORE_PACK_REPORT_H

#include "base/pack.h"
#include "core/report.h"

/* A list that is longer than its caps marks OUT as failed. */
void kb_pack_report(struct kb_buf *out, const struct kb_report *report);

/* Fills an empty *RET. Marks IN as failed for all that is not written so; RET holds a part then. */
void kb_unpack_report(struct kb_unpack *in, struct kb_report *ret);

#endif
