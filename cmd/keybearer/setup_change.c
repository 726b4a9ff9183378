/*
 * One change of `setup`, by whatever way: looked at, made, taken back, described. Must never show
 * what a tool says of a credential.
 */
#include "setup.h"

#include "front.h"

#include <string.h>
#include <unistd.h>

enum { OUTPUT_MAX = 256 << 10 };

/* --- a tool's own command ---------------------------------------------------------------- */

static enum kb_err not_installed(const struct kb_tool *tool, struct kb_error *err)
{
    return kb_hinted(err,
        kb_fail(err, KB_ERR_NOT_FOUND, "%s is not in PATH, and only it changes its settings",
            tool->programs[0]),
        "install %s, then: keybearer setup %s", tool->title, tool->word);
}

static enum kb_err run_command(const struct kb_tool *tool, enum kb_tool_act act,
    const struct kb_strings *place, const char *value, struct kb_buf *out, int *ret_status,
    struct kb_error *err)
{
    KB_AUTO(kb_strings_clear) struct kb_strings words = {0};
    char path[PATH_MAX];
    struct program_call call = {.path = path, .words = &words, .hears_errors = act != KB_TOOL_ASK};

    if (!setup_find_program(tool, path))
        return not_installed(tool, err);
    tool->kind->command(act, place, value, &words);
    return program_run(&call, out, ret_status, err);
}

static enum kb_err look_at_command(const struct kb_tool *tool, const struct kb_strings *place,
    const char *value, struct kb_found *ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(OUTPUT_MAX);
    int status = 0;
    enum kb_err rc = run_command(tool, KB_TOOL_ASK, place, value, &out, &status, err);

    if (!rc)
        *ret = (struct kb_found){.standing = tool->kind->judge(value, status, kb_buf_text(&out))};
    return rc;
}

/* What it said, as far as a line goes: no secret was told to it. */
static enum kb_err do_command(const struct kb_tool *tool, enum kb_tool_act act,
    const struct kb_strings *place, const char *value, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(OUTPUT_MAX);
    int status = 0;
    enum kb_err rc = run_command(tool, act, place, value, &out, &status, err);
    const char *said = kb_buf_text(&out);

    if (rc || status == 0)
        return rc;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_FAILED, "%s failed with status %d: %.*s", tool->programs[0], status,
            (int)strcspn(said, "\n"), said),
        "man %s", tool->manual);
}

static enum kb_err make_command(
    const struct kb_change *change, struct kb_state *state, struct kb_error *err)
{
    struct kb_found found;
    enum kb_err rc = look_at_command(change->tool, &change->place, change->value, &found, err);
    struct kb_done *done;

    if (rc || found.standing == KB_STANDS_OURS)
        return rc;
    if (found.standing == KB_STANDS_OTHER)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_DENIED, "%s has %s set to something else already",
                change->tool->title, change->place.items[0]),
            "change it yourself: man %s", change->tool->manual);
    done = kb_state_put(state, change);
    done->created = change->file && access(change->file, F_OK) != 0;
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

/* --- in words ------------------------------------------------------------------------------- */

static void add_lines(struct kb_buf *out, const char *head, const char *lines)
{
    for (size_t len; *lines; lines += len + (lines[len] == '\n')) {
        len = strcspn(lines, "\n");
        kb_buf_fmt(out, "%s%.*s\n", head, (int)len, lines);
    }
}

void setup_describe(
    struct kb_buf *out, const struct kb_change *change, const struct kb_found *found)
{
    if (change->way == KB_WAY_COMMAND || change->way == KB_WAY_LINK) {
        add_lines(out, "  ", change->lines);
    } else if (change->way == KB_WAY_PRINT) {
        kb_buf_fmt(out, "  to be done by hand:\n");
        add_lines(out, "    ", change->lines);
    } else {
        kb_buf_fmt(out, "  in %s:\n", change->file);
        if (*found->other)
            kb_buf_fmt(out, "  - \"%s\": \"%s\"\n", change->place.items[change->place.count - 1],
                found->other);
        add_lines(out, "  + ", change->lines);
    }
    if (change->note)
        report_words(out, "  (%s)", change->note);
}

void setup_describe_lines(struct kb_buf *out, const struct kb_change *change)
{
    if (change->way == KB_WAY_JSON || change->way == KB_WAY_BLOCK)
        kb_buf_fmt(out, "To do it by hand, put into %s:\n", change->file);
    else
        kb_buf_str(out, "To do it by hand:\n");
    add_lines(out, "  ", change->lines);
}

void setup_describe_done(struct kb_buf *out, const struct kb_done *done)
{
    switch (done->way) {
    case KB_WAY_COMMAND:
        kb_buf_fmt(out, "  %s: %s = %s\n", done->tool, done->place.items[0], done->after);
        break;
    case KB_WAY_JSON:
        kb_buf_fmt(out, "  in %s:\n  - \"%s\": \"%s\"\n", done->file,
            done->place.items[done->place.count - 1], done->after);
        if (done->before)
            kb_buf_fmt(out, "  + \"%s\": \"%s\"\n", done->place.items[done->place.count - 1],
                done->before);
        break;
    case KB_WAY_BLOCK:
        kb_buf_fmt(out, "  in %s:\n", done->file);
        add_lines(out, "  - ", done->after);
        break;
    case KB_WAY_LINK:
        kb_buf_fmt(out, "  the link %s\n", done->file);
        break;
    case KB_WAY_PRINT:
        break;
    }
}

/* --- the proof ------------------------------------------------------------------------------- */

enum setup_verdict setup_verify(const struct kb_change *change)
{
    KB_AUTO(kb_strings_clear) struct kb_strings words = {0};
    KB_AUTO(kb_buf_clear) struct kb_buf input = KB_BUF_INIT(8192);
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(OUTPUT_MAX);
    const struct kb_tool_kind *kind = change->tool->kind;
    char path[PATH_MAX];
    struct program_call call = {.path = path, .words = &words, .input = &input};
    int status = 0;

    if (!kind->verify || !kind->verify(change, &words, &input) ||
        !setup_find_program(change->tool, path))
        return SETUP_CANNOT_SAY;
    if (program_run(&call, &out, &status, NULL))
        return SETUP_GETS_NONE;
    return status == 0 && kind->got(kb_buf_text(&out)) ? SETUP_GETS_ONE : SETUP_GETS_NONE;
}
