/*
 * The names under which things are cached: BLAKE2b-256 over labelled, length-prefixed
 * fields, so that no two different inputs run together.
 */
#ifndef KB_CORE_CACHEKEY_H
#define KB_CORE_CACHEKEY_H

#include "core/place.h"
#include "core/profile.h"
#include "core/ref.h"
#include "core/request.h"

#include <sodium.h>
#include <stdint.h>

#define KB_CACHE_KEY_LEN 32

struct kb_cache_key {
    unsigned char bytes[KB_CACHE_KEY_LEN];
};

/* --- making one: every field goes in behind its length; LABEL keeps kinds of keys apart --- */

struct kb_key_hasher {
    crypto_generichash_state state;
};

struct kb_key_hasher kb_key_begin(const char *label);
void kb_key_add_bytes(struct kb_key_hasher *h, const void *bytes, size_t len);
void kb_key_add_number(struct kb_key_hasher *h, int64_t value);
/* NULL and "" differ. */
void kb_key_add_text(struct kb_key_hasher *h, const char *text);
struct kb_cache_key kb_key_end(struct kb_key_hasher *h);

/* --- the kinds; that of a profile is config/identity.h's --- */

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
