/*
 * `setup --undo`: what setup changed is taken back, the last first. Must never touch what is not,
 * or not any more, what setup put there.
 */
#include "setup.h"

#include "front.h"
#include "tool_facts.h"

#include <string.h>

/* What the person asks for. */
struct wish {
    const struct kb_tool *tool; /* or NULL */
    const char *profile;        /* or NULL */
    struct kb_config config;    /* empty where it cannot be read: what was done is known without */
};

static enum kb_err open_state(bool change, struct kb_state *ret, struct kb_error *err)
{
    enum kb_err rc = kb_state_open(change, ret, err);

    if (!rc)
        kb_state_follow_links(ret);
    return rc;
}

static void clear_wish(struct wish *wish)
{
    kb_config_clear(&wish->config);
}

static bool is_of_tool(const struct wish *wish, const struct kb_done *done)
{
    return !wish->tool || strcmp(done->tool, wish->tool->word) == 0;
}

/* What was done for a profile that has another name now is its own. */
static bool is_meant(const struct wish *wish, const struct kb_done *done)
{
    const struct kb_profile *heir;

    if (!is_of_tool(wish, done))
        return false;
    if (!wish->profile)
        return true;
    if (kb_done_is_of_other(done))
        return false;
    if (strcmp(done->profile, wish->profile) == 0)
        return true;
    heir = tool_heir(&wish->config, done);
    return heir && strcmp(heir->name, wish->profile) == 0;
}

/* "There is nothing", and of whom there is something. */
static void say_nothing(struct kb_buf *out, const struct kb_state *state, const struct wish *wish)
{
    report_words(out, "There is nothing to take back%s%s%s%s.", wish->tool ? " for " : "",
        wish->tool ? wish->tool->title : "", wish->profile ? " and " : "",
        wish->profile ? wish->profile : "");
    for (size_t i = 0; wish->profile && i < state->count; i++) {
        const struct kb_done *done = &state->items[i];
        bool is_said = !is_of_tool(wish, done);

        for (size_t k = 0; k < i; k++)
            is_said = is_said || (is_of_tool(wish, &state->items[k]) &&
                                     strcmp(state->items[k].profile, done->profile) == 0);
        if (is_said)
            continue;
        kb_buf_fmt(
            out, "There is something for %s: ", *done->profile ? done->profile : "every profile");
        setup_describe_command(
            out, kb_tool_by_word(done->tool), *done->profile ? done->profile : NULL);
        kb_buf_str(out, " --undo\n");
    }
}

static void say(struct kb_buf *out, const char *what, const struct kb_found *found)
{
    static const char *const heads[KB_STANDINGS] = {[KB_STANDS_OURS] = "Taken back: ",
        [KB_STANDS_NOTHING] = "Nothing was there any more: ",
        [KB_STANDS_OTHER] = "Left as it is, because something else is there now: ",
        [KB_STANDS_CHANGED] = "Left as it is, because it was changed since: "};
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(8192);

    kb_buf_fmt(&text, "%s%s%s.", what, *found->other ? ", now " : "", found->other);
    report_text(out, heads[found->standing], kb_buf_text(&text));
}

/* "git, /home/me/.gitconfig: credential.https://HOST.helper" */
static void name(struct kb_buf *out, const struct kb_done *done)
{
    kb_buf_fmt(out, "%s, ", done->tool);
    kb_buf_one_line(out, done->file);
    kb_buf_fmt(out, "%s%s", done->way == KB_WAY_LINK || !*done->file ? "" : ": ",
        done->way == KB_WAY_LINK ? "" : done->place.items[done->place.count - 1]);
}

/* What would be taken back, and what would be left. */
struct outlook {
    struct kb_buf page, left;
    struct kb_strings lies; /* where each file is, behind all links */
    size_t meant, ours;
    int status; /* of the first error that was said */
};

#define OUTLOOK_INIT ((struct outlook){.page = KB_BUF_INIT(1 << 20), .left = KB_BUF_INIT(1 << 20)})

static void clear_outlook(struct outlook *outlook)
{
    kb_buf_clear(&outlook->page);
    kb_buf_clear(&outlook->left);
    kb_strings_clear(&outlook->lies);
}

/* One error is not said for each change; with SAYS false, whoever takes back says it. */
static void look_at(
    struct outlook *outlook, const struct kb_done *done, bool says, struct kb_error *last)
{
    KB_AUTO(kb_buf_clear) struct kb_buf what = KB_BUF_INIT(8192);
    struct kb_error err = KB_ERROR_INIT;
    struct kb_found found = {0};
    char lies[PATH_MAX];
    enum kb_err rc = setup_look_back(done, &found, &err);

    outlook->meant++;
    kb_way_lies(done->way, done->file, lies);
    kb_strings_add(&outlook->lies, lies);
    name(&what, done);
    if (!rc && found.standing != KB_STANDS_OURS) {
        say(&outlook->left, kb_buf_text(&what), &found);
        return;
    }
    if (rc && says) {
        if (strcmp(err.msg, last->msg) != 0) {
            int said = output_error(&err);

            outlook->status = outlook->status ? outlook->status : said;
        }
        *last = err;
        return;
    }
    if (outlook->ours++ == 0)
        kb_buf_str(&outlook->page, "To be taken back:\n");
    setup_describe_done(&outlook->page, done);
}

static void look_at_all(
    struct outlook *outlook, const struct kb_state *state, const struct wish *wish, bool says)
{
    struct kb_error last = KB_ERROR_INIT;

    for (size_t i = state->count; i-- > 0;) {
        if (is_meant(wish, &state->items[i]))
            look_at(outlook, &state->items[i], says, &last);
    }
    kb_buf_str(&outlook->page, kb_buf_text(&outlook->left));
    outlook->page.failed = outlook->page.failed || outlook->left.failed;
}

static enum kb_err take_back(
    struct kb_state *state, struct kb_done *done, struct kb_buf *out, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf what = KB_BUF_INIT(8192);
    struct kb_found found = {0};
    enum kb_err rc;

    name(&what, done);
    rc = setup_undo(state, done, &found, err);
    if (!rc)
        say(out, kb_buf_text(&what), &found);
    return rc;
}

/* The person saw OUTLOOK, and said yes to that; NULL: nobody was asked. */
static enum kb_err check_still(const struct outlook *shown, const struct kb_state *state,
    const struct wish *wish, struct kb_error *err)
{
    KB_AUTO(clear_outlook) struct outlook now = OUTLOOK_INIT;

    if (!shown)
        return KB_OK;
    look_at_all(&now, state, wish, false);
    kb_buf_make_harmless(&now.page); /* as it was shown */
    if (strcmp(kb_buf_text(&shown->page), kb_buf_text(&now.page)) == 0 &&
        kb_strings_same(&shown->lies, &now.lies))
        return KB_OK;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_CONFIG, "what was shown changed meanwhile; nothing was taken back"),
        "run the command again: it shows what would be taken back now");
}

static int take_all_back(const struct wish *wish, const struct outlook *shown)
{
    KB_AUTO(kb_state_clear) struct kb_state state = KB_STATE_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(1 << 20);
    struct kb_error err = KB_ERROR_INIT;
    char last[sizeof(err.msg)] = ""; /* a tool that does not work is not named for each change */
    int status = 0, said;

    if (open_state(true, &state, &err) || check_still(shown, &state, wish, &err))
        return output_error(&err);
    for (size_t i = state.count; i-- > 0;) {
        if (!is_meant(wish, &state.items[i]) || !take_back(&state, &state.items[i], &out, &err))
            continue;
        if (strcmp(err.msg, last) == 0)
            continue;
        kb_text_copy(last, sizeof(last), err.msg);
        said = output_error(&err);
        status = status ? status : said;
    }
    return output(&out, status);
}

int setup_take_back(
    const struct setup_options *options, const struct kb_tool *tool, const char *profile)
{
    KB_AUTO(clear_wish)
    struct wish wish = {.tool = tool, .profile = profile, .config = KB_CONFIG_INIT};
    KB_AUTO(kb_state_clear) struct kb_state state = KB_STATE_INIT;
    KB_AUTO(clear_outlook)
    struct outlook outlook = OUTLOOK_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf command = KB_BUF_INIT(1024);
    struct kb_error err = KB_ERROR_INIT;
    int status;

    KB_IGNORE(kb_config_load_usual(&wish.config, NULL));
    if (open_state(false, &state, &err))
        return output_error(&err);
    look_at_all(&outlook, &state, &wish, options->dry_run);
    if (outlook.meant == 0)
        say_nothing(&outlook.page, &state, &wish);
    if (outlook.meant == 0 || options->dry_run)
        return output(&outlook.page, outlook.status);
    if (outlook.ours == 0)
        return take_all_back(&wish, NULL);
    setup_describe_command(&command, tool, profile);
    kb_buf_str(&command, " --undo");
    if (!setup_agreed(options, &outlook.page, "Take this back? ", kb_buf_text(&command), &status))
        return status;
    return take_all_back(&wish, options->yes ? NULL : &outlook);
}
