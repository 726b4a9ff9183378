/*
 * docker, and podman with its kin: a member of "credHelpers" for each registry. docker reads
 * $DOCKER_CONFIG/config.json; the others, containers-auth.json(5), read $REGISTRY_AUTH_FILE or what
 * a login of this session wrote, then ~/.config/containers/auth.json, then docker's file.
 */
#include "kinds.h"

#include "base/alloc.h"
#include "config/match.h"
#include "core/registry.h"

#include <stdlib.h>
#include <string.h>

static bool fits(const struct kb_profile *profile)
{
    return profile->registries.count > 0;
}

/* docker knows no path, and a mail server has no images. */
static bool may_be_registry(const struct kb_url *url)
{
    return strcmp(url->path, "/") == 0 && !kb_url_is_mail(url);
}

/* Where registries are named, nothing else is one. */
static bool takes(const struct kb_profile *profile)
{
    bool any = false;

    for (size_t i = 0; i < profile->own_match_count; i++)
        any = any || may_be_registry(&profile->match[i]);
    return any && profile->serves_git && profile->registries.count == 0;
}

static void add_member(struct kb_changes *changes, const struct kb_profile *profile,
    const char *file, const char *registry)
{
    struct kb_change *change = kb_changes_add(changes, KB_WAY_JSON, profile->name);

    change->file = kb_text_dup(file);
    kb_strings_add(&change->place, "credHelpers");
    kb_strings_add(&change->place, registry);
    change->value = kb_text_dup("keybearer");
    change->lines = kb_tool_text("{ \"credHelpers\": { \"%s\": \"keybearer\" } }\n", registry);
}

/* The address that only docker gives to Docker Hub. */
static bool is_url(const char *key)
{
    return strstr(key, "://") != NULL;
}

/* Of a profile that does not fit, and was named, its addresses. */
static enum kb_err add_keys(const struct kb_tool_ask *ask, const struct kb_profile *profile,
    struct kb_strings *keys, struct kb_error *err)
{
    for (size_t i = 0; i < profile->registries.count; i++) {
        struct kb_url url;
        enum kb_err rc = kb_url_from_parts("https", profile->registries.items[i], &url, err);

        if (rc)
            return rc;
        kb_registry_add_keys(&url, keys);
    }
    for (size_t i = 0; takes(profile) && i < profile->own_match_count; i++) {
        const struct kb_url *url = &profile->match[i];

        if (may_be_registry(url) && kb_match_gets(ask->config, profile, url, true))
            kb_registry_add_keys(url, keys);
    }
    return KB_OK;
}

static enum kb_err plan_file(const struct kb_tool_ask *ask, const struct kb_tool_kind *kind,
    const char *file, bool takes_urls, struct kb_changes *ret, struct kb_error *err)
{
    KB_TOOL_PROFILES(ask, kind, profile)
    {
        KB_AUTO(kb_strings_clear) struct kb_strings keys = {0};
        enum kb_err rc = add_keys(ask, profile, &keys, err);

        if (rc)
            return rc;
        for (size_t i = 0; i < keys.count; i++) {
            if (takes_urls || !is_url(keys.items[i]))
                add_member(ret, profile, file, keys.items[i]);
        }
    }
    return KB_OK;
}

static enum kb_err plan_docker(
    const struct kb_tool_ask *ask, struct kb_changes *ret, struct kb_error *err)
{
    KB_AUTO(kb_str_free) char *file = NULL;
    enum kb_err rc = kb_tool_path("DOCKER_CONFIG", ".docker", "config.json", &file, err);

    return rc ? rc : plan_file(ask, &kb_tool_docker, file, true, ret, err);
}

static enum kb_err plan_podman(
    const struct kb_tool_ask *ask, struct kb_changes *ret, struct kb_error *err)
{
    KB_AUTO(kb_str_free) char *file = NULL;
    const char *named = getenv("REGISTRY_AUTH_FILE");
    enum kb_err rc = named && *named ? kb_tool_path("REGISTRY_AUTH_FILE", "", "", &file, err)
                                     : kb_tool_path("XDG_CONFIG_HOME", ".config",
                                           "containers/auth.json", &file, err);

    return rc ? rc : plan_file(ask, &kb_tool_podman, file, false, ret, err);
}

/* "login --get-login" prints the user name of the credential that would be used. */
static bool verify(const struct kb_change *change, struct kb_strings *ret, struct kb_buf *input)
{
    (void)input;
    kb_strings_add(ret, "login");
    kb_strings_add(ret, "--get-login");
    kb_strings_add(ret, change->place.items[1]);
    return true;
}

static bool got(const char *output)
{
    return *output && strstr(output, "not logged into") == NULL;
}

const struct kb_tool_kind kb_tool_docker = {.fits = fits, .takes = takes, .plan = plan_docker};
const struct kb_tool_kind kb_tool_podman = {
    .fits = fits, .takes = takes, .plan = plan_podman, .verify = verify, .got = got};
