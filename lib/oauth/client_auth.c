/*
 * The ways to send a proof: one function each, of the name that stands in core/client_auths.def.
 * Exactly one is used for a request, and no failure ever leads to another: the secret is not shown
 * twice.
 */
#include "base/base64.h"
#include "config/preset.h"
#include "config/settings.h"
#include "oauth/assertion.h"
#include "oauth/form.h"
#include "oauth/rows.h"

#include <string.h>

/* Holds id and secret, each byte escaped, and the colon. */
#define PAIR_MAX (3UL * (KB_CLIENT_ID_MAX + KB_CLIENT_SECRET_MAX) + 1)

#define ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

/* Some clients have none: what proves them says who they are. */
static void add_id(const struct kb_oauth_context *context, struct kb_parts *parts)
{
    const char *name = context->profile->client_id_name;

    if (!kb_secret_is_empty(&context->client->id))
        kb_parts_add_secret(parts, name ? name : "client_id", &context->client->id);
}

static enum kb_err client_secret_post(
    const struct kb_oauth_context *context, struct kb_parts *parts, struct kb_error *err)
{
    const char *name = context->profile->client_secret_name;

    (void)err;
    add_id(context, parts);
    kb_parts_add_secret(parts, name ? name : "client_secret", &context->client->secret);
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

static void add_assertion(const struct kb_oauth_context *context, const struct kb_secret *assertion,
    struct kb_parts *parts)
{
    add_id(context, parts);
    kb_parts_add(parts, "client_assertion_type", ASSERTION_TYPE);
    kb_parts_add_secret(parts, "client_assertion", assertion);
}

/* RFC 7523 section 2.2. Some servers want the id beside it, and it may stand there for all. */
static enum kb_err private_key_jwt(
    const struct kb_oauth_context *context, struct kb_parts *parts, struct kb_error *err)
{
    KB_AUTO(kb_secret_clear) struct kb_secret assertion = KB_SECRET_INIT;
    enum kb_err rc = kb_assertion_build(context, KB_ASSERTION_CLIENT, &assertion, err);

    if (!rc)
        add_assertion(context, &assertion, parts);
    return rc;
}

/* The same; kb_assertion_build() knows by which of both it is signed. */
static enum kb_err client_secret_jwt(
    const struct kb_oauth_context *context, struct kb_parts *parts, struct kb_error *err)
{
    return private_key_jwt(context, parts, err);
}

/* For APIs whose own calls give tokens: the assertion stands where a token would. */
static enum kb_err bearer_jwt(
    const struct kb_oauth_context *context, struct kb_parts *parts, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf value = KB_BUF_INIT(KB_SECRET_MAX);
    KB_AUTO(kb_secret_clear) struct kb_secret assertion = KB_SECRET_INIT;
    enum kb_err rc = kb_assertion_build(context, KB_ASSERTION_BEARER, &assertion, err);

    if (rc)
        return rc;
    kb_buf_str(&value, "Bearer ");
    kb_secret_append(&assertion, &value);
    rc = kb_buf_check(&value, "the assertion", err);
    return rc ? rc : kb_secret_from_buf(&parts->authorization, &value, err);
}

/* RFC 8705 section 2: the certificate is the proof, and the id says whose it is. */
static enum kb_err tls_client_auth(
    const struct kb_oauth_context *context, struct kb_parts *parts, struct kb_error *err)
{
    (void)err;
    add_id(context, parts);
    parts->certificate = true;
    return KB_OK;
}

/* To the client both are the same: only the server looks at another list. */
static enum kb_err self_signed_tls_client_auth(
    const struct kb_oauth_context *context, struct kb_parts *parts, struct kb_error *err)
{
    return tls_client_auth(context, parts, err);
}

static enum kb_err client_assertion_file(
    const struct kb_oauth_context *context, struct kb_parts *parts, struct kb_error *err)
{
    const struct kb_profile *profile = context->profile;

    if (!context->client_assertion)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_CONFIG, "profile %s does not say which file proves its client",
                profile->name),
            "set %s", kb_setting_say(profile, "client_assertion_file").text);
    add_assertion(context, context->client_assertion, parts);
    return KB_OK;
}

/* An assertion that entitles says who the client is, and not every server wants to hear it twice.
 */
static enum kb_err none(
    const struct kb_oauth_context *context, struct kb_parts *parts, struct kb_error *err)
{
    (void)err;
    if (!kb_grant_is(context->profile, KB_GRANT_JWT_BEARER))
        add_id(context, parts);
    return KB_OK;
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

static enum kb_proof grant_needs(const struct kb_profile *profile)
{
    return kb_grant_is(profile, KB_GRANT_JWT_BEARER) ? KB_PROOF_KEY : KB_PROOF_NONE;
}

enum kb_proof kb_client_auth_needs(const struct kb_profile *profile)
{
    const struct method *method = method_of(profile);

    return (method ? method->needs : KB_PROOF_NONE) | grant_needs(profile);
}

const char *kb_client_auth_file(const struct kb_profile *profile)
{
    const struct method *method = method_of(profile);

    return method && method->add == client_assertion_file ? profile->client_assertion_file : NULL;
}

/* WHO is the value of setting KEY, and asks for it. */
static enum kb_err check_proof(const struct kb_oauth_context *context, enum kb_proof needs,
    const char *who, const char *key, struct kb_error *err)
{
    enum kb_proof missing = needs & ~context->client->proof;
    const struct kb_profile *profile = context->profile;

    if (!missing)
        return KB_OK;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_CONFIG, "%s needs a %s, and the client of profile %s has none", who,
            missing & KB_PROOF_SECRET ? "secret" : "key", profile->name),
        "keybearer add %s, or correct %s", profile->name, kb_setting_say(profile, key).text);
}

/* A certificate that goes with a secret is shown, too: some servers want both. */
static bool has_certificate_beside(const struct method *method, const struct kb_client *client)
{
    return method->needs == KB_PROOF_SECRET && client->proof == KB_PROOF_BOTH &&
           client->chain.count > 0;
}

enum kb_err kb_client_auth_add(
    const struct kb_oauth_context *context, struct kb_parts *parts, struct kb_error *err)
{
    const struct method *method = method_of(context->profile);
    enum kb_err rc;

    if (!method)
        return kb_fail(err, KB_ERR_CONFIG, "there is no \"client_auth\" \"%s\"",
            context->profile->client_auth);
    rc = check_proof(context, method->needs, method->name, "client_auth", err);
    if (!rc)
        rc = check_proof(
            context, grant_needs(context->profile), context->profile->grant, "grant", err);
    if (!rc)
        rc = method->add(context, parts, err);
    parts->certificate |= has_certificate_beside(method, context->client);
    return rc;
}

static bool is_changed_by_encoding(const struct kb_secret *text)
{
    KB_AUTO(kb_buf_clear) struct kb_buf encoded = KB_BUF_INIT(PAIR_MAX);

    kb_form_encode(&encoded, text->bytes, text->len);
    return encoded.len != text->len || memcmp(encoded.data, text->bytes, text->len) != 0;
}

/* As a server may want it in another place. */
static bool shows_secret(const struct kb_profile *profile)
{
    return kb_client_auth_is(profile, KB_AUTH_POST) || kb_client_auth_is(profile, KB_AUTH_BASIC) ||
           kb_client_auth_is(profile, KB_AUTH_BASIC_RAW);
}

/* Where encoding changes nothing, the two kinds of Basic are the same. */
const char *kb_client_auth_other(const struct kb_profile *profile, const struct kb_client *client)
{
    const struct kb_preset *preset = profile->preset;
    const char *known = preset ? kb_preset_text(preset, "client_auth") : NULL;

    if (!shows_secret(profile) || (known && strcmp(profile->client_auth, known) == 0))
        return NULL;
    if (kb_client_auth_is(profile, KB_AUTH_POST))
        return kb_client_auth_names[KB_AUTH_BASIC];
    if (!is_changed_by_encoding(&client->id) && !is_changed_by_encoding(&client->secret))
        return kb_client_auth_names[KB_AUTH_POST];
    return kb_client_auth_names[kb_client_auth_is(profile, KB_AUTH_BASIC) ? KB_AUTH_BASIC_RAW
                                                                          : KB_AUTH_BASIC];
}
