/*
 * From the parts to the request. Must never put a part into the address but the fields of a body
 * that is none.
 */
#include "request.h"

#include "config/settings.h"

static void put_headers(
    const struct kb_body *body, const struct kb_pairs *more, struct kb_pairs *out)
{
    kb_pairs_add(out, "Accept", "application/json");
    if (body->content_type)
        kb_pairs_add(out, "Content-Type", body->content_type);
    for (size_t i = 0; i < more->count; i++)
        kb_pairs_add(out, more->items[i].name, more->items[i].value);
}

static enum kb_err put_certificate(
    const struct kb_oauth_context *context, struct kb_http_request *request, struct kb_error *err)
{
    if (!context->signer)
        return kb_fail(err, KB_ERR_SYSTEM, "this program cannot use a client's certificate");
    return context->signer->write_tls(context->client, &request->certificates, &request->key, err);
}

enum kb_err kb_request_make(const struct kb_oauth_context *context, const char *url,
    const struct kb_body *body, struct kb_parts *parts, struct kb_http_request *ret,
    struct kb_error *err)
{
    KB_AUTO(kb_http_request_clear) struct kb_http_request request = KB_HTTP_REQUEST_INIT;
    enum kb_err rc = body->write(parts, &request, err);

    if (!rc && parts->certificate)
        rc = put_certificate(context, &request, err);
    if (rc)
        return rc;
    kb_str_set(&request.url, url);
    kb_str_set(&request.ca_file, context->profile->ca_file);
    kb_str_set(&request.ca_setting, kb_setting_say(context->profile, "ca_file").text);
    put_headers(body, &parts->headers, &request.headers);
    kb_secret_move(&request.authorization, &parts->authorization);
    *ret = request;
    request = KB_HTTP_REQUEST_INIT;
    return KB_OK;
}
