/*
 * The names under which things are cached: BLAKE2b-256 over labelled, length-prefixed
 * fields, so that no two different inputs run together.
 */
#ifndef KB_CORE_CACHEKEY_H
#define KB_CORE_CACHEKEY_H

#include "core/config.h"
#include "core/profile.h"
#include "core/request.h"

#define KB_CACHE_KEY_LEN 32

struct kb_cache_key {
    unsigned char bytes[KB_CACHE_KEY_LEN];
};

/*
 * Everything that makes one token different from another: profile name and store
 * (which name the client), token URL, client authentication, scope, audience,
 * resources, form fields, request headers, expiry rules.
 */
struct kb_cache_key kb_cache_key_for_profile(const struct kb_profile *profile);

/* The token endpoint's origin: providers count requests there, whatever the profile. */
struct kb_cache_key kb_cache_key_for_endpoint(const struct kb_url *token_url);

/* A request's normalised subject together with the version of the configuration. */
struct kb_cache_key kb_cache_key_for_match(const struct kb_request *request,
    const char *config_path, const struct kb_config_identity *identity);

#endif
