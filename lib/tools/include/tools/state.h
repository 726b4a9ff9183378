/*
 * What `setup` changed, so that it can be taken back: $XDG_STATE_HOME/keybearer/setup.json, 0600,
 * in a folder 0700. It never holds what may be a credential.
 */
#ifndef KB_TOOLS_STATE_H
#define KB_TOOLS_STATE_H

#include "tools/tool.h"

#include "base/fd.h"

#include <limits.h>

/* One change that was made, or was about to be. */
struct kb_done {
    char *tool, *profile;
    char *config; /* as in struct kb_change */
    enum kb_way way;
    char *file;              /* COMMAND: that the tool wrote to; "": only it knows */
    char *real;              /* where FILE was then, behind links; NULL: there, or not known */
    struct kb_strings place; /* as in struct kb_change */
    char *before;            /* JSON: the helper that stood there; or NULL */
    char *after;             /* as struct kb_change's value */
    char *earlier;           /* what we had there before that, and a crash may have left; or NULL */
    int made;                /* JSON: objects that were made around it */
    bool joined;             /* BLOCK: a line before it was ended for it */
    bool created;            /* the file was made for it */
    int folders;             /* and so many of the folders above it */
};

struct kb_state {
    struct kb_done *items;
    size_t count;
    int dirfd; /* locked; -1: only read */
};

#define KB_STATE_INIT ((struct kb_state){.dirfd = -1})

/*
 * Reads the state; where there is none it is empty. To CHANGE it, waits ten seconds at most for
 * whoever else does, and keeps that lock until *RET is cleared. KB_ERR_CORRUPT: it is damaged.
 * KB_ERR_TIMEOUT: somebody else changes it.
 */
KB_CHECKED enum kb_err kb_state_open(bool change, struct kb_state *ret, struct kb_error *err);

/* Writes it, atomically; an empty one has no file. Only where it was opened to change it. */
KB_CHECKED enum kb_err kb_state_save(const struct kb_state *state, struct kb_error *err);

void kb_state_clear(struct kb_state *state);

/*
 * Where FILE of a change by WAY lies now, behind all links but the one that the change itself is;
 * "" for a FILE that is NULL or "".
 */
void kb_way_lies(enum kb_way way, const char *file, char ret[static PATH_MAX]);

/*
 * Before undoing: what was made behind a link that leads elsewhere by now becomes two, one at FILE
 * and one where it was made. Each is looked at, taken back and forgotten by itself.
 */
void kb_state_follow_links(struct kb_state *state);

/* Whether DONE is at the place of CHANGE, whatever was put there. */
bool kb_done_is_at(const struct kb_done *done, const struct kb_change *change);

/* Whether DONE is for a profile of another configuration than the one that is used now. */
bool kb_done_is_of_other(const struct kb_done *done);

/* What is known of CHANGE: at the same place of the same file. NULL: nothing. */
struct kb_done *kb_state_find(const struct kb_state *state, const struct kb_change *change);

/*
 * A new last item for CHANGE; or the one that is known, given CHANGE's value. What it had before
 * becomes `earlier`. One that was made behind a link that leads elsewhere by now stays, for there.
 */
struct kb_done *kb_state_put(struct kb_state *state, const struct kb_change *change);

/* Forgets ITEM, which is one of the state's. */
void kb_state_drop(struct kb_state *state, struct kb_done *item);

#endif
