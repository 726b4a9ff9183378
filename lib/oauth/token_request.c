/*
 * Puts the token request together. Must never name the client in the URL or in a
 * header of its own, and never use a second method of proof.
 */
#include "oauth/token_request.h"

#include "config/preset.h"
#include "oauth/client_auth.h"
#include "oauth/form.h"

#include <string.h>

static enum kb_err add_extra_header(const struct kb_profile *profile, const struct kb_pair *header,
    const char *auto_id, struct kb_http_request *request, struct kb_error *err)
{
    const struct kb_preset_header *rule = kb_preset_header(profile->preset, header->name);
    bool fresh = rule && rule->may_be_auto && strcmp(header->value, "auto") == 0;

    (void)err;
    kb_pairs_add(&request->headers, header->name, fresh ? auto_id : header->value);
    return KB_OK;
}

static enum kb_err add_headers(const struct kb_profile *profile, const char *auto_id,
    struct kb_http_request *request, struct kb_error *err)
{
    enum kb_err rc = KB_OK;

    kb_pairs_add(&request->headers, "Accept", "application/json");
    kb_pairs_add(&request->headers, "Content-Type", "application/x-www-form-urlencoded");
    for (size_t i = 0; !rc && i < profile->headers.count; i++)
        rc = add_extra_header(profile, &profile->headers.items[i], auto_id, request, err);
    return rc;
}

static void add_form(const struct kb_profile *profile, struct kb_buf *body)
{
    kb_form_add(body, "grant_type", "client_credentials");
    if (profile->scope)
        kb_form_add(body, "scope", profile->scope);
    if (profile->audience)
        kb_form_add(body, "audience", profile->audience);
    for (size_t i = 0; i < profile->resources.count; i++)
        kb_form_add(body, "resource", profile->resources.items[i]);
    for (size_t i = 0; i < profile->form.count; i++)
        kb_form_add(body, profile->form.items[i].name, profile->form.items[i].value);
}

enum kb_err kb_token_request_build(const struct kb_profile *profile, const struct kb_client *client,
    const char *auto_id, struct kb_http_request *ret, struct kb_error *err)
{
    KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
    enum kb_err rc;

    kb_str_set(&request.url, profile->token_url_text);
    kb_str_set(&request.ca_file, profile->ca_file);
    rc = add_headers(profile, auto_id, &request, err);
    if (rc)
        return rc;
    add_form(profile, &request.body);
    rc = kb_buf_check(&request.body, "the token request", err);
    if (!rc)
        rc = kb_client_auth_find(profile->client_auth)->apply(client, &request, err);
    if (rc)
        return rc;
    *ret = request;
    request = (struct kb_http_request)KB_HTTP_REQUEST_INIT;
    return KB_OK;
}
