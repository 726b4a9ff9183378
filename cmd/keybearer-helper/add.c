/*
 * `add NAME`: check, ask, prove, unlock the store, store, write, in this order. Nothing is made
 * before the endpoint has issued a token for the client, and nothing is asked after that but what
 * unlocks the store.
 */
#include "add.h"

#include "base/strings.h"
#include "config/match.h"
#include "config/preset.h"
#include "config_file.h"
#include "core/ca_file.h"
#include "own_client.h"

#include <string.h>

enum { STORE_PROBE_MS = 3000 };

void add_clear(struct addition *add)
{
    kb_setting_words_clear(&add->options.settings);
    kb_buf_clear(&add->object);
    kb_config_clear(&add->config);
    kb_config_clear(&add->stored);
    kb_secret_clear(&add->former_id);
    kb_client_clear(&add->client);
    kb_token_clear(&add->token);
    add_key_clear(&add->key);
}

static bool is_configured(const char *name)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    const struct kb_profile *there;

    return !kb_config_load_profile(name, &config, &there, NULL);
}

static const char *given(const struct addition *add, const char *key)
{
    return kb_setting_words_get(&add->options.settings, key);
}

/* Reads what the options say as a configuration of its own: what is wrong is wrong with them. */
static enum kb_err check_alone(const struct addition *add, struct kb_error *err)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_CONFIG_MAX);

    kb_buf_fmt(&text, "{\"profiles\":{\"%s\":%s}}", add->options.name, kb_buf_text(&add->object));
    enum kb_err rc = kb_buf_check(&text, "the profile", err);
    return rc ? rc : kb_config_parse(NULL, kb_buf_text(&text), text.len, &config, err);
}

/* Where the store is still open, the vault may become it. */
enum kb_err add_confine(const char *store, const char *ca_file, const char *const token_files[2],
    const struct kb_strings *more, struct kb_error *err)
{
    bool may_make = !store || kb_is_vault(store);

    return confine(&(struct needs){.cache = NEED_MAKE,
                       .vault = may_make ? NEED_MAKE : NEED_CHANGE,
                       .clients = NEED_MAKE,
                       .config = NEED_MAKE,
                       .terminal = true,
                       .file = ca_file,
                       .token_files = {token_files[0], token_files[1]},
                       .more_files = more},
        err);
}

/* Who only gives a new proof has not been shown that it would go to another place than the old. */
static enum kb_err check_bond(const struct addition *add, struct kb_error *err)
{
    struct kb_card_client found;

    if (kb_cards_find(add->profile, &found, err) != KB_ERR_DENIED)
        return KB_OK;
    kb_hint(err, "if that change is yours: keybearer adopt %s, then add again", add->profile->name);
    return KB_ERR_USAGE;
}

/* A new client for a profile that is there: its settings stay as they are. */
static enum kb_err plan_new_client(struct addition *add, struct kb_error *err)
{
    enum kb_err rc = kb_config_load_profile(add->options.name, &add->config, &add->profile, err);

    if (rc == KB_ERR_NOT_FOUND)
        return add_no_profile(add->options.name, &add->config, err);
    if (!rc && !add->imports)
        rc = add_confine(add->profile->store, add->profile->ca_file,
            (const char *[]){kb_client_auth_file(add->profile), kb_grant_file(add->profile)}, NULL,
            err);
    if (!rc)
        rc = check_bond(add, err);
    return rc ? rc : add_read_key(add, err);
}

/* From then on whoever asks by the address alone would get the token of neither. */
static enum kb_err refuse_rival(
    const struct addition *add, const struct kb_config *config, struct kb_error *err)
{
    const struct kb_profile *rival = kb_match_rival(config, add->profile);

    if (!rival || add->options.same_address)
        return KB_OK;
    kb_fail(err, KB_ERR_USAGE, "profile %s serves the same address", rival->name);
    if (kb_match_by_host(add->profile, rival))
        kb_hint(
            err, "%s; or add --same-address, and docker gets no token there", kb_match_cure(true));
    else
        kb_hint(err,
            "give another --match or --username; or --same-address, and then --profile %s in "
            "the tools that use it",
            add->profile->name);
    return KB_ERR_USAGE;
}

/* A key that keygen made stays where it is. */
static void choose_store(struct addition *add)
{
    const struct kb_card_client *made = NULL;
    struct kb_card card;

    if (given(add, "store"))
        return;
    if (!kb_cards_read(add->options.name, &card, NULL))
        made = kb_card_made_key(&card);
    add->chose_store = true;
    kb_setting_words_add(&add->options.settings, "store",
        made ? made->store : kb_store_default(kb_deadline_in_ms(STORE_PROBE_MS)));
}

static bool names_provider(const struct addition *add)
{
    return given(add, "preset") || given(add, "token_url");
}

/* What is wrong with it is mended at the command line. */
static const struct kb_profile *find_typed(struct kb_config *config, const char *name)
{
    for (size_t i = 0; i < config->count; i++) {
        if (strcmp(config->profiles[i].name, name) == 0) {
            config->profiles[i].is_typed = true;
            return &config->profiles[i];
        }
    }
    return NULL;
}

/* The lock is let go again: nobody may be kept waiting while a person types. */
static enum kb_err preview(struct addition *add, struct kb_error *err)
{
    KB_AUTO(config_file_close) struct config_file file = CONFIG_FILE_INIT;
    struct config_profile set;
    struct config_edit edit = config_edit_profile(&set);
    enum kb_err rc = kb_settings_write(&add->options.settings, &add->object, err);

    if (!rc)
        rc = check_alone(add, err);
    if (!rc)
        rc = config_file_open(&file, err);
    set = (struct config_profile){add->options.name, kb_buf_text(&add->object)};
    if (!rc)
        rc = config_file_preview(&file, &edit, &add->config, err);
    if (rc == KB_ERR_SYSTEM && add->replaces)
        kb_hint(err, "for a new client of the profile as it is: keybearer add %s, without settings",
            add->options.name);
    if (!rc)
        add->profile = find_typed(&add->config, add->options.name);
    return rc;
}

static enum kb_err plan_profile(struct addition *add, struct kb_error *err)
{
    enum kb_err rc = KB_OK;

    if (!names_provider(add) && !add->options.client_key)
        return add_provider_missing(add, err);
    if (!add->imports)
        rc = add_confine(given(add, "store"), given(add, "ca_file"),
            (const char *[]){given(add, "client_assertion_file"), given(add, "subject_token_file")},
            NULL, err);
    if (!rc)
        rc = add_read_key(add, err);
    if (!rc && !names_provider(add))
        rc = add_provider_missing(add, err);
    if (rc)
        return rc;
    add->replaces = is_configured(add->options.name);
    rc = add_ask_needs(add, err);
    if (rc)
        return rc;
    choose_store(add);
    rc = preview(add, err);
    return rc ? rc : refuse_rival(add, &add->config, err);
}

/* Also who the client will be, and where its secret may go: before that is asked for. */
static enum kb_err plan(struct addition *add, struct kb_error *err)
{
    enum kb_err rc = kb_setting_words_any(&add->options.settings) ? plan_profile(add, err)
                                                                  : plan_new_client(add, err);

    if (rc)
        return rc;
    add->store = kb_store_find(add->profile->store);
    kb_text_copy(add->client.profile, sizeof(add->client.profile), add->profile->name);
    rc = kb_ref_make(&add->client.ref, err);
    if (!rc)
        rc = kb_ca_file_check_form(
            add->profile->ca_file, kb_setting_say(add->profile, "ca_file").text, err);
    if (!rc)
        rc = kb_bond_of(add->profile, &add->client.bound, err);
    return rc ? rc : add_choose_proof(add, err);
}

/* Fails before a person has typed a secret, or learned a passphrase, where that can be known. */
static enum kb_err check_store(struct addition *add, struct kb_error *err)
{
    KB_AUTO(kb_cards_close) struct kb_cards cards = KB_CARDS_INIT;
    struct kb_store_context context =
        own_client_context(add->profile->name, &add->client.ref, &add->client.bound, true);
    enum kb_err rc = kb_cards_open(&cards, err);

    context.chooser = add->object.len > 0 ? "add" : NULL;
    kb_cards_close(&cards); /* nobody may be kept waiting while a person types */
    if (!rc)
        rc = add->store->check(&context, err);
    return rc || !kb_is_vault(add->profile->store) ? rc : vault_check(err);
}

/* Where somebody edited the profile's store, it lies in the one of before. */
static bool find_former(const struct addition *add, struct kb_card_client *ret)
{
    struct kb_error ignored = KB_ERROR_INIT;
    struct kb_card card;

    if (!own_client_find(add->profile, ret, &ignored))
        return true;
    if (kb_cards_read(add->profile->name, &card, &ignored))
        return false;
    for (size_t i = 0; i < card.count; i++) {
        if (!card.clients[i].spare && kb_bond_equal(&card.clients[i].bound, &add->client.bound)) {
            *ret = card.clients[i];
            return true;
        }
    }
    return false;
}

/*
 * Who the client was, where that can be read without asking anybody. One that was made for
 * something else says nothing about the one that comes. Its secret is not kept while a person
 * types; its key is, where the client keeps that.
 */
static enum kb_err learn_former(struct addition *add, struct kb_error *err)
{
    KB_AUTO(kb_client_clear) struct kb_client former = KB_CLIENT_INIT;
    struct kb_error why = KB_ERROR_INIT;
    struct kb_card_client card;
    enum kb_err rc;

    if ((add->object.len > 0 && !add->replaces) || !find_former(add, &card))
        return KB_OK;
    rc = own_client_load(add->profile, &card, false, &former, &why);
    if (rc == KB_ERR_LOCKED)
        add->former_locked = why;
    if (rc)
        return KB_OK;
    add->same_client = kb_client_same_secret(&former, &add->client);
    rc = add_keep_key(add, &former, err);
    kb_secret_move(&add->former_id, &former.id);
    return rc;
}

/* A passphrase is asked for last: for a client that is worth it. */
static enum kb_err prove(struct addition *add, struct kb_cache *cache, struct kb_error *err)
{
    enum kb_err rc = learn_former(add, err);

    if (!rc)
        rc = add_check_key(add, err);
    if (rc)
        return rc;
    kb_cache_create(cache);
    rc = add_prove(add, cache, err);
    if (rc)
        add_hint(add, err);
    if (!rc && kb_is_vault(add->profile->store))
        rc = vault_prepare(&add->options.ask, err);
    return rc;
}

/*
 * Of two `add` of one name the second to end replaces what the first has made. Who was there before
 * both of them, and came to this name by `rename`, is nobody's to replace.
 */
static enum kb_err check_overtaker(const struct addition *add, struct kb_error *err)
{
    const char *name = add->options.name;
    struct kb_card card;

    if (!add->overtaken || kb_cards_read(name, &card, NULL))
        return KB_OK;
    for (size_t i = 0; i < card.count; i++)
        if (!card.clients[i].spare && !kb_bond_is_nowhere(&card.clients[i].bound) &&
            card.clients[i].since < add->began_s)
            return kb_hinted(err,
                kb_fail(err, KB_ERR_CONFIG, "another profile was renamed to %s meanwhile", name),
                "give another name; or, to replace that one, run the command again");
    return KB_OK;
}

/*
 * Others may have written while a person typed: then all is as if this one had only come now. Who
 * was replaced is who is there by now.
 */
static enum kb_err check_again(void *context, struct config_file *file, struct kb_error *err)
{
    struct addition *add = context;
    struct config_profile set = {add->options.name, kb_buf_text(&add->object)};
    struct config_edit edit = config_edit_profile(&set);
    enum kb_err rc = config_file_preview(file, &edit, &add->stored, err);
    bool was_there;

    if (rc)
        return rc;
    was_there = add->replaces;
    add->replaces = is_configured(add->options.name);
    add->overtaken = add->replaces && !was_there;
    if (!add->replaces) {
        kb_secret_clear(&add->former_id);
        add->same_client = false;
    }
    rc = check_overtaker(add, err);
    return rc ? rc : refuse_rival(add, &add->stored, err);
}

enum kb_err add_client(struct addition *add, struct kb_cache *cache, struct kb_error *err)
{
    struct config_profile set;
    const struct config_edit edit = config_edit_profile(&set);
    struct new_settings settings = {.edit = &edit, .check = check_again, .context = add};
    enum kb_err rc;

    add->began_s = kb_clock_seconds(kb_clock_now().wall_ms);
    rc = plan(add, err);
    if (!rc)
        rc = check_store(add, err);
    if (!rc)
        rc = prove(add, cache, err);
    terminal_close();
    if (!rc)
        rc = learn_former(add, err);
    if (rc)
        return rc;
    set = (struct config_profile){add->options.name, kb_buf_text(&add->object)};
    return store_client(add->profile, &add->client, add->object.len > 0 ? &settings : NULL, NULL,
        &add->key.end_of_made, &add->left, err);
}

enum kb_err helper_add(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err)
{
    KB_AUTO(add_clear) struct addition add = ADDITION_INIT;
    KB_AUTO(kb_cache_close) struct kb_cache cache = KB_CACHE_INIT;
    enum kb_err rc = add_options_parse(argc, argv, &add.options, err);

    if (!rc)
        rc = add_open_key(&add, err);
    if (rc)
        return rc;
    rc = add_client(&add, &cache, err);
    if (rc)
        return rc;
    publish_token(&cache, add.profile, &add.client.ref, &add.token, &add.facts);
    if (cache.level == KB_PROTECTION_NONE)
        kb_text_copy(frame->report.add.no_cache, sizeof(frame->report.add.no_cache), cache.why);
    add_report(&add, &frame->report.add);
    return KB_OK;
}
