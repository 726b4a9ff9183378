/*
 * The record that a store keeps: its checks, its one line of JSON, and its bond to the
 * endpoint it was made for. Only the helper decodes; json-c's copies die with it.
 */
#include "core/client.h"

#include "base/json.h"
#include "base/json_write.h"
#include "base/strings.h"
#include "core/url.h"

#include <stdlib.h>
#include <string.h>

#define RECORD_VERSION 1
#define RECORD_MEMBERS 4

static enum kb_err check_part(
    const struct kb_secret *part, const char *what, size_t max, struct kb_error *err)
{
    if (kb_secret_is_empty(part))
        return kb_fail(err, KB_ERR_USAGE, "%s is empty", what);
    if (part->len > max)
        return kb_fail(err, KB_ERR_USAGE, "%s is longer than %zu bytes", what, max);
    if (!kb_text_is_printable(part->bytes, part->len, 1, max))
        return kb_fail(err, KB_ERR_USAGE, "%s holds a character that is not printable ASCII", what);
    if (part->bytes[0] == ' ' || part->bytes[part->len - 1] == ' ') {
        kb_fail(err, KB_ERR_USAGE, "%s begins or ends with a space", what);
        kb_hint(err, "copy it again without the surrounding space");
        return KB_ERR_USAGE;
    }
    return KB_OK;
}

enum kb_err kb_client_check(const struct kb_client *client, struct kb_error *err)
{
    enum kb_err rc = check_part(&client->id, "the client id", KB_CLIENT_ID_MAX, err);
    return rc ? rc : check_part(&client->secret, "the client secret", KB_CLIENT_SECRET_MAX, err);
}

void kb_client_encode(const struct kb_client *client, struct kb_buf *out)
{
    struct kb_json_writer w = kb_json_writer(out, 0);

    kb_json_open(&w, '{');
    kb_json_int_member(&w, "v", RECORD_VERSION);
    kb_json_name(&w, "id");
    kb_json_put_secret(&w, "", &client->id);
    kb_json_name(&w, "secret");
    kb_json_put_secret(&w, "", &client->secret);
    kb_json_string_member(&w, "token_url", client->token_url);
    kb_json_close(&w);
}

static enum kb_err damaged(struct kb_error *err)
{
    kb_fail(err, KB_ERR_CORRUPT, "the stored client is damaged");
    kb_hint(err, "keybearer add NAME");
    return KB_ERR_CORRUPT;
}

static enum kb_err take_secret(
    struct json_object *record, const char *name, struct kb_secret *ret, struct kb_error *err)
{
    const char *text = kb_json_string(record, name);
    return text ? kb_secret_set(ret, text, strlen(text), err) : damaged(err);
}

static enum kb_err take_token_url(struct json_object *record, char **ret, struct kb_error *err)
{
    const char *text = kb_json_string(record, "token_url");
    struct kb_url url;

    if (!text || kb_url_parse(text, strlen(text), &url, NULL))
        return damaged(err);
    return kb_str_set(ret, text, err);
}

static bool is_our_record(struct json_object *record)
{
    struct json_object *version = kb_json_member(record, "v");

    return json_object_is_type(version, json_type_int) &&
           json_object_get_int64(version) == RECORD_VERSION &&
           json_object_object_length(record) == RECORD_MEMBERS;
}

static enum kb_err decode_record(
    struct json_object *record, struct kb_client *client, struct kb_error *err)
{
    if (!is_our_record(record))
        return damaged(err);
    enum kb_err rc = take_secret(record, "id", &client->id, err);
    if (!rc)
        rc = take_secret(record, "secret", &client->secret, err);
    if (!rc)
        rc = take_token_url(record, &client->token_url, err);
    if (!rc && kb_client_check(client, NULL))
        rc = damaged(err);
    return rc;
}

enum kb_err kb_client_decode(
    const char *text, size_t len, struct kb_client *ret, struct kb_error *err)
{
    KB_AUTO(kb_json_release) struct json_object *record = NULL;
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;

    if (kb_json_parse(text, len, &record, NULL))
        return damaged(err);
    enum kb_err rc = decode_record(record, &client, err);
    if (rc)
        return rc;
    kb_client_clear(ret);
    kb_secret_move(&ret->id, &client.id);
    kb_secret_move(&ret->secret, &client.secret);
    ret->token_url = KB_TAKE(client.token_url);
    return KB_OK;
}

enum kb_err kb_client_check_bound(
    const char *stored_url, const char *token_url, const char *profile, struct kb_error *err)
{
    struct kb_url stored, wanted;
    KB_AUTO(kb_buf_clear) struct kb_buf was = KB_BUF_INIT(sizeof(stored.host) + 32);
    KB_AUTO(kb_buf_clear) struct kb_buf is = KB_BUF_INIT(sizeof(wanted.host) + 32);

    if (kb_url_parse(stored_url, strlen(stored_url), &stored, NULL))
        return damaged(err);
    enum kb_err rc = kb_url_parse(token_url, strlen(token_url), &wanted, err);
    if (rc)
        return rc;
    if (kb_url_same_origin(&stored, &wanted))
        return KB_OK;
    kb_url_append_origin(&stored, &was);
    kb_url_append_origin(&wanted, &is);
    kb_fail(err, KB_ERR_DENIED, "the client of profile %s was stored for %s, not for %s", profile,
        kb_buf_text(&was), kb_buf_text(&is));
    kb_hint(err, "if the new address is right, store the client for it: keybearer add %s", profile);
    return KB_ERR_DENIED;
}

void kb_client_clear(struct kb_client *client)
{
    if (!client)
        return;
    kb_secret_clear(&client->id);
    kb_secret_clear(&client->secret);
    free(client->token_url);
    *client = (struct kb_client)KB_CLIENT_INIT;
}
