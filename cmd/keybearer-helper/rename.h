/*
 * What one `rename` works with. rename.c owns its order, rename_find.c what each of the two names
 * has, and whether the new one is free.
 */
#ifndef KB_HELPER_RENAME_H
#define KB_HELPER_RENAME_H

#include "helper.h"

#include "config_file.h"
#include "core/cards.h"
#include "core/client.h"

struct renaming {
    const char *from, *to;
    struct ask ask;
    struct kb_config config;
    const struct kb_profile *profile; /* as it is called FROM; NULL: it is called TO already */
    struct kb_card old, new;          /* count 0: there is none */
    struct kb_client clients[KB_CARD_CLIENTS_MAX]; /* of the old card what is not spare, in order */
    size_t count;
    size_t mentions;
    struct config_file file;
    struct kb_file_draft draft;
    struct kb_cards cards;
    struct kb_error left;
};

/* --- rename_find.c --- */

/*
 * Fills configuration, profile and cards. KB_ERR_USAGE: the new name is taken, but by a rename of
 * this profile that was killed; or the client must be adopted first. KB_ERR_NOT_FOUND: there is no
 * profile of the old name, and none that was renamed from it.
 */
KB_CHECKED enum kb_err rename_find(struct renaming *r, struct kb_error *err);

#endif
