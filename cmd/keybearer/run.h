/*
 * The parts of `run`: what the command finds in its environment, and who keeps the file of its
 * token.
 */
#ifndef KB_FRONT_RUN_H
#define KB_FRONT_RUN_H

#include "front.h"

#include "cache/token_file.h"
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
 * anybody. What a preset's variable lacks is no error.
 */
KB_CHECKED enum kb_err run_variables_check(struct run_variables *variables, struct kb_error *err);

/* Gets the tokens that they want. */
KB_CHECKED enum kb_err run_variables_supply(struct run_variables *variables, struct kb_error *err);

/* Has the token of the profile supplied, too, whether a template wants it or not. */
void run_variables_want_token(struct run_variables *variables);

/* That token: empty before it is supplied. */
const struct kb_token *run_variables_token(struct run_variables *variables);

void run_variables_clear(struct run_variables *variables);

/*
 * An environment for another program: the variables, behind our entries. Every entry of ours with
 * such a name is left out, also one that stands twice. If the client is wanted, none is left out:
 * the variables are PACKED entries for the helper (core/packed.h).
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

/* --- run_keeper.c ------------------------------------------------------------------- */

struct run_keeper {
    struct kb_token_file file; /* of the caller's making */
    const struct kb_profile *profile;
    struct kb_token life; /* of the token in the file; without its value */
    int command_pidfd;    /* of the process that uses it */
};

/*
 * Writes TOKEN into KEEPER's file, and starts a process that keeps it fresh as long as this process
 * lives, whatever it becomes, and removes it then. The new one comes back from this call, too, with
 * *RET_IS_KEEPER: it has to forget what it knows of tokens, and to go on in run_keeper_stay().
 * Meanwhile we wait.
 */
KB_CHECKED enum kb_err run_keeper_start(struct run_keeper *keeper, const struct kb_secret *token,
    bool *ret_is_keeper, struct kb_error *err);

/* Lets the waiting process go on, and stays: as nobody's child, unless that one adopts orphans. */
void run_keeper_stay(struct run_keeper *keeper) __attribute__((noreturn));

#endif
