/*
 * Cache keys. Every field goes in behind its length, and every list behind its count,
 * so that moving a byte from one field to the next always makes another key.
 */
#include "core/cachekey.h"

#include <sodium.h>
#include <string.h>

_Static_assert(KB_CACHE_KEY_LEN == crypto_generichash_BYTES, "a cache key is one BLAKE2b-256");

struct hasher {
    crypto_generichash_state state;
};

static void add_bytes(struct hasher *h, const void *bytes, size_t len)
{
    uint64_t prefix = len;

    crypto_generichash_update(&h->state, (const unsigned char *)&prefix, sizeof(prefix));
    crypto_generichash_update(&h->state, bytes, len);
}

static void add_number(struct hasher *h, int64_t value)
{
    add_bytes(h, &value, sizeof(value));
}

/* NULL and "" differ. */
static void add_text(struct hasher *h, const char *text)
{
    add_number(h, text != NULL);
    add_bytes(h, text ? text : "", text ? strlen(text) : 0);
}

static void add_strings(struct hasher *h, const struct kb_strings *list)
{
    add_number(h, (int64_t)list->count);
    for (size_t i = 0; i < list->count; i++)
        add_text(h, list->items[i]);
}

static void add_pairs(struct hasher *h, const struct kb_pairs *list)
{
    add_number(h, (int64_t)list->count);
    for (size_t i = 0; i < list->count; i++) {
        add_text(h, list->items[i].name);
        add_text(h, list->items[i].value);
    }
}

static void add_origin(struct hasher *h, const struct kb_url *url)
{
    add_text(h, url->scheme);
    add_text(h, url->host);
    add_number(h, url->port);
}

/* LABEL keeps the three kinds of keys apart. */
static struct hasher begin(const char *label)
{
    struct hasher h;

    crypto_generichash_init(&h.state, NULL, 0, KB_CACHE_KEY_LEN);
    add_text(&h, label);
    return h;
}

static struct kb_cache_key end(struct hasher *h)
{
    struct kb_cache_key key;

    crypto_generichash_final(&h->state, key.bytes, sizeof(key.bytes));
    return key;
}

struct kb_cache_key kb_cache_key_for_profile(
    const struct kb_profile *profile, const struct kb_ref *client)
{
    struct hasher h = begin("keybearer token 2");

    add_bytes(&h, client->bytes, sizeof(client->bytes));
    add_text(&h, profile->name);
    add_text(&h, profile->store);
    add_text(&h, profile->token_url_text);
    add_number(&h, profile->client_auth);
    add_text(&h, profile->scope);
    add_text(&h, profile->audience);
    add_strings(&h, &profile->resources);
    add_pairs(&h, &profile->form);
    add_pairs(&h, &profile->headers);
    add_number(&h, profile->strict_scope);
    add_number(&h, profile->max_lifetime);
    add_number(&h, profile->default_lifetime);
    return end(&h);
}

struct kb_cache_key kb_cache_key_for_endpoint(const struct kb_url *token_url)
{
    struct hasher h = begin("keybearer endpoint 1");

    add_origin(&h, token_url);
    return end(&h);
}

static void add_source(struct hasher *h, const struct kb_match_source *source)
{
    const struct kb_config_identity *identity = &source->identity;

    add_text(h, source->path);
    add_number(h, (int64_t)identity->device);
    add_number(h, (int64_t)identity->inode);
    add_number(h, identity->size);
    add_number(h, identity->mtime.tv_sec);
    add_number(h, identity->mtime.tv_nsec);
    add_number(h, identity->ctime.tv_sec);
    add_number(h, identity->ctime.tv_nsec);
}

struct kb_cache_key kb_cache_key_for_match(const struct kb_request *request,
    const struct kb_match_source *config, const struct kb_match_source *cards)
{
    /* Presets are compiled in: another version may match, and fetch, differently. */
    struct hasher h = begin("keybearer match 2 " KB_VERSION);

    add_text(&h, request->profile);
    add_number(&h, request->has_url);
    add_origin(&h, &request->url);
    add_text(&h, request->url.path);
    add_number(&h, request->any_path);
    add_number(&h, request->any_scheme);
    add_text(&h, request->username);
    add_source(&h, config);
    add_source(&h, cards);
    return end(&h);
}
