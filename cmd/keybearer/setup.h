/*
 * What the files of `setup` share. It asks for no secret and has none: what a tool says of its
 * credential is looked at once, and neither shown nor kept.
 */
#ifndef KB_FRONT_SETUP_H
#define KB_FRONT_SETUP_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "tools/apply.h"
#include "tools/others.h"
#include "tools/state.h"
#include "tools/tool.h"

#include <limits.h>
#include <stdbool.h>

/* --- setup_program.c ----------------------------------------------------------------- */

enum program_hears { PROGRAM_OUTPUT, PROGRAM_ERRORS, PROGRAM_BOTH };

struct program_call {
    const char *path; /* absolute */
    const struct kb_strings *words;
    const struct kb_strings *env; /* "NAME=value" that it gets besides; NULL: none */
    const struct kb_buf *input;   /* NULL: /dev/null */
    enum program_hears hears;     /* what of stdout and stderr is kept */
    const struct kb_deadline *by; /* NULL: 30 seconds from now */
    const char *waits_for; /* "git", as a person at a terminal is told after a while; or NULL */
};

/*
 * Runs a tool's own program: no shell, no terminal, the root directory as its working directory,
 * the person's environment without what leads elsewhere. OUT gets what it says, *RET_STATUS its
 * exit status (128 and a signal's number). KB_ERR_TIMEOUT at the deadline, when it is killed.
 */
KB_CHECKED enum kb_err program_run(
    const struct program_call *call, struct kb_buf *out, int *ret_status, struct kb_error *err);

/* The first of TOOL's programs that is in PATH; false: none is. */
bool setup_find_program(const struct kb_tool *tool, char path[static PATH_MAX]);

/* --- setup_change.c ------------------------------------------------------------------ */

/* What stands where CHANGE goes, by whatever way. PRINT: nothing. */
KB_CHECKED enum kb_err setup_look(
    const struct kb_change *change, struct kb_found *ret, struct kb_error *err);

/* KB_ERR_DENIED, ...: where FOUND stands, CHANGE cannot be made, as far as that is known before. */
KB_CHECKED enum kb_err setup_check(
    const struct kb_change *change, const struct kb_found *found, struct kb_error *err);

/* Makes CHANGE, which may stand already. */
KB_CHECKED enum kb_err setup_make(
    const struct kb_change *change, struct kb_state *state, struct kb_error *err);

/* What setup_undo() would find. */
KB_CHECKED enum kb_err setup_look_back(
    const struct kb_done *done, struct kb_found *ret, struct kb_error *err);

/* Takes DONE back, as kb_done_undo() does: *RET says what stood there. */
KB_CHECKED enum kb_err setup_undo(
    struct kb_state *state, struct kb_done *done, struct kb_found *ret, struct kb_error *err);

/* --- setup_describe.c ---------------------------------------------------------------- */

/* What would be done: a command, or lines with + and -. */
void setup_describe(
    struct kb_buf *out, const struct kb_change *change, const struct kb_found *found);

/* The lines that the person types or pastes instead; BEFORE: the change before it, or NULL. */
void setup_describe_lines(
    struct kb_buf *out, const struct kb_change *change, const struct kb_change *before);

/* What would be taken back. */
void setup_describe_done(struct kb_buf *out, const struct kb_done *done);

/* "keybearer setup TOOL PROFILE"; both may be NULL. */
void setup_describe_command(struct kb_buf *out, const struct kb_tool *tool, const char *profile);

/* "a, b and c" */
void setup_describe_names(struct kb_buf *out, const struct kb_strings *names);

/* --- setup.c ------------------------------------------------------------------------- */

struct setup_plan;

/* Makes what PLAN has to make, and says what is true then. Returns the exit status. */
int setup_finish(struct setup_plan *plan);

/* --- setup_plan.c -------------------------------------------------------------------- */

/* What connects a tool, and what stands there now. */
struct setup_plan {
    const struct kb_tool *tool;
    const struct kb_config *config;   /* borrowed, as is */
    const struct kb_profile *profile; /* whom the person named; or NULL */
    struct kb_changes changes;
    struct kb_found *found; /* one for each */
    struct kb_error *why;   /* one for each; of code KB_OK it can be made, or was */
    bool *told;             /* one for each: WHY was said */
    struct kb_strings lies; /* one for each: where its file is, behind all links; or "" */
    bool lacks_state;       /* nothing could be made, as it could not be noted */
    size_t to_make, by_hand, failed;
};

void setup_plan_clear(struct setup_plan *plan);

/* Fills *RET, which is fresh; PROFILE may be NULL. Errors as kb_tool_plan(). */
KB_CHECKED enum kb_err setup_plan(const struct kb_tool *tool, const struct kb_config *config,
    const struct kb_profile *profile, struct setup_plan *ret, struct kb_error *err);

/*
 * Whether PLAN, which the person saw and said yes to, is still what would be made: by the
 * configuration as it is now, where its files lie now, and what stands there now. KB_ERR_CONFIG:
 * it is not.
 */
KB_CHECKED enum kb_err setup_plan_check_still(const struct setup_plan *plan, struct kb_error *err);

/* What would be made. */
void setup_plan_describe(struct kb_buf *out, const struct setup_plan *plan);

/*
 * Says each failure that was not said yet, once, and what a person does instead where that helps.
 * Returns the exit status of the first of them, else 0.
 */
int setup_plan_tell(struct setup_plan *plan);

/* Makes what is to be made; what fails becomes a WHY. */
void setup_plan_make(struct setup_plan *plan);

/* --- setup_notes.c ------------------------------------------------------------------- */

/* Whether TOOL finds us in PATH, where it needs to. */
bool setup_is_found(const struct kb_tool *tool);

/* Where it does not, or finds another keybearer. */
void setup_note_path(struct kb_buf *out, const struct kb_tool *tool);

/* That TOOL needs the variable that leads to this configuration, where that is not the usual one.
 */
void setup_note_configuration(struct kb_buf *out, const struct kb_tool *tool);

/* Whom PLAN's tool asks besides, and whether they get what is ours. */
void setup_note_helpers(struct kb_buf *out, const struct setup_plan *plan);

/* --- setup_others.c ------------------------------------------------------------------ */

/* Adds to RET whom PLAN's tool asks besides for its profiles: by its own word, else by its files.
 */
void setup_find_others(const struct setup_plan *plan, struct kb_others *ret);

/* --- setup_proof.c ------------------------------------------------------------------- */

/* What is true of PLAN's tool now: to whom it is connected, and whether it gets a credential. */
void setup_note_connected(struct kb_buf *out, const struct setup_plan *plan);

/* --- setup_table.c ------------------------------------------------------------------- */

/* What is installed, what is connected, and what would fit; a line a tool. */
void setup_table(struct kb_buf *out, const struct kb_config *config, const struct kb_state *state);

/* --- setup_undo.c -------------------------------------------------------------------- */

struct setup_options {
    bool dry_run, undo, yes;
};

/* `setup [TOOL [PROFILE]] --undo`; TOOL and PROFILE may be NULL. Returns the exit status. */
int setup_take_back(
    const struct setup_options *options, const struct kb_tool *tool, const char *profile);

/* --- setup_ask.c --------------------------------------------------------------------- */

/* Whether a person reads our stdout, on the terminal where they are to answer. */
bool setup_can_ask(void);

/*
 * Has QUESTION asked on the terminal, where setup_can_ask(); again, up to KB_CONSENT_TRIES times,
 * where the answer is neither yes nor no. INSTEAD is the hint where there is no terminal after all.
 * KB_ERR_DISMISSED: it was not yes in the end (base/consent.h), or the terminal went away.
 * KB_ERR_TIMEOUT: no answer came. KB_ERR_USAGE: another keybearer asks there. Others as
 * helper_call().
 */
KB_CHECKED enum kb_err setup_ask(const char *question, const char *instead, struct kb_error *err);

/*
 * Says PAGE; then whether to go on, by OPTIONS or the person, who typed COMMAND. Else *RET_STATUS
 * is how it ends.
 */
bool setup_agreed(const struct setup_options *options, struct kb_buf *page, const char *question,
    const char *command, int *ret_status);

#endif
