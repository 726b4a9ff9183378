/*
 * The way that this process takes to servers: the variables that lib/net/proxy.c reads. Must never
 * keep a proxy's address, which may have a password: only its hash.
 */
#include "cache/way.h"

#include "core/cachekey.h"

#include <stdlib.h>
#include <string.h>

/* Each by itself: which of two spellings counts is lib/net/proxy.c's to say. */
int64_t kb_cache_way(void)
{
    static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY"};
    struct kb_key_hasher h = kb_key_begin("keybearer way 1");
    struct kb_cache_key key;
    int64_t way;

    for (size_t i = 0; i < KB_COUNT(names); i++)
        kb_key_add_text(&h, getenv(names[i]));
    key = kb_key_end(&h);
    memcpy(&way, key.bytes, sizeof(way));
    return way;
}
