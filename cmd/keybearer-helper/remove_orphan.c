/*
 * A client without a profile: on a card, or of release 0.1. Must never touch one that is on another
 * configuration's card.
 */
#include "remove.h"

#include "base/strings.h"
#include "own_client.h"

#include <limits.h>

static bool see_other(const struct kb_card *card, void *data)
{
    kb_text_copy(data, PATH_MAX, card->config);
    return false;
}

/* It is not this configuration's, whatever lies under that name. */
static enum kb_err refuse_other(const char *name, const char *config, struct kb_error *err)
{
    return kb_hinted(err,
        kb_fail(err, KB_ERR_NOT_FOUND,
            "there is no profile \"%s\" here; the client of that name belongs to %s", name, config),
        "KEYBEARER_CONFIG=%s keybearer remove %s", config, name);
}

/*
 * A command of release 0.1 that was killed half way left a client without a profile in the vault
 * of this home. (One in a keyring may be another home's.) ERR says already that there is no
 * profile; that stays so when there is no such client.
 */
static enum kb_err remove_version_1(const char *name, struct kb_error *err)
{
    const struct kb_store_context context = own_client_context(name, NULL, NULL, true);
    struct kb_error why = KB_ERROR_INIT;
    char owner[PATH_MAX] = "";
    enum kb_err rc;

    if (!kb_profile_name_ok(name))
        return KB_ERR_NOT_FOUND;
    rc = kb_cards_each(name, see_other, owner, &why);
    if (*owner)
        return refuse_other(name, owner, err);
    if (!rc && !own_client_is_usual_place())
        return KB_ERR_NOT_FOUND;
    if (!rc)
        rc = kb_store_find("sealed-file")->remove(&context, &why);
    if (!rc || rc == KB_ERR_NOT_FOUND)
        return rc;
    return kb_hinted(err,
        kb_fail(err, rc, "there is no profile \"%s\", but a client may be left: %s", name, why.msg),
        "%s", why.hint);
}

enum kb_err remove_orphan(const struct removal *removal, const struct kb_cards *cards,
    struct kb_report_remove *ret, struct kb_error *err)
{
    const char *name = removal->name;
    struct kb_error why = KB_ERROR_INIT;
    struct kb_card card = {0};
    enum kb_err rc = kb_cards_read(name, &card, &why);

    if (rc == KB_ERR_NOT_FOUND)
        return remove_version_1(name, err);
    if (!rc && remove_check_still(removal, &card, err))
        return err->code;
    if (!rc) {
        ret->was_key = kb_card_made_key(&card) != NULL;
        rc = remove_clients(cards, &card, NULL, &why);
    }
    if (!rc)
        return KB_OK;
    /* A card that cannot be read names no store. */
    kb_fail(err, rc, "there is no profile \"%s\", but %s may keep a client for it: %s", name,
        card.count > 0 ? kb_say_store(card.clients[0].store) : "a store", why.msg);
    if (rc == KB_ERR_UNAVAILABLE)
        return kb_hinted(err, rc, "keybearer remove %s, in a desktop session", name);
    return kb_hinted(err, rc, "%s", why.hint);
}
