/*
 * What one `remove` works with. remove.c owns its order and its question, remove_clients.c how the
 * clients of a card go, remove_orphan.c what there is to remove without a profile.
 */
#ifndef KB_HELPER_REMOVE_H
#define KB_HELPER_REMOVE_H

#include "helper.h"

#include "core/cards.h"
#include "core/report.h"

/* What is to go: as the person is told, and the cards as they were then. */
struct removal {
    const char *name;
    bool yes;
    bool asked;
    struct kb_card seen;
};

/* --- remove_clients.c --- */

/* A yes was to what was there then. KB_ERR_CONFIG: CARD has something else in use by now. */
KB_CHECKED enum kb_err remove_check_still(
    const struct removal *removal, const struct kb_card *card, struct kb_error *err);

/*
 * Takes all clients of CARD out of their stores, and then CARD away. All are spare first: killed
 * from there on, nobody uses what is half removed. What was spare before may stay, and on the card,
 * where RET_LEFT is given: it says why, or what became of the one in use. On failure nothing that
 * was in use is gone.
 */
KB_CHECKED enum kb_err remove_clients(const struct kb_cards *cards, const struct kb_card *card,
    struct kb_error *ret_left, struct kb_error *err);

/* --- remove_orphan.c --- */

/*
 * What a command that was killed half way left without a profile. ERR says already that there is
 * none, and stays so where nothing is left, with KB_ERR_NOT_FOUND. RET says if it was a key.
 */
KB_CHECKED enum kb_err remove_orphan(const struct removal *removal, const struct kb_cards *cards,
    struct kb_report_remove *ret, struct kb_error *err);

#endif
