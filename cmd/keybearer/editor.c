/*
 * The person's editor: a program of theirs, with their environment and rights. Must never be given
 * a file to edit but the one that it is called for.
 */
#include "edit.h"

#include "base/become.h"
#include "front.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *variable(const char *name)
{
    const char *text = getenv(name);

    return text && *text ? text : NULL;
}

/* Debian's choice comes first where there is one. */
const char *editor_find(void)
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

/* Keys that end a program are the editor's while it runs. */
enum kb_err editor_run(
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
