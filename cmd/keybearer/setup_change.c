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

/* What a tool's command is about. */
struct subject {
    const struct kb_tool *tool;
    const char *file; /* "": whatever the tool has, by the person's variables */
    const struct kb_strings *place;
    const char *value;
};

static enum kb_err run_command(const struct subject *subject, enum kb_tool_act act,
    enum program_hears hears, struct kb_buf *out, int *ret_status, struct kb_error *err)
{
    KB_AUTO(kb_strings_clear) struct kb_strings words = {0};
    KB_AUTO(kb_strings_clear) struct kb_strings env = {0};
    const struct kb_tool_kind *kind = subject->tool->kind;
    char path[PATH_MAX];
    struct program_call call = {.path = path, .words = &words, .env = &env, .hears = hears};

    if (!setup_find_program(subject->tool, path))
        return not_installed(subject->tool, err);
    kind->command(act, subject->file, subject->place, subject->value, &words);
    if (*subject->file && kind->environment)
        kind->environment(subject->file, &env);
    return program_run(&call, out, ret_status, err);
}

/* Its answer may hold a credential, and its complaint, which is asked for by itself, none. */
static enum kb_err cannot_ask(const struct subject *subject, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf said = KB_BUF_INIT(OUTPUT_MAX);
    int status = 0;
    enum kb_err rc = run_command(subject, KB_TOOL_ASK, PROGRAM_ERRORS, &said, &status, err);

    return rc ? rc : tool_failed(subject->tool, status, kb_buf_text(&said), err);
}

static enum kb_err look_at_command(
    const struct subject *subject, struct kb_found *ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(OUTPUT_MAX);
    const struct kb_tool_kind *kind = subject->tool->kind;
    int status = 0;
    enum kb_err rc = run_command(subject, KB_TOOL_ASK, PROGRAM_OUTPUT, &out, &status, err);

    if (!rc && status != 0 && status != kind->none_status)
        return cannot_ask(subject, err);
    if (!rc)
        *ret =
            (struct kb_found){.standing = kind->judge(subject->value, status, kb_buf_text(&out))};
    return rc;
}

static enum kb_err do_command(
    const struct subject *subject, enum kb_tool_act act, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(OUTPUT_MAX);
    int status = 0;
    enum kb_err rc = run_command(subject, act, PROGRAM_BOTH, &out, &status, err);

    return rc || status == 0 ? rc : tool_failed(subject->tool, status, kb_buf_text(&out), err);
}

/* Of all that the tool has, wherever: what stands there already need not be made. */
static struct subject subject_to_look_at(const struct kb_change *change)
{
    return (struct subject){change->tool, "", &change->place, change->value};
}

/* Of the file that is noted, so that it is undone there. */
static struct subject subject_to_make(const struct kb_change *change)
{
    return (struct subject){
        change->tool, change->file ? change->file : "", &change->place, change->value};
}

static struct subject subject_to_undo(const struct kb_done *done)
{
    return (struct subject){kb_tool_by_word(done->tool), done->file, &done->place, done->after};
}

/* The tool replaces its file, or writes to it: it is checked as one that we would replace. */
static enum kb_err check_file(const char *path, struct kb_error *err)
{
    KB_AUTO(kb_edited_clear) struct kb_edited file = KB_EDITED_INIT;

    return path && *path ? kb_edited_read(path, &file, err) : KB_OK;
}

static enum kb_err check_command(
    const struct kb_change *change, const struct kb_found *found, struct kb_error *err)
{
    if (found->standing == KB_STANDS_OURS)
        return KB_OK;
    if (found->standing == KB_STANDS_NOTHING)
        return check_file(change->file, err);
    return kb_hinted(err,
        kb_fail(err, KB_ERR_DENIED,
            found->standing == KB_STANDS_CHANGED
                ? "%s has %s set to keybearer, but not as setup would"
                : "%s has %s set to something else already",
            change->tool->title, change->place.items[0]),
        "change it yourself: man %s", change->tool->manual);
}

/* A tool that failed may have done it. */
static void drop_if_not_there(
    const struct subject *subject, struct kb_state *state, struct kb_done *done)
{
    struct kb_found found = {0};

    if (look_at_command(subject, &found, NULL) || found.standing != KB_STANDS_NOTHING)
        return;
    kb_state_drop(state, done);
    KB_IGNORE(kb_state_save(state, NULL));
}

static enum kb_err make_command(
    const struct kb_change *change, struct kb_state *state, struct kb_error *err)
{
    const struct subject all = subject_to_look_at(change), one = subject_to_make(change);
    struct kb_found found = {0};
    enum kb_err rc = look_at_command(&all, &found, err);
    struct kb_done *done;
    bool is_new;

    if (rc || found.standing == KB_STANDS_OURS)
        return rc;
    rc = check_command(change, &found, err);
    if (rc)
        return rc;
    is_new = *one.file && access(one.file, F_OK) != 0;
    done = kb_state_put(state, change);
    done->created = done->created || is_new;
    if (is_new)
        done->folders = kb_edited_lacks(one.file);
    rc = kb_state_save(state, err);
    if (!rc)
        rc = do_command(&one, KB_TOOL_SET, err);
    if (rc && rc != KB_ERR_TIMEOUT)
        drop_if_not_there(&one, state, done);
    return rc;
}

static enum kb_err undo_command(
    struct kb_state *state, struct kb_done *done, struct kb_found *ret, struct kb_error *err)
{
    const struct subject subject = subject_to_undo(done);
    enum kb_err rc = setup_look_back(done, ret, err);

    if (!rc && ret->standing == KB_STANDS_OURS)
        rc = do_command(&subject, KB_TOOL_UNSET, err);
    if (rc || ret->standing == KB_STANDS_CHANGED)
        return rc;
    return kb_done_drop(state, done, err);
}

/* --- any way ------------------------------------------------------------------------------- */

enum kb_err setup_look(const struct kb_change *change, struct kb_found *ret, struct kb_error *err)
{
    const struct subject subject = subject_to_look_at(change);

    if (change->way == KB_WAY_COMMAND)
        return look_at_command(&subject, ret, err);
    if (change->way != KB_WAY_PRINT)
        return kb_change_look(change, ret, err);
    *ret = (struct kb_found){.standing = KB_STANDS_NOTHING};
    return KB_OK;
}

enum kb_err setup_check(
    const struct kb_change *change, const struct kb_found *found, struct kb_error *err)
{
    if (change->way == KB_WAY_PRINT)
        return KB_OK;
    return change->way == KB_WAY_COMMAND ? check_command(change, found, err)
                                         : kb_change_check(change, found, err);
}

enum kb_err setup_make(const struct kb_change *change, struct kb_state *state, struct kb_error *err)
{
    return change->way == KB_WAY_COMMAND ? make_command(change, state, err)
                                         : kb_change_make(change, state, err);
}

enum kb_err setup_look_back(const struct kb_done *done, struct kb_found *ret, struct kb_error *err)
{
    struct subject subject;
    enum kb_err rc;

    if (done->way != KB_WAY_COMMAND)
        return kb_done_look(done, ret, err);
    subject = subject_to_undo(done);
    rc = look_at_command(&subject, ret, err);
    return !rc && ret->standing == KB_STANDS_OURS ? check_file(done->file, err) : rc;
}

enum kb_err setup_undo(
    struct kb_state *state, struct kb_done *done, struct kb_found *ret, struct kb_error *err)
{
    return done->way == KB_WAY_COMMAND ? undo_command(state, done, ret, err)
                                       : kb_done_undo(state, done, ret, err);
}
