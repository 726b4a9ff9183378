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
    char other[256];  /* of OTHER: what stands there, if that may be shown and kept; else "" */
    bool is_earlier;  /* and it is what we put there ourselves */
    bool is_of_other; /* and it is what we put there for another configuration */
};

/* Whether it is neither replaced nor added to: it may be a person's, or another configuration's. */
bool kb_found_is_in_the_way(const struct kb_found *found);

/*
 * What stands where CHANGE (JSON, BLOCK, LINK) goes. KB_ERR_DENIED, KB_ERR_CORRUPT: it cannot be
 * made there.
 */
KB_CHECKED enum kb_err kb_change_look(
    const struct kb_change *change, struct kb_found *ret, struct kb_error *err);

/*
 * Where FOUND is OTHER or CHANGED: whether STATE says that we put it there, for a profile that had
 * another name or other addresses, or from another folder. Then FOUND is OTHER, and says so.
 */
void kb_change_recall(
    const struct kb_change *change, const struct kb_state *state, struct kb_found *found);

/*
 * Whether CHANGE (JSON, BLOCK, LINK), which was looked at and recalled, can be made where FOUND
 * stands, as far as that can be known before. KB_ERR_DENIED: it cannot.
 */
KB_CHECKED enum kb_err kb_change_check(
    const struct kb_change *change, const struct kb_found *found, struct kb_error *err);

/*
 * Makes it, and notes it in STATE, which is open to be changed. Nothing is done where it stands
 * already. Errors also as kb_change_check().
 */
KB_CHECKED enum kb_err kb_change_make(
    const struct kb_change *change, struct kb_state *state, struct kb_error *err);

/* What kb_done_undo() would find. Errors where it would fail, as far as that is known before. */
KB_CHECKED enum kb_err kb_done_look(
    const struct kb_done *done, struct kb_found *ret, struct kb_error *err);

/*
 * Takes DONE of STATE back if its place still holds it, and drops it from STATE, which is saved.
 * *RET: what stood there before that. Of OTHER nothing was changed: ours is gone. Of CHANGED
 * neither, and DONE stays in STATE: some of it is ours.
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
