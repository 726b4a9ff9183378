/*
 * One client that was found becomes a profile's, in the way of `add`: proved first, then stored. A
 * profile of that name that is there already keeps its settings, if they are for the same place;
 * must never replace one that is not.
 */
#include "import.h"

#include "add.h"

#include "base/strings.h"
#include "core/url.h"

#include <string.h>
#include <strings.h>

static void copy_words(const struct kb_setting_words *from, struct kb_setting_words *ret)
{
    size_t count;

    kb_settings(&count);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < from->of[i].count; k++)
            kb_strings_add(&ret->of[i], from->of[i].items[k]);
}

/* What the file says counts where no option says it. */
static void compose(const struct import_options *options, const struct import_client *client,
    struct kb_setting_words *ret)
{
    const char *preset;

    copy_words(&options->settings, ret);
    preset = kb_setting_words_get(ret, "preset");
    if (!preset && !kb_setting_words_get(ret, "token_url")) {
        if (*client->preset)
            kb_setting_words_add(ret, "preset", client->preset);
        else if (!kb_secret_is_empty(&client->token_url))
            kb_setting_words_add(ret, "token_url", client->token_url.bytes);
        preset = kb_setting_words_get(ret, "preset");
    }
    if (preset && *client->key && strcmp(preset, client->preset) == 0 &&
        !kb_setting_words_get(ret, "environment") && !kb_setting_words_get(ret, "host") &&
        !kb_setting_words_get(ret, "token_url"))
        kb_setting_words_add(ret, client->key, client->value);
}

/* --- a profile that is there ---------------------------------------------------------- */

static bool is_same_text(const char *one, const char *other)
{
    return one && other ? strcmp(one, other) == 0 : one == other;
}

static bool says_url(const char *text, const struct kb_url *url)
{
    struct kb_url parsed;

    return !kb_url_parse(text, strlen(text), &parsed, NULL) && kb_url_equal(&parsed, url);
}

/* Whether WORDS would send the client where PROFILE does, as far as they say. */
static bool is_for_same_place(
    const struct kb_setting_words *words, const struct kb_profile *profile)
{
    const char *environment = kb_setting_words_get(words, "environment");
    const char *host = kb_setting_words_get(words, "host");
    const char *url = kb_setting_words_get(words, "token_url");
    const struct kb_preset_host *known =
        environment ? kb_preset_environment(profile->preset, environment) : NULL;

    if (!is_same_text(kb_setting_words_get(words, "preset"), profile->preset_name) ||
        (environment && !known))
        return false;
    if (known)
        host = known->host;
    if (host && (!profile->host || strcasecmp(host, profile->host) != 0))
        return false;
    return !url || says_url(url, &profile->token_url);
}

/* Settings that a profile would have to be given anew. */
static bool says_more(const struct kb_setting_words *words, const struct kb_profile *profile)
{
    static const char *const of_place[] = {"preset", "environment", "host", "token_url"};
    const char *store = kb_setting_words_get(words, "store");
    size_t count;
    const struct kb_setting *settings = kb_settings(&count);

    for (size_t i = 0; i < count; i++) {
        bool counts = words->of[i].count > 0 && strcmp(settings[i].key, "store") != 0;

        for (size_t k = 0; k < KB_COUNT(of_place); k++)
            counts = counts && strcmp(settings[i].key, of_place[k]) != 0;
        if (counts)
            return true;
    }
    return store && strcmp(store, profile->store) != 0;
}

/* A new client for a profile that is there: then WORDS are none. */
static enum kb_err fit_profile(
    const char *name, struct kb_setting_words *words, struct kb_error *err)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    struct kb_error why = KB_ERROR_INIT;
    const struct kb_profile *profile;
    enum kb_err rc = kb_config_load_profile(name, &config, &profile, &why);

    if (rc == KB_ERR_NOT_FOUND)
        return KB_OK;
    if (rc) {
        *err = why;
        return rc;
    }
    if (!is_for_same_place(words, profile) || says_more(words, profile))
        return kb_hinted(err,
            kb_fail(err, KB_ERR_USAGE, "there is a profile %s already, with other settings", name),
            "the same command with --name NAME; keybearer show %s", name);
    kb_setting_words_clear(words);
    return KB_OK;
}

/* --- the addition ----------------------------------------------------------------------- */

static void note(
    const struct addition *add, const struct kb_cache *cache, struct kb_report_import *report)
{
    KB_AUTO(kb_buf_clear) struct kb_buf endpoint = KB_BUF_INIT(KB_URL_ORIGIN_MAX);

    kb_url_append_authority(&add->profile->token_url, &endpoint);
    kb_pairs_add(&report->stored, add->profile->name, kb_buf_text(&endpoint));
    kb_text_copy(report->store, sizeof(report->store), add->profile->store);
    if (*add->left.msg)
        kb_text_copy(report->left_behind, sizeof(report->left_behind), add->left.msg);
    if (cache->level == KB_PROTECTION_NONE)
        kb_text_copy(report->no_cache, sizeof(report->no_cache), cache->why);
}

enum kb_err import_one(const struct import_options *options, struct import_client *client,
    struct kb_report_import *report, struct kb_error *err)
{
    KB_AUTO(add_clear) struct addition add = ADDITION_INIT;
    KB_AUTO(kb_cache_close) struct kb_cache cache = KB_CACHE_INIT;
    KB_AUTO(kb_secret_clear) struct kb_secret id = KB_SECRET_INIT;
    enum kb_err rc;

    kb_secret_move(&id, &client->of_id.bytes);
    kb_secret_move(&add.client.secret, &client->of_secret.bytes);
    add.imports = true;
    add.options.name = options->name ? options->name : client->name;
    add.options.client_id = id.bytes;
    add.options.same_address = options->same_address;
    add.options.ask = options->ask;
    compose(options, client, &add.options.settings);
    rc = fit_profile(add.options.name, &add.options.settings, err);
    if (!rc)
        rc = add_client(&add, &cache, err);
    if (rc)
        return rc;
    client->is_stored = true;
    publish_token(&cache, add.profile, &add.client.ref, &add.token, &add.facts);
    note(&add, &cache, report);
    return KB_OK;
}
