/*
 * Makes changes of files and takes them back. Must never keep what may be a credential, nor replace
 * it: of what stands in the way only the plain name of another helper is kept, to be put back.
 */
#include "tools/apply.h"

#include "tools/block.h"
#include "tools/member.h"

#include "look.h"

#include "base/edited.h"
#include "base/file.h"
#include "base/trust.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { TRIES = 20 };

/* --- making --------------------------------------------------------------------------- */

/* The value is not told, nor is it known what it is. */
static enum kb_err in_the_way(const struct kb_change *change, struct kb_error *err)
{
    const struct kb_strings *place = &change->place;

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

/* No folder is made where others could lead it elsewhere. */
static enum kb_err check_way(const char *folder, struct kb_error *err)
{
    struct kb_error why = KB_ERROR_INIT;
    char resolved[PATH_MAX];
    enum kb_err rc = kb_trust_resolve(folder, resolved, &why);

    if (!rc || rc == KB_ERR_NOT_FOUND)
        return KB_OK;
    if (err)
        *err = why;
    return rc;
}

static enum kb_err make_link(const struct kb_change *change, const struct kb_found *found,
    struct kb_state *state, struct kb_error *err)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(change->file, '/');
    struct kb_done *done;
    enum kb_err rc;

    kb_text_copy(folder, sizeof(folder), change->file);
    folder[slash - change->file] = '\0';
    rc = check_way(folder, err);
    if (rc)
        return rc;
    done = kb_state_put(state, change);
    if (!found->is_earlier)
        done->folders = kb_edited_lacks(change->file);
    rc = kb_state_save(state, err);
    if (!rc)
        rc = kb_dir_make(folder, err);
    if (!rc)
        rc = kb_trust_check_dir(folder, err);
    if (!rc && found->is_earlier && unlink(change->file) < 0)
        rc = kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot replace the link %s", change->file);
    if (!rc && symlink(change->value, change->file) < 0)
        rc = kb_fail_sys(err, errno == EEXIST || errno == EACCES ? KB_ERR_DENIED : KB_ERR_SYSTEM,
            errno, "cannot make the link %s", change->file);
    return rc;
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
        if (!rc && found->standing == KB_STANDS_NOTHING)
            done->made = made;
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
    if (found.standing == KB_STANDS_OTHER && !*found.other)
        return in_the_way(change, err);
    rc = make_text(change, &file, &found, kb_state_put(state, change), &out, err);
    if (!rc)
        rc = kb_state_save(state, err);
    return rc ? rc : kb_edited_write(&file, &out, ret_changed, err);
}

static enum kb_err keeps_changing(const char *file, struct kb_error *err)
{
    return kb_hinted(err, kb_fail(err, KB_ERR_SYSTEM, "%s keeps being changed", file),
        "end the program that writes it, then try again");
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
        return found.standing == KB_STANDS_OTHER && !found.is_earlier
                   ? in_the_way(change, err)
                   : make_link(change, &found, state, err);
    }
    for (int i = 0; i < TRIES; i++) {
        bool changed = false;

        rc = try_to_make(change, state, &changed, err);
        if (rc || !changed)
            return rc;
    }
    return keeps_changing(change->file, err);
}

/* --- taking back ---------------------------------------------------------------------- */

/* The next change of the same file takes over what goes with the last of them. */
static void pass_on_file(struct kb_state *state, const struct kb_done *from)
{
    for (size_t i = 0; i < state->count; i++) {
        struct kb_done *to = &state->items[i];

        if (to == from || strcmp(to->file, from->file) != 0)
            continue;
        to->created = to->created || from->created;
        to->folders = from->folders > to->folders ? from->folders : to->folders;
    }
}

/* The LEFT objects that still stand go with the next change in them. */
static void pass_on_made(struct kb_state *state, const struct kb_done *from, int left)
{
    for (size_t i = 0; left > 0 && i < state->count; i++) {
        struct kb_done *to = &state->items[i];

        if (to == from || to->way != KB_WAY_JSON || strcmp(to->file, from->file) != 0 ||
            to->place.count != from->place.count)
            continue;
        if (to->place.count < 2 || strcmp(to->place.items[0], from->place.items[0]) == 0)
            to->made = left > to->made ? left : to->made;
    }
}

/* The line end that was added for a block is the one of the block right behind it. */
static void pass_on_line_end(
    struct kb_state *state, const struct kb_done *from, const struct kb_buf *text)
{
    const char *end = kb_buf_text(text);
    KB_AUTO(kb_buf_clear) struct kb_buf mark = KB_BUF_INIT(256);

    kb_buf_fmt(&mark, "# keybearer end %s", from->place.items[0]);
    end = from->joined ? strstr(end, kb_buf_text(&mark)) : NULL;
    for (size_t i = 0; end && i < state->count; i++) {
        struct kb_done *to = &state->items[i];
        const char *next = strchr(end, '\n');

        kb_buf_reset(&mark);
        kb_buf_fmt(&mark, "# keybearer begin %s", to->place.count > 0 ? to->place.items[0] : "");
        if (to != from && to->way == KB_WAY_BLOCK && strcmp(to->file, from->file) == 0 && next &&
            strncmp(next + 1, kb_buf_text(&mark), mark.len) == 0)
            to->joined = true;
    }
}

static enum kb_err undo_member(struct kb_state *state, const struct kb_done *done,
    const struct kb_edited *file, struct kb_buf *out, struct kb_error *err)
{
    int made = 0, left = 0;
    enum kb_err rc;

    if (done->before)
        return kb_member_set(file->path, &file->text, &done->place, done->before, out, &made, err);
    rc = kb_member_remove(file->path, &file->text, &done->place, done->made, out, &left, err);
    if (!rc)
        pass_on_made(state, done, left);
    return rc;
}

static bool is_ours(const struct kb_done *done, const char *text)
{
    return strcmp(text, done->after) == 0 || (done->earlier && strcmp(text, done->earlier) == 0);
}

/* A value of ours that a crash left is ours, too. */
static enum kb_err look_back_at_member(const struct kb_done *done, const struct kb_edited *file,
    struct kb_found *ret, struct kb_error *err)
{
    enum kb_err rc = kb_look_member(file->path, &file->text, &done->place, done->after, ret, err);

    if (rc || ret->standing != KB_STANDS_OTHER || !done->earlier)
        return rc;
    return kb_look_member(file->path, &file->text, &done->place, done->earlier, ret, err);
}

/* Blocks are ours by their marks, whatever stands between them. */
static enum kb_err look_back(const struct kb_done *done, const struct kb_edited *file,
    struct kb_found *ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf there = KB_BUF_INIT(KB_EDITED_MAX);
    bool found;
    enum kb_err rc;

    if (done->way == KB_WAY_JSON)
        return look_back_at_member(done, file, ret, err);
    rc = kb_block_look(file->path, &file->text, done->place.items[0], &found, &there, err);
    if (rc)
        return rc;
    *ret = (struct kb_found){.standing = KB_STANDS_NOTHING};
    if (found)
        ret->standing = is_ours(done, kb_buf_text(&there)) ? KB_STANDS_OURS : KB_STANDS_OTHER;
    return KB_OK;
}

/* It was made for DONE, and so were some folders. */
static enum kb_err remove_file(const struct kb_done *done, const struct kb_edited *file,
    bool *ret_changed, struct kb_error *err)
{
    enum kb_err rc = kb_edited_remove(file, ret_changed, err);

    if (!rc && !*ret_changed)
        kb_edited_remove_folders(done->file, done->folders);
    return rc;
}

static enum kb_err try_to_undo(struct kb_state *state, const struct kb_done *done,
    struct kb_found *ret, bool *ret_changed, struct kb_error *err)
{
    KB_AUTO(kb_edited_clear) struct kb_edited file = KB_EDITED_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(KB_EDITED_MAX);
    enum kb_err rc = kb_edited_read(done->file, &file, err);

    if (!rc)
        rc = look_back(done, &file, ret, err);
    if (rc || ret->standing != KB_STANDS_OURS)
        return rc;
    if (done->way == KB_WAY_JSON)
        rc = undo_member(state, done, &file, &out, err);
    else
        rc = kb_block_remove(file.path, &file.text, done->place.items[0], done->joined, &out, err);
    if (!rc && done->way == KB_WAY_BLOCK)
        pass_on_line_end(state, done, &file.text);
    if (rc)
        return rc;
    if (done->created && out.len == 0)
        return remove_file(done, &file, ret_changed, err);
    return kb_edited_write(&file, &out, ret_changed, err);
}

static enum kb_err undo_file(
    struct kb_state *state, const struct kb_done *done, struct kb_found *ret, struct kb_error *err)
{
    for (int i = 0; i < TRIES; i++) {
        bool changed = false;
        enum kb_err rc = try_to_undo(state, done, ret, &changed, err);

        if (rc || !changed)
            return rc;
    }
    return keeps_changing(done->file, err);
}

static enum kb_err undo_link(const struct kb_done *done, struct kb_found *ret, struct kb_error *err)
{
    enum kb_err rc = kb_look_link(done->file, done->after, ret, err);

    if (!rc && ret->standing == KB_STANDS_OTHER && done->earlier)
        rc = kb_look_link(done->file, done->earlier, ret, err);
    if (rc || ret->standing != KB_STANDS_OURS)
        return rc;
    if (unlink(done->file) < 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot remove %s", done->file);
    kb_edited_remove_folders(done->file, done->folders);
    return KB_OK;
}

/* Whatever was made for it goes with the next change of that file. */
static enum kb_err drop(struct kb_state *state, struct kb_done *done, struct kb_error *err)
{
    pass_on_file(state, done);
    kb_state_drop(state, done);
    return kb_state_save(state, err);
}

enum kb_err kb_done_undo(
    struct kb_state *state, struct kb_done *done, struct kb_found *ret, struct kb_error *err)
{
    enum kb_err rc =
        done->way == KB_WAY_LINK ? undo_link(done, ret, err) : undo_file(state, done, ret, err);

    return rc ? rc : drop(state, done, err);
}

enum kb_err kb_done_drop(struct kb_state *state, struct kb_done *done, struct kb_error *err)
{
    KB_AUTO(kb_edited_clear) struct kb_edited file = KB_EDITED_INIT;
    bool changed;
    enum kb_err rc = done->created ? kb_edited_read(done->file, &file, err) : KB_OK;

    if (!rc && done->created && file.exists && file.text.len == 0)
        rc = remove_file(done, &file, &changed, err);
    return rc ? rc : drop(state, done, err);
}
