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
        if (!words[i].text || (preset && kb_preset_uses(preset, words[i].placeholder)))
            continue;
        kb_config_draft_look_at(draft, words[i].key);
        return kb_config_draft_refuse(draft, "means nothing %s %s",
            preset ? "to preset" : "without a", preset ? preset->name : "preset");
    }
    return KB_OK;
}

static enum kb_err no_environment(struct kb_config_draft *draft)
{
    const struct kb_preset *preset = draft->profile.preset;
    KB_AUTO(kb_buf_clear) struct kb_buf known = KB_BUF_INIT(sizeof(draft->err->hint) / 2);

    kb_preset_list_environments(preset, &known);
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

static enum kb_err require_token_url(struct kb_config_draft *draft)
{
    if (draft->profile.token_url_text)
        return KB_OK;
    kb_config_draft_look_at(draft, NULL);
    return kb_fail(draft->err, KB_ERR_CONFIG, "profile \"%s\" needs a %s or a %s",
        draft->profile.name, kb_config_draft_say(draft, "token_url").text,
        kb_config_draft_say(draft, "preset").text);
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
    struct kb_profile *profile = &draft->profile;
    bool is_proved = profile->grant && strcmp(profile->grant, "jwt-bearer") == 0;

    fill(&profile->client_auth, kb_client_auth_names[is_proved ? KB_AUTH_NONE : KB_AUTH_POST]);
    /* A REST API's preset names no user for git and docker; a profile that does serves them. */
    profile->serves_git = !profile->preset || profile->username || profile->token_username;
    if (!profile->username)
        fill(&profile->token_username, "oauth2");
    if (profile->default_lifetime < 0)
        profile->default_lifetime = 0;
    return KB_OK;
}

/* Where nothing else is said, a preset's host serves its own API and nothing more. */
static enum kb_err match_own_host(struct kb_config_draft *draft)
{
    const struct kb_preset *preset = draft->profile.preset;
    KB_AUTO(kb_buf_clear) struct kb_buf address = KB_BUF_INIT(KB_CONFIG_ADDRESS_MAX);

    if (kb_config_draft_gives(draft, "match") || draft->profile.match_count > 0 ||
        !draft->profile.host || (preset && kb_preset_text(preset, "registry")))
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
        kb_config_draft_require_needs,
        refuse_two_usernames,
        kb_config_draft_take_preset,
        require_token_url,
        require_store,
        apply_defaults,
        kb_config_draft_check_together,
        match_own_host,
        match_registries,
    };
    enum kb_err rc = KB_OK;

    for (size_t i = 0; i < KB_COUNT(steps) && !rc; i++)
        rc = steps[i](draft);
    return rc;
}
