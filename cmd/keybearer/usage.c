/*
 * Reads a page of `help`: the usage line for operands and options, the lines that begin with two
 * blanks and "--" for options and what they are for. Must never read what is not ours: its pages
 * come from the tables only.
 */
#include "usage.h"

#include "base/alloc.h"
#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

/* What stands below an option's line belongs to it from here on; other lists begin before. */
enum { HELP_COLUMN_MIN = 20 };

static struct usage_option *find(const struct usage *usage, const char *name, size_t len)
{
    for (size_t i = 0; i < usage->option_count; i++) {
        struct usage_option *option = &usage->options[i];

        if (strncmp(option->name, name, len) == 0 && option->name[len] == '\0')
            return option;
    }
    return NULL;
}

static void set(char **text, const char *bytes, size_t len)
{
    KB_AUTO(kb_buf_clear) struct kb_buf copy = KB_BUF_INIT(4096);

    kb_buf_add(&copy, bytes, len);
    kb_str_set(text, kb_buf_text(&copy));
}

/* The option of that name, which is new if there was none. Valid until the next. */
static struct usage_option *take_option(struct usage *usage, const char *name, size_t len)
{
    struct usage_option *option = find(usage, name, len);

    if (option)
        return option;
    usage->options = kb_grow(usage->options, usage->option_count + 1, sizeof(*usage->options));
    option = &usage->options[usage->option_count++];
    *option = (struct usage_option){.argument = kb_text_dup(""), .help = kb_text_dup("")};
    set(&option->name, name, len);
    return option;
}

static void take_operand(struct usage *usage, const char *word, size_t len)
{
    char *copy = NULL;

    set(&copy, word, len);
    if (strcmp(copy, "OPTION") != 0 && strcmp(copy, "...") != 0 && strcmp(copy, "|") != 0)
        kb_strings_add(&usage->operands, copy);
    free(copy);
}

/* "NAME [--json | --public-key [--format FORMAT]]": what a bracket ends is no argument. */
static void read_line(struct usage *usage, const char *line, size_t len)
{
    struct usage_option *waiting = NULL;

    for (size_t i = 0; i < len;) {
        size_t word = strcspn(line + i, " []\n");

        if (word > 2 && strncmp(line + i, "--", 2) == 0) {
            waiting = take_option(usage, line + i, word);
        } else if (waiting && word > 0 && line[i] != '|') {
            set(&waiting->argument, line + i, word);
            waiting = NULL;
        } else if (word > 0) {
            take_operand(usage, line + i, word);
        }
        i += word;
        if (line[i] == '[' || line[i] == ']')
            waiting = NULL;
        i++;
    }
}

/* What stands at AT of the line, and on the lines below that only go on with it. */
static void read_help(const char *at, char **ret)
{
    KB_AUTO(kb_buf_clear) struct kb_buf help = KB_BUF_INIT(4096);

    for (;;) {
        size_t len = strcspn(at, "\n");

        kb_buf_add(&help, at, len);
        at += len;
        if (*at == '\0' || strspn(at + 1, " ") < HELP_COLUMN_MIN)
            break;
        at += 1 + strspn(at + 1, " ");
        if (help.len > 0)
            kb_buf_byte(&help, ' ');
    }
    kb_str_set(ret, kb_buf_text(&help));
}

/* "--store STORE    where it is kept", from its first '-' on. */
static void read_option(struct usage *usage, const char *at)
{
    size_t name = strcspn(at, " \n");
    struct usage_option *option = take_option(usage, at, name);
    size_t argument = 0;

    at += name;
    if (at[0] == ' ' && at[1] != ' ') {
        const char *end = strstr(++at, "  ");
        size_t line = strcspn(at, "\n");

        argument = end && (size_t)(end - at) < line ? (size_t)(end - at) : line;
        set(&option->argument, at, argument);
    }
    at += argument;
    read_help(at + strspn(at, " "), &option->help);
}

void usage_read(const char *page, struct usage *ret)
{
    static const char head[] = "Usage: keybearer ";
    const char *at = page;

    if (strncmp(at, head, strlen(head)) == 0) {
        at += strlen(head);
        at += strcspn(at, " \n"); /* the command */
        read_line(ret, at, strcspn(at, "\n"));
    }
    for (at = strchr(at, '\n'); at; at = strchr(at + 1, '\n')) {
        if (strncmp(at + 1, "  --", 4) == 0)
            read_option(ret, at + 3);
    }
}

const struct usage_option *usage_option(const struct usage *usage, const char *name, size_t len)
{
    return find(usage, name, len);
}

bool usage_has_command(const struct usage *usage)
{
    return kb_strings_has(&usage->operands, "--");
}

void usage_clear(struct usage *usage)
{
    for (size_t i = 0; i < usage->option_count; i++) {
        free(usage->options[i].name);
        free(usage->options[i].argument);
        free(usage->options[i].help);
    }
    free(usage->options);
    kb_strings_clear(&usage->operands);
    *usage = USAGE_INIT;
}
