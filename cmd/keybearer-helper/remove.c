/*
 * `remove NAME [--yes]`: first the profile, then its client, or neither; then the cached token.
 * Killed half way, or where no keyring can be reached, what is left is a client without a profile,
 * which its card still names; the same command takes it away. Must never touch a client that is on
 * another configuration's card.
 */
#include "remove.h"

#include "backends/vault.h"
#include "base/options.h"
#include "base/strings.h"
#include "config/identity.h"
#include "config_file.h"
#include "own_client.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --- the store ------------------------------------------------------------------------ */

/*
 * A keyring's own prompt comes before the lock: nobody may be kept waiting while a person
 * types. Whatever else is wrong is found again, and reported, under the lock.
 */
static enum kb_err wake_store(const char *name, struct kb_error *err)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    const struct kb_card_client *in_use;
    struct kb_store_context context;
    const struct kb_profile *profile;
    struct kb_card card;
    enum kb_err rc;

    if (kb_config_load_profile(name, &config, &profile, NULL) ||
        own_client_card(profile, false, &card, NULL))
        return KB_OK;
    in_use = kb_card_in_use(&card, profile->store);
    if (!in_use)
        return KB_OK;
    context = own_client_context(name, own_client_ref(in_use), NULL, true);
    rc = kb_store_find(profile->store)->load(&context, &client, err);
    return rc == KB_ERR_DISMISSED || rc == KB_ERR_TIMEOUT ? rc : KB_OK;
}

/* --- asking ------------------------------------------------------------------------- */

static const struct kb_card_client *last_copy(const struct kb_card *card)
{
    for (size_t i = 0; i < card->count; i++) {
        if (!card->clients[i].spare)
            return &card->clients[i];
    }
    return NULL;
}

/* A profile's; or what a card names without one. Nothing where it cannot be known now. */
static void look(struct removal *removal)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    struct kb_error ignored = KB_ERROR_INIT;
    const struct kb_profile *profile;
    enum kb_err rc = kb_config_load_profile(removal->name, &config, &profile, &ignored)
                         ? kb_cards_read(removal->name, &removal->seen, &ignored)
                         : own_client_card(profile, false, &removal->seen, &ignored);

    if (rc)
        removal->seen.count = 0;
}

/* What one store alone has is gone for good; a provider shows most secrets once. */
static enum kb_err consent(struct removal *removal, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf question = KB_BUF_INIT(1024);
    char instead[KB_PROFILE_NAME_MAX + 64];
    const struct kb_card_client *client;

    if (removal->yes)
        return KB_OK;
    look(removal);
    client = last_copy(&removal->seen);
    if (!client)
        return KB_OK;
    removal->asked = true;
    kb_buf_fmt(&question,
        "The %s of %s is in %s; keybearer has no other copy.\nRemove it for good? ",
        kb_bond_is_nowhere(&client->bound) && !client->version_1 ? "key" : "client", removal->name,
        kb_say_store(client->store));
    snprintf(instead, sizeof(instead), "keybearer remove %s --yes", removal->name);
    return ask_consent(&question, instead, err);
}

/* --- the whole ------------------------------------------------------------------------ */

static enum kb_err drop(
    const struct kb_profile *profile, const struct kb_card *card, struct kb_error *err)
{
    enum kb_err rc = KB_OK;
    bool dropped;

    for (size_t i = 0; i < card->count && !rc; i++) {
        struct kb_cache_key key = kb_cache_key_for_profile(profile, &card->clients[i].ref);

        rc = kb_cache_forget(&key, &dropped, err);
    }
    return rc;
}

/* A token that stays cached is of no use to who has no client for it; but it was to be gone. */
static void forget_tokens(
    const struct kb_profile *profile, const struct kb_card *card, struct kb_report_remove *ret)
{
    KB_AUTO(kb_cache_close) struct kb_cache cache = KB_CACHE_INIT;
    struct kb_error why = KB_ERROR_INIT;

    kb_cache_open(&cache);
    if (cache.is_unknown)
        kb_fail(&why, KB_ERR_SYSTEM, "%s", cache.why);
    else if (!drop(profile, card, &why))
        return;
    if (!*ret->left_behind)
        snprintf(ret->left_behind, sizeof(ret->left_behind),
            "its token may still be in the cache, until keybearer lock (%s)", why.msg);
}

/* The profile is out of the configuration, and its client could not be removed. */
static enum kb_err put_back(struct config_file *file, struct kb_file_draft *as_it_was,
    const struct kb_cards *cards, const struct kb_card *card, struct kb_error *err)
{
    char cause[sizeof(err->msg)];

    if (!config_file_commit(file, as_it_was, NULL)) {
        KB_IGNORE(kb_cards_write(cards, card, NULL));
        return err->code;
    }
    snprintf(cause, sizeof(cause), "%s", err->msg);
    return kb_hinted(err,
        kb_fail(err, err->code, "profile %s is removed, but its client may be left: %s",
            card->profile, cause),
        "keybearer remove %s", card->profile);
}

/*
 * Without a card nothing says that there is a client. Of one that release 0.1 stored in a keyring
 * that is away, no card can be made.
 */
static enum kb_err read_card(const struct kb_profile *profile, struct kb_card *ret,
    struct kb_error *ret_left, struct kb_error *err)
{
    enum kb_err rc = own_client_card(profile, false, ret, err);

    if (rc != KB_ERR_UNAVAILABLE)
        return rc;
    kb_fail(ret_left, rc, "a client of %s that is in the keyring stays there (%.200s)",
        profile->name, err->msg);
    return own_client_new_card(profile->name, ret, err);
}

static enum kb_err remove_profile(const struct removal *removal, const struct kb_profile *profile,
    struct config_file *file, const struct kb_cards *cards, struct kb_report_remove *ret,
    struct kb_error *err)
{
    KB_AUTO(kb_file_discard) struct kb_file_draft without = KB_FILE_DRAFT_INIT;
    KB_AUTO(kb_file_discard) struct kb_file_draft as_it_was = KB_FILE_DRAFT_INIT;
    struct kb_error left = KB_ERROR_INIT;
    struct kb_card card;
    enum kb_err rc = read_card(profile, &card, &left, err);

    if (!rc)
        rc = remove_check_still(removal, &card, err);
    if (!rc)
        rc = config_file_draft_removal(file, profile->name, &without, &as_it_was, err);
    if (!rc)
        rc = config_file_commit(file, &without, err);
    if (rc)
        return rc;
    if (remove_clients(cards, &card, &left, err))
        return put_back(file, &as_it_was, cards, &card, err);
    kb_text_copy(ret->left_behind, sizeof(ret->left_behind), left.msg);
    forget_tokens(profile, &card, ret);
    return KB_OK;
}

/* Without its directory there is no configuration, and none is made for the sake of a lock. */
static enum kb_err lock_config(struct config_file *file, struct kb_error *err)
{
    enum kb_err rc = config_file_find(file, err);

    if (rc || (access(file->path, F_OK) < 0 && errno == ENOENT))
        return rc;
    return config_file_open(file, err);
}

/* Whoever removes a profile twice must not be led to another one, whose name is similar. */
static enum kb_err load_profile(
    const char *name, struct kb_config *config, const struct kb_profile **ret, struct kb_error *err)
{
    enum kb_err rc = kb_config_load_profile(name, config, ret, err);

    if (rc == KB_ERR_NOT_FOUND && config->count > 0 && !strstr(name, "://"))
        kb_hint(err, "keybearer list");
    return rc;
}

static enum kb_err find_profile(const struct config_file *file, const char *name,
    struct kb_config *config, const struct kb_profile **ret, struct kb_error *err)
{
    enum kb_err rc = load_profile(name, config, ret, err);

    if (rc || file->dir >= 0)
        return rc;
    return kb_hinted(err, kb_fail(err, KB_ERR_CONFIG, "the configuration was made a moment ago"),
        "run the command again");
}

static bool is_missing(const char *path)
{
    return access(path, F_OK) < 0 && (errno == ENOENT || errno == ENOTDIR);
}

/* Where neither a profile of that name nor any client is, there is nothing to lock, or to make. */
static enum kb_err check_anything(const char *name, struct kb_error *err)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    char cards[KB_CARDS_PATH_MAX], vault[KB_VAULT_PATH_MAX];
    const struct kb_profile *profile;
    struct kb_error why = KB_ERROR_INIT;

    if (kb_cards_path(cards, NULL) || !is_missing(cards) || kb_vault_dir_path(vault, NULL) ||
        !is_missing(vault) || load_profile(name, &config, &profile, &why) != KB_ERR_NOT_FOUND)
        return KB_OK;
    *err = why;
    return KB_ERR_NOT_FOUND;
}

static enum kb_err parse(int argc, char *argv[], struct removal *ret, struct kb_error *err)
{
    const struct kb_option options[] = {{.name = "yes", .flag = &ret->yes}};
    int operands = 0;
    enum kb_err rc =
        kb_options_parse(argc, argv, options, KB_COUNT(options), false, &operands, err);

    if (!rc)
        rc = kb_options_expect(1, operands, argv, err);
    ret->name = argv[0];
    return rc;
}

enum kb_err helper_remove(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err)
{
    KB_AUTO(config_file_close) struct config_file file = CONFIG_FILE_INIT;
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    KB_AUTO(kb_cards_close) struct kb_cards cards = KB_CARDS_INIT;
    struct removal removal = {.yes = false};
    const struct kb_profile *profile;
    enum kb_err rc = parse(argc, argv, &removal, err);

    if (rc)
        return rc;
    kb_text_copy(frame->report.remove.profile, sizeof(frame->report.remove.profile), removal.name);
    rc = check_anything(removal.name, err);
    if (!rc)
        rc = confine(&(struct needs){.cache = NEED_CHANGE,
                         .vault = NEED_CHANGE,
                         .clients = NEED_MAKE,
                         .config = NEED_CHANGE,
                         .terminal = !removal.yes},
            err);
    if (!rc)
        rc = wake_store(removal.name, err);
    if (!rc)
        rc = consent(&removal, err);
    if (!rc)
        rc = lock_config(&file, err);
    if (!rc)
        rc = kb_cards_open(&cards, err);
    if (!rc)
        rc = find_profile(&file, removal.name, &config, &profile, err);
    else
        return rc;
    if (!rc)
        rc = remove_profile(&removal, profile, &file, &cards, &frame->report.remove, err);
    else if (rc == KB_ERR_NOT_FOUND)
        rc = remove_orphan(&removal, &cards, &frame->report.remove, err);
    return rc;
}
