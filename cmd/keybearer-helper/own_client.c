/*
 * Finding, reading and removing the client of a profile. Must never give away, replace or remove
 * a client that belongs to another configuration.
 */
#include "own_client.h"

#include "helper.h"

#include <errno.h>
#include <limits.h>
#include <sodium.h>
#include <string.h>

/* --- clients of version 1 ----------------------------------------------------------- */

/* Whether PATH is ROOT, of LEN bytes, and then REST. */
static bool is_below(const char *path, const char *root, size_t len, const char *rest)
{
    return strncmp(path, root, len) == 0 && strcmp(path + len, rest) == 0;
}

bool own_client_is_usual_place(void)
{
    static const char config_rest[] = "/.config/keybearer/config.json";
    static const char cards_rest[] = "/.local/share/keybearer/clients";
    char config[PATH_MAX], cards[KB_CARDS_PATH_MAX];
    size_t len;

    if (kb_config_path(config, sizeof(config), NULL) || kb_cards_path(cards, NULL) ||
        strlen(config) < sizeof(config_rest))
        return false;
    len = strlen(config) - (sizeof(config_rest) - 1);
    return is_below(config, config, len, config_rest) && is_below(cards, config, len, cards_rest);
}

/*
 * A keyring is the same whatever HOME says. So where HOME alone was changed, authorities that
 * an attacker supplied must not come with it: the origin is sealed with the client.
 */
static bool may_claim(const struct kb_profile *profile)
{
    bool in_home = kb_is_vault(profile->store);

    return own_client_is_usual_place() && (in_home || !profile->ca_file);
}

/*
 * The reference of a client that was stored without one: of the place where it lies, its store,
 * its name and its MARK. Where no card can be written, it is the same at the next call.
 */
static enum kb_err derive_ref(
    const struct kb_profile *profile, uint64_t mark, struct kb_ref *ret, struct kb_error *err)
{
    static const char label[] = "keybearer v1";
    crypto_generichash_state hash;
    char path[KB_CARDS_PATH_MAX];
    enum kb_err rc = kb_cards_path(path, err);

    if (rc)
        return rc;
    crypto_generichash_init(&hash, NULL, 0, sizeof(ret->bytes));
    crypto_generichash_update(&hash, (const unsigned char *)label, sizeof(label));
    crypto_generichash_update(&hash, (const unsigned char *)path, strlen(path) + 1);
    crypto_generichash_update(&hash, (const unsigned char *)&mark, sizeof(mark));
    crypto_generichash_update(
        &hash, (const unsigned char *)profile->store, strlen(profile->store) + 1);
    crypto_generichash_update(
        &hash, (const unsigned char *)profile->name, strlen(profile->name) + 1);
    crypto_generichash_final(&hash, ret->bytes, sizeof(ret->bytes));
    return KB_OK;
}

/* Of all cards that name the profile. */
struct owners {
    const char *store;
    char of_version_1[PATH_MAX]; /* whose configuration has the client of version 1; or "" */
    char of_any[PATH_MAX];       /* whose has a client of that name */
};

static bool see_owner(const struct kb_card *card, void *data)
{
    struct owners *owners = data;

    kb_text_copy(owners->of_any, sizeof(owners->of_any), card->config);
    for (size_t i = 0; i < card->count; i++) {
        if (card->clients[i].version_1 && strcmp(card->clients[i].store, owners->store) == 0)
            kb_text_copy(owners->of_version_1, sizeof(owners->of_version_1), card->config);
    }
    return true;
}

/* WHOSE and CONFIG are the words for who has the client of that name. */
static enum kb_err not_ours(
    const char *profile, const char *whose, const char *config, struct kb_error *err)
{
    return kb_hinted(err,
        kb_fail(err, KB_ERR_NOT_FOUND, "no client is stored for %s in this configuration; %s%s",
            profile, whose, config),
        "to use that client here, too: keybearer adopt %s; for another one: keybearer add %s",
        profile, profile);
}

static enum kb_err belongs_to(const char *profile, const char *config, struct kb_error *err)
{
    return not_ours(profile, "one of that name belongs to ", config, err);
}

static enum kb_err none_at_all(const char *profile, const char *elsewhere, struct kb_error *err)
{
    if (*elsewhere) {
        belongs_to(profile, elsewhere, err);
    } else {
        kb_fail(err, KB_ERR_NOT_FOUND, "no client is stored for %s", profile);
        kb_hint(err, "keybearer add %s", profile);
    }
    if (err)
        err->sys = ENOENT;
    return KB_ERR_NOT_FOUND;
}

static enum kb_err ask_store(
    const struct kb_profile *profile, struct kb_store_status *ret, struct kb_error *err)
{
    const struct kb_store *store = kb_store_find(profile->store);
    const struct kb_store_context context = own_client_context(profile->name, NULL, NULL, false);

    if (!store)
        return kb_fail(
            err, KB_ERR_SYSTEM, "this program does not know the store %s", profile->store);
    return store->status(&context, ret, err);
}

enum kb_err own_client_version_1(
    const struct kb_profile *profile, bool asked, struct kb_card_client *ret, struct kb_error *err)
{
    struct owners owners = {.store = profile->store};
    struct kb_card_client client = {.version_1 = true};
    struct kb_store_status status = {.present = false};
    enum kb_err rc = ask_store(profile, &status, err);

    if (rc)
        return rc;
    /* A card that cannot be read may be its owner's; without a client there is nothing to own. */
    rc = kb_cards_each(profile->name, see_owner, &owners, err);
    if (rc && status.present)
        return rc;
    if (*owners.of_version_1)
        return belongs_to(profile->name, owners.of_version_1, err);
    if (status.unseen)
        return kb_hinted(err, kb_fail(err, KB_ERR_LOCKED, "the keyring is locked"),
            "keybearer unlock %s", profile->name);
    if (!status.present)
        return none_at_all(profile->name, owners.of_any, err);
    if (!asked && !may_claim(profile))
        return not_ours(profile->name,
            "an earlier version stored one of that name, and this is not the home's usual "
            "configuration",
            "", err);
    kb_text_copy(client.store, sizeof(client.store), profile->store);
    client.since = kb_clock_seconds(kb_clock_now().wall_ms);
    rc = derive_ref(profile, status.mark, &client.ref, err);
    if (!rc)
        *ret = client;
    return rc;
}

/* --- any client --------------------------------------------------------------------- */

enum kb_err own_client_find(
    const struct kb_profile *profile, struct kb_card_client *ret, struct kb_error *err)
{
    enum kb_err rc = kb_cards_find(profile, ret, err);

    if (rc == KB_ERR_NOT_FOUND && err->sys == ENOENT)
        return own_client_version_1(profile, false, ret, err);
    return rc;
}

enum kb_err own_client_new_card(const char *profile, struct kb_card *ret, struct kb_error *err)
{
    struct kb_card card = {.count = 0};
    enum kb_err rc = kb_config_path(card.config, sizeof(card.config), err);

    if (rc)
        return rc;
    kb_text_copy(card.profile, sizeof(card.profile), profile);
    *ret = card;
    return KB_OK;
}

enum kb_err own_client_read_card(const char *profile, struct kb_card *ret, struct kb_error *err)
{
    enum kb_err rc = kb_cards_read(profile, ret, err);

    return rc == KB_ERR_NOT_FOUND ? own_client_new_card(profile, ret, err) : rc;
}

enum kb_err own_client_card(
    const struct kb_profile *profile, bool asked, struct kb_card *ret, struct kb_error *err)
{
    struct kb_card_client version_1;
    struct kb_card card;
    enum kb_err rc = kb_cards_read(profile->name, ret, err);

    if (rc != KB_ERR_NOT_FOUND)
        return rc;
    rc = own_client_new_card(profile->name, &card, err);
    if (rc)
        return rc;
    rc = own_client_version_1(profile, asked, &version_1, err);
    if (rc && rc != KB_ERR_NOT_FOUND)
        return rc;
    if (!rc)
        kb_card_put(&card, &version_1);
    *ret = card;
    return KB_OK;
}

const struct kb_ref *own_client_ref(const struct kb_card_client *client)
{
    return client->version_1 ? NULL : &client->ref;
}

struct kb_store_context own_client_context(
    const char *profile, const struct kb_ref *ref, const struct kb_bond *bond, bool interactive)
{
    return (struct kb_store_context){
        .profile = profile,
        .ref = ref,
        .bond = bond,
        .interactive = interactive,
        .deadline = kb_deadline_in_ms(interactive ? STORE_PERSON_MS : STORE_MS),
    };
}

enum kb_err own_client_load(const struct kb_profile *profile, const struct kb_card_client *client,
    bool interactive, struct kb_client *ret, struct kb_error *err)
{
    const struct kb_store *store = kb_store_find(client->store);
    struct kb_store_context context;
    int64_t began_boot_ms;
    struct kb_bond bond;
    enum kb_err rc;

    /* The configuration was changed after the front had chosen between the two programs. */
    if (!store)
        return kb_fail(
            err, KB_ERR_SYSTEM, "this program does not know the store %s", client->store);
    rc = kb_bond_of(profile, &bond, err);
    if (rc)
        return rc;
    context = own_client_context(profile->name, own_client_ref(client), &bond, interactive);
    began_boot_ms = kb_clock_now().boot_ms;
    rc = store->load(&context, ret, err);
    journal()->store_ms = kb_clock_now().boot_ms - began_boot_ms;
    kb_text_copy(journal()->store, sizeof(journal()->store), client->store);
    kb_text_copy(journal()->profile, sizeof(journal()->profile), profile->name);
    return rc;
}

enum kb_err own_client_remove(const char *profile, const struct kb_card_client *client,
    bool interactive, bool *ret_missing, struct kb_error *err)
{
    const struct kb_store *store = kb_store_find(client->store);
    struct kb_store_context context =
        own_client_context(profile, own_client_ref(client), NULL, interactive);
    enum kb_err rc;

    if (!store)
        return kb_fail(
            err, KB_ERR_SYSTEM, "this program does not know the store %s", client->store);
    rc = store->remove(&context, err);
    if (rc && rc != KB_ERR_NOT_FOUND)
        return rc;
    if (ret_missing)
        *ret_missing = !!rc;
    return KB_OK;
}

void own_client_sweep(struct kb_card *card, struct kb_error *ret_left)
{
    const struct kb_card before = *card;
    struct kb_error cause = KB_ERROR_INIT;

    for (size_t i = 0; i < before.count; i++) {
        const struct kb_card_client *client = &before.clients[i];
        enum kb_err rc;

        if (!client->spare)
            continue;
        rc = own_client_remove(card->profile, client, false, NULL, &cause);
        if (rc)
            kb_fail(ret_left, rc, "the old client of %s may still be in %s (%s)", card->profile,
                client->store, cause.msg);
        else
            kb_card_drop(card, &client->ref);
    }
}

/* Whether CARD names any of the OTHERS than the one of KEEP; all of these are spare now. */
static bool spare_others(struct kb_card *card, const struct kb_ref *keep, unsigned others)
{
    bool any = false;

    for (size_t i = 0; i < card->count; i++) {
        struct kb_card_client *client = &card->clients[i];
        unsigned kind = kb_bond_is_nowhere(&client->bound) ? OTHER_KEYS : OTHER_CLIENTS;

        if (!kb_ref_equal(&client->ref, keep) && (client->spare || others & kind))
            any = client->spare = true;
    }
    return any;
}

enum kb_err own_client_keep_one(const struct kb_cards *cards, struct kb_card *card,
    const struct kb_ref *keep, unsigned others, const struct kb_card *taken,
    struct kb_error *ret_left, struct kb_error *err)
{
    enum kb_err rc;

    if (!spare_others(card, keep, others))
        return KB_OK;
    rc = kb_cards_write(cards, card, err);
    if (!rc && taken) {
        struct kb_card empty = *taken;

        empty.count = 0;
        rc = kb_cards_write(cards, &empty, err);
    }
    if (rc)
        return rc;
    own_client_sweep(card, ret_left);
    return kb_cards_write(cards, card, err);
}
