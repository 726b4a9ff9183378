/*
 * One change of `setup`, by whatever way: looked at, made, taken back. Must never show what a tool
 * says of a credential.
 */
#include "setup.h"

#include "base/edited.h"

#include <string.h>
#include <unistd.h>

enum { OUTPUT_MAX = 256 << 10 };

/* --- a tool's own command ---------------------------------------------------------------- */

static enum kb_err not_installed(const struct kb_tool *tool, struct kb_error *err)
{
    return kb_hinted(err,
        kb_fail(err, KB_ERR_NOT_FOUND, "%s is not in PATH, and only it changes its settings",
            tool->programs[0]),
        "install %s, then try again", tool->title);
}

/* What it said, as far as a line goes: no secret was told to it. */
static enum kb_err tool_failed(
    const struct kb_tool *tool, int status, const char *said, struct kb_error *err)
{
    int len = (int)strcspn(said, "\n");

    return kb_hinted(err,
        kb_fail(err, KB_ERR_FAILED, "%s failed with status %d%s%.*s", tool->programs[0], status,
            len > 0 ? ": " : "", len, said),
        "put that right, then try again");
}

static enum kb_err run_command(const struct kb_tool *tool, enum kb_tool_act act,
    const struct kb_strings *place, const char *value, enum program_hears hears, struct kb_buf *out,
    int *ret_status, struct kb_error *err)
{
    KB_AUTO(kb_strings_clear) struct kb_strings words = {0};
    char path[PATH_MAX];
    struct program_call call = {.path = path, .words = &words, .hears = hears};

    if (!setup_find_program(tool, path))
        return not_installed(tool, err);
    tool->kind->command(act, place, value, &words);
    return program_run(&call, out, ret_status, err);
}

/* Its answer may hold a credential, and its complaint, which is asked for by itself, none. */
static enum kb_err cannot_ask(const struct kb_tool *tool, const struct kb_strings *place,
    const char *value, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf said = KB_BUF_INIT(OUTPUT_MAX);
    int status = 0;
    enum kb_err rc =
        run_command(tool, KB_TOOL_ASK, place, value, PROGRAM_ERRORS, &said, &status, err);

    return rc ? rc : tool_failed(tool, status, kb_buf_text(&said), err);
}

static enum kb_err look_at_command(const struct kb_tool *tool, const struct kb_strings *place,
    const char *value, struct kb_found *ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(OUTPUT_MAX);
    int status = 0;
    enum kb_err rc =
        run_command(tool, KB_TOOL_ASK, place, value, PROGRAM_OUTPUT, &out, &status, err);

    if (!rc && status != 0 && status != tool->kind->none_status)
        return cannot_ask(tool, place, value, err);
    if (!rc)
        *ret = (struct kb_found){.standing = tool->kind->judge(value, status, kb_buf_text(&out))};
    return rc;
}

static enum kb_err do_command(const struct kb_tool *tool, enum kb_tool_act act,
    const struct kb_strings *place, const char *value, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(OUTPUT_MAX);
    int status = 0;
    enum kb_err rc = run_command(tool, act, place, value, PROGRAM_BOTH, &out, &status, err);

    return rc || status == 0 ? rc : tool_failed(tool, status, kb_buf_text(&out), err);
}

/* The tool replaces its file, or writes to it: it is checked as one that we would replace. */
static enum kb_err check_file(const char *path, struct kb_error *err)
{
    KB_AUTO(kb_edited_clear) struct kb_edited file = KB_EDITED_INIT;

    return path && *path ? kb_edited_read(path, &file, err) : KB_OK;
}

static enum kb_err make_command(
    const struct kb_change *change, struct kb_state *state, struct kb_error *err)
{
    struct kb_found found = {0};
    enum kb_err rc = look_at_command(change->tool, &change->place, change->value, &found, err);
    struct kb_done *done;

    if (rc || found.standing == KB_STANDS_OURS)
        return rc;
    if (found.standing == KB_STANDS_OTHER)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_DENIED, "%s has %s set to something else already",
                change->tool->title, change->place.items[0]),
            "change it yourself: man %s", change->tool->manual);
    rc = check_file(change->file, err);
    if (rc)
        return rc;
    done = kb_state_put(state, change);
    done->created = change->file && access(change->file, F_OK) != 0;
    done->folders = done->created ? kb_edited_lacks(change->file) : 0;
    rc = kb_state_save(state, err);
    if (!rc)
        rc = do_command(change->tool, KB_TOOL_SET, &change->place, change->value, err);
    if (rc) {
        kb_state_drop(state, done);
        KB_IGNORE(kb_state_save(state, NULL));
    }
    return rc;
}

static enum kb_err undo_command(
    struct kb_state *state, struct kb_done *done, struct kb_found *ret, struct kb_error *err)
{
    const struct kb_tool *tool = kb_tool_by_word(done->tool);
    enum kb_err rc = look_at_command(tool, &done->place, done->after, ret, err);

    if (!rc && ret->standing == KB_STANDS_OURS)
        rc = check_file(done->file, err);
    if (!rc && ret->standing == KB_STANDS_OURS)
        rc = do_command(tool, KB_TOOL_UNSET, &done->place, done->after, err);
    return rc ? rc : kb_done_drop(state, done, err);
}

/* --- any way ------------------------------------------------------------------------------- */

enum kb_err setup_look(const struct kb_change *change, struct kb_found *ret, struct kb_error *err)
{
    if (change->way == KB_WAY_COMMAND)
        return look_at_command(change->tool, &change->place, change->value, ret, err);
    if (change->way != KB_WAY_PRINT)
        return kb_change_look(change, ret, err);
    *ret = (struct kb_found){.standing = KB_STANDS_NOTHING};
    return KB_OK;
}

enum kb_err setup_check_file(const struct kb_change *change, struct kb_error *err)
{
    return change->way == KB_WAY_COMMAND ? check_file(change->file, err) : KB_OK;
}

enum kb_err setup_make(const struct kb_change *change, struct kb_state *state, struct kb_error *err)
{
    return change->way == KB_WAY_COMMAND ? make_command(change, state, err)
                                         : kb_change_make(change, state, err);
}

enum kb_err setup_undo(
    struct kb_state *state, struct kb_done *done, struct kb_found *ret, struct kb_error *err)
{
    return done->way == KB_WAY_COMMAND ? undo_command(state, done, ret, err)
                                       : kb_done_undo(state, done, ret, err);
}
