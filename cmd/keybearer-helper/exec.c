/*
 * `exec PROFILE COMMAND...`: becomes the command that `run` was asked for, with the client
 * in its environment under the names that the preset gives. The front put the token there
 * already. The only place where a client secret leaves us, and only to this one process.
 */
#include "helper.h"

#include "base/become.h"
#include "config/preset.h"

#include <unistd.h>

/* The API's address: the configured host, else where the token endpoint is. */
static enum kb_err set_api_url(
    const char *name, const struct kb_profile *profile, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf url = KB_BUF_INIT(1024);
    enum kb_err rc;

    if (profile->host)
        kb_buf_fmt(&url, "https://%s", profile->host);
    else
        kb_url_append_origin(&profile->token_url, &url);
    rc = kb_buf_check(&url, "the API's address", err);
    return rc ? rc : kb_become_export(name, kb_buf_text(&url), err);
}

/* One that has no value here must not stay as another host's, beside our address. */
static enum kb_err set_one(const struct kb_preset_env *env, const struct kb_profile *profile,
    const struct kb_client *client, struct kb_error *err)
{
    const struct kb_preset_host *host =
        profile->host ? kb_preset_host(profile->preset, profile->host) : NULL;

    switch (env->source) {
    case KB_ENV_API_URL:
        return set_api_url(env->name, profile, err);
    case KB_ENV_ENVIRONMENT:
        return kb_become_export(env->name, host ? host->environment : NULL, err);
    case KB_ENV_CLIENT_ID:
        return kb_become_export(env->name, client->id.bytes, err);
    case KB_ENV_CLIENT_SECRET:
        return kb_become_export(env->name, client->secret.bytes, err);
    }
    return KB_OK;
}

/*
 * The store is read in our own, cleaned environment. Only then comes the caller's back, whole and
 * as it was: what was cleaned away for us is the command's own.
 */
static enum kb_err prepare(
    const struct kb_profile *profile, char *callers_environment[], struct kb_error *err)
{
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    enum kb_err rc = read_client(profile, &client, err);

    if (!rc)
        environ = callers_environment;
    for (size_t i = 0; !rc && profile->preset && i < profile->preset->env_count; i++)
        rc = set_one(&profile->preset->env[i], profile, &client, err);
    return rc;
}

enum kb_err helper_exec(int argc, char *argv[], char *callers_environment[], struct kb_error *err)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    const struct kb_profile *profile;
    enum kb_err rc;

    if (argc < 2)
        return kb_fail(err, KB_ERR_USAGE, "exec needs a profile and a command");
    rc = kb_config_load_profile(argv[0], &config, &profile, err);
    if (!rc)
        rc = prepare(profile, callers_environment, err);
    return rc ? rc : kb_become(argv + 1, err);
}
