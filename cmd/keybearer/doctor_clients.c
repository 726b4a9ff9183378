/*
 * `doctor` about what lies in the vault and belongs to nobody: a client that no card names, and
 * what a killed `add` of release 0.1 left; and about cards whose clients wait to be cleared away.
 * Of the vault it reads names of files, never what is in them.
 */
#include "doctor.h"

#include "config/config.h"
#include "core/cards.h"
#include "core/place.h"
#include "core/store_status.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define RECORD_SUFFIX ".kbr"
#define FORMER_SUFFIX ".kbf"

/* Whether some card names the client whose file that is. */
struct search {
    struct kb_ref ref;
    bool found;
};

static bool see(const struct kb_card *card, void *data)
{
    struct search *search = data;

    search->found = kb_card_find(card, &search->ref) != NULL;
    return !search->found;
}

/* The part of NAME before SUFFIX; false where it does not end so. */
static bool stem_of(const char *name, const char *suffix, char stem[static 256])
{
    size_t len = strlen(name), end = strlen(suffix);

    if (len <= end || len >= 256 || strcmp(name + len - end, suffix) != 0)
        return false;
    memcpy(stem, name, len - end);
    stem[len - end] = '\0';
    return true;
}

static void look_at(struct doctor_page *page, const char *folder, const char *name)
{
    struct search search = {.found = false};
    char stem[256], hint[KB_DATA_PATH_MAX + 600];

    snprintf(hint, sizeof(hint), "rm %s/%s", folder, name);
    if (stem_of(name, FORMER_SUFFIX, stem)) {
        doctor_say(page, FINDING_NOTE, "vault", hint,
            "%s was left by an interrupted add of an earlier version", name);
        return;
    }
    if (!stem_of(name, RECORD_SUFFIX, stem) || !kb_ref_parse(stem, &search.ref))
        return;
    if (kb_cards_each(NULL, see, &search, NULL) || search.found)
        return; /* a card that cannot be read may name it */
    snprintf(
        hint, sizeof(hint), "rm %s/%s, unless the folder clients beside it was lost", folder, name);
    doctor_say(page, FINDING_NOTE, "vault", hint,
        "the client %s belongs to no profile: no card names it", name);
}

static void say_gone(struct doctor_page *page, const struct kb_card *card)
{
    char hint[KB_CARD_MAX];

    snprintf(hint, sizeof(hint), "keybearer adopt %s, or KEYBEARER_CONFIG=%s keybearer remove %s",
        card->profile, card->config, card->profile);
    doctor_say(page, FINDING_NOTE, "clients", hint,
        "the client of %s belongs to %s, which is not there", card->profile, card->config);
}

/* Whether the configuration that CARD belongs to still has its profile. */
static bool has_profile(const struct kb_card *card)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;

    return kb_config_load(card->config, &config, NULL) || kb_config_find(&config, card->profile);
}

static bool is_here(const struct kb_card *card)
{
    char path[PATH_MAX];

    return !kb_config_path(path, sizeof(path), NULL) && strcmp(card->config, path) == 0;
}

static void say_spare(struct doctor_page *page, const struct kb_card *card, const char *store)
{
    KB_AUTO(kb_buf_clear) struct kb_buf place = KB_BUF_INIT(KB_CARD_MAX);
    const char *where = kb_is_vault(store) ? "" : ", in a desktop session";
    char hint[KB_CARD_MAX];

    if (!is_here(card))
        kb_buf_fmt(&place, "KEYBEARER_CONFIG=%s ", card->config);
    if (has_profile(card))
        snprintf(hint, sizeof(hint), "%skeybearer unlock %s, then %skeybearer adopt %s%s",
            kb_buf_text(&place), card->profile, kb_buf_text(&place), card->profile, where);
    else
        snprintf(hint, sizeof(hint), "%skeybearer remove %s%s", kb_buf_text(&place), card->profile,
            where);
    doctor_say(page, FINDING_NOTE, "clients", hint, "an old client of %s is still in %s",
        card->profile, kb_say_store(store));
}

/* Nobody uses it. A rename that was killed leaves such a one, and so does who edits the file. */
static void say_unused(struct doctor_page *page, const struct kb_card *card)
{
    char hint[KB_CARD_MAX], place[PATH_MAX + 32] = "";

    if (!is_here(card))
        snprintf(place, sizeof(place), "KEYBEARER_CONFIG=%s ", card->config);
    snprintf(hint, sizeof(hint), "if nobody needs it: %skeybearer remove %s", place, card->profile);
    doctor_say(page, FINDING_NOTE, "clients", hint,
        "a client is stored for %s, which is no profile", card->profile);
}

/* A key that keygen made may come before any configuration. */
static bool has_client(const struct kb_card *card)
{
    for (size_t i = 0; i < card->count; i++) {
        if (!kb_bond_is_nowhere(&card->clients[i].bound))
            return true;
    }
    return false;
}

static bool is_spare(const struct kb_card *card)
{
    for (size_t i = 0; i < card->count; i++) {
        if (!card->clients[i].spare)
            return false;
    }
    return true;
}

/* What a killed command, a keyring that was away or a home that moved has left. */
static bool see_left(const struct kb_card *card, void *data)
{
    struct doctor_page *page = data;

    if (has_client(card) && access(card->config, F_OK) != 0 &&
        (errno == ENOENT || errno == ENOTDIR)) {
        say_gone(page, card);
        return true;
    }
    if (has_client(card) && !has_profile(card) && !is_spare(card))
        say_unused(page, card);
    for (size_t i = 0; i < card->count; i++) {
        if (card->clients[i].spare)
            say_spare(page, card, card->clients[i].store);
    }
    return true;
}

void doctor_check_clients(struct doctor_page *page)
{
    struct kb_error why = KB_ERROR_INIT;
    char folder[KB_DATA_PATH_MAX];
    struct dirent *entry;
    DIR *listing;

    if (kb_data_path("vault", folder, NULL))
        return;
    if (kb_cards_each(NULL, see_left, page, &why))
        doctor_say(page, FINDING_FAIL, "clients", why.hint, "%s", why.msg);
    listing = opendir(folder);
    if (!listing)
        return;
    while ((entry = readdir(listing)) != NULL)
        look_at(page, folder, entry->d_name);
    closedir(listing);
}
