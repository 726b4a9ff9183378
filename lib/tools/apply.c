/*
 * Makes changes of files. Must never keep what may be a credential, nor replace it: of what stands
 * in the way only the plain name of another helper is kept, to be put back (undo.c).
 */
#include "tools/apply.h"

#include "tools/block.h"
#include "tools/member.h"

#include "link.h"
#include "look.h"

#include "base/edited.h"

enum { TRIES = 20 };

/* The value is not told, nor is it known what it is. */
static enum kb_err in_the_way(
    const struct kb_change *change, const struct kb_found *found, struct kb_error *err)
{
    const struct kb_strings *place = &change->place;

    if (found->is_of_other)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_DENIED, "%s has what setup put there for another configuration",
                change->file),
            "keybearer setup %s --undo, then try again", change->tool->word);
    if (found->standing == KB_STANDS_CHANGED)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_DENIED,
                "%s: the block \"keybearer begin %s\" was changed since setup wrote it",
                change->file, place->items[0]),
            "keep what is yours, remove the block and its two marks, then try again");
    if (change->way == KB_WAY_LINK)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_DENIED, "%s is there, and not a link of keybearer's", change->file),
            "ls -l %s", change->file);
    if (change->way == KB_WAY_BLOCK)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_DENIED, "%s already sets what would be set", change->file),
            "add the lines to what stands there");
    return kb_hinted(err,
        kb_fail(err, KB_ERR_DENIED,
            "%s has \"%s\" set to something that may be a password, or a command that holds one",
            change->file, place->items[place->count - 1]),
        "look at it; if it is not needed any more, remove it there, then try again");
}

enum kb_err kb_change_check(
    const struct kb_change *change, const struct kb_found *found, struct kb_error *err)
{
    if (found->standing == KB_STANDS_OURS)
        return KB_OK;
    if (kb_found_is_in_the_way(found))
        return in_the_way(change, found, err);
    return change->way == KB_WAY_LINK ? kb_edited_check_place(change->file, err) : KB_OK;
}

static enum kb_err make_link(const struct kb_change *change, const struct kb_found *found,
    struct kb_state *state, struct kb_error *err)
{
    struct kb_done *done = kb_state_put(state, change);
    enum kb_err rc;

    if (!found->is_earlier)
        done->folders = kb_edited_lacks(change->file);
    rc = kb_state_save(state, err);
    return rc ? rc : kb_link_put(change->file, change->value, found->is_earlier, err);
}

/* The whole new text. What it takes to undo it goes into DONE. */
static enum kb_err make_text(const struct kb_change *change, const struct kb_edited *file,
    const struct kb_found *found, struct kb_done *done, struct kb_buf *out, struct kb_error *err)
{
    int made;
    bool joined = done->joined;
    enum kb_err rc;

    if (change->way == KB_WAY_JSON) {
        rc = kb_member_set(file->path, &file->text, &change->place, change->value, out, &made, err);
        if (!rc && found->standing == KB_STANDS_NOTHING) {
            done->made = made;
            kb_str_set(&done->before, NULL); /* what may have been there is gone since */
        }
        if (!rc && *found->other && !found->is_earlier)
            kb_str_set(&done->before, found->other);
    } else {
        rc = kb_block_set(
            file->path, &file->text, change->place.items[0], change->value, out, &joined, err);
        done->joined = !rc && joined;
    }
    done->created = done->created || !file->exists;
    done->folders = file->lacks > done->folders ? file->lacks : done->folders;
    return rc;
}

static enum kb_err try_to_make(
    const struct kb_change *change, struct kb_state *state, bool *ret_changed, struct kb_error *err)
{
    KB_AUTO(kb_edited_clear) struct kb_edited file = KB_EDITED_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(KB_EDITED_MAX);
    struct kb_found found = {0};
    enum kb_err rc = kb_edited_read(change->file, &file, err);

    if (!rc)
        rc = kb_look_text(change, &file, &found, err);
    if (rc || found.standing == KB_STANDS_OURS)
        return rc;
    kb_change_recall(change, state, &found);
    rc = kb_change_check(change, &found, err);
    if (rc)
        return rc;
    rc = make_text(change, &file, &found, kb_state_put(state, change), &out, err);
    if (!rc)
        rc = kb_state_save(state, err);
    return rc ? rc : kb_edited_write(&file, &out, ret_changed, err);
}

enum kb_err kb_change_make(
    const struct kb_change *change, struct kb_state *state, struct kb_error *err)
{
    struct kb_found found = {0};
    enum kb_err rc;

    if (change->way == KB_WAY_LINK) {
        rc = kb_look_link(change->file, change->value, &found, err);
        if (rc || found.standing == KB_STANDS_OURS)
            return rc;
        kb_change_recall(change, state, &found);
        rc = kb_change_check(change, &found, err);
        return rc ? rc : make_link(change, &found, state, err);
    }
    for (int i = 0; i < TRIES; i++) {
        bool changed = false;

        rc = try_to_make(change, state, &changed, err);
        if (rc || !changed)
            return rc;
    }
    return kb_edited_keeps_changing(change->file, err);
}
