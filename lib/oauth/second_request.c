/*
 * The request of the second step. Must never show the client's secret, key or certificate: who is
 * asked here knows the first token and need know no more.
 */
#include "oauth/second_request.h"

#include "request.h"

#include <string.h>

#define PLACE "{token}"

/* Adds the field; whether the token is in it. */
static bool add_field(
    const struct kb_pair *field, const struct kb_secret *token, struct kb_parts *parts)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_SECRET_MAX);
    KB_AUTO(kb_secret_clear) struct kb_secret value = KB_SECRET_INIT;
    const char *at = field->value, *place;
    bool found = false;

    while ((place = strstr(at, PLACE))) {
        kb_buf_add(&text, at, (size_t)(place - at));
        kb_secret_append(token, &text);
        at = place + strlen(PLACE);
        found = true;
    }
    kb_buf_str(&text, at);
    if (text.failed || kb_secret_from_buf(&value, &text, NULL))
        parts->failed = true;
    else
        kb_parts_add_secret(parts, field->name, &value);
    return found;
}

static enum kb_err set_bearer(
    const struct kb_secret *token, struct kb_parts *parts, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf value = KB_BUF_INIT(KB_SECRET_MAX);
    enum kb_err rc;

    kb_buf_str(&value, "Bearer ");
    kb_secret_append(token, &value);
    rc = kb_buf_check(&value, "the first token", err);
    return rc ? rc : kb_secret_from_buf(&parts->authorization, &value, err);
}

enum kb_err kb_second_request_build(
    const struct kb_oauth_context *context, struct kb_http_request *ret, struct kb_error *err)
{
    KB_AUTO(kb_parts_clear) struct kb_parts parts = {0};
    const struct kb_profile *profile = context->profile;
    const struct kb_pairs *form = &profile->second_form;
    enum kb_err rc = KB_OK;
    bool carried = false;

    for (size_t i = 0; i < form->count; i++)
        carried = add_field(&form->items[i], context->first_token, &parts) || carried;
    if (!carried)
        rc = set_bearer(context->first_token, &parts, err);
    return rc ? rc
              : kb_request_make(context, profile->second_url_text,
                    kb_body_find(profile->second_body), &parts, ret, err);
}
