/*
 * A file of the person's, mostly another program's, of which we change a part: read whole, and
 * replaced whole if nobody changed it meanwhile.
 *
 * Links on the way to it are followed and stay: the file that they lead to is replaced. So its
 * mode stays, and its group where we may give it, and what programs noted beside it (extended
 * attributes "user."). Access control lists and other attributes do not. Refused is what is not the
 * person's alone to change (base/trust.h), what is no regular file, what has a second name (it
 * would become two files), and what its owner made read-only.
 */
#ifndef KB_BASE_EDITED_H
#define KB_BASE_EDITED_H

#include "base/buf.h"
#include "base/error.h"

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

#define KB_EDITED_MAX (4U << 20) /* bytes; also what may come out */

struct kb_edited {
    char path[PATH_MAX]; /* where it lies, or will; without links, where there is a folder */
    bool exists;
    int lacks;      /* how many of the folders above it are not there */
    struct stat st; /* if it EXISTS */
    struct kb_buf text;
};

#define KB_EDITED_INIT ((struct kb_edited){.text = KB_BUF_INIT(KB_EDITED_MAX)})

/*
 * Reads absolute PATH into *RET, which is fresh; clear it in any case. A file that is not there is
 * an empty text. KB_ERR_DENIED: it may not be edited, the hint says why not or what helps.
 * KB_ERR_CORRUPT: it is larger than KB_EDITED_MAX. KB_ERR_SYSTEM: the rest.
 */
KB_CHECKED enum kb_err kb_edited_read(
    const char *path, struct kb_edited *ret, struct kb_error *err);

/*
 * Puts TEXT in the place of the FILE that was read, atomically and durably; a new one, and the
 * folders that it lacks, are for the person alone. *RET_CHANGED: somebody else changed it
 * meanwhile, and nothing was done: read it again. Only for one process at a time in a folder: it
 * also removes what a killed one of ours left there.
 */
KB_CHECKED enum kb_err kb_edited_write(const struct kb_edited *file, const struct kb_buf *text,
    bool *ret_changed, struct kb_error *err);

/* The same, with no file in its place. */
KB_CHECKED enum kb_err kb_edited_remove(
    const struct kb_edited *file, bool *ret_changed, struct kb_error *err);

/* Removes what a killed process of ours left beside the FILE that was read. */
void kb_edited_sweep(const struct kb_edited *file);

/* KB_ERR_DENIED where its owner, of whom PATH with ST is, made it read-only; the hint names chmod.
 */
KB_CHECKED enum kb_err kb_edited_check_mode(
    const struct stat *st, const char *path, struct kb_error *err);

/*
 * KB_ERR_DENIED: nothing can be made at absolute PATH, where nothing is: in its folder, or where
 * that is not there in the last one above it that is.
 */
KB_CHECKED enum kb_err kb_edited_check_place(const char *path, struct kb_error *err);

/* KB_ERR_SYSTEM: PATH was changed each time that it was read. */
KB_CHECKED enum kb_err kb_edited_keeps_changing(const char *path, struct kb_error *err);

/*
 * Where absolute PATH lies, or would: without links, as far as it is there. Checks nothing: a name
 * for it that does not change with a link.
 */
void kb_edited_lies(const char *path, char ret[static PATH_MAX]);

/* How many of the folders above absolute PATH are not there. */
int kb_edited_lacks(const char *path);

/* Removes the last COUNT folders above PATH, as far as they are empty. */
void kb_edited_remove_folders(const char *path, int count);

void kb_edited_clear(struct kb_edited *file);

#endif
