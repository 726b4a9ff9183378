/*
 * Command-line options from a table: "--name VALUE", "--name=VALUE", "--flag".
 *
 * The table is the documentation: what is not in it is refused, with the nearest
 * known option in the hint. "--" ends the options.
 */
#ifndef KB_BASE_OPTIONS_H
#define KB_BASE_OPTIONS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct kb_strings;

/* Exactly one of the targets is set. */
struct kb_option {
    const char *name;        /* without the dashes */
    bool *flag;              /* set to true; takes no value */
    const char **value;      /* borrowed from argv; may be given once */
    struct kb_strings *list; /* may be repeated, but for ONCE */
    bool once;
};

/*
 * Parses ARGV[0..ARGC) against TABLE. Operands are moved to the front of ARGV in
 * order and counted in *RET_OPERANDS; when STOP_AT_OPERAND the first operand ends
 * the options, and everything from it on is an operand. KB_ERR_USAGE otherwise.
 */
KB_CHECKED enum kb_err kb_options_parse(int argc, char *argv[], const struct kb_option table[],
    size_t count, bool stop_at_operand, int *ret_operands, struct kb_error *err);

/*
 * KB_ERR_USAGE unless there are WANTED operands, 1 for the name of a profile or 0, in
 * ARGV[0..GIVEN): the first that is too many is named.
 */
KB_CHECKED enum kb_err kb_options_expect(
    int wanted, int given, char *const argv[], struct kb_error *err);

/* KB_ERR_USAGE: the command takes what TAKEN says ("one name"), and WORD besides. */
enum kb_err kb_options_too_much(const char *taken, const char *word, struct kb_error *err);

#endif
