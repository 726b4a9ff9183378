/*
 * Puts the token request together. Must never name the client in the URL or in a
 * header of its own, and never use a second method of proof.
 */
#include "oauth/token_request.h"

#include "config/preset.h"
#include "config/settings.h"

#include <string.h>

static void add_headers(
    const struct kb_oauth_context *context, const char *content_type, struct kb_parts *parts)
{
    const struct kb_profile *profile = context->profile;

    kb_pairs_add(&parts->headers, "Accept", "application/json");
    kb_pairs_add(&parts->headers, "Content-Type", content_type);
    for (size_t i = 0; i < profile->headers.count; i++) {
        const struct kb_pair *extra = &profile->headers.items[i];
        const struct kb_preset_header *rule = kb_preset_header(profile->preset, extra->name);
        bool fresh = rule && rule->may_be_auto && strcmp(extra->value, "auto") == 0;

        kb_pairs_add(&parts->headers, extra->name, fresh ? context->fresh_id : extra->value);
    }
}

static void add_settings(const struct kb_profile *profile, struct kb_parts *parts)
{
    if (profile->scope)
        kb_parts_add(parts, "scope", profile->scope);
    if (profile->audience)
        kb_parts_add(parts, "audience", profile->audience);
    for (size_t i = 0; i < profile->resources.count; i++)
        kb_parts_add(parts, "resource", profile->resources.items[i]);
    for (size_t i = 0; i < profile->form.count; i++)
        kb_parts_add(parts, profile->form.items[i].name, profile->form.items[i].value);
}

enum kb_err kb_token_request_build(
    const struct kb_oauth_context *context, struct kb_http_request *ret, struct kb_error *err)
{
    KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
    KB_AUTO(kb_parts_clear) struct kb_parts parts = {0};
    const struct kb_body *body = &kb_bodies[KB_BODY_FORM];
    enum kb_err rc;

    kb_str_set(&request.url, context->profile->token_url_text);
    kb_str_set(&request.ca_file, context->profile->ca_file);
    kb_str_set(&request.ca_setting, kb_setting_say(context->profile, "ca_file").text);
    add_headers(context, body->content_type, &parts);
    rc = kb_grants[KB_GRANT_CLIENT_CREDENTIALS](context, &parts, err);
    add_settings(context->profile, &parts);
    if (!rc)
        rc = kb_client_auth_add(context, &parts, err);
    if (!rc)
        rc = body->write(&parts, &request, err);
    if (rc)
        return rc;
    request.headers = parts.headers;
    parts.headers = (struct kb_pairs){0};
    kb_secret_move(&request.authorization, &parts.authorization);
    *ret = request;
    request = KB_HTTP_REQUEST_INIT;
    return KB_OK;
}
