/*
 * Whose client is whose: which of the stored ones belongs to a profile of this configuration,
 * and what is to be said where none does.
 */
#ifndef KB_HELPER_OWN_CLIENT_H
#define KB_HELPER_OWN_CLIENT_H

#include "backends/store.h"
#include "base/error.h"
#include "core/cards.h"
#include "core/client.h"
#include "core/profile.h"

#include <stdbool.h>

/*
 * The client of PROFILE: what its card says, or without a card what release 0.1 stored under its
 * name, unless that is another configuration's. KB_ERR_NOT_FOUND, KB_ERR_DENIED as
 * kb_cards_find(); the error, which must be given, names whose client there is.
 */
KB_CHECKED enum kb_err own_client_find(
    const struct kb_profile *profile, struct kb_card_client *ret, struct kb_error *err);

/*
 * The client of version 1 that lies under PROFILE's name in its store, for whom no card speaks.
 * KB_ERR_NOT_FOUND: there is none (then sys is ENOENT), or another configuration's card has it.
 * Unless a person ASKED for it, also where this is not the home's usual configuration.
 */
KB_CHECKED enum kb_err own_client_version_1(
    const struct kb_profile *profile, bool asked, struct kb_card_client *ret, struct kb_error *err);

/*
 * Whether configuration and vault are where they are by default below one home. Release 0.1 knew
 * clients by the name of their profile only: what a variable names besides has none of those.
 */
bool own_client_is_usual_place(void);

/* An empty card of PROFILE in this configuration. */
KB_CHECKED enum kb_err own_client_new_card(
    const char *profile, struct kb_card *ret, struct kb_error *err);

/* The card of PROFILE, whatever release 0.1 stored; an empty one where there is none. */
KB_CHECKED enum kb_err own_client_read_card(
    const char *profile, struct kb_card *ret, struct kb_error *err);

/* The card of PROFILE; or a new one, with the client of own_client_version_1() if there is one. */
KB_CHECKED enum kb_err own_client_card(
    const struct kb_profile *profile, bool asked, struct kb_card *ret, struct kb_error *err);

/*
 * What a store is to know for the client of REF (NULL: of version 1). All of these must live as
 * long as that.
 */
struct kb_store_context own_client_context(
    const char *profile, const struct kb_ref *ref, const struct kb_bond *bond, bool interactive);

/* NULL for one of version 1, which has no reference of its own where it lies. */
const struct kb_ref *own_client_ref(const struct kb_card_client *client);

/* Reads CLIENT of PROFILE, which must be bound to what the profile asks for. */
KB_CHECKED enum kb_err own_client_load(const struct kb_profile *profile,
    const struct kb_card_client *client, bool interactive, struct kb_client *ret,
    struct kb_error *err);

/*
 * Takes CLIENT out of its store, which INTERACTIVE may ask to unlock. One that is not there is no
 * error: *RET_MISSING (may be NULL) says so.
 */
KB_CHECKED enum kb_err own_client_remove(const char *profile, const struct kb_card_client *client,
    bool interactive, bool *ret_missing, struct kb_error *err);

/*
 * Takes the spare clients of CARD out of their stores, and out of CARD. Asks nobody. What has to
 * stay stays in both, and *RET_LEFT says why.
 */
void own_client_sweep(struct kb_card *card, struct kb_error *ret_left);

/* Which of a card's entries go when another takes their place. */
enum {
    OTHER_CLIENTS = 1,
    OTHER_KEYS = 2, /* that keygen made, and `add` has not completed */
};

/*
 * Of CARD's clients the one of KEEP stays; the OTHERS go from their stores, and last from CARD, as
 * does what is spare. TAKEN, another configuration's card whose clients are among them, or NULL,
 * goes too. KB_ERR_SYSTEM or what else stops a card from being written: it is done as far as that.
 */
KB_CHECKED enum kb_err own_client_keep_one(const struct kb_cards *cards, struct kb_card *card,
    const struct kb_ref *keep, unsigned others, const struct kb_card *taken,
    struct kb_error *ret_left, struct kb_error *err);

#endif
