/*
 * Changes of `setup` in words. Must never show what a tool says of a credential.
 */
#include "setup.h"

#include "base/shell_word.h"
#include "front.h"

#include <string.h>

static void add_lines(struct kb_buf *out, const char *head, const char *lines)
{
    for (size_t len; *lines; lines += len + (lines[len] == '\n')) {
        len = strcspn(lines, "\n");
        kb_buf_fmt(out, "%s%.*s\n", head, (int)len, lines);
    }
}

/* A note stands below the change that it is about. */
static void add_note(struct kb_buf *out, const char *note)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(4096);

    kb_buf_fmt(&text, "(%s)", note);
    report_text(out, "  ", kb_buf_text(&text));
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
        kb_buf_fmt(out, "  in %s%s:\n", change->file,
            change->way == KB_WAY_BLOCK && found->is_earlier
                ? ", in the place of what setup wrote there before"
                : "");
        if (*found->other)
            kb_buf_fmt(out, "  - \"%s\": \"%s\"\n", change->place.items[change->place.count - 1],
                found->other);
        add_lines(out, "  + ", change->lines);
    }
    if (change->note)
        add_note(out, change->note);
}

static const char *file_to_edit(const struct kb_change *change)
{
    bool is_text = change && (change->way == KB_WAY_JSON || change->way == KB_WAY_BLOCK);

    return is_text ? change->file : NULL;
}

void setup_describe_lines(
    struct kb_buf *out, const struct kb_change *change, const struct kb_change *before)
{
    const char *file = file_to_edit(change), *last = file_to_edit(before);

    if (file && (!last || strcmp(file, last) != 0))
        kb_buf_fmt(out, "To do it by hand, put into %s:\n", file);
    else if (!file && (!before || last))
        kb_buf_str(out, "To do it by hand:\n");
    add_lines(out, "  ", change->lines);
}

/* "NAME=VALUE ", of which a shell takes only the value in quotes. */
static void add_variables(struct kb_buf *out, const struct kb_strings *env)
{
    for (size_t i = 0; i < env->count; i++) {
        size_t name = strcspn(env->items[i], "=");

        kb_buf_fmt(out, "%.*s=", (int)name, env->items[i]);
        if (env->items[i][name + 1])
            kb_shell_word(out, env->items[i] + name + 1);
        kb_buf_byte(out, ' ');
    }
}

static void add_file(struct kb_buf *out, const char *head, const char *file, const char *end)
{
    kb_buf_str(out, head);
    kb_buf_one_line(out, file);
    kb_buf_str(out, end);
}

static void describe_undoing_command(struct kb_buf *out, const struct kb_done *done)
{
    KB_AUTO(kb_strings_clear) struct kb_strings words = {0};
    KB_AUTO(kb_strings_clear) struct kb_strings env = {0};
    KB_AUTO(kb_buf_clear) struct kb_buf line = KB_BUF_INIT(65536);
    const struct kb_tool *tool = kb_tool_by_word(done->tool);

    tool->kind->command(KB_TOOL_UNSET, done->file, &done->place, done->after, &words);
    if (*done->file && tool->kind->environment)
        tool->kind->environment(done->file, &env);
    add_variables(&line, &env);
    kb_buf_str(&line, tool->programs[0]);
    for (size_t i = 0; i < words.count; i++) {
        kb_buf_byte(&line, ' ');
        kb_shell_word(&line, words.items[i]);
    }
    add_file(out, "  ", kb_buf_text(&line), "\n");
}

void setup_describe_done(struct kb_buf *out, const struct kb_done *done)
{
    switch (done->way) {
    case KB_WAY_COMMAND:
        describe_undoing_command(out, done);
        break;
    case KB_WAY_JSON:
        add_file(out, "  in ", done->file, ":\n");
        kb_buf_fmt(
            out, "  - \"%s\": \"%s\"\n", done->place.items[done->place.count - 1], done->after);
        if (done->before)
            kb_buf_fmt(out, "  + \"%s\": \"%s\"\n", done->place.items[done->place.count - 1],
                done->before);
        break;
    case KB_WAY_BLOCK:
        add_file(out, "  in ", done->file, ":\n");
        add_lines(out, "  - ", done->after);
        break;
    case KB_WAY_LINK:
        add_file(out, "  the link ", done->file, "\n");
        break;
    case KB_WAY_PRINT:
        break;
    }
}

void setup_describe_command(struct kb_buf *out, const struct kb_tool *tool, const char *profile)
{
    kb_buf_fmt(out, "keybearer setup%s%s%s%s", tool ? " " : "", tool ? tool->word : "",
        profile ? " " : "", profile ? profile : "");
}

void setup_describe_names(struct kb_buf *out, const struct kb_strings *names)
{
    for (size_t i = 0; i < names->count; i++)
        kb_buf_fmt(out, "%s%s",
            i == 0                 ? ""
            : i + 1 < names->count ? ", "
                                   : " and ",
            names->items[i]);
}
