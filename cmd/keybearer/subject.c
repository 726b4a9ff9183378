/*
 * From a request to a profile and its client. The outcome is remembered beside the tokens, so
 * that an answer from the cache costs the same with one profile as with a thousand; any change
 * of the configuration file, or of the folder of cards, gives the memory another name.
 */
#include "front.h"

#include "core/cards.h"
#include "core/match.h"

static enum kb_err match(
    const char *path, const struct kb_request *request, struct kb_route *ret, struct kb_error *err)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    const struct kb_profile *profile = NULL;
    struct kb_ref client;
    enum kb_err rc = kb_config_load(path, &config, err);

    if (!rc)
        rc = kb_match(&config, request, &profile, err);
    if (!rc && profile)
        rc = client_find(profile, &client, err);
    return rc ? rc : kb_route_from_profile(profile, profile ? &client : NULL, ret, err);
}

static enum kb_err look_at(struct kb_match_source *source, struct kb_error *err)
{
    return kb_config_identify(source->path, &source->identity, err);
}

enum kb_err subject_find(const struct kb_cache *cache, const struct kb_request *request,
    struct kb_route *ret, struct kb_error *err)
{
    char path[PATH_MAX], folder[KB_CARDS_PATH_MAX];
    struct kb_match_source config = {.path = path}, cards = {.path = folder};
    struct kb_cache_key key;
    enum kb_err rc = kb_config_path(path, sizeof(path), err);

    if (!rc)
        rc = kb_cards_path(folder, err);
    if (!rc)
        rc = look_at(&config, err);
    if (!rc)
        rc = look_at(&cards, err);
    if (rc)
        return rc;
    key = kb_cache_key_for_match(request, &config, &cards);
    if (!kb_cache_get_route(cache, &key, ret, NULL))
        return KB_OK;
    rc = match(path, request, ret, err);
    if (!rc)
        KB_IGNORE(kb_cache_put_route(cache, &key, ret, NULL)); /* then it is found again */
    return rc;
}
