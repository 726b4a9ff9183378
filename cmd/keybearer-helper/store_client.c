/*
 * Storing a client together with its profile: afterwards both are new, or both are as they
 * were; and killed at any moment, the profile has a client that fits it, and the profile's card
 * (core/card.h) knows all that lies in a store.
 *
 *     card {new, spare; old} -> store -> card {new; old} -> configuration -> card {new; old, spare}
 *     -> store -> card {new}
 *
 * A key without a client goes the same way, without a configuration; the client in use stays. Must
 * never touch a client that is not on the profile's card.
 */
#include "config/identity.h"
#include "helper.h"

#include "config_file.h"
#include "core/public_key.h"
#include "own_client.h"
#include "sign/key.h"

#include <string.h>

/* What one storing works with. */
struct storing {
    const char *name, *store;
    const struct kb_profile *fresh;  /* NULL: a key, whatever the profile says */
    const struct adopted *adopted;   /* NULL: nothing was */
    struct kb_config config;         /* as it was */
    const struct kb_profile *former; /* in it; NULL: there was none */
    struct config_file file;
    struct kb_file_draft draft; /* of the configuration, where that changes */
    struct kb_cards cards;
    struct kb_card card;
};

static void clear(struct storing *s)
{
    kb_file_discard(&s->draft);
    kb_config_clear(&s->config);
    kb_cards_close(&s->cards);
    config_file_close(&s->file);
}

/* --- what was there ----------------------------------------------------------------- */

static enum kb_err remember_profile(struct storing *s, struct kb_error *err)
{
    enum kb_err rc = kb_config_load_profile(s->fresh->name, &s->config, &s->former, err);

    return rc == KB_ERR_NOT_FOUND || rc == KB_ERR_CONFIG ? KB_OK : rc;
}

/* Where there is no card yet: a new one, with the client that release 0.1 stored, if any. */
static enum kb_err remember_card(struct storing *s, struct kb_error *err)
{
    const struct kb_profile *known = s->former ? s->former : s->fresh;
    struct kb_card none;
    enum kb_err rc = own_client_new_card(s->fresh->name, &none, err);

    if (!rc)
        rc = own_client_card(known, s->adopted != NULL, &s->card, err);
    /* Of a store that is not there nothing can be said; the next `add` or `remove` looks again. */
    if (rc && strcmp(known->store, s->fresh->store) != 0 && kb_cards_still_say(&s->cards, &none)) {
        s->card = none;
        rc = KB_OK;
    }
    return rc;
}

/* A person said yes to what was seen then. */
static enum kb_err check_adopted(const struct storing *s, struct kb_error *err)
{
    const struct adopted *adopted = s->adopted;

    if (!adopted || (kb_cards_still_say(&s->cards, adopted->own) &&
                        (!adopted->taken || kb_cards_still_say(&s->cards, adopted->taken))))
        return KB_OK;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_CONFIG, "the client of %s changed meanwhile", s->fresh->name),
        "run the command again");
}

/* A client for a profile as it is: that must still be what the client was proved with. */
static enum kb_err check_same(
    const struct storing *s, const struct kb_client *client, struct kb_error *err)
{
    struct kb_cache_key planned = kb_cache_key_for_profile(s->fresh, &client->ref), now;
    struct kb_bond bond;

    if (s->former && !kb_bond_of(s->former, &bond, NULL) && kb_bond_equal(&bond, &client->bound)) {
        now = kb_cache_key_for_profile(s->former, &client->ref);
        if (memcmp(planned.bytes, now.bytes, sizeof(now.bytes)) == 0)
            return KB_OK;
    }
    return kb_hinted(err,
        kb_fail(err, KB_ERR_CONFIG, "the settings of profile %s changed meanwhile", s->fresh->name),
        "run the command again");
}

/* A configuration that stays as it is need not be writable; who changes it locks the cards. */
static enum kb_err remember(struct storing *s, const struct kb_client *client,
    const struct new_settings *settings, struct kb_error *err)
{
    enum kb_err rc = settings ? config_file_open(&s->file, err) : KB_OK;

    if (!rc)
        rc = kb_cards_open(&s->cards, err);
    if (!rc)
        rc = check_adopted(s, err);
    if (!rc)
        rc = remember_profile(s, err);
    if (!rc)
        rc = settings ? settings->check(settings->context, &s->file, err)
                      : check_same(s, client, err);
    if (!rc && settings)
        rc = config_file_draft(&s->file, settings->edit, &s->draft, err);
    return rc ? rc : remember_card(s, err);
}

/* --- what comes --------------------------------------------------------------------- */

static enum kb_err no_room(const struct storing *s, struct kb_error *err)
{
    return kb_hinted(err,
        kb_fail(err, KB_ERR_UNAVAILABLE, "%d clients of %s wait to be removed from their store",
            KB_CARD_CLIENTS_MAX - 1, s->name),
        "keybearer unlock %s, then try again", s->name);
}

enum kb_err describe_key(
    const struct kb_client *client, struct kb_card_key *ret, struct kb_error *err)
{
    KB_AUTO(kb_key_public_clear) struct kb_key_public part = {.spki = NULL};
    struct kb_card_key key = {.alg = ""};
    enum kb_err rc = kb_key_public_part(client, &part, err);

    if (!rc)
        rc = kb_public_key_thumbprint(part.spki, key.jwk, err);
    if (rc)
        return rc;
    if (!kb_text_copy(key.spki, sizeof(key.spki), part.spki))
        return kb_fail(err, KB_ERR_USAGE, "the public key is too long");
    kb_text_copy(key.alg, sizeof(key.alg), kb_jws_alg_name(client->alg));
    kb_text_copy(key.kid, sizeof(key.kid), client->kid ? client->kid : "");
    kb_text_copy(key.certificate, sizeof(key.certificate), part.certificate);
    *ret = key;
    return KB_OK;
}

/* On the card as a spare one: whatever happens now, somebody will clear it away. */
static enum kb_err announce(struct storing *s, const struct kb_client *client, struct kb_error *err)
{
    struct kb_card_client entry = {.ref = client->ref,
        .bound = client->bound,
        .since = kb_clock_seconds(kb_clock_now().wall_ms),
        .spare = true};
    enum kb_err rc = client->proof & KB_PROOF_KEY ? describe_key(client, &entry.key, err) : KB_OK;

    if (rc)
        return rc;
    kb_text_copy(entry.store, sizeof(entry.store), s->store);
    if (!kb_card_put(&s->card, &entry))
        return no_room(s, err);
    return kb_cards_write(&s->cards, &s->card, err);
}

static enum kb_err save(
    const struct storing *s, const struct kb_client *client, struct kb_error *err)
{
    struct kb_store_context context =
        own_client_context(s->name, &client->ref, &client->bound, true);

    return kb_store_find(s->store)->save(&context, client, err);
}

/* The new one is of no use: as it was before. Nobody is asked anything more. */
static void withdraw(struct storing *s)
{
    const struct kb_card_client new = s->card.clients[0];

    s->card.clients[0].spare = true;
    if (!new.spare && kb_cards_write(&s->cards, &s->card, NULL))
        return;
    if (!own_client_remove(s->name, &new, false, NULL, NULL))
        kb_card_drop(&s->card, &new.ref);
    KB_IGNORE(kb_cards_write(&s->cards, &s->card, NULL));
}

/* The clients of TAKEN, another configuration's card, are this card's to clear away. */
static enum kb_err take_over(struct storing *s, const struct kb_card *taken, struct kb_error *err)
{
    if (taken->count > KB_CARD_CLIENTS_MAX - s->card.count)
        return no_room(s, err);
    for (size_t i = 0; i < taken->count; i++) {
        struct kb_card_client *client = &s->card.clients[s->card.count++];

        *client = taken->clients[i];
        client->spare = client->spare || !kb_bond_is_nowhere(&client->bound);
    }
    return KB_OK;
}

/* In one step with what it replaces elsewhere: else a kill in between would leave that behind. */
static enum kb_err put_in_use(struct storing *s, struct kb_error *err)
{
    const struct kb_card *taken = s->adopted ? s->adopted->taken : NULL;
    size_t own = s->card.count;
    enum kb_err rc = taken ? take_over(s, taken, err) : KB_OK;

    if (!rc) {
        s->card.clients[0].spare = false;
        rc = kb_cards_write(&s->cards, &s->card, err);
        s->card.clients[0].spare = !!rc; /* as on the disk, which may be full */
    }
    if (!rc && s->draft.dirfd >= 0)
        rc = config_file_commit(&s->file, &s->draft, err);
    if (rc)
        s->card.count = own;
    return rc;
}

/* --- what goes ---------------------------------------------------------------------- */

static void retire(struct storing *s, unsigned others, struct kb_error *ret_left)
{
    const struct kb_card *taken = s->adopted ? s->adopted->taken : NULL;
    struct kb_error why = KB_ERROR_INIT;

    if (own_client_keep_one(
            &s->cards, &s->card, &s->card.clients[0].ref, others, taken, ret_left, &why))
        kb_fail(
            ret_left, why.code, "the old client of %s may still be stored (%s)", s->name, why.msg);
}

/* The lock is held: no other key comes any more. */
static enum kb_err check_agreed(
    const struct storing *s, const struct made_key *made, struct kb_error *err)
{
    const struct kb_card_client *there = kb_card_made_key(&s->card);

    if (!made->goes || !there || kb_ref_equal(&there->ref, &made->agreed))
        return KB_OK;
    return kb_hinted(err, kb_fail(err, KB_ERR_CONFIG, "the key of %s changed meanwhile", s->name),
        "run the command again");
}

/* OTHERS of the card go when CLIENT has taken their place. */
static enum kb_err replace(struct storing *s, const struct kb_client *client, unsigned others,
    struct kb_error *ret_left, struct kb_error *err)
{
    struct kb_error ignored = KB_ERROR_INIT;
    enum kb_err rc;

    own_client_sweep(&s->card, &ignored);
    rc = announce(s, client, err);
    if (rc)
        return rc;
    rc = save(s, client, err);
    if (!rc)
        rc = put_in_use(s, err);
    if (rc)
        withdraw(s);
    else
        retire(s, others, ret_left);
    return rc;
}

enum kb_err store_client(const struct kb_profile *profile, const struct kb_client *client,
    const struct new_settings *settings, const struct adopted *adopted, const struct made_key *made,
    struct kb_error *ret_left, struct kb_error *err)
{
    KB_AUTO(clear)
    struct storing s = {.name = profile->name,
        .store = profile->store,
        .fresh = profile,
        .adopted = adopted,
        .file = CONFIG_FILE_INIT,
        .draft = KB_FILE_DRAFT_INIT,
        .cards = KB_CARDS_INIT};
    unsigned others = OTHER_CLIENTS | (made->goes ? OTHER_KEYS : 0);
    enum kb_err rc = remember(&s, client, settings, err);

    if (!rc)
        rc = check_agreed(&s, made, err);
    return rc ? rc : replace(&s, client, others, ret_left, err);
}

/* --- a key without a client --------------------------------------------------------- */

static enum kb_err refuse_other(const struct kb_card *card, struct kb_error *err)
{
    const char *name = card->profile;

    if (kb_card_made_key(card))
        return kb_hinted(err,
            kb_fail(
                err, KB_ERR_USAGE, "there is a key for %s already, which has no client yet", name),
            "keybearer show %s --public-key; for another key: keybearer keygen %s --replace", name,
            name);
    for (size_t i = 0; i < card->count; i++)
        if (!card->clients[i].spare)
            return kb_hinted(err,
                kb_fail(err, KB_ERR_USAGE, "profile %s has a client already", name),
                "for a new key, which the next add of %s takes: keybearer keygen %s --replace",
                name, name);
    return KB_OK;
}

enum kb_err check_key_is_new(const char *name, struct kb_error *err)
{
    struct kb_card card;
    enum kb_err rc = kb_cards_read(name, &card, err);

    if (rc == KB_ERR_NOT_FOUND)
        return KB_OK;
    return rc ? rc : refuse_other(&card, err);
}

static enum kb_err remember_keys(
    struct storing *s, const struct kb_profile *profile, bool replaces, struct kb_error *err)
{
    enum kb_err rc = kb_cards_open(&s->cards, err);

    if (!rc)
        rc = kb_cards_read(s->name, &s->card, err);
    if (rc == KB_ERR_NOT_FOUND)
        rc = profile ? own_client_card(profile, false, &s->card, err)
                     : own_client_new_card(s->name, &s->card, err);
    return rc || replaces ? rc : refuse_other(&s->card, err);
}

enum kb_err store_key(const struct kb_profile *profile, const char *store,
    const struct kb_client *key, const struct made_key *made, struct kb_error *ret_left,
    struct kb_error *err)
{
    KB_AUTO(clear)
    struct storing s = {.name = key->profile,
        .store = store,
        .file = CONFIG_FILE_INIT,
        .draft = KB_FILE_DRAFT_INIT,
        .cards = KB_CARDS_INIT};
    enum kb_err rc = remember_keys(&s, profile, made->goes, err);

    if (!rc)
        rc = check_agreed(&s, made, err);
    return rc ? rc : replace(&s, key, OTHER_KEYS, ret_left, err);
}
