/*
 * The grants. Must never add what proves the client: that is client_auth.c's.
 */
#include "oauth/assertion.h"
#include "oauth/rows.h"

#include "config/settings.h"

#include <string.h>

#define URN "urn:ietf:params:oauth:grant-type:"

static enum kb_err client_credentials(
    const struct kb_oauth_context *context, struct kb_parts *parts, struct kb_error *err)
{
    (void)context;
    (void)err;
    kb_parts_add(parts, "grant_type", "client_credentials");
    return KB_OK;
}

static enum kb_err none(
    const struct kb_oauth_context *context, struct kb_parts *parts, struct kb_error *err)
{
    (void)context;
    (void)parts;
    (void)err;
    return KB_OK;
}

static enum kb_err jwt_bearer(
    const struct kb_oauth_context *context, struct kb_parts *parts, struct kb_error *err)
{
    KB_AUTO(kb_secret_clear) struct kb_secret assertion = KB_SECRET_INIT;
    enum kb_err rc = kb_assertion_build(context, KB_ASSERTION_GRANT, &assertion, err);

    if (rc)
        return rc;
    kb_parts_add(parts, "grant_type", URN "jwt-bearer");
    kb_parts_add_secret(parts, "assertion", &assertion);
    return KB_OK;
}

static enum kb_err token_exchange(
    const struct kb_oauth_context *context, struct kb_parts *parts, struct kb_error *err)
{
    const struct kb_profile *profile = context->profile;
    const char *type = profile->subject_token_type;

    if (!context->subject_token)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_CONFIG, "profile %s does not say which token is exchanged",
                profile->name),
            "set %s", kb_setting_say(profile, "subject_token_file").text);
    kb_parts_add(parts, "grant_type", URN "token-exchange");
    kb_parts_add_secret(parts, "subject_token", context->subject_token);
    kb_parts_add(parts, "subject_token_type", type ? type : "urn:ietf:params:oauth:token-type:jwt");
    return KB_OK;
}

static enum kb_err own(
    const struct kb_oauth_context *context, struct kb_parts *parts, struct kb_error *err)
{
    (void)err;
    kb_parts_add(parts, "grant_type", context->profile->grant);
    return KB_OK;
}

static const struct {
    const char *name; /* in the configuration */
    kb_add_parts *add;
} grants[] = {
    [KB_GRANT_CLIENT_CREDENTIALS] = {"client_credentials", client_credentials},
    [KB_GRANT_NONE] = {"none", none},
    [KB_GRANT_JWT_BEARER] = {"jwt-bearer", jwt_bearer},
    [KB_GRANT_TOKEN_EXCHANGE] = {"token-exchange", token_exchange},
    [KB_GRANT_OWN] = {NULL, own},
};

static enum kb_grant grant_of(const struct kb_profile *profile)
{
    enum kb_grant grant = KB_GRANT_CLIENT_CREDENTIALS;

    while (
        profile->grant && grant != KB_GRANT_OWN && strcmp(grants[grant].name, profile->grant) != 0)
        grant++;
    return grant;
}

bool kb_grant_is(const struct kb_profile *profile, enum kb_grant grant)
{
    return grant_of(profile) == grant;
}

enum kb_err kb_grant_add(
    const struct kb_oauth_context *context, struct kb_parts *parts, struct kb_error *err)
{
    return grants[grant_of(context->profile)].add(context, parts, err);
}

const char *kb_grant_file(const struct kb_profile *profile)
{
    return kb_grant_is(profile, KB_GRANT_TOKEN_EXCHANGE) ? profile->subject_token_file : NULL;
}
