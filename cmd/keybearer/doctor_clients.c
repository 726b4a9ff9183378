/*
 * `doctor` about what lies in the vault and belongs to nobody: a client that no card names, and
 * what a killed `add` of release 0.1 left. Reads names of files, never what is in them.
 */
#include "doctor.h"

#include "base/strings.h"
#include "core/cards.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

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

    for (size_t i = 0; i < card->count; i++)
        search->found = search->found || kb_ref_equal(&card->clients[i].ref, &search->ref);
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
    char stem[256], hint[KB_CARDS_PATH_MAX + 600];

    if (stem_of(name, FORMER_SUFFIX, stem)) {
        snprintf(hint, sizeof(hint), "keybearer add %s, or rm %s/%s", stem, folder, name);
        doctor_say(page, FINDING_NOTE, "vault", hint,
            "%s was left by an add of release 0.1 that did not end", name);
        return;
    }
    if (!stem_of(name, RECORD_SUFFIX, stem) || !kb_ref_parse(stem, &search.ref))
        return;
    kb_cards_each(NULL, see, &search);
    if (search.found)
        return;
    snprintf(hint, sizeof(hint), "rm %s/%s", folder, name);
    doctor_say(page, FINDING_NOTE, "vault", hint,
        "the client %s belongs to no profile: no card names it", name);
}

void doctor_check_clients(struct doctor_page *page)
{
    char folder[KB_CARDS_PATH_MAX];
    struct dirent *entry;
    DIR *listing;

    if (kb_cards_path(folder, NULL))
        return;
    memcpy(strrchr(folder, '/'), "/vault", sizeof("/vault")); /* shorter than what was there */
    listing = opendir(folder);
    if (!listing)
        return;
    while ((entry = readdir(listing)) != NULL)
        look_at(page, folder, entry->d_name);
    closedir(listing);
}
