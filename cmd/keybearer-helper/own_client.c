/*
 * Finding, reading and removing the client of a profile. Must never give away, replace or remove
 * a client that belongs to another configuration.
 */
#include "own_client.h"

#include "helper.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* --- clients of version 1 ----------------------------------------------------------- */

bool own_client_may_claim(void)
{
    const char *named = getenv("KEYBEARER_CONFIG");

    return !named || !*named;
}

/*
 * The reference of a client that was stored without one: of the place where it lies, its store
 * and its name. Where no card can be written, it is the same at the next call.
 */
static enum kb_err derive_ref(
    const struct kb_profile *profile, struct kb_ref *ret, struct kb_error *err)
{
    static const char label[] = "keybearer v1";
    crypto_generichash_state hash;
    char path[KB_CARDS_PATH_MAX];
    struct stat st;
    enum kb_err rc = kb_cards_path(path, err);

    if (rc)
        return rc;
    *strrchr(path, '/') = '\0';
    if (stat(path, &st) < 0)
        memset(&st, 0, sizeof(st));
    crypto_generichash_init(&hash, NULL, 0, sizeof(ret->bytes));
    crypto_generichash_update(&hash, (const unsigned char *)label, sizeof(label));
    crypto_generichash_update(&hash, (const unsigned char *)path, strlen(path) + 1);
    crypto_generichash_update(&hash, (const unsigned char *)&st.st_dev, sizeof(st.st_dev));
    crypto_generichash_update(&hash, (const unsigned char *)&st.st_ino, sizeof(st.st_ino));
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

static enum kb_err belongs_to(const char *profile, const char *config, struct kb_error *err)
{
    kb_fail(err, KB_ERR_NOT_FOUND,
        "no client is stored for %s in this configuration; one of that name belongs to %s", profile,
        config);
    return kb_hint(
        err, "keybearer add %s, or to take that one over: keybearer adopt %s", profile, profile);
}

static enum kb_err nobody_claimed(const char *profile, struct kb_error *err)
{
    kb_fail(err, KB_ERR_NOT_FOUND,
        "no client is stored for %s in the configuration that KEYBEARER_CONFIG names", profile);
    kb_hint(err,
        "keybearer add %s, or to take over one that keybearer 0.1 stored: "
        "keybearer adopt %s",
        profile, profile);
    return KB_ERR_NOT_FOUND;
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

static bool is_present(const struct kb_profile *profile, enum kb_err *rc, struct kb_error *err)
{
    const struct kb_store *store = kb_store_find(profile->store);
    const struct kb_store_context context = {
        .profile = profile->name, .deadline = kb_deadline_in_ms(STORE_MS)};
    struct kb_store_status status = {.present = false};

    if (!store)
        *rc =
            kb_fail(err, KB_ERR_SYSTEM, "this program does not know the store %s", profile->store);
    else
        *rc = store->status(&context, &status, err);
    return !*rc && status.present;
}

enum kb_err own_client_version_1(
    const struct kb_profile *profile, bool asked, struct kb_card_client *ret, struct kb_error *err)
{
    struct owners owners = {.store = profile->store};
    struct kb_card_client client = {.version_1 = true};
    enum kb_err rc = KB_OK;
    bool present = is_present(profile, &rc, err);

    if (rc)
        return rc;
    kb_cards_each(profile->name, see_owner, &owners);
    if (*owners.of_version_1)
        return belongs_to(profile->name, owners.of_version_1, err);
    if (!present)
        return none_at_all(profile->name, owners.of_any, err);
    if (!asked && !own_client_may_claim())
        return nobody_claimed(profile->name, err);
    kb_text_copy(client.store, sizeof(client.store), profile->store);
    client.since = kb_clock_seconds(kb_clock_now().wall_ms);
    rc = derive_ref(profile, &client.ref, err);
    if (!rc)
        *ret = client;
    return rc;
}

/* --- any client --------------------------------------------------------------------- */

enum kb_err own_client_find(
    const struct kb_profile *profile, struct kb_card_client *ret, struct kb_error *err)
{
    struct kb_error why = KB_ERROR_INIT;
    enum kb_err rc = kb_cards_find(profile, ret, &why);

    if (rc == KB_ERR_NOT_FOUND && why.sys == ENOENT)
        return own_client_version_1(profile, false, ret, err);
    if (rc && err)
        *err = why;
    return rc;
}

struct kb_store_context own_client_context(const char *profile, const struct kb_card_client *client,
    const struct kb_bond *bond, bool interactive)
{
    return (struct kb_store_context){
        .profile = profile,
        .ref = client->version_1 ? NULL : &client->ref,
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
    struct kb_bond bond;
    enum kb_err rc;

    /* The configuration was changed after the front had chosen between the two programs. */
    if (!store)
        return kb_fail(
            err, KB_ERR_SYSTEM, "this program does not know the store %s", client->store);
    rc = kb_bond_of(profile, &bond, err);
    if (rc)
        return rc;
    context = own_client_context(profile->name, client, &bond, interactive);
    return store->load(&context, ret, err);
}

enum kb_err own_client_remove(
    const char *profile, const struct kb_card_client *client, struct kb_error *err)
{
    const struct kb_store *store = kb_store_find(client->store);
    struct kb_store_context context = own_client_context(profile, client, NULL, true);
    struct kb_error why = KB_ERROR_INIT;
    enum kb_err rc;

    if (!store)
        return kb_fail(
            err, KB_ERR_SYSTEM, "this program does not know the store %s", client->store);
    rc = store->remove(&context, &why);
    if (rc == KB_ERR_NOT_FOUND)
        return KB_OK;
    if (rc && err)
        *err = why;
    return rc;
}

void own_client_sweep(struct kb_card *card, struct kb_error *ret_left)
{
    struct kb_error cause = KB_ERROR_INIT;

    for (size_t i = card->count; i-- > 0;) {
        const struct kb_card_client *client = &card->clients[i];
        enum kb_err rc;

        if (!client->spare)
            continue;
        rc = own_client_remove(card->profile, client, &cause);
        if (rc)
            kb_fail(ret_left, rc, "the former client of %s may still be in %s (%s)", card->profile,
                client->store, cause.msg);
        else
            kb_card_drop(card, i);
    }
}
