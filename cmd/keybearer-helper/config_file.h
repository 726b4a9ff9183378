/*
 * The configuration file as something to write. Who opens it
 * holds a lock on its directory until it is closed, so that two writers never lose each
 * other's profile, and a client and its profile change together.
 */
#ifndef KB_HELPER_CONFIG_FILE_H
#define KB_HELPER_CONFIG_FILE_H

#include "base/error.h"
#include "base/file.h"
#include "config/config.h"

#include <limits.h>

/* One change of the text: config/edit.h. */
struct config_edit {
    /* Appends to OUT the text OLD of the file at PATH, changed. CONTEXT is for nothing else. */
    enum kb_err (*apply)(void *context, const char *path, const char *old, size_t len,
        struct kb_buf *out, struct kb_error *err);
    void *context;
};

/* Profile NAME set to OBJECT, as JSON. Both must live as long as the edit. */
struct config_profile {
    const char *name, *object;
};
struct config_edit config_edit_profile(struct config_profile *profile);

struct config_file {
    char whole[PATH_MAX];           /* where the file is: a link to it was followed */
    char path[PATH_MAX];            /* of its directory */
    const char *name;               /* of the file; points into WHOLE */
    int dir;                        /* locked; -1: not open */
    struct kb_config_identity seen; /* the file that a draft was made from, or that we put there */
};

#define CONFIG_FILE_INIT ((struct config_file){.dir = -1})

/* Fills the three names: where the file really is. Opens and makes nothing. */
KB_CHECKED enum kb_err config_file_find(struct config_file *file, struct kb_error *err);

/*
 * Finds the file, makes its directory and locks it. KB_ERR_SYSTEM when that cannot be done,
 * KB_ERR_TIMEOUT when another writer does not finish. Whether the file can be written is asked
 * when there is something to write: by all three below, KB_ERR_SYSTEM, or KB_ERR_CONFIG for a file
 * that its owner made read-only.
 */
KB_CHECKED enum kb_err config_file_open(struct config_file *file, struct kb_error *err);

void config_file_close(struct config_file *file);

/* The configuration as EDIT would make it. Writes nothing. Clear *RET. */
KB_CHECKED enum kb_err config_file_preview(struct config_file *file, const struct config_edit *edit,
    struct kb_config *ret, struct kb_error *err);

/*
 * The configuration as EDIT makes it, written to the disk and not yet in place:
 * config_file_commit() puts it there, kb_file_discard() drops it, both before FILE is closed.
 * Where it says so already there is no draft.
 */
KB_CHECKED enum kb_err config_file_draft(struct config_file *file, const struct config_edit *edit,
    struct kb_file_draft *ret, struct kb_error *err);

/* The configuration without profile NAME, as such a draft, and in *RET_OLD as it is now. */
KB_CHECKED enum kb_err config_file_draft_removal(struct config_file *file, const char *name,
    struct kb_file_draft *ret, struct kb_file_draft *ret_old, struct kb_error *err);

/*
 * Puts DRAFT into its place. KB_ERR_CONFIG when another file has come there since the draft was
 * made, or since the last commit: an editor takes no lock. Afterwards there is no draft.
 */
KB_CHECKED enum kb_err config_file_commit(
    struct config_file *file, struct kb_file_draft *draft, struct kb_error *err);

#endif
