/*
 * Remembered matches as records, and the bound on their number: their keys come from
 * whatever addresses calling tools ask about, and must not fill the memory.
 */
#include "cache/cache.h"

#include "record.h"
#include "sweep.h"

#include <string.h>

#define ROUTES_MAX 4096

enum kb_err kb_cache_get_route(const struct kb_cache *cache, const struct kb_cache_key *key,
    struct kb_route *ret, struct kb_error *err)
{
    KB_AUTO(kb_record_clear) struct kb_record record = {0};
    enum kb_err rc = kb_record_read(cache, KB_RECORD_ROUTE, key, &record, err);

    if (rc)
        return rc;
    if (kb_route_unpack(record.plain, record.len, ret, err))
        return kb_fail(err, KB_ERR_NOT_FOUND, "the remembered match is not one");
    return KB_OK;
}

/* Ours, that is: whose key sealed the others knows what they are good for. */
static bool is_route(const char *name, void *key_id)
{
    return name[0] == KB_RECORD_ROUTE && name[1] == '-' &&
           strncmp(name + 2, key_id, KB_KEY_ID_LEN) == 0;
}

enum kb_err kb_cache_put_route(const struct kb_cache *cache, const struct kb_cache_key *key,
    const struct kb_route *route, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf plain = KB_BUF_INIT(KB_RECORD_MAX);
    char key_id[KB_KEY_ID_LEN + 1];

    kb_route_pack(route, &plain);
    memcpy(key_id, cache->key_id, sizeof(key_id));
    /* Which of them are still needed is not worth knowing: each comes back at its next use. */
    if (cache->level != KB_PROTECTION_NONE &&
        kb_sweep_count(cache->dir, is_route, key_id) >= ROUTES_MAX)
        KB_IGNORE(kb_sweep_remove(cache->dir, is_route, key_id, NULL));
    return kb_record_write(cache, KB_RECORD_ROUTE, key, &plain, err);
}
