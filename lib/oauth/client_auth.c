/*
 * The ways to send a proof: one function each, of the name that stands in core/client_auths.def.
 * Exactly one is used for a request, and no failure ever leads to another: the secret is not shown
 * twice.
 */
#include "base/base64.h"
#include "config/preset.h"
#include "config/settings.h"
#include "oauth/form.h"
#include "oauth/rows.h"

#include <string.h>

/* Holds id and secret, each byte escaped, and the colon. */
#define PAIR_MAX (3UL * (KB_CLIENT_ID_MAX + KB_CLIENT_SECRET_MAX) + 1)

static enum kb_err client_secret_post(
    const struct kb_oauth_context *context, struct kb_parts *parts, struct kb_error *err)
{
    (void)err;
    kb_parts_add_secret(parts, "client_id", &context->client->id);
    kb_parts_add_secret(parts, "client_secret", &context->client->secret);
    return KB_OK;
}

static enum kb_err set_basic(
    const struct kb_buf *pair, struct kb_parts *parts, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf value = KB_BUF_INIT(PAIR_MAX * 2);
    enum kb_err rc = kb_buf_check(pair, "the client's proof", err);

    if (rc)
        return rc;
    kb_buf_str(&value, "Basic ");
    kb_base64_encode(&value, pair->data, pair->len);
    rc = kb_buf_check(&value, "the client's proof", err);
    return rc ? rc : kb_secret_from_buf(&parts->authorization, &value, err);
}

/* Form-encoded before base64, as the RFC wants it. */
static enum kb_err client_secret_basic(
    const struct kb_oauth_context *context, struct kb_parts *parts, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf pair = KB_BUF_INIT(PAIR_MAX);
    const struct kb_client *client = context->client;

    kb_form_encode(&pair, client->id.bytes, client->id.len);
    kb_buf_byte(&pair, ':');
    kb_form_encode(&pair, client->secret.bytes, client->secret.len);
    return set_basic(&pair, parts, err);
}

/* The bytes as they are, for servers that do not decode them. */
static enum kb_err client_secret_basic_raw(
    const struct kb_oauth_context *context, struct kb_parts *parts, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf pair = KB_BUF_INIT(PAIR_MAX);
    const struct kb_client *client = context->client;

    if (client->id.len > 0 && memchr(client->id.bytes, ':', client->id.len))
        return kb_hinted(err,
            kb_fail(err, KB_ERR_CONFIG,
                "the client id holds a ':', which client_secret_basic_raw cannot carry"),
            "set %s to client_secret_basic", kb_setting_say(context->profile, "client_auth").text);
    kb_secret_append(&client->id, &pair);
    kb_buf_byte(&pair, ':');
    kb_secret_append(&client->secret, &pair);
    return set_basic(&pair, parts, err);
}

static const struct method {
    const char *name;
    enum kb_proof needs;
    kb_add_parts *add;
} methods[] = {
#define KB_CLIENT_AUTH(method, name, needs) {#name, KB_PROOF_##needs, name},
#include "core/client_auths.def"
};

static const struct method *method_of(const struct kb_profile *profile)
{
    for (size_t i = 0; i < KB_COUNT(methods); i++)
        if (strcmp(methods[i].name, profile->client_auth) == 0)
            return &methods[i];
    return NULL;
}

enum kb_proof kb_client_auth_needs(const struct kb_profile *profile)
{
    const struct method *method = method_of(profile);

    return method ? method->needs : KB_PROOF_NONE;
}

static enum kb_err check_proof(
    const struct kb_oauth_context *context, enum kb_proof needs, struct kb_error *err)
{
    enum kb_proof missing = needs & ~context->client->proof;
    const struct kb_profile *profile = context->profile;

    if (!missing)
        return KB_OK;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_CONFIG, "%s needs a %s, and the client of profile %s has none",
            profile->client_auth, missing & KB_PROOF_SECRET ? "secret" : "key", profile->name),
        "keybearer add %s, or correct %s", profile->name,
        kb_setting_say(profile, "client_auth").text);
}

enum kb_err kb_client_auth_add(
    const struct kb_oauth_context *context, struct kb_parts *parts, struct kb_error *err)
{
    const struct method *method = method_of(context->profile);
    enum kb_err rc;

    if (!method)
        return kb_fail(err, KB_ERR_CONFIG, "there is no \"client_auth\" \"%s\"",
            context->profile->client_auth);
    rc = check_proof(context, method->needs, err);
    return rc ? rc : method->add(context, parts, err);
}

static bool is_changed_by_encoding(const struct kb_secret *text)
{
    KB_AUTO(kb_buf_clear) struct kb_buf encoded = KB_BUF_INIT(PAIR_MAX);

    kb_form_encode(&encoded, text->bytes, text->len);
    return encoded.len != text->len || memcmp(encoded.data, text->bytes, text->len) != 0;
}

static bool is_method(const char *name, enum kb_client_auth_method method)
{
    return strcmp(name, kb_client_auth_names[method]) == 0;
}

/* Where encoding changes nothing, the two kinds of Basic are the same. */
const char *kb_client_auth_other(const struct kb_profile *profile, const struct kb_client *client)
{
    const char *used = profile->client_auth;
    const struct kb_preset *preset = profile->preset;
    const char *known = preset ? kb_preset_text(preset, "client_auth") : NULL;

    if (known && strcmp(used, known) == 0)
        return NULL;
    if (is_method(used, KB_AUTH_POST))
        return kb_client_auth_names[KB_AUTH_BASIC];
    if (!is_changed_by_encoding(&client->id) && !is_changed_by_encoding(&client->secret))
        return kb_client_auth_names[KB_AUTH_POST];
    return kb_client_auth_names[is_method(used, KB_AUTH_BASIC) ? KB_AUTH_BASIC_RAW : KB_AUTH_BASIC];
}
