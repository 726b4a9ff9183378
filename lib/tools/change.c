/*
 * Changes as values, and what the files share that plan them. Must never know a tool.
 */
#include "kinds.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/shell_word.h"
#include "core/place.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const kb_way_words[KB_WAYS] = {"command", "json", "block", "link", "print"};

/* --- changes ------------------------------------------------------------------------ */

void kb_change_clear(struct kb_change *change)
{
    kb_str_free(&change->profile);
    kb_str_free(&change->config);
    kb_str_free(&change->file);
    kb_strings_clear(&change->place);
    kb_str_free(&change->value);
    kb_str_free(&change->lines);
    kb_str_free(&change->note);
    kb_str_free(&change->missing);
}

void kb_changes_clear(struct kb_changes *changes)
{
    for (size_t i = 0; i < changes->count; i++)
        kb_change_clear(&changes->items[i]);
    free(changes->items);
    *changes = (struct kb_changes){0};
}

struct kb_change *kb_changes_add(struct kb_changes *changes, enum kb_way way, const char *profile)
{
    struct kb_change *change;

    changes->items = kb_grow(changes->items, changes->count + 1, sizeof(*changes->items));
    change = &changes->items[changes->count++];
    *change = (struct kb_change){.way = way, .profile = kb_text_dup(profile)};
    return change;
}

/* --- what the tools' files share ----------------------------------------------------- */

char *kb_tool_text(const char *fmt, ...)
{
    va_list args;
    char *text;
    int len;

    va_start(args, fmt);
    len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    text = kb_alloc((size_t)len + 1, 1);
    va_start(args, fmt);
    vsnprintf(text, (size_t)len + 1, fmt, args);
    va_end(args);
    return text;
}

char *kb_tool_word(const char *text)
{
    KB_AUTO(kb_buf_clear) struct kb_buf word = KB_BUF_INIT(4 * (strlen(text) + 1));

    kb_shell_word(&word, text);
    return kb_text_dup(kb_buf_text(&word));
}

char *kb_tool_link_line(const struct kb_change *change)
{
    KB_AUTO(kb_str_free) char *target = kb_tool_word(change->value);
    KB_AUTO(kb_str_free) char *link = kb_tool_word(change->file);

    return kb_tool_text("ln -s %s %s\n", target, link);
}

/* What is shown of a change is shown in lines, and a block of a tool's file has lines, too. */
static enum kb_err check_path(const char *path, struct kb_error *err)
{
    if (strlen(path) >= PATH_MAX)
        return kb_fail(err, KB_ERR_CONFIG, "the path of the tool's file is too long");
    if (strchr(path, '\n'))
        return kb_hinted(err,
            kb_fail(err, KB_ERR_CONFIG, "the path of the tool's file has a line end: %s", path),
            "give that folder another name");
    return KB_OK;
}

enum kb_err kb_tool_path(
    const char *variable, const char *below, const char *leaf, char **ret, struct kb_error *err)
{
    const char *named = variable ? getenv(variable) : NULL;
    const char *between, *base = kb_base_folder(variable, below, &between);

    /* The base directory specification ignores what is relative; other variables count. */
    if (named && *named && *named != '/' && strncmp(variable, "XDG_", strlen("XDG_")) != 0)
        return kb_tool_path_named(variable, named, ret, err);
    if (!base)
        return kb_hinted(err,
            kb_fail(
                err, KB_ERR_CONFIG, "HOME is no absolute path, so the tool's file is not known"),
            "set HOME to an absolute path");
    kb_str_free(ret);
    *ret = kb_tool_text("%s%s%s%s%s", base, *between ? "/" : "", between, *leaf ? "/" : "", leaf);
    return check_path(*ret, err);
}

/* A tool that setup starts is in another folder than the person. */
enum kb_err kb_tool_path_named(
    const char *variable, const char *named, char **ret, struct kb_error *err)
{
    if (named[0] != '/')
        return kb_hinted(err,
            kb_fail(err, KB_ERR_CONFIG,
                "%s is no absolute path: which file it names depends on the folder", variable),
            "set it to an absolute path, or unset %s", variable);
    kb_str_set(ret, named);
    return check_path(*ret, err);
}

bool kb_tool_read(const char *path, struct kb_buf *ret)
{
    enum kb_err rc = kb_file_read_linked(path, KB_FILE_OURS, ret, NULL);

    return !rc || rc == KB_ERR_NOT_FOUND;
}

void kb_tool_configuration(char ret[static PATH_MAX])
{
    *ret = '\0';
    if (kb_config_is_other())
        KB_IGNORE(kb_config_path(ret, PATH_MAX, NULL));
}

bool kb_tool_has_line(const char *text, const char *word, const char *followers)
{
    size_t len = strlen(word);

    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        const char *at = line + strspn(line, " \t");

        if (strncmp(at, word, len) == 0 && at[len] && strchr(followers, at[len]))
            return true;
    }
    return false;
}

const struct kb_profile *kb_tool_chosen(const struct kb_tool_ask *ask,
    const struct kb_tool_kind *kind, const struct kb_profile *profile)
{
    if (ask->profile)
        return ask->profile == profile ? profile : NULL;
    return !kind->fits || kind->fits(profile) ? profile : NULL;
}
