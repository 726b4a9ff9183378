/*
 * Tokens as records. Whether a token may still be used is core/token.h's to say.
 *
 *   token   as kb_token_pack() | hashes of those whose place it took, the latest first: 4 of 16
 *           bytes, zeros where there were fewer
 *
 * A hash lies under the same seal as the token, so it needs no key of its own.
 */
#include "cache/cache.h"

#include "record.h"
#include "runtime_dir.h"

#include <sodium.h>
#include <string.h>

enum { HASH_LEN = crypto_generichash_BYTES_MIN };

struct former {
    unsigned char hashes[KB_CACHE_FORMER_MAX][HASH_LEN];
};

_Static_assert(KB_RECORD_MAX > KB_TOKEN_MAX + 64 + sizeof(struct former),
    "a record holds the longest token, and what lies behind it");

static enum kb_err read_token(const struct kb_cache *cache, const struct kb_cache_key *key,
    struct kb_token *ret, struct former *ret_former, struct kb_error *err)
{
    KB_AUTO(kb_record_clear) struct kb_record record = {0};
    enum kb_err rc = kb_record_read(cache, KB_RECORD_TOKEN, key, &record, err);
    size_t behind = sizeof(*ret_former);

    if (rc)
        return rc;
    if (record.len < behind || kb_token_unpack(record.plain, record.len - behind, ret, err))
        return kb_fail(err, KB_ERR_NOT_FOUND, "the cached token is not one");
    memcpy(ret_former, record.plain + record.len - behind, behind);
    return KB_OK;
}

static void hash(const struct kb_secret *token, unsigned char ret[static HASH_LEN])
{
    (void)crypto_generichash(
        ret, HASH_LEN, (const unsigned char *)token->bytes, token->len, NULL, 0);
}

/* Those that are former once TOKEN is there. */
static struct former former_before(
    const struct kb_cache *cache, const struct kb_cache_key *key, const struct kb_secret *token)
{
    KB_AUTO(kb_token_clear) struct kb_token cached = KB_TOKEN_INIT;
    struct former former = {0};

    if (read_token(cache, key, &cached, &former, NULL) || kb_secret_equal(&cached.value, token))
        return former;
    memmove(former.hashes[1], former.hashes[0], sizeof(former) - HASH_LEN);
    hash(&cached.value, former.hashes[0]);
    return former;
}

enum kb_err kb_cache_get_token(const struct kb_cache *cache, const struct kb_cache_key *key,
    struct kb_token *ret, struct kb_error *err)
{
    struct former former;

    return read_token(cache, key, ret, &former, err);
}

enum kb_err kb_cache_put_token(const struct kb_cache *cache, const struct kb_cache_key *key,
    const struct kb_token *token, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf plain = KB_BUF_INIT(KB_RECORD_MAX);
    struct former former = former_before(cache, key, &token->value);

    kb_token_pack(token, &plain);
    kb_buf_add(&plain, &former, sizeof(former));
    return kb_record_write(cache, KB_RECORD_TOKEN, key, &plain, err);
}

bool kb_cache_knows_token(
    const struct kb_cache *cache, const struct kb_cache_key *key, const struct kb_secret *presented)
{
    KB_AUTO(kb_token_clear) struct kb_token cached = KB_TOKEN_INIT;
    unsigned char wanted[HASH_LEN];
    struct former former;

    if (kb_secret_is_empty(presented) || read_token(cache, key, &cached, &former, NULL))
        return false;
    if (kb_secret_equal(&cached.value, presented))
        return true;
    hash(presented, wanted);
    for (size_t i = 0; i < KB_CACHE_FORMER_MAX; i++)
        if (sodium_memcmp(former.hashes[i], wanted, HASH_LEN) == 0)
            return true;
    return false;
}

struct dropping {
    const struct kb_cache_key *key;
    bool any; /* dropped a token */
};

/* A place that may hold records of KEY: all of them go, whatever session key sealed them. */
static enum kb_err drop_in(const struct kb_runtime_dir *dir, void *context, struct kb_error *err)
{
    struct dropping *dropping = context;
    bool token = false, outcome;
    enum kb_err rc = kb_record_remove_all(dir->fd, KB_RECORD_TOKEN, dropping->key, &token, err);

    dropping->any = dropping->any || token;
    return rc ? rc : kb_record_remove_all(dir->fd, KB_RECORD_OUTCOME, dropping->key, &outcome, err);
}

/* A place that cannot be found: all that it may hold goes, with the key. */
static enum kb_err drop_unseen(void *context, struct kb_error *err)
{
    struct dropping *dropping = context;

    dropping->any = true;
    return kb_cache_destroy(err);
}

enum kb_err kb_cache_forget(const struct kb_cache_key *key, bool *ret_dropped, struct kb_error *err)
{
    static const struct kb_runtime_dir_work work = {drop_in, drop_unseen};
    struct dropping dropping = {.key = key};
    enum kb_err rc = kb_runtime_dir_each(&work, &dropping, err);

    if (!rc)
        *ret_dropped = dropping.any;
    return rc;
}

/*
 * Between the comparison and the removal somebody may publish a newer token, which is
 * then lost: one exchange too many, never a rejected token kept.
 */
enum kb_err kb_cache_drop_token(const struct kb_cache *cache, const struct kb_cache_key *key,
    const struct kb_secret *rejected, bool *ret_dropped, struct kb_error *err)
{
    if (kb_secret_is_empty(rejected))
        return kb_cache_forget(key, ret_dropped, err);
    KB_AUTO(kb_token_clear) struct kb_token cached = KB_TOKEN_INIT;
    if (kb_cache_get_token(cache, key, &cached, NULL) ||
        !kb_secret_equal(&cached.value, rejected)) {
        *ret_dropped = false;
        return KB_OK;
    }
    return kb_record_remove(cache, KB_RECORD_TOKEN, key, ret_dropped, err);
}
