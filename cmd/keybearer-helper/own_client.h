/*
 * Whose client is whose: which of the stored ones belongs to a profile of this configuration,
 * and what is to be said where none does.
 */
#ifndef KB_HELPER_OWN_CLIENT_H
#define KB_HELPER_OWN_CLIENT_H

#include "backends/store.h"
#include "base/attr.h"
#include "base/error.h"
#include "core/cards.h"
#include "core/client.h"
#include "core/profile.h"

#include <stdbool.h>

/*
 * The client of PROFILE: what its card says, or without a card what release 0.1 stored under its
 * name, unless that is another configuration's. KB_ERR_NOT_FOUND, KB_ERR_DENIED as
 * kb_cards_find(); the error names whose client there is.
 */
KB_CHECKED enum kb_err own_client_find(
    const struct kb_profile *profile, struct kb_card_client *ret, struct kb_error *err);

/*
 * The client of version 1 that lies under PROFILE's name in its store, for whom no card speaks.
 * KB_ERR_NOT_FOUND: there is none (then sys is ENOENT), or it may be another configuration's;
 * where a person ASKED for it, only if a card says so.
 */
KB_CHECKED enum kb_err own_client_version_1(
    const struct kb_profile *profile, bool asked, struct kb_card_client *ret, struct kb_error *err);

/*
 * Whether a client without a card may be ours: not while KEYBEARER_CONFIG names a second
 * configuration, since release 0.1 knew clients by the name of their profile only.
 */
bool own_client_may_claim(void);

/* What a store is to know for CLIENT of PROFILE. Both, and BOND, must live as long as that. */
struct kb_store_context own_client_context(const char *profile, const struct kb_card_client *client,
    const struct kb_bond *bond, bool interactive);

/* Reads CLIENT of PROFILE, which must be bound to what the profile asks for. */
KB_CHECKED enum kb_err own_client_load(const struct kb_profile *profile,
    const struct kb_card_client *client, bool interactive, struct kb_client *ret,
    struct kb_error *err);

/* Takes CLIENT out of its store; one that is not there is no error. */
KB_CHECKED enum kb_err own_client_remove(
    const char *profile, const struct kb_card_client *client, struct kb_error *err);

/*
 * Takes the spare clients of CARD out of their stores, and out of CARD. What has to stay stays
 * in both, and *RET_LEFT says why.
 */
void own_client_sweep(struct kb_card *card, struct kb_error *ret_left);

#endif
