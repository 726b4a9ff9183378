/*
 * Takes changes of files back. Must never touch what is not, or not any more, what was put there.
 */
#include "tools/apply.h"

#include "tools/block.h"
#include "tools/member.h"

#include "link.h"
#include "look.h"

#include "base/edited.h"

#include <string.h>

enum { TRIES = 20 };

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

/* A person who put a link in the place of the file that was made for DONE has it elsewhere now. */
static bool lies_where_it_was_made(const struct kb_done *done, const struct kb_edited *file)
{
    return strcmp(file->path, done->real ? done->real : done->file) == 0;
}

/* Never what only a link leads to: that would lead nowhere then. */
static bool goes_when_empty(const struct kb_done *done, const struct kb_edited *file)
{
    return done->created && lies_where_it_was_made(done, file);
}

/* An empty file is no JSON: of one that was made, and stays, the document stays, too. */
static int objects_to_remove(const struct kb_done *done, const struct kb_edited *file)
{
    int without_document = (int)done->place.count - 1;

    if (!done->created || goes_when_empty(done, file) || done->made <= without_document)
        return done->made;
    return without_document;
}

static enum kb_err undo_member(struct kb_state *state, const struct kb_done *done,
    const struct kb_edited *file, struct kb_buf *out, struct kb_error *err)
{
    int made = objects_to_remove(done, file), left = 0;
    enum kb_err rc;

    if (done->before)
        return kb_member_set(file->path, &file->text, &done->place, done->before, out, &made, err);
    rc = kb_member_remove(file->path, &file->text, &done->place, made, out, &left, err);
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
        ret->standing = is_ours(done, kb_buf_text(&there)) ? KB_STANDS_OURS : KB_STANDS_CHANGED;
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
    if (!rc)
        kb_edited_sweep(&file);
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
    if (goes_when_empty(done, &file) && out.len == 0)
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
    return kb_edited_keeps_changing(done->file, err);
}

static enum kb_err look_back_at_link(
    const struct kb_done *done, struct kb_found *ret, struct kb_error *err)
{
    enum kb_err rc = kb_look_link(done->file, done->after, ret, err);

    if (!rc && ret->standing == KB_STANDS_OTHER && done->earlier)
        rc = kb_look_link(done->file, done->earlier, ret, err);
    return rc;
}

static enum kb_err undo_link(const struct kb_done *done, struct kb_found *ret, struct kb_error *err)
{
    enum kb_err rc = look_back_at_link(done, ret, err);

    if (rc || ret->standing != KB_STANDS_OURS)
        return rc;
    rc = kb_link_remove(done->file, err);
    if (rc)
        return rc;
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

enum kb_err kb_done_look(const struct kb_done *done, struct kb_found *ret, struct kb_error *err)
{
    KB_AUTO(kb_edited_clear) struct kb_edited file = KB_EDITED_INIT;
    enum kb_err rc;

    if (done->way == KB_WAY_LINK)
        return look_back_at_link(done, ret, err);
    rc = kb_edited_read(done->file, &file, err);
    return rc ? rc : look_back(done, &file, ret, err);
}

enum kb_err kb_done_undo(
    struct kb_state *state, struct kb_done *done, struct kb_found *ret, struct kb_error *err)
{
    enum kb_err rc =
        done->way == KB_WAY_LINK ? undo_link(done, ret, err) : undo_file(state, done, ret, err);

    if (rc || ret->standing == KB_STANDS_CHANGED)
        return rc;
    return drop(state, done, err);
}

enum kb_err kb_done_drop(struct kb_state *state, struct kb_done *done, struct kb_error *err)
{
    KB_AUTO(kb_edited_clear) struct kb_edited file = KB_EDITED_INIT;
    bool changed;
    enum kb_err rc = done->created ? kb_edited_read(done->file, &file, err) : KB_OK;

    if (!rc && goes_when_empty(done, &file) && file.exists && file.text.len == 0)
        rc = remove_file(done, &file, &changed, err);
    return rc ? rc : drop(state, done, err);
}
