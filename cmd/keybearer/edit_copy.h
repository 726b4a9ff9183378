/*
 * The copy of the configuration that an editor gets: in a folder of its own beside the
 * configuration, which nobody else may enter, so that what the editor keeps meanwhile lies there,
 * too, and goes with it.
 */
#ifndef KB_FRONT_EDIT_COPY_H
#define KB_FRONT_EDIT_COPY_H

#include "base/buf.h"
#include "base/error.h"
#include "base/strings.h"
#include "config/config.h"

#include <limits.h>
#include <stdbool.h>

struct edit_copy {
    char folder[PATH_MAX];   /* "": there is none */
    char path[PATH_MAX];     /* what is edited */
    char original[PATH_MAX]; /* the same text, which stays as it is */
    struct kb_buf text;
    bool keeps; /* the folder stays: the person needs the text */
    int lock;   /* of the folder: somebody edits here */
    struct kb_strings
        left; /* folders of earlier ones that were killed, with a text of the person's */
};

#define EDIT_COPY_INIT ((struct edit_copy){.text = KB_BUF_INIT(KB_CONFIG_MAX), .lock = -1})

/*
 * Copies the configuration. What a killed one left goes, if it says nothing new. KB_ERR_CONFIG:
 * the configuration cannot be read as a file that only we write; KB_ERR_SYSTEM: nothing can be
 * made beside it.
 */
KB_CHECKED enum kb_err edit_copy_make(struct edit_copy *ret, struct kb_error *err);

/* Takes from others the right to write to what an editor saved: nobody may enter the folder. */
void edit_copy_settle(const struct edit_copy *copy);

/*
 * Whether an editor saved another text, or one that cannot be read. What is no regular file, or
 * blank, holds none of the person's.
 */
bool edit_copy_is_changed(const struct edit_copy *copy);

/* Removes the folder and what is in it, unless it is to be kept. */
void edit_copy_clear(struct edit_copy *copy);

#endif
