/*
 * The parts of `run`: what the command finds in its environment.
 */
#ifndef KB_FRONT_RUN_H
#define KB_FRONT_RUN_H

#include "front.h"

#include "config/variables.h"

/* --- run_variables.c ---------------------------------------------------------------- */

/* A profile that some template wants the token of. */
struct run_supply {
    const struct kb_profile *profile;
    struct kb_token token;
};

struct run_variables {
    const struct kb_config *config;
    const struct kb_profile *profile; /* whose templates they are */
    struct kb_variables list;
    struct run_supply *supplies;
    size_t supply_count;
    bool wants_client; /* some template does: the helper has to finish it */
};

#define RUN_VARIABLES_INIT ((struct run_variables){.config = NULL})

/*
 * Whether every template of the list can be filled, but for tokens: before anything is asked of
 * anybody. What a preset's variable lacks is no error, but noted in the list.
 */
KB_CHECKED enum kb_err run_variables_check(struct run_variables *variables, struct kb_error *err);

/* Gets the tokens that they want. */
KB_CHECKED enum kb_err run_variables_supply(struct run_variables *variables, struct kb_error *err);

void run_variables_clear(struct run_variables *variables);

/*
 * An environment for another program: ours, and the variables in the place of those of the same
 * names, however often these stand there. If the client is wanted, nothing is replaced: behind
 * ours come PACKED entries for the helper, which are no variables for anybody else.
 */
struct run_environment {
    char **entries; /* ends with NULL */
    size_t packed;
    struct kb_buf *own;
    size_t own_count;
};

#define RUN_ENVIRONMENT_INIT ((struct run_environment){.entries = NULL})

KB_CHECKED enum kb_err run_environment_make(
    struct run_variables *variables, struct run_environment *ret, struct kb_error *err);

void run_environment_clear(struct run_environment *environment);

#endif
