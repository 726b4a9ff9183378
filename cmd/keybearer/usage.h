/*
 * What a command takes, as its page of `help` says it: so there is one list of it, and what is told
 * to a person is what completion knows.
 */
#ifndef KB_FRONT_USAGE_H
#define KB_FRONT_USAGE_H

#include "base/strings.h"

#include <stdbool.h>
#include <stddef.h>

struct usage_option {
    char *name;     /* "--store" */
    char *argument; /* "STORE", "pem|jwk"; "": it takes none */
    char *help;     /* one line, maybe "WORD: " before it: of that first operand only; may be "" */
};

struct usage {
    /* In their order: "NAME", "PROFILE|URL", "add|remove", "--"; "COMMAND...": that and all behind
     */
    struct kb_strings operands;
    struct usage_option *options;
    size_t option_count;
};

#define USAGE_INIT ((struct usage){0})

/* Reads PAGE, which begins "Usage: keybearer COMMAND" and is made by help_page(). Clear *RET. */
void usage_read(const char *page, struct usage *ret);

/* The option whose name is the LEN bytes at NAME ("--store"), or NULL. */
const struct usage_option *usage_option(const struct usage *usage, const char *name, size_t len);

/*
 * Whether options may only stand before the first operand, because another command's follow: what
 * that begins with is the operand "--".
 */
bool usage_has_command(const struct usage *usage);

void usage_clear(struct usage *usage);

#endif
