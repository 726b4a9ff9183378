/*
 * Cache keys. Every field goes in behind its length, and every list behind its count,
 * so that moving a byte from one field to the next always makes another key.
 */
#include "core/cachekey.h"

#include <sodium.h>
#include <string.h>

_Static_assert(KB_CACHE_KEY_LEN == crypto_generichash_BYTES, "a cache key is one BLAKE2b-256");

void kb_key_add_bytes(struct kb_key_hasher *h, const void *bytes, size_t len)
{
    uint64_t prefix = len;

    crypto_generichash_update(&h->state, (const unsigned char *)&prefix, sizeof(prefix));
    crypto_generichash_update(&h->state, bytes, len);
}

void kb_key_add_number(struct kb_key_hasher *h, int64_t value)
{
    kb_key_add_bytes(h, &value, sizeof(value));
}

void kb_key_add_text(struct kb_key_hasher *h, const char *text)
{
    kb_key_add_number(h, text != NULL);
    kb_key_add_bytes(h, text ? text : "", text ? strlen(text) : 0);
}

static void add_origin(struct kb_key_hasher *h, const struct kb_url *url)
{
    kb_key_add_text(h, url->scheme);
    kb_key_add_text(h, url->host);
    kb_key_add_number(h, url->port);
}

struct kb_key_hasher kb_key_begin(const char *label)
{
    struct kb_key_hasher h;

    crypto_generichash_init(&h.state, NULL, 0, KB_CACHE_KEY_LEN);
    kb_key_add_text(&h, label);
    return h;
}

struct kb_cache_key kb_key_end(struct kb_key_hasher *h)
{
    struct kb_cache_key key;

    crypto_generichash_final(&h->state, key.bytes, sizeof(key.bytes));
    return key;
}

struct kb_cache_key kb_cache_key_for_endpoint(const struct kb_url *token_url)
{
    struct kb_key_hasher h = kb_key_begin("keybearer endpoint 1");

    add_origin(&h, token_url);
    return kb_key_end(&h);
}

static void add_source(struct kb_key_hasher *h, const struct kb_match_source *source)
{
    const struct kb_config_identity *identity = &source->identity;

    kb_key_add_text(h, source->path);
    kb_key_add_number(h, (int64_t)identity->device);
    kb_key_add_number(h, (int64_t)identity->inode);
    kb_key_add_number(h, identity->size);
    kb_key_add_number(h, identity->mtime.tv_sec);
    kb_key_add_number(h, identity->mtime.tv_nsec);
    kb_key_add_number(h, identity->ctime.tv_sec);
    kb_key_add_number(h, identity->ctime.tv_nsec);
}

struct kb_cache_key kb_cache_key_for_match(const struct kb_request *request,
    const struct kb_match_source *config, const struct kb_match_source *cards)
{
    /* Presets are compiled in: another version may match, and fetch, differently. */
    struct kb_key_hasher h = kb_key_begin("keybearer match 4 " KB_VERSION);

    kb_key_add_text(&h, request->profile);
    kb_key_add_number(&h, request->has_url);
    add_origin(&h, &request->url);
    kb_key_add_text(&h, request->url.path);
    kb_key_add_number(&h, (int64_t)request->also_count);
    for (size_t i = 0; i < request->also_count; i++) {
        add_origin(&h, &request->also[i]);
        kb_key_add_text(&h, request->also[i].path);
    }
    kb_key_add_number(&h, request->lacks_path);
    kb_key_add_number(&h, request->any_path);
    kb_key_add_number(&h, request->any_scheme);
    kb_key_add_text(&h, request->username);
    add_source(&h, config);
    add_source(&h, cards);
    return kb_key_end(&h);
}
