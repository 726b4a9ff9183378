/*
 * How the clients of a card go from their stores, and the card after them; and whether they are
 * still those that a person said yes to. Must never drop from the card what may still lie in a
 * store.
 */
#include "remove.h"

#include "own_client.h"

enum kb_err remove_check_still(
    const struct removal *removal, const struct kb_card *card, struct kb_error *err)
{
    for (size_t i = 0; removal->asked && i < card->count; i++) {
        if (!card->clients[i].spare && !kb_card_find(&removal->seen, &card->clients[i].ref))
            return kb_hinted(err,
                kb_fail(err, KB_ERR_CONFIG, "the client of %s changed meanwhile", removal->name),
                "run the command again");
    }
    return KB_OK;
}

/* A keyring is whichever answers on the bus, and HOME or XDG_DATA_HOME say where the vault is. */
static void note_missing(const char *store, struct kb_error *ret_left)
{
    const char *place = kb_is_vault(store) ? "vault" : "keyring";

    kb_fail(ret_left, KB_ERR_NOT_FOUND,
        "its client was not in this %s; if it is in another %s, it stays there", place, place);
}

/* Only a keyring can be away. Who is done with a profile need not wait for the desktop. */
static void note_away(const char *profile, const char *why, struct kb_error *ret_left)
{
    kb_fail(ret_left, KB_ERR_UNAVAILABLE,
        "its client is still in the keyring (%.200s); keybearer remove %s, in a desktop session, "
        "removes it there",
        why, profile);
}

/*
 * Those that CARD calls spare, or the others, out of their stores and out of LEFT. RET_LEFT (may be
 * NULL) is told of one that was not there, and of one whose keyring is away: that one stays in
 * LEFT.
 */
static enum kb_err remove_some(const struct kb_card *card, bool spare, struct kb_card *left,
    struct kb_error *ret_left, struct kb_error *err)
{
    for (size_t i = 0; i < card->count; i++) {
        const struct kb_card_client *client = &card->clients[i];
        bool missing = false;
        enum kb_err rc;

        if (client->spare != spare)
            continue;
        rc = own_client_remove(card->profile, client, true, &missing, err);
        if (rc == KB_ERR_UNAVAILABLE && ret_left) {
            note_away(card->profile, err->msg, ret_left);
            continue;
        }
        if (rc)
            return rc;
        if (missing && ret_left)
            note_missing(client->store, ret_left);
        kb_card_drop(left, &client->ref);
    }
    return KB_OK;
}

/* What is spare and stays matters less than what RET_LEFT may say of the client in use. */
static void sweep(struct kb_card *left, struct kb_error *ret_left)
{
    struct kb_error why = KB_ERROR_INIT;

    own_client_sweep(left, &why);
    if (why.code && !ret_left->code)
        *ret_left = why;
}

enum kb_err remove_clients(const struct kb_cards *cards, const struct kb_card *card,
    struct kb_error *ret_left, struct kb_error *err)
{
    struct kb_card left = *card;
    enum kb_err rc;

    if (card->count == 0)
        return KB_OK;
    for (size_t i = 0; i < left.count; i++)
        left.clients[i].spare = true;
    rc = kb_cards_write(cards, &left, err);
    if (!rc)
        rc = remove_some(card, false, &left, ret_left, err);
    if (!rc && ret_left)
        sweep(&left, ret_left);
    else if (!rc)
        rc = remove_some(card, true, &left, NULL, err);
    return rc ? rc : kb_cards_write(cards, &left, err);
}
