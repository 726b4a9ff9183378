/*
 * The card of a profile: what is accepted is byte for byte what we write, no spare client is ever
 * chosen, and the one that is chosen fits.
 */
#include "fuzz.h"

#include "core/card.h"

static void must_choose_well(const struct kb_card *card)
{
    struct kb_error err = KB_ERROR_INIT;

    for (size_t i = 0; i < card->count; i++) {
        const struct kb_card_client *client = &card->clients[i];
        const struct kb_card_client *found = kb_card_pick(card, client->store, &client->bound);

        MUST(found || client->spare);
        if (found)
            MUST(!found->spare && strcmp(found->store, client->store) == 0 &&
                 (found->version_1 || kb_bond_equal(&found->bound, &client->bound)));
        else
            must_be_presentable(kb_card_refuse(card, client->store, &client->bound, &err), &err);
    }
    MUST(!kb_card_pick(card, "no store", &card->clients[0].bound));
}

static void must_be_as_written(const struct kb_card *card, const uint8_t *data, size_t size)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_CARD_MAX);

    kb_card_format(card, &text);
    MUST(!text.failed && text.len == size && memcmp(text.data, data, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct kb_error err = KB_ERROR_INIT;
    struct kb_card card = {.count = 99};
    enum kb_err rc = kb_card_parse((const char *)data, size, &card, &err);

    must_be_presentable(rc, &err);
    if (rc) {
        MUST(card.count == 99);
        return 0;
    }
    MUST(kb_profile_name_ok(card.profile) && card.config[0] == '/');
    MUST(card.count >= 1 && card.count <= KB_CARD_CLIENTS_MAX);
    must_be_as_written(&card, data, size);
    must_choose_well(&card);
    return 0;
}
