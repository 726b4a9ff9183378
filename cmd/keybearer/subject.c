/*
 * From a request to a profile and its client. The outcome is remembered beside the tokens, so
 * that an answer from the cache costs the same with one profile as with a thousand; any change
 * of the configuration file, or of the folder of cards, gives the memory another name. One that
 * changed a moment ago may be edited in place once more and look the same: then nothing is
 * remembered. What a person names is looked up each time.
 */
#include "front.h"

#include "base/clock.h"
#include "config/identity.h"
#include "config/match.h"
#include "core/cards.h"

#include <string.h>

/* A person typed it without its scheme. */
void subject_suggest(
    const struct kb_config *config, const struct kb_request *request, struct kb_error *err)
{
    const struct kb_naming *naming = request->naming;

    for (size_t i = 0; naming && !request->has_url && i < config->count; i++) {
        const struct kb_profile *profile = &config->profiles[i];

        for (size_t j = 0; j < profile->match_count; j++) {
            if (strcmp(profile->match[j].host, request->profile) == 0) {
                kb_hint(err, "profile %s serves it: %s%s%s", profile->name, naming->before,
                    profile->name, naming->behind);
                return;
            }
        }
    }
}

static enum kb_err match(
    const char *path, const struct kb_request *request, struct kb_route *ret, struct kb_error *err)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    const struct kb_profile *profile = NULL;
    struct kb_ref client;
    enum kb_err rc = kb_config_load(path, &config, err);

    if (rc)
        return rc;
    rc = kb_match(&config, request, &profile, err);
    ret->ours = profile || rc == KB_ERR_CONFIG; /* that is: it is several profiles' */
    if (rc == KB_ERR_NOT_FOUND)
        subject_suggest(&config, request, err);
    if (!rc && profile)
        rc = client_find(profile, &client, err);
    if (!rc)
        rc = kb_route_from_profile(profile, profile ? &client : NULL, ret, err);
    if (!rc && profile && request->has_url)
        ret->covers_host = kb_match_covers_host(&config, profile, request);
    if (!rc && !profile) {
        ret->wants_path = kb_match_wants_path(&config, request);
        kb_match_near(&config, request, &ret->near);
    }
    return rc;
}

/* By the name alone: a person's command, which leaves no child behind that nobody expects. */
static enum kb_err find_profile(
    const struct subject *subject, struct kb_route *ret, struct kb_error *err)
{
    KB_AUTO(kb_config_clear) struct kb_config config = KB_CONFIG_INIT;
    const struct kb_profile *profile;
    struct kb_ref client;
    enum kb_err rc = kb_config_load_profile(subject->profile, &config, &profile, err);

    if (!rc)
        rc = client_find(profile, &client, err);
    if (!rc)
        rc = kb_route_from_profile(profile, &client, ret, err);
    if (rc)
        return rc;
    if (!subject->key)
        ret->refresh_ahead = 0;
    else if (memcmp(subject->key->bytes, ret->key.bytes, sizeof(ret->key.bytes)) != 0)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_CONFIG, "profile %s or its client has changed", subject->profile),
            "start the command again");
    return KB_OK;
}

/* For the log. */
static const char *name_of(const struct kb_request *request)
{
    if (request->has_url)
        return request->url.host;
    return *request->profile ? request->profile : "the only profile";
}

static enum kb_err find_match(const struct kb_cache *cache, const struct kb_request *request,
    struct kb_route *ret, struct kb_error *err)
{
    char path[PATH_MAX], folder[KB_CARDS_PATH_MAX];
    struct kb_match_source config = {.path = path}, cards = {.path = folder};
    struct kb_cache_key key;
    bool may_be_edited;
    enum kb_err rc = kb_config_path(path, sizeof(path), err);

    if (!rc)
        rc = kb_cards_path(folder, err);
    if (!rc)
        rc = kb_config_identify(path, &config.identity, err);
    if (!rc)
        rc = kb_config_identify(folder, &cards.identity, err);
    if (rc)
        return rc;
    key = kb_cache_key_for_match(request, &config, &cards);
    if (!kb_cache_get_route(cache, &key, ret, NULL)) {
        trace(!request->has_url ? "what the configuration says of it is remembered"
              : ret->ours       ? "the profile of this address is remembered"
                                : "it is remembered that nobody serves this address",
            name_of(request), 0, "");
        return KB_OK;
    }
    trace(request->has_url ? "looking for the profile of this address in the configuration"
                           : "looking for it in the configuration",
        name_of(request), 0, "");
    /* Asked before it is read. Writers of cards see to the folder themselves: cards.c. */
    may_be_edited = kb_clock_is_in_this_tick(&config.identity.ctime);
    rc = match(path, request, ret, err);
    if (!rc && !may_be_edited)
        KB_IGNORE(kb_cache_put_route(cache, &key, ret, NULL)); /* then it is found again */
    return rc;
}

enum kb_err subject_find(const struct kb_cache *cache, const struct subject *subject,
    struct kb_route *ret, struct kb_error *err)
{
    if (subject->request)
        return find_match(cache, subject->request, ret, err);
    return find_profile(subject, ret, err);
}
