/*
 * What the files of `setup` share. It asks for no secret and has none: what a tool says of its
 * credential is looked at once, and neither shown nor kept.
 */
#ifndef KB_FRONT_SETUP_H
#define KB_FRONT_SETUP_H

#include "base/buf.h"
#include "base/error.h"
#include "tools/apply.h"
#include "tools/state.h"
#include "tools/tool.h"

#include <limits.h>
#include <stdbool.h>

/* --- setup_program.c ----------------------------------------------------------------- */

struct program_call {
    const char *path; /* absolute */
    const struct kb_strings *words;
    const struct kb_buf *input; /* NULL: /dev/null */
    bool hears_errors;          /* what it says on stderr counts as its output */
};

/*
 * Runs a tool's own program: no shell, no terminal, the root directory as its working directory,
 * the person's environment without what leads elsewhere. OUT gets its output, *RET_STATUS its exit
 * status (128 and a signal's number). KB_ERR_TIMEOUT after 30 seconds, when it is killed.
 */
KB_CHECKED enum kb_err program_run(
    const struct program_call *call, struct kb_buf *out, int *ret_status, struct kb_error *err);

/* The first of TOOL's programs that is in PATH; false: none is. */
bool setup_find_program(const struct kb_tool *tool, char path[static PATH_MAX]);

/* --- setup_change.c ------------------------------------------------------------------ */

/* What stands where CHANGE goes, by whatever way. PRINT: nothing. */
KB_CHECKED enum kb_err setup_look(
    const struct kb_change *change, struct kb_found *ret, struct kb_error *err);

/* Makes CHANGE, which may stand already. */
KB_CHECKED enum kb_err setup_make(
    const struct kb_change *change, struct kb_state *state, struct kb_error *err);

/* Takes DONE back and drops it from STATE, whatever stands there: *RET says what it was. */
KB_CHECKED enum kb_err setup_undo(
    struct kb_state *state, struct kb_done *done, struct kb_found *ret, struct kb_error *err);

/* What would be done: a command, or lines with + and -. */
void setup_describe(
    struct kb_buf *out, const struct kb_change *change, const struct kb_found *found);

/* The lines that the person types or pastes instead. */
void setup_describe_lines(struct kb_buf *out, const struct kb_change *change);

/* What would be taken back. */
void setup_describe_done(struct kb_buf *out, const struct kb_done *done);

enum setup_verdict { SETUP_CANNOT_SAY, SETUP_GETS_NONE, SETUP_GETS_ONE };

/* Whether the tool itself now gets a credential for what CHANGE connects. */
enum setup_verdict setup_verify(const struct kb_change *change);

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

/* Whether a person is at both ends. */
bool setup_can_ask(void);

/*
 * Asks QUESTION on the terminal, where setup_can_ask(). Anything but yes, and no answer within ten
 * minutes, is no.
 */
bool setup_ask(const char *question);

/* Says PAGE; then whether to go on, by OPTIONS or the person. Else *RET_STATUS is how it ends. */
bool setup_agreed(const struct setup_options *options, struct kb_buf *page, const char *question,
    int *ret_status);

#endif
