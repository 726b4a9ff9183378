/*
 * The proxy settings of this process, in a number to compare.
 */
#ifndef KB_CACHE_WAY_H
#define KB_CACHE_WAY_H

#include <stdint.h>

/*
 * A hash of the proxy settings in the environment: equal only for processes that reach servers in
 * the same way. Where it differs, they may still do.
 */
int64_t kb_cache_way(void);

#endif
