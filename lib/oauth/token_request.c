/*
 * Puts the token request together. Must never name the client in the URL, unless the profile's
 * body is the query, nor in a header of its own, and never use a second method of proof.
 */
#include "oauth/token_request.h"

#include "config/preset.h"
#include "config/settings.h"
#include "request.h"
#include "scope.h"

#include <string.h>

static void add_headers(const struct kb_oauth_context *context, struct kb_parts *parts)
{
    const struct kb_profile *profile = context->profile;

    for (size_t i = 0; i < profile->headers.count; i++) {
        const struct kb_pair *extra = &profile->headers.items[i];
        const struct kb_preset_header *rule = kb_preset_header(profile->preset, extra->name);
        bool fresh = rule && rule->may_be_auto && strcmp(extra->value, "auto") == 0;

        kb_pairs_add(&parts->headers, extra->name, fresh ? context->fresh_id : extra->value);
    }
}

static void add_scope(const struct kb_profile *profile, struct kb_parts *parts)
{
    KB_AUTO(kb_buf_clear) struct kb_buf scope = KB_BUF_INIT(KB_SECRET_MAX);

    kb_scope_append(profile, &scope);
    kb_parts_add(parts, "scope", kb_buf_text(&scope));
    parts->failed |= scope.failed;
}

static void add_settings(const struct kb_profile *profile, struct kb_parts *parts)
{
    if (profile->scope && !kb_scope_is_claim(profile))
        add_scope(profile, parts);
    if (profile->audience)
        kb_parts_add(parts, "audience", profile->audience);
    for (size_t i = 0; i < profile->resources.count; i++)
        kb_parts_add(parts, "resource", profile->resources.items[i]);
    for (size_t i = 0; i < profile->form.count; i++)
        kb_parts_add(parts, profile->form.items[i].name, profile->form.items[i].value);
}

static bool is_signed(const struct kb_profile *profile)
{
    return kb_client_auth_is(profile, KB_AUTH_SECRET_JWT) ||
           kb_client_auth_is(profile, KB_AUTH_KEY_JWT) ||
           kb_client_auth_is(profile, KB_AUTH_BEARER_JWT) ||
           kb_grant_is(profile, KB_GRANT_JWT_BEARER);
}

/* A scope that nothing carries would not be asked for, and nobody would see it. */
static enum kb_err check_scope(const struct kb_profile *profile, struct kb_error *err)
{
    if (!kb_scope_is_claim(profile) || is_signed(profile))
        return KB_OK;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_CONFIG,
            "the scope of profile %s is to be a claim, and nothing is "
            "signed for it",
            profile->name),
        "correct %s", kb_setting_say(profile, "scope_place").text);
}

enum kb_err kb_token_request_build(
    const struct kb_oauth_context *context, struct kb_http_request *ret, struct kb_error *err)
{
    KB_AUTO(kb_parts_clear) struct kb_parts parts = {0};
    const struct kb_profile *profile = context->profile;
    enum kb_err rc = check_scope(profile, err);

    if (!rc)
        rc = kb_grant_add(context, &parts, err);
    if (rc)
        return rc;
    add_settings(profile, &parts);
    add_headers(context, &parts);
    rc = kb_client_auth_add(context, &parts, err);
    return rc ? rc
              : kb_request_make(context, profile->token_url_text, kb_body_find(profile->body),
                    &parts, ret, err);
}
