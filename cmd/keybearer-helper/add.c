/*
 * `add NAME`: check, ask, prove, store, write, in this order. Nothing is stored before the
 * endpoint has issued a token for it.
 */
#include "helper.h"

#include "base/strings.h"
#include "config/match.h"
#include "config/preset.h"
#include "config_file.h"
#include "core/registry.h"
#include "own_client.h"

#include <string.h>

enum { STORE_PROBE_MS = 3000 };

/* What one `add` works with. */
struct addition {
    struct add_options options;
    struct kb_buf object;    /* the profile as JSON; empty: it is configured already */
    struct kb_config config; /* as it will be */
    const struct kb_profile *profile;
    const struct kb_store *store;
    struct kb_client client;
    struct kb_token token;
    struct kb_reply_facts facts;
    bool replaces;        /* the settings of a profile that was there */
    struct kb_error left; /* why the client of before may still be in a store */
};

static void clear(struct addition *add)
{
    kb_setting_words_clear(&add->options.settings);
    kb_buf_clear(&add->object);
    kb_config_clear(&add->config);
    kb_client_clear(&add->client);
    kb_token_clear(&add->token);
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

static enum kb_err provider_missing(const struct addition *add, struct kb_error *err)
{
    const char *name = add->options.name;

    if (is_configured(name))
        return kb_hinted(err,
            kb_fail(err, KB_ERR_USAGE,
                "profile %s exists: add replaces all of it, or without options its client", name),
            "edit the configuration, or repeat the options of %s", name);
    return kb_hinted(err,
        kb_fail(err, KB_ERR_USAGE, "%s needs a provider: --preset or --token-url", name),
        "keybearer add %s --preset zuora --environment SBX", name);
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
static enum kb_err confine_to(const char *store, const char *ca_file, struct kb_error *err)
{
    bool may_make = !store || strcmp(store, "sealed-file") == 0;

    return confine(&(struct needs){.cache = NEED_MAKE,
                       .vault = may_make ? NEED_MAKE : NEED_CHANGE,
                       .clients = NEED_MAKE,
                       .config = NEED_MAKE,
                       .terminal = true,
                       .file = ca_file},
        err);
}

/* Who only gives a new secret has not been shown that it would go to another place than the old. */
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
        return provider_missing(add, err);
    if (!rc)
        rc = confine_to(add->profile->store, add->profile->ca_file, err);
    return rc ? rc : check_bond(add, err);
}

/* From then on whoever asks by the address alone would get the token of neither. */
static enum kb_err refuse_rival(const struct addition *add, struct kb_error *err)
{
    const struct kb_profile *rival = kb_match_rival(&add->config, add->profile);

    if (!rival || add->options.same_address)
        return KB_OK;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_USAGE, "profile %s serves the same address", rival->name),
        "give another --match or --username; or add --same-address, and tell git and the others "
        "which one they are to use: --profile %s",
        add->profile->name);
}

static void choose_store(struct addition *add)
{
    if (!given(add, "store"))
        kb_setting_words_add(
            &add->options.settings, "store", kb_store_default(kb_deadline_in_ms(STORE_PROBE_MS)));
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
static enum kb_err plan_profile(struct addition *add, struct kb_error *err)
{
    KB_AUTO(config_file_close) struct config_file file = CONFIG_FILE_INIT;
    enum kb_err rc;

    if (!given(add, "preset") && !given(add, "token_url"))
        return provider_missing(add, err);
    rc = confine_to(given(add, "store"), given(add, "ca_file"), err);
    if (rc)
        return rc;
    add->replaces = is_configured(add->options.name);
    choose_store(add);
    rc = kb_settings_write(&add->options.settings, &add->object, err);
    if (!rc)
        rc = check_alone(add, err);
    if (!rc)
        rc = config_file_open(&file, err);
    if (!rc)
        rc = config_file_preview(
            &file, add->options.name, kb_buf_text(&add->object), &add->config, err);
    if (rc == KB_ERR_SYSTEM && add->replaces)
        kb_hint(err, "for a new client of the profile as it is: keybearer add %s, without settings",
            add->options.name);
    if (!rc)
        add->profile = find_typed(&add->config, add->options.name);
    return rc ? rc : refuse_rival(add, err);
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
    add->client.proof = KB_PROOF_SECRET;
    rc = kb_ref_make(&add->client.ref, err);
    return rc ? rc : kb_bond_of(add->profile, &add->client.bound, err);
}

static enum kb_err ask_client(struct addition *add, struct kb_error *err)
{
    enum kb_err rc = ask_client_id(add->options.client_id, &add->client.id, err);

    if (!rc)
        rc = ask_client_secret(&add->options.ask, &add->client.secret, err);
    return rc ? rc : kb_client_check(&add->client, err);
}

/* Fails before a person has typed a secret, where that can be known. */
static enum kb_err check_store(struct addition *add, struct kb_error *err)
{
    KB_AUTO(kb_cards_close) struct kb_cards cards = KB_CARDS_INIT;
    struct kb_store_context context =
        own_client_context(add->profile->name, &add->client.ref, &add->client.bound, true);
    enum kb_err rc = kb_cards_open(&cards, err);

    kb_cards_close(&cards); /* nobody may be kept waiting while a person types */
    return rc ? rc : add->store->check(&context, err);
}

/* The client of a refused first `add` is stored nowhere: there is nothing yet to correct. */
static void hint_again(const struct addition *add, struct kb_error *err)
{
    const struct kb_preset *preset = add->profile->preset;
    const char *wrong_host = preset ? preset->wrong_host_hint : NULL;
    const char *method = kb_client_auth_other(
        &(struct kb_oauth_context){.profile = add->profile, .client = &add->client});
    const char *what = "check the client id and secret, and run the same command again";

    if (wrong_host)
        kb_hint(err, "%s; else %s", what, wrong_host);
    else if (method)
        kb_hint(err, "%s; if they are right, this server may want --client-auth %s", what, method);
    else
        kb_hint(err, "%s", what);
}

/* --- reporting ---------------------------------------------------------------------- */

/* Docker knows no path, and would take the token for the whole host. */
static void report_address(
    const struct kb_url *url, bool as_address, bool as_registry, struct kb_pairs *ret)
{
    KB_AUTO(kb_buf_clear) struct kb_buf address = KB_BUF_INIT(2048), all = KB_BUF_INIT(1024);
    KB_AUTO(kb_strings_clear) struct kb_strings keys = {0};
    bool has_path = strcmp(url->path, "/") != 0;

    if (as_address)
        kb_url_append_origin(url, &address);
    if (as_address && has_path)
        kb_buf_str(&address, url->path);
    if (as_registry && !has_path)
        kb_registry_add_keys(url, &keys);
    for (size_t i = 0; i < keys.count; i++)
        kb_buf_fmt(&all, "%s%s", i > 0 ? " " : "", keys.items[i]);
    kb_pairs_add(ret, kb_buf_text(&address), kb_buf_text(&all));
}

/* Where registries are named, nothing else is one. */
static void report_match(const struct kb_profile *profile, struct kb_report_add *ret)
{
    bool may_be_registry = ret->serves_git && profile->registries.count == 0;

    for (size_t i = 0; i < profile->match_count; i++) {
        bool is_own = i < profile->own_match_count;

        report_address(&profile->match[i], is_own, !is_own || may_be_registry, &ret->addresses);
    }
}

static enum kb_store_level level_of(const struct addition *add)
{
    struct kb_store_context context =
        own_client_context(add->profile->name, &add->client.ref, &add->client.bound, false);
    struct kb_store_status status;

    return add->store->status(&context, &status, NULL) ? KB_STORE_UNKNOWN : status.level;
}

static void report(const struct addition *add, struct kb_report_add *ret)
{
    const struct kb_profile *profile = add->profile;
    const struct kb_profile *rival = kb_match_rival(&add->config, profile);

    kb_text_copy(ret->profile, sizeof(ret->profile), profile->name);
    kb_text_copy(ret->store, sizeof(ret->store), profile->store);
    kb_text_copy(ret->endpoint, sizeof(ret->endpoint), profile->token_url.host);
    kb_text_copy(ret->rival, sizeof(ret->rival), rival ? rival->name : "");
    kb_text_copy(ret->left_behind, sizeof(ret->left_behind), add->left.msg);
    kb_text_copy(ret->warning, sizeof(ret->warning), add->facts.warning);
    ret->level = level_of(add);
    ret->life_ms = add->token.life_ms;
    ret->replaced = add->replaces;
    /* A REST API's preset names no user for git and docker: it serves neither. */
    ret->serves_git = !profile->preset || profile->preset->token_username;
    report_match(profile, ret);
}

/* Up to the moment when the client is in its store. */
static enum kb_err add_client(struct addition *add, struct kb_cache *cache, struct kb_error *err)
{
    enum kb_err rc = plan(add, err);

    if (!rc)
        rc = check_store(add, err);
    if (!rc)
        rc = ask_client(add, err);
    if (!rc && strcmp(add->profile->store, "sealed-file") == 0)
        rc = vault_prepare(&add->options.ask, err);
    if (rc)
        return rc;
    kb_cache_create(cache);
    rc = exchange(add->profile, &add->client, cache, &add->token, &add->facts, err);
    if (rc && add->facts.client_refused && add->object.len > 0)
        hint_again(add, err);
    if (rc)
        return rc;
    return store_client(
        add->profile, &add->client, kb_buf_text(&add->object), NULL, &add->left, err);
}

enum kb_err helper_add(int argc, char *argv[], struct kb_frame *frame, struct kb_error *err)
{
    KB_AUTO(clear)
    struct addition add = {.object = KB_BUF_INIT(65536)};
    KB_AUTO(kb_cache_close) struct kb_cache cache = KB_CACHE_INIT;
    enum kb_err rc = add_options_parse(argc, argv, &add.options, err);

    if (rc)
        return rc;
    rc = add_client(&add, &cache, err);
    if (rc)
        return rc;
    publish_token(&cache, add.profile, &add.client.ref, &add.token, &add.facts);
    if (cache.level == KB_PROTECTION_NONE)
        kb_text_copy(frame->report.add.no_cache, sizeof(frame->report.add.no_cache), cache.why);
    report(&add, &frame->report.add);
    return KB_OK;
}
