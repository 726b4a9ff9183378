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
    struct kb_cache_key key; /* its place in the cache */
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

/* That one: its token is empty before it is supplied. */
const struct run_supply *run_variables_own_supply(struct run_variables *variables);

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
    struct kb_cache_key key; /* its token's */
    struct kb_token life;    /* of the token in the file; without its value */

    /* The keepers' own. */
    int command_pidfd; /* of the process that uses it */
    pid_t renewer;
    int renewer_pidfd; /* -1: there is none */
    bool said;         /* that there is none */
    pid_t command;     /* 0: we are not its parent */
    int waiting;       /* the command waits for its end; as the next two, of a parent only */
    int signals;
    int status; /* that the command ended with */
};

#define RUN_KEEPER_INIT                                                                            \
    ((struct run_keeper){.file = KB_TOKEN_FILE_INIT,                                               \
        .command_pidfd = -1,                                                                       \
        .renewer_pidfd = -1,                                                                       \
        .waiting = -1,                                                                             \
        .signals = -1})

/*
 * Starts a process that keeps KEEPER's file fresh as long as the command runs, and removes it then.
 * This call comes back twice, in the process that is to be the command, and with *RET_IS_KEEPER in
 * the one that keeps: that one has to forget what it knows of tokens, and to go on in
 * run_keeper_stay(), for which the other waits. The first token is written after that, so that
 * nothing that ends the command leaves it there.
 */
KB_CHECKED enum kb_err run_keeper_start(
    struct run_keeper *keeper, bool *ret_is_keeper, struct kb_error *err);

/* Lets the waiting process go on, and stays: as nobody's child, or as the command's parent. */
void run_keeper_stay(struct run_keeper *keeper) __attribute__((noreturn));

/* --- run_renew.c -------------------------------------------------------------------- */

/* Renews the token in the file whenever it is time, until the command has ended. */
void run_renew(struct run_keeper *keeper);

/* Whether the process has ended, or does within WAIT_MS; -1: waits for it. */
bool run_has_ended(int pidfd, int wait_ms);

#endif
