/*
 * `setup --undo`: what setup changed is taken back, the last first. Must never touch what is not,
 * or not any more, what setup put there.
 */
#include "setup.h"

#include "front.h"

#include <string.h>

static bool is_meant(const struct kb_done *done, const struct kb_tool *tool, const char *profile)
{
    return (!tool || strcmp(done->tool, tool->word) == 0) &&
           (!profile || strcmp(done->profile, profile) == 0);
}

/* False: there is nothing to take back. */
static bool describe(struct kb_buf *out, const struct kb_state *state, const struct kb_tool *tool,
    const char *profile)
{
    size_t count = 0;

    for (size_t i = state->count; i-- > 0;) {
        if (!is_meant(&state->items[i], tool, profile))
            continue;
        if (count++ == 0)
            kb_buf_str(out, "To be taken back:\n");
        setup_describe_done(out, &state->items[i]);
    }
    if (count == 0)
        kb_buf_fmt(out, "keybearer setup changed nothing%s%s.\n", tool ? " for " : "",
            tool ? tool->title : "");
    return count > 0;
}

static void say(struct kb_buf *out, const char *what, const struct kb_found *found)
{
    switch (found->standing) {
    case KB_STANDS_OURS:
        report_words(out, "Taken back: %s.", what);
        break;
    case KB_STANDS_NOTHING:
        report_words(out, "Nothing was there any more: %s.", what);
        break;
    case KB_STANDS_OTHER:
        report_words(out, "Left as it is, because it was changed since: %s%s%s.", what,
            *found->other ? ", now " : "", found->other);
        break;
    }
}

/* "git, credential.https://HOST.helper" */
static void name(struct kb_buf *out, const struct kb_done *done)
{
    kb_buf_fmt(out, "%s, %s%s%s", done->tool, done->way == KB_WAY_COMMAND ? "" : done->file,
        done->way == KB_WAY_JSON || done->way == KB_WAY_BLOCK ? ": " : "",
        done->way == KB_WAY_LINK ? "" : done->place.items[done->place.count - 1]);
}

/* A block that was changed stays the person's: it is no longer ours to remember. */
static enum kb_err take_back(
    struct kb_state *state, struct kb_done *done, struct kb_buf *out, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf what = KB_BUF_INIT(8192);
    struct kb_found found;
    enum kb_err rc;

    name(&what, done);
    rc = setup_undo(state, done, &found, err);
    if (!rc)
        say(out, kb_buf_text(&what), &found);
    return rc;
}

static int take_all_back(const struct kb_tool *tool, const char *profile)
{
    KB_AUTO(kb_state_clear) struct kb_state state = KB_STATE_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(1 << 20);
    struct kb_error err = KB_ERROR_INIT;
    int status = 0, said;

    if (kb_state_open(true, &state, &err))
        return output_error(&err);
    for (size_t i = state.count; i-- > 0;) {
        if (!is_meant(&state.items[i], tool, profile) ||
            !take_back(&state, &state.items[i], &out, &err))
            continue;
        said = output_error(&err);
        status = status ? status : said;
    }
    return output(&out, status);
}

int setup_take_back(
    const struct setup_options *options, const struct kb_tool *tool, const char *profile)
{
    KB_AUTO(kb_state_clear) struct kb_state state = KB_STATE_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf page = KB_BUF_INIT(1 << 20);
    struct kb_error err = KB_ERROR_INIT;
    int status;

    if (kb_state_open(false, &state, &err))
        return output_error(&err);
    if (!describe(&page, &state, tool, profile))
        return output(&page, 0);
    if (!setup_agreed(options, &page, "Take this back?", &status))
        return status;
    return take_all_back(tool, profile);
}
