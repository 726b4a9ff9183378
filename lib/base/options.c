/*
 * Command-line options from a table. Must never accept what the table does not name.
 */
#include "base/options.h"

#include "base/strings.h"

#include <stdio.h>
#include <string.h>

enum { OPTIONS_MAX = 64 };

struct parser {
    const struct kb_option *table;
    size_t count;
    char **argv;
    int argc;
    int next;
};

static const struct kb_option *find(const struct parser *p, const char *name, size_t len)
{
    for (size_t i = 0; i < p->count; i++) {
        if (strlen(p->table[i].name) == len && memcmp(p->table[i].name, name, len) == 0)
            return &p->table[i];
    }
    return NULL;
}

/* An argument is for everybody to see: what the table would take by standard input is a secret. */
static bool hint_input(const struct parser *p, const char *name, struct kb_error *err)
{
    char input[64];
    int len = snprintf(input, sizeof(input), "%s-stdin", name);

    if (len < 0 || (size_t)len >= sizeof(input) || !find(p, input, (size_t)len))
        return false;
    kb_hint(err,
        "no secret is an argument, which others can see: --%s reads it from standard "
        "input; without that it is asked for",
        input);
    return true;
}

/* Says WORD only up to a '=': what follows may be a secret that was typed in the wrong place. */
static enum kb_err unknown_option(const struct parser *p, const char *word, struct kb_error *err)
{
    const char *names[OPTIONS_MAX];
    const char *nearest;
    char given[64];

    for (size_t i = 0; i < p->count && i < OPTIONS_MAX; i++)
        names[i] = p->table[i].name;
    kb_text_copy(given, sizeof(given), word);
    given[strcspn(given, "=")] = '\0';
    kb_fail(err, KB_ERR_USAGE, "unknown option %s", given);
    if (hint_input(p, given + strspn(given, "-"), err))
        return KB_ERR_USAGE;
    nearest = kb_text_nearest(
        given + strspn(given, "-"), names, p->count < OPTIONS_MAX ? p->count : OPTIONS_MAX);
    if (nearest)
        kb_hint(err, "did you mean --%s?", nearest);
    return KB_ERR_USAGE;
}

static enum kb_err store_value(
    const struct kb_option *option, const char *value, struct kb_error *err)
{
    if (option->list && !(option->once && option->list->count > 0))
        kb_strings_add(option->list, value);
    else if (option->list || *option->value)
        return kb_fail(err, KB_ERR_USAGE, "--%s is given twice", option->name);
    else
        *option->value = value;
    return KB_OK;
}

static enum kb_err take_option(struct parser *p, const char *word, struct kb_error *err)
{
    const char *name = word + 2;
    const char *equals = strchr(name, '=');
    size_t len = equals ? (size_t)(equals - name) : strlen(name);
    const struct kb_option *option = find(p, name, len);

    if (!option)
        return unknown_option(p, word, err);
    if (option->flag) {
        if (equals)
            return kb_fail(err, KB_ERR_USAGE, "--%s takes no value", option->name);
        *option->flag = true;
        return KB_OK;
    }
    if (equals)
        return store_value(option, equals + 1, err);
    if (p->next >= p->argc)
        return kb_fail(err, KB_ERR_USAGE, "--%s needs a value", option->name);
    return store_value(option, p->argv[p->next++], err);
}

enum kb_err kb_options_parse(int argc, char *argv[], const struct kb_option table[], size_t count,
    bool stop_at_operand, int *ret_operands, struct kb_error *err)
{
    struct parser p = {table, count, argv, argc, 0};
    bool options_over = false;
    int operands = 0;

    while (p.next < argc) {
        char *word = argv[p.next++];

        if (options_over || word[0] != '-' || word[1] == '\0') {
            argv[operands++] = word;
            options_over = options_over || stop_at_operand;
        } else if (strcmp(word, "--") == 0) {
            options_over = true;
        } else if (word[1] != '-') {
            return unknown_option(&p, word, err);
        } else {
            enum kb_err rc = take_option(&p, word, err);

            if (rc)
                return rc;
        }
    }
    *ret_operands = operands;
    return KB_OK;
}

enum kb_err kb_options_expect(int wanted, int given, char *const argv[], struct kb_error *err)
{
    if (given == wanted)
        return KB_OK;
    if (given < wanted)
        return kb_fail(err, KB_ERR_USAGE, "one profile name is needed");
    return kb_options_too_much(wanted ? "one name" : "no argument", argv[wanted], err);
}

enum kb_err kb_options_too_much(const char *taken, const char *word, struct kb_error *err)
{
    return kb_fail(err, KB_ERR_USAGE, "this command takes %s: \"%.64s\" is too much", taken, word);
}
