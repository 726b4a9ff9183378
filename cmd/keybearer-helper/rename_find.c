/*
 * What is there before a rename: the profile, the cards of both names, and what a rename that was
 * killed left of them. Must never take for a copy what may be another client.
 */
#include "rename.h"

#include "own_client.h"

#include <string.h>

/* Only of a client that was renamed are all of these the same. */
static bool is_copy(const struct kb_card_client *one, const struct kb_card_client *other)
{
    return one->since == other->since && strcmp(one->store, other->store) == 0 &&
           kb_bond_equal(&one->bound, &other->bound) && strcmp(one->key.spki, other->key.spki) == 0;
}

/* Whether all that CARD has in use is a copy of something in use on the card of ORIGINAL. */
static bool is_all_copied(const struct kb_card *card, const struct kb_card *original)
{
    for (size_t i = 0; i < card->count; i++) {
        bool copied = card->clients[i].spare;

        for (size_t n = 0; !copied && n < original->count; n++)
            copied =
                !original->clients[n].spare && is_copy(&card->clients[i], &original->clients[n]);
        if (!copied)
            return false;
    }
    return true;
}

/* A rename that was killed once the configuration had the new name. */
static enum kb_err find_renamed(struct renaming *r, struct kb_error *err)
{
    struct kb_error no_profile = *err;
    enum kb_err rc;

    if (!kb_config_find(&r->config, r->to))
        return KB_ERR_NOT_FOUND;
    rc = own_client_read_card(r->from, &r->old, err);
    if (!rc)
        rc = own_client_read_card(r->to, &r->new, err);
    if (rc || (r->old.count > 0 && is_all_copied(&r->old, &r->new)))
        return rc;
    *err = no_profile;
    return KB_ERR_NOT_FOUND;
}

static enum kb_err refuse_taken(const struct renaming *r, struct kb_error *err)
{
    if (kb_config_find(&r->config, r->to))
        return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "there is a profile %s already", r->to),
            "keybearer list");
    return kb_hinted(err,
        kb_fail(err, KB_ERR_USAGE, "a %s is stored for %s already, which is no profile yet",
            kb_card_made_key(&r->new) ? "key that keygen made" : "client", r->to),
        "give another name; or, if nobody needs that, first: keybearer remove %s", r->to);
}

/* Its bond is not known before a person says yes to one. */
static enum kb_err refuse_version_1(const struct renaming *r, struct kb_error *err)
{
    return kb_hinted(err,
        kb_fail(err, KB_ERR_USAGE, "the client of %s was stored by an earlier version", r->from),
        "first: keybearer adopt %s", r->from);
}

enum kb_err rename_find(struct renaming *r, struct kb_error *err)
{
    enum kb_err rc = kb_config_load_profile(r->from, &r->config, &r->profile, err);

    if (rc == KB_ERR_NOT_FOUND)
        return find_renamed(r, err);
    if (!rc && kb_config_find(&r->config, r->to))
        return refuse_taken(r, err);
    if (!rc)
        rc = own_client_card(r->profile, false, &r->old, err);
    if (!rc)
        rc = own_client_read_card(r->to, &r->new, err);
    if (rc)
        return rc;
    for (size_t i = 0; i < r->old.count; i++)
        if (r->old.clients[i].version_1)
            return refuse_version_1(r, err);
    return is_all_copied(&r->new, &r->old) ? KB_OK : refuse_taken(r, err);
}
