/*
 * From a request to a profile. The outcome is remembered beside the tokens, so that an
 * answer from the cache costs the same with one profile as with a thousand; any change
 * of the configuration file gives the memory another name.
 */
#include "front.h"

#include "core/match.h"

static enum kb_err match(
    const char *path, const struct kb_request *request, struct kb_route *ret, struct kb_error *err)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    const struct kb_profile *profile;
    enum kb_err rc = kb_config_load(path, &config, err);

    if (!rc)
        rc = kb_match(&config, request, &profile, err);
    return rc ? rc : kb_route_from_profile(profile, ret, err);
}

enum kb_err subject_find(const struct kb_cache *cache, const struct kb_request *request,
    struct kb_route *ret, struct kb_error *err)
{
    struct kb_config_identity identity;
    struct kb_cache_key key;
    char path[PATH_MAX];
    enum kb_err rc = kb_config_path(path, sizeof(path), err);

    if (!rc)
        rc = kb_config_identify(path, &identity, err);
    if (rc)
        return rc;
    key = kb_cache_key_for_match(request, path, &identity);
    if (!kb_cache_get_route(cache, &key, ret, NULL))
        return KB_OK;
    rc = match(path, request, ret, err);
    if (!rc)
        KB_IGNORE(kb_cache_put_route(cache, &key, ret, NULL)); /* then it is found again */
    return rc;
}
