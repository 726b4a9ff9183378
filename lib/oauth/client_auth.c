/*
 * The three ways to send id and secret. Exactly one is used for a request, and no
 * failure ever leads to another: the secret is not shown twice.
 */
#include "oauth/client_auth.h"

#include "oauth/base64.h"
#include "oauth/form.h"

#include <string.h>

/* Holds id and secret, each byte escaped, and the colon. */
#define PAIR_MAX (3UL * (KB_CLIENT_ID_MAX + KB_CLIENT_SECRET_MAX) + 1)

static enum kb_err apply_post(
    const struct kb_client *client, struct kb_http_request *request, struct kb_error *err)
{
    kb_form_add_secret(&request->body, "client_id", &client->id);
    kb_form_add_secret(&request->body, "client_secret", &client->secret);
    return kb_buf_check(&request->body, "the token request", err);
}

static enum kb_err set_basic(
    const struct kb_buf *pair, struct kb_http_request *request, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf value = KB_BUF_INIT(PAIR_MAX * 2);
    enum kb_err rc = kb_buf_check(pair, "the client's proof", err);

    if (rc)
        return rc;
    kb_buf_str(&value, "Basic ");
    kb_base64_encode(&value, pair->data, pair->len);
    rc = kb_buf_check(&value, "the client's proof", err);
    return rc ? rc : kb_secret_from_buf(&request->authorization, &value, err);
}

static enum kb_err apply_basic(
    const struct kb_client *client, struct kb_http_request *request, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf pair = KB_BUF_INIT(PAIR_MAX);

    kb_form_encode(&pair, client->id.bytes, client->id.len);
    kb_buf_byte(&pair, ':');
    kb_form_encode(&pair, client->secret.bytes, client->secret.len);
    return set_basic(&pair, request, err);
}

static enum kb_err apply_basic_raw(
    const struct kb_client *client, struct kb_http_request *request, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf pair = KB_BUF_INIT(PAIR_MAX);

    if (client->id.len > 0 && memchr(client->id.bytes, ':', client->id.len))
        return kb_hinted(err,
            kb_fail(err, KB_ERR_CONFIG,
                "the client id holds a ':', which client_secret_basic_raw cannot carry"),
            "set \"client_auth\" to \"client_secret_basic\"");
    kb_secret_append(&client->id, &pair);
    kb_buf_byte(&pair, ':');
    kb_secret_append(&client->secret, &pair);
    return set_basic(&pair, request, err);
}

static const struct kb_client_auth methods[] = {
    [KB_AUTH_POST] = {KB_AUTH_POST, apply_post},
    [KB_AUTH_BASIC] = {KB_AUTH_BASIC, apply_basic},
    [KB_AUTH_BASIC_RAW] = {KB_AUTH_BASIC_RAW, apply_basic_raw},
};

const struct kb_client_auth *kb_client_auth_find(enum kb_client_auth_method method)
{
    return &methods[method];
}
