/*
 * The folder of cards, $XDG_DATA_HOME/keybearer/clients. It holds nothing else, so that its
 * identity tells whether any client changed (kb_config_identify()).
 *
 * Readers take no lock. A writer holds one from kb_cards_open() to kb_cards_close(), and gives
 * each change a stamp of its own, even where the clock of the file system ticks slowly.
 */
#ifndef KB_CORE_CARDS_H
#define KB_CORE_CARDS_H

#include "base/error.h"
#include "core/card.h"
#include "core/place.h"

#include <stdbool.h>

#define KB_CARDS_PATH_MAX KB_DATA_PATH_MAX

/* As kb_data_path(). */
KB_CHECKED enum kb_err kb_cards_path(char path[static KB_CARDS_PATH_MAX], struct kb_error *err);

/* The card of PROFILE in this configuration. KB_ERR_NOT_FOUND: there is none. */
KB_CHECKED enum kb_err kb_cards_read(
    const char *profile, struct kb_card *ret, struct kb_error *err);

/*
 * The client of PROFILE by its card. KB_ERR_NOT_FOUND without sys: it has a card and no client;
 * with ENOENT as sys: it has no card. KB_ERR_DENIED: it is bound to something else.
 */
KB_CHECKED enum kb_err kb_cards_find(
    const struct kb_profile *profile, struct kb_card_client *ret, struct kb_error *err);

/*
 * Calls SEE with each card of the folder that names PROFILE (NULL: any), whosever configuration it
 * is of, until that returns false. An error says that SEE may have missed one: the folder or a card
 * cannot be read. No folder is KB_OK.
 */
KB_CHECKED enum kb_err kb_cards_each(const char *profile,
    bool (*see)(const struct kb_card *card, void *data), void *data, struct kb_error *err);

struct kb_cards {
    int dir; /* locked; -1: not open */
};

#define KB_CARDS_INIT ((struct kb_cards){.dir = -1})

/* Makes the folder and locks it. KB_ERR_TIMEOUT when another writer does not finish. */
KB_CHECKED enum kb_err kb_cards_open(struct kb_cards *ret, struct kb_error *err);

/* Puts CARD into its place; one without clients is removed. */
KB_CHECKED enum kb_err kb_cards_write(
    const struct kb_cards *cards, const struct kb_card *card, struct kb_error *err);

/* Whether the folder still says of CARD's profile what CARD says; without clients: nothing. */
bool kb_cards_still_say(const struct kb_cards *cards, const struct kb_card *card);

void kb_cards_close(struct kb_cards *cards);

#endif
