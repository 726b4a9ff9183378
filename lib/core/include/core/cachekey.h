/*
 * The names under which things are cached: BLAKE2b-256 over labelled, length-prefixed
 * fields, so that no two different inputs run together.
 */
#ifndef KB_CORE_CACHEKEY_H
#define KB_CORE_CACHEKEY_H

#include "core/config.h"
#include "core/profile.h"
#include "core/ref.h"
#include "core/request.h"

#define KB_CACHE_KEY_LEN 32

struct kb_cache_key {
    unsigned char bytes[KB_CACHE_KEY_LEN];
};

/*
 * Everything that makes one token different from another: the CLIENT that it was issued to,
 * profile name and store, token URL, client authentication, scope, audience,
 * resources, form fields, request headers, expiry rules.
 */
struct kb_cache_key kb_cache_key_for_profile(
    const struct kb_profile *profile, const struct kb_ref *client);

/* The token endpoint's origin: providers count requests there, whatever the profile. */
struct kb_cache_key kb_cache_key_for_endpoint(const struct kb_url *token_url);

/* What a match is made from: a file or a folder, and which version of it. */
struct kb_match_source {
    const char *path;
    struct kb_config_identity identity;
};

/*
 * A request's normalised subject together with the version of the configuration and of the
 * folder that says which clients there are.
 */
struct kb_cache_key kb_cache_key_for_match(const struct kb_request *request,
    const struct kb_match_source *config, const struct kb_match_source *cards);

#endif
