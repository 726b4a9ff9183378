/*
 * `edit [NAME]`: the person's editor, on a private copy beside the configuration; a helper checks
 * that and puts it into its place. The editor is a program of the person's: it has their
 * environment and rights. Must never let the configuration itself be edited, nor drop a text that
 * was right and could not be put there.
 */
#include "front.h"

#include "edit_copy.h"

#include "base/become.h"
#include "base/error_text.h"
#include "base/options.h"
#include "core/bond.h"
#include "core/cards.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- which editor ------------------------------------------------------------------- */

static const char *variable(const char *name)
{
    const char *text = getenv(name);

    return text && *text ? text : NULL;
}

/* Debian's choice comes first where there is one. */
static const char *find_editor(void)
{
    static const char *const usual[] = {"editor", "nano", "vi"};
    char found[PATH_MAX];
    const char *named = variable("VISUAL");

    if (!named)
        named = variable("EDITOR");
    for (size_t i = 0; !named && i < KB_COUNT(usual); i++)
        if (in_path_find(usual[i], NULL, found))
            named = usual[i];
    return named;
}

/* Whether EDITOR, which may have options, takes +LINE before the file. */
static bool takes_line(const char *editor)
{
    static const char *const known[] = {"vi", "vim", "nvim", "view", "nano", "pico", "emacs",
        "emacsclient", "joe", "mg", "micro", "editor"};
    char program[64];
    size_t len = strcspn(editor, " "), name;

    for (name = len; name > 0 && editor[name - 1] != '/'; name--)
        continue;
    if (len - name >= sizeof(program))
        return false;
    snprintf(program, sizeof(program), "%.*s", (int)(len - name), editor + name);
    for (size_t i = 0; i < KB_COUNT(known); i++)
        if (strcmp(program, known[i]) == 0)
            return true;
    return false;
}

/* The line where NAME stands as the name of something; 0: none. Only the cursor depends on it. */
static int line_of(const struct kb_buf *text, const char *name)
{
    const char *start = kb_buf_text(text), *at = start;
    size_t len = strlen(name);
    int line = 1;

    for (; *at; at++) {
        if (*at == '\n')
            line++;
        if (*at == '"' && strncmp(at + 1, name, len) == 0 && at[len + 1] == '"' &&
            at[len + 2 + strspn(at + len + 2, " \t")] == ':')
            return line;
    }
    return 0;
}

/* --- running it --------------------------------------------------------------------- */

/* A shell reads the command, which may have options and quotes, as git and others do. */
static void become_editor(const char *editor, int line, const char *path)
{
    struct kb_error err = KB_ERROR_INIT;
    char shell[] = "/bin/sh", option[] = "-c", name[] = "sh", script[4096], place[32];
    char file[PATH_MAX];
    char *argv[] = {shell, option, script, name, place, file, NULL};

    snprintf(file, sizeof(file), "%s", path);
    snprintf(place, sizeof(place), "+%d", line);
    if (snprintf(script, sizeof(script), "%s \"$@\"", editor) >= (int)sizeof(script))
        _exit(KB_ERR_NOT_RUNNABLE);
    if (line == 0 || !takes_line(editor)) {
        argv[4] = file;
        argv[5] = NULL;
    }
    signal(SIGINT, SIG_DFL);
    signal(SIGQUIT, SIG_DFL);
    kb_become(argv, &err);
    output_error(&err);
    _exit((int)err.code);
}

/* By a signal, itself or below its shell. */
static bool was_killed(int status)
{
    return WIFSIGNALED(status) || WEXITSTATUS(status) > 128;
}

/*
 * Keys that end a program are the editor's while it runs. *RET_SAID_NO: its status is the person's
 * word, as that of vi's :cq is.
 */
static enum kb_err run_editor(
    const char *editor, int line, const char *path, bool *ret_said_no, struct kb_error *err)
{
    void (*interrupt)(int) = signal(SIGINT, SIG_IGN), (*quit)(int) = signal(SIGQUIT, SIG_IGN);
    void (*child)(int) = signal(SIGCHLD, SIG_DFL); /* ignored, its end would not be told */
    int status = 0;
    pid_t pid = fork();

    if (pid == 0)
        become_editor(editor, line, path);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    signal(SIGINT, interrupt);
    signal(SIGQUIT, quit);
    signal(SIGCHLD, child);
    if (pid < 0)
        return kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot start the editor");
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return KB_OK;
    *ret_said_no = !was_killed(status);
    return kb_hinted(err,
        kb_fail(err, KB_ERR_FAILED, "the editor failed (%s), so nothing was changed", editor),
        "export EDITOR=PROGRAM chooses another");
}

/* --- what it means ------------------------------------------------------------------ */

static void say_profile(
    struct kb_buf *out, const struct kb_profile *profile, const struct kb_config *before)
{
    struct kb_error why = KB_ERROR_INIT;
    struct kb_ref client;
    enum kb_err rc = client_on_card(profile, &client, &why);

    if (rc == KB_ERR_DENIED)
        kb_buf_fmt(out,
            "The client of %s was stored for something else: keybearer adopt %s, before its next "
            "token.\n",
            profile->name, profile->name);
    else if (rc == KB_ERR_NOT_FOUND && !kb_config_find(before, profile->name))
        kb_buf_fmt(out, "%s has no client yet: keybearer add %s\n", profile->name, profile->name);
}

static void say_gone(struct kb_buf *out, const char *name)
{
    struct kb_card card;

    if (!kb_cards_read(name, &card, NULL))
        kb_buf_fmt(
            out, "The client of %s stays stored: keybearer remove %s removes it.\n", name, name);
}

/* The only profile of ONE that OTHER has not got; NULL: there is none, or there are several. */
static const struct kb_profile *only_in(const struct kb_config *one, const struct kb_config *other)
{
    const struct kb_profile *found = NULL;

    for (size_t i = 0; i < one->count; i++) {
        if (kb_config_find(other, one->profiles[i].name))
            continue;
        if (found)
            return NULL;
        found = &one->profiles[i];
    }
    return found;
}

/* A name is not edited: the client is stored under it. False: it was no other name. */
static bool say_renamed(
    struct kb_buf *out, const struct kb_config *before, const struct kb_config *after)
{
    const struct kb_profile *gone = only_in(before, after), *came = only_in(after, before);
    struct kb_bond was, is;
    struct kb_card card;

    if (!gone || !came || strcmp(gone->store, came->store) != 0 || kb_bond_of(gone, &was, NULL) ||
        kb_bond_of(came, &is, NULL) || !kb_bond_equal(&was, &is) ||
        kb_cards_read(gone->name, &card, NULL) || !kb_cards_read(came->name, &card, NULL))
        return false;
    kb_buf_fmt(out,
        "%s has the settings that %s had, but the client is stored for %s. Change the\n"
        "name back, then: keybearer rename %s %s\n",
        came->name, gone->name, gone->name, gone->name, came->name);
    return true;
}

/* Only what is another than before is worth a word. */
static bool was_refused(const struct kb_config *before, const char *name)
{
    const struct kb_profile *profile = kb_config_find(before, name);
    struct kb_error why = KB_ERROR_INIT;
    struct kb_ref client;

    return profile && client_on_card(profile, &client, &why) == KB_ERR_DENIED;
}

static void describe(struct kb_buf *out, const struct kb_config *before)
{
    KB_AUTO(kb_config_clear) struct kb_config after = KB_CONFIG_INIT;
    bool renamed;

    kb_buf_str(out, "The configuration is replaced.\n");
    if (kb_config_load_usual(&after, NULL))
        return;
    renamed = say_renamed(out, before, &after);
    for (size_t i = 0; i < after.count; i++)
        if (!was_refused(before, after.profiles[i].name) &&
            (!renamed || kb_config_find(before, after.profiles[i].name)))
            say_profile(out, &after.profiles[i], before);
    for (size_t i = 0; !renamed && i < before->count; i++)
        if (!kb_config_find(&after, before->profiles[i].name))
            say_gone(out, before->profiles[i].name);
}

static void say_left(struct kb_buf *out, const struct kb_strings *left)
{
    for (size_t i = 0; i < left->count; i++)
        report_words(out,
            "An earlier edit was killed, and its text is in %s: look at it, then remove it.",
            left->items[i]);
}

/* --- the whole ---------------------------------------------------------------------- */

/* A key ended the helper. The terminal shows it behind the question. */
static void end_line(void)
{
    KB_AUTO(kb_buf_clear) struct kb_buf end = KB_BUF_INIT(2);

    kb_buf_byte(&end, '\n');
    output_progress(&end);
}

/* Whatever was in its way, a text is not lost. The hint names it; what the HINT was comes behind.
 */
static void keep(struct edit_copy *copy, const char *hint, struct kb_error *err)
{
    char before[sizeof(err->hint)];

    copy->keeps = edit_copy_is_changed(copy);
    if (!copy->keeps || strstr(err->hint, copy->path))
        return;
    kb_text_copy(before, sizeof(before), hint);
    kb_hint(err, "your text is in %s%s %s", copy->path, *before ? ";" : ":",
        *before ? before : "keybearer edit, and take over what you need");
}

/* One round: the editor, then the helper. A text that nobody said may go stays. */
static enum kb_err edit_once(struct edit_copy *copy, const char *editor, int line,
    struct kb_frame *frame, struct kb_error *err)
{
    char *argv[] = {(char[PATH_MAX]){""}, (char[PATH_MAX]){""}};
    bool said_no = false, is_told;
    enum kb_err rc = run_editor(editor, line, copy->path, &said_no, err);

    edit_copy_settle(copy);
    if (rc && !said_no)
        keep(copy, kb_err_hint(err), err);
    if (rc)
        return rc;
    snprintf(argv[0], PATH_MAX, "%s", copy->path);
    snprintf(argv[1], PATH_MAX, "%s", copy->original);
    rc = report_ask("edit", KB_REPORT_EDIT, 2, argv, frame, err);
    is_told = kb_frame_is_error(frame);
    if (rc && !is_told)
        end_line();
    if (rc && (rc != KB_ERR_DISMISSED || !is_told || strstr(err->hint, copy->path)))
        keep(copy, is_told ? kb_err_hint(err) : "", err);
    return rc;
}

/* A configuration that cannot be read is what somebody may want to edit. */
static enum kb_err prepare(
    const char *name, struct kb_config *before, struct edit_copy *copy, struct kb_error *err)
{
    enum kb_err rc = kb_config_load_usual(before, err);

    if (rc == KB_ERR_CONFIG && err->place.line > 0)
        return edit_copy_make(copy, err);
    if (!rc && before->is_missing)
        return kb_hinted(err, kb_fail(err, KB_ERR_NOT_FOUND, "there is no configuration yet"),
            "keybearer help add");
    if (!rc && name && !kb_config_find(before, name))
        return kb_config_no_profile(before, name, err);
    return edit_copy_make(copy, err);
}

static int edit(const char *name, const char *editor, struct kb_buf *out)
{
    KB_AUTO(kb_config_clear) struct kb_config before = KB_CONFIG_INIT;
    KB_AUTO(kb_frame_clear) struct kb_frame frame = KB_FRAME_INIT;
    KB_AUTO(edit_copy_clear) struct edit_copy copy = EDIT_COPY_INIT;
    struct kb_error err = KB_ERROR_INIT;
    enum kb_err rc;
    int line;

    if (prepare(name, &before, &copy, &err))
        return output_error(&err);
    line = name ? line_of(&copy.text, name) : 0;
    helper_outlive_keys();
    do {
        kb_frame_clear(&frame);
        rc = edit_once(&copy, editor, line, &frame, &err);
        line = 0; /* the person knows where it is wrong */
    } while (!rc && frame.report.edit.again);
    if (rc)
        return output_error(&err);
    if (frame.report.edit.unchanged)
        kb_buf_str(out, "Nothing was changed.\n");
    else
        describe(out, &before);
    say_left(out, &copy.left);
    report_no_lock(out, &frame.report);
    return 0;
}

int verb_edit(int argc, char *argv[])
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(65536);
    const char *editor = find_editor();
    struct kb_error err = KB_ERROR_INIT;
    int operands = 0, status;
    enum kb_err rc = kb_options_parse(argc, argv, NULL, 0, false, &operands, &err);

    if (!rc && operands > 1)
        rc = kb_options_too_much("one name", argv[1], &err);
    if (!rc && !editor)
        rc = kb_hinted(
            &err, kb_fail(&err, KB_ERR_NOT_FOUND, "no editor was found"), "export EDITOR=PROGRAM");
    if (rc)
        return output_error(&err);
    status = edit(operands == 1 ? argv[0] : NULL, editor, &out);
    return status ? status : output(&out, 0);
}
