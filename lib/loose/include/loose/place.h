/*
 * Where credentials are known to lie in clear: a table of files, whose tool each is, and what can
 * be done about one. Nothing here opens a file.
 */
#ifndef KB_LOOSE_PLACE_H
#define KB_LOOSE_PLACE_H

#include "loose/parse.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* What a path begins with. */
enum kb_loose_base {
    KB_LOOSE_HOME,
    KB_LOOSE_CONFIG, /* $XDG_CONFIG_HOME, else ~/.config */
    KB_LOOSE_HERE,   /* the working directory */
};

struct kb_loose_place {
    const char *word; /* of the tool, as a person types it; several files may have one */
    enum kb_loose_base base;
    const char *path; /* below the base */
    enum kb_loose_format format;
    const char *cure; /* for what is no client: a command, or words */
};

const struct kb_loose_place *kb_loose_places(size_t *ret_count);

/* Where PLACE is; false: its base is not known. */
bool kb_loose_path(const struct kb_loose_place *place, char ret[static PATH_MAX]);

/* The first place of the table that is called WORD; NULL: none is. */
const struct kb_loose_place *kb_loose_place_by_word(const char *word);

/* The format of a file that a person names, by the end of its PATH. */
enum kb_loose_format kb_loose_format_of(const char *path);

/* Whether a file of FORMAT is a program, which nobody but the person edits. */
bool kb_loose_is_program(enum kb_loose_format format);

#endif
