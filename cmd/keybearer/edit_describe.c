/*
 * What an edited configuration means for the clients that are stored. Must never change anything,
 * nor be silent about a client that its profile cannot use any more.
 */
#include "edit.h"

#include "core/bond.h"
#include "core/cards.h"
#include "front.h"

#include <string.h>

static void say_profile(
    struct kb_buf *out, const struct kb_profile *profile, const struct kb_config *before)
{
    struct kb_error why = KB_ERROR_INIT;
    struct kb_ref client;
    enum kb_err rc = client_on_card(profile, &client, &why);

    if (rc == KB_ERR_DENIED)
        kb_buf_fmt(out,
            "The client of %s was stored for something else: keybearer adopt %s, before its next "
            "token.\n",
            profile->name, profile->name);
    else if (rc == KB_ERR_NOT_FOUND && !kb_config_find(before, profile->name))
        kb_buf_fmt(out, "%s has no client yet: keybearer add %s\n", profile->name, profile->name);
}

static void say_gone(struct kb_buf *out, const char *name)
{
    struct kb_card card;

    if (!kb_cards_read(name, &card, NULL))
        kb_buf_fmt(
            out, "The client of %s stays stored: keybearer remove %s removes it.\n", name, name);
}

/* The only profile of ONE that OTHER has not got; NULL: there is none, or there are several. */
static const struct kb_profile *only_in(const struct kb_config *one, const struct kb_config *other)
{
    const struct kb_profile *found = NULL;

    for (size_t i = 0; i < one->count; i++) {
        if (kb_config_find(other, one->profiles[i].name))
            continue;
        if (found)
            return NULL;
        found = &one->profiles[i];
    }
    return found;
}

/* A name is not edited: the client is stored under it. False: it was no other name. */
static bool say_renamed(
    struct kb_buf *out, const struct kb_config *before, const struct kb_config *after)
{
    const struct kb_profile *gone = only_in(before, after), *came = only_in(after, before);
    struct kb_bond was, is;
    struct kb_card card;

    if (!gone || !came || strcmp(gone->store, came->store) != 0 || kb_bond_of(gone, &was, NULL) ||
        kb_bond_of(came, &is, NULL) || !kb_bond_equal(&was, &is) ||
        kb_cards_read(gone->name, &card, NULL) || !kb_cards_read(came->name, &card, NULL))
        return false;
    kb_buf_fmt(out,
        "%s has the settings that %s had, but the client is stored for %s. Change the\n"
        "name back, then: keybearer rename %s %s\n",
        came->name, gone->name, gone->name, gone->name, came->name);
    return true;
}

/* Only what is another than before is worth a word. */
static bool was_refused(const struct kb_config *before, const char *name)
{
    const struct kb_profile *profile = kb_config_find(before, name);
    struct kb_error why = KB_ERROR_INIT;
    struct kb_ref client;

    return profile && client_on_card(profile, &client, &why) == KB_ERR_DENIED;
}

void edit_describe(struct kb_buf *out, const struct kb_config *before)
{
    KB_AUTO(kb_config_clear) struct kb_config after = KB_CONFIG_INIT;
    bool renamed;

    kb_buf_str(out, "The configuration is replaced.\n");
    if (kb_config_load_usual(&after, NULL))
        return;
    renamed = say_renamed(out, before, &after);
    for (size_t i = 0; i < after.count; i++)
        if (!was_refused(before, after.profiles[i].name) &&
            (!renamed || kb_config_find(before, after.profiles[i].name)))
            say_profile(out, &after.profiles[i], before);
    for (size_t i = 0; !renamed && i < before->count; i++)
        if (!kb_config_find(&after, before->profiles[i].name))
            say_gone(out, before->profiles[i].name);
}

void edit_say_left(struct kb_buf *out, const struct kb_strings *left)
{
    for (size_t i = 0; i < left->count; i++)
        report_words(out,
            "An earlier edit was killed, and its text is in %s: look at it, then remove it.",
            left->items[i]);
}
