/*
 * What `edit` is made of. edit.c owns its order, edit_copy.h the copy that is edited.
 */
#ifndef KB_FRONT_EDIT_H
#define KB_FRONT_EDIT_H

#include "edit_copy.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/strings.h"
#include "config/config.h"

#include <stdbool.h>

/* --- editor.c ------------------------------------------------------------------------ */

/* The command that the person's environment names, or a usual one; NULL: none was found. */
const char *editor_find(void);

/*
 * Runs EDITOR on the file PATH, with the cursor on LINE where it takes that; 0: anywhere. Returns
 * when it has ended. KB_ERR_FAILED: it failed; *RET_SAID_NO, then: its status is the person's word,
 * as that of vi's :cq is. KB_ERR_SYSTEM: it cannot be started.
 */
KB_CHECKED enum kb_err editor_run(
    const char *editor, int line, const char *path, bool *ret_said_no, struct kb_error *err);

/* --- edit_describe.c ----------------------------------------------------------------- */

/* Appends what is another than in BEFORE: clients that a profile lacks, may not use, or left. */
void edit_describe(struct kb_buf *out, const struct kb_config *before);

/* Appends where the texts of LEFT are, of earlier edits that were killed. */
void edit_say_left(struct kb_buf *out, const struct kb_strings *left);

#endif
