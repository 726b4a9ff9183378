/*
 * What a profile's file leaves open: presets and defaults, in the one order in which they
 * depend on each other. Must never override what the file says.
 */
#include "draft.h"

#include "config/preset.h"
#include "config/settings.h"

#include <string.h>

/* A word that changes nothing is a misunderstanding: better said than ignored. */
static enum kb_err refuse_idle_words(struct kb_config_draft *draft)
{
    const struct kb_preset *preset = draft->profile.preset;
    const struct {
        const char *key, *text, *placeholder;
    } words[] = {
        {"host", draft->profile.host, "{host}"},
        {"environment", draft->profile.environment, "{host}"},
        {"tenant", draft->profile.tenant, "{tenant}"},
    };

    for (size_t i = 0; i < KB_COUNT(words); i++) {
        if (!words[i].text || (preset && strstr(preset->token_url, words[i].placeholder)))
            continue;
        kb_config_draft_look_at(draft, words[i].key);
        return kb_config_draft_refuse(draft, "means nothing %s %s",
            preset ? "to preset" : "without a", preset ? preset->name : "preset");
    }
    return KB_OK;
}

/* "PROD, SBX"; nothing where the provider has no such names. */
static void list_environments(const struct kb_preset *preset, struct kb_buf *out)
{
    for (size_t i = 0; i < preset->host_count; i++) {
        const char *name = preset->hosts[i].environment;
        if (name)
            kb_buf_fmt(out, "%s%s", out->len ? ", " : "", name);
    }
}

static enum kb_err no_environment(struct kb_config_draft *draft)
{
    const struct kb_preset *preset = draft->profile.preset;
    KB_AUTO(kb_buf_clear) struct kb_buf known = KB_BUF_INIT(sizeof(draft->err->hint) / 2);

    list_environments(preset, &known);
    kb_fail(draft->err, KB_ERR_CONFIG, "preset %s has no environment \"%s\"", preset->name,
        draft->profile.environment);
    kb_hint(draft->err, "%s%s%sgive a %s instead", known.len > 0 ? "one of " : "",
        kb_buf_text(&known), known.len > 0 ? "; or " : "", kb_config_draft_say(draft, "host").text);
    return KB_ERR_CONFIG;
}

static enum kb_err resolve_environment(struct kb_config_draft *draft)
{
    if (!draft->profile.environment)
        return KB_OK;
    kb_config_draft_look_at(draft, "environment");
    if (draft->profile.host)
        return kb_fail(draft->err, KB_ERR_CONFIG, "give %s or %s, not both",
            kb_config_draft_say(draft, "environment").text,
            kb_config_draft_say(draft, "host").text);
    const struct kb_preset_host *found =
        kb_preset_environment(draft->profile.preset, draft->profile.environment);
    if (!found)
        return no_environment(draft);
    kb_str_set(&draft->profile.host, found->host);
    return KB_OK;
}

/* One spelling of the host: lower case, no default port. */
static enum kb_err normalise_host(struct kb_config_draft *draft)
{
    struct kb_url url;
    KB_AUTO(kb_buf_clear) struct kb_buf authority = KB_BUF_INIT(sizeof(url.host) + 16);

    if (!draft->profile.host)
        return KB_OK;
    kb_config_draft_look_at(draft, "host");
    enum kb_err rc = kb_url_from_parts("https", draft->profile.host, &url, draft->err);
    if (rc)
        return rc;
    kb_url_append_authority(&url, &authority);
    rc = kb_buf_check(&authority, "the host", draft->err);
    if (!rc)
        kb_str_set(&draft->profile.host, kb_buf_text(&authority));
    return rc;
}

/* A host that is only an example could be taken for the right one: the names come first. */
static enum kb_err missing_host(struct kb_config_draft *draft)
{
    const struct kb_preset *preset = draft->profile.preset;
    KB_AUTO(kb_buf_clear) struct kb_buf known = KB_BUF_INIT(sizeof(draft->err->hint) / 2);
    const struct kb_setting_said host = kb_config_draft_say(draft, "host");
    const struct kb_setting_said environment = kb_config_draft_say(draft, "environment");

    list_environments(preset, &known);
    if (known.len == 0)
        return kb_hinted(draft->err,
            kb_fail(draft->err, KB_ERR_CONFIG, "preset %s needs %s", preset->name, host.text),
            "such as %s", preset->host_example);
    return kb_hinted(draft->err,
        kb_fail(draft->err, KB_ERR_CONFIG, "preset %s needs %s or %s", preset->name,
            environment.text, host.text),
        "%s %s; %s for any other", environment.text, kb_buf_text(&known), host.text);
}

static enum kb_err missing_word(struct kb_config_draft *draft, const char *key)
{
    kb_config_draft_look_at(draft, NULL);
    if (strcmp(key, "host") == 0)
        return missing_host(draft);
    return kb_fail(draft->err, KB_ERR_CONFIG, "preset %s needs %s", draft->profile.preset->name,
        kb_config_draft_say(draft, key).text);
}

/* Writes the preset's token URL with its placeholders filled. */
static enum kb_err fill_template(struct kb_config_draft *draft, struct kb_buf *out)
{
    static const char host[] = "{host}", tenant[] = "{tenant}";
    const char *at = draft->profile.preset->token_url;

    while (*at) {
        bool is_host = strncmp(at, host, strlen(host)) == 0;
        bool is_tenant = strncmp(at, tenant, strlen(tenant)) == 0;
        const char *word = is_host ? draft->profile.host : draft->profile.tenant;
        if (!is_host && !is_tenant) {
            kb_buf_byte(out, *at++);
            continue;
        }
        if (!word)
            return missing_word(draft, is_host ? "host" : "tenant");
        kb_buf_str(out, word);
        at += is_host ? strlen(host) : strlen(tenant);
    }
    return kb_buf_check(out, "the token URL", draft->err);
}

static enum kb_err resolve_token_url(struct kb_config_draft *draft)
{
    KB_AUTO(kb_buf_clear) struct kb_buf filled = KB_BUF_INIT(KB_CONFIG_ADDRESS_MAX);

    if (draft->profile.token_url_text)
        return KB_OK;
    kb_config_draft_look_at(draft, NULL);
    if (!draft->profile.preset)
        return kb_fail(draft->err, KB_ERR_CONFIG, "profile \"%s\" needs a %s or a %s",
            draft->profile.name, kb_config_draft_say(draft, "token_url").text,
            kb_config_draft_say(draft, "preset").text);
    enum kb_err rc = fill_template(draft, &filled);
    if (!rc)
        rc = kb_config_check_token_url(draft, kb_buf_text(&filled));
    if (!rc)
        kb_str_set(&draft->profile.token_url_text, kb_buf_text(&filled));
    return rc;
}

static enum kb_err require_store(struct kb_config_draft *draft)
{
    if (draft->profile.store)
        return KB_OK;
    kb_config_draft_look_at(draft, NULL);
    return kb_hinted(draft->err,
        kb_fail(draft->err, KB_ERR_CONFIG, "profile \"%s\" does not say where its client is kept",
            draft->profile.name),
        "add \"store\": \"secret-service\" or \"store\": \"sealed-file\"");
}

/* An account's name goes with its token, so there is no room for a second one. */
static enum kb_err refuse_two_usernames(struct kb_config_draft *draft)
{
    if (!draft->profile.username || !draft->profile.token_username)
        return KB_OK;
    kb_config_draft_look_at(draft, "token_username");
    return kb_fail(draft->err, KB_ERR_CONFIG, "give %s or %s, not both",
        kb_config_draft_say(draft, "username").text,
        kb_config_draft_say(draft, "token_username").text);
}

static void fill(char **place, const char *text)
{
    if (!*place)
        kb_str_set(place, text);
}

static enum kb_err apply_defaults(struct kb_config_draft *draft)
{
    static const struct kb_preset nothing = {.client_auth = KB_AUTH_POST};
    struct kb_profile *profile = &draft->profile;
    const struct kb_preset *preset = profile->preset ? profile->preset : &nothing;

    fill(&profile->client_auth, kb_client_auth_names[preset->client_auth]);
    fill(&profile->scope, preset->scope);
    /* A REST API's preset names no user for git and docker; a profile that does serves them. */
    profile->serves_git =
        !profile->preset || preset->token_username || profile->username || profile->token_username;
    if (!profile->username)
        fill(&profile->token_username, preset->token_username ? preset->token_username : "oauth2");
    if (profile->default_lifetime < 0)
        profile->default_lifetime = preset->default_lifetime;
    return KB_OK;
}

/* Without it the server could only refuse, having seen the secret. */
static enum kb_err require_needs(struct kb_config_draft *draft)
{
    const struct kb_preset *preset = draft->profile.preset;
    const char *key = preset ? preset->needs : NULL;

    if (!key || kb_setting_get(kb_setting_find(key), &draft->profile).is_set)
        return KB_OK;
    kb_config_draft_look_at(draft, NULL);
    return kb_hinted(draft->err,
        kb_fail(draft->err, KB_ERR_CONFIG, "preset %s needs %s", preset->name,
            kb_config_draft_say(draft, key).text),
        "%s", preset->needs_hint);
}

/* Where nothing else is said, a preset's host serves its own API and nothing more. */
static enum kb_err match_own_host(struct kb_config_draft *draft)
{
    KB_AUTO(kb_buf_clear) struct kb_buf address = KB_BUF_INIT(KB_CONFIG_ADDRESS_MAX);

    if (draft->has_match || !draft->profile.host)
        return KB_OK;
    kb_config_draft_look_at(draft, "host");
    kb_buf_fmt(&address, "https://%s", draft->profile.host);
    return kb_config_draft_add_match(draft, kb_buf_text(&address));
}

/* A registry is an address that may have the tokens, too. */
static enum kb_err match_registries(struct kb_config_draft *draft)
{
    const struct kb_strings *registries = &draft->profile.registries;
    enum kb_err rc = KB_OK;

    draft->profile.own_match_count = draft->profile.match_count;
    kb_config_draft_look_at(draft, "registry");
    for (size_t i = 0; i < registries->count && !rc; i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf address = KB_BUF_INIT(KB_CONFIG_ADDRESS_MAX + 16);

        kb_buf_fmt(&address, "https://%s", registries->items[i]);
        rc = kb_config_draft_add_match(draft, kb_buf_text(&address));
    }
    return rc;
}

enum kb_err kb_config_draft_complete(struct kb_config_draft *draft)
{
    static enum kb_err (*const steps[])(struct kb_config_draft *) = {
        refuse_idle_words,
        resolve_environment,
        normalise_host,
        resolve_token_url,
        require_store,
        refuse_two_usernames,
        apply_defaults,
        require_needs,
        kb_config_draft_check_together,
        match_own_host,
        match_registries,
    };
    enum kb_err rc = KB_OK;

    for (size_t i = 0; i < KB_COUNT(steps) && !rc; i++)
        rc = steps[i](draft);
    return rc;
}
