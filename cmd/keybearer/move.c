/*
 * `move`: the helper's report, one line a fact.
 */
#include "front.h"

void describe_move(struct kb_buf *out, const struct kb_report *report)
{
    const struct kb_report_move *move = &report->move;

    if (move->already)
        kb_buf_fmt(
            out, "The client of %s is in %s already.\n", move->profile, kb_say_store(move->store));
    else
        kb_buf_fmt(out, "The client of %s is in %s now, and no longer in %s.\n", move->profile,
            kb_say_store(move->store), kb_say_store(move->from));
    if (*move->key_store)
        report_words(out, "The key that keygen made stays in %s until keybearer add %s takes it.",
            kb_say_store(move->key_store), move->profile);
    if (*move->left_behind)
        report_words(out, "Note: %s.", move->left_behind);
}
