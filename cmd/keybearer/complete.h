/*
 * Candidates for a word that is being typed. complete.c finds out what the word is, candidates.c
 * what may stand there.
 */
#ifndef KB_FRONT_COMPLETE_H
#define KB_FRONT_COMPLETE_H

#include "base/buf.h"
#include "usage.h"

#include <stdbool.h>
#include <stddef.h>

/* `complete`: no row of the table of verbs, since no person types it. Returns 0. */
int complete(int argc, char *argv[]);

/* What is typed, and what is said to it. All but OUT is borrowed. */
struct completion {
    char *const *words; /* all that is typed behind `keybearer`; the last one is unfinished */
    size_t count;       /* one at least */
    const char *before; /* what of the last word is no part of the value: "--store=", or "" */
    size_t before_len;
    size_t
        command; /* where the words of another command begin; only for what "COMMAND..." stands */
    struct kb_buf out;
};

/* WORD and what it is (NULL: nothing is said), if WORD begins with what is typed of the value. */
void completion_add(struct completion *completion, const char *word, const char *help);

/* The commands. */
void candidates_commands(struct completion *completion);

/* What may stand for an operand that is called OPERAND in the usage line. */
void candidates_operand(struct completion *completion, const char *operand);

/* What may stand for the argument of OPTION. */
void candidates_argument(struct completion *completion, const struct usage_option *option);

#endif
