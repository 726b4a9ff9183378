/*
 * Changes of files, made and taken back. Those of KB_WAY_COMMAND are the tool's own to make, and
 * the caller's to start; here they are only looked at in the state.
 *
 * What is about to be made is in the state before it is made: a process that is killed leaves the
 * old file or the new one, and what undoes either.
 */
#ifndef KB_TOOLS_APPLY_H
#define KB_TOOLS_APPLY_H

#include "tools/state.h"
#include "tools/tool.h"

/* What a file's place holds. */
struct kb_found {
    enum kb_standing standing;
    char other[256]; /* of OTHER: what stands there, if that may be shown and kept; else "" */
    bool is_earlier; /* and it is what we put there ourselves */
};

/*
 * What stands where CHANGE (JSON, BLOCK, LINK) goes. KB_ERR_DENIED, KB_ERR_CORRUPT: it cannot be
 * made there.
 */
KB_CHECKED enum kb_err kb_change_look(
    const struct kb_change *change, struct kb_found *ret, struct kb_error *err);

/*
 * Where FOUND is OTHER: whether STATE says that we put it there, for a profile of another name or
 * from another folder. Then FOUND says so.
 */
void kb_change_recall(
    const struct kb_change *change, const struct kb_state *state, struct kb_found *found);

/*
 * Makes it, and notes it in STATE, which is open to be changed. Nothing is done where it stands
 * already. KB_ERR_DENIED also where something else stands there that is not ours, and cannot be
 * kept to be put back.
 */
KB_CHECKED enum kb_err kb_change_make(
    const struct kb_change *change, struct kb_state *state, struct kb_error *err);

/*
 * Takes DONE of STATE back if its place still holds it, and drops it from STATE, which is saved.
 * *RET: what stood there before that; of OTHER nothing was changed: it is no longer ours.
 */
KB_CHECKED enum kb_err kb_done_undo(
    struct kb_state *state, struct kb_done *done, struct kb_found *ret, struct kb_error *err);

/*
 * After a tool's own command took DONE back: removes the file that was made for it, if it is empty,
 * and drops DONE from STATE, which is saved.
 */
KB_CHECKED enum kb_err kb_done_drop(
    struct kb_state *state, struct kb_done *done, struct kb_error *err);

#endif
