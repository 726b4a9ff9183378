/*
 * What the front must know about a profile to answer without its configuration: the
 * outcome of a match, small enough to be remembered in a cache record.
 */
#ifndef KB_CORE_ROUTE_H
#define KB_CORE_ROUTE_H

#include "base/pack.h"
#include "core/cachekey.h"
#include "core/profile.h"

#include <stdbool.h>

#define KB_NEAR_MAX 512
#define KB_API_HEADER_NAME_MAX 64
#define KB_API_HEADER_PREFIX_MAX 32

/* Who serves nearly what nobody serves; all empty: nobody does. */
struct kb_near {
    char profile[KB_PROFILE_NAME_MAX + 1];
    char address[KB_NEAR_MAX]; /* one of its own; empty: it serves just that, but was not named */
};

struct kb_route {
    bool ours; /* false: no profile serves the request; then only the next two say anything */
    struct kb_near near;
    bool wants_path; /* not ours, but might be with the path that the request lacks */
    char profile[KB_PROFILE_NAME_MAX + 1];
    struct kb_cache_key key;                       /* where its token is cached */
    char store[32];                                /* which helper can fetch it */
    char username[256];                            /* goes with its token */
    char api_header[KB_API_HEADER_NAME_MAX + 1];   /* that has its token; of ours never empty */
    char api_prefix[KB_API_HEADER_PREFIX_MAX + 2]; /* before it there, with a space; or empty */
    int min_ttl;
    int refresh_ahead;
    int timeout;
    bool covers_host; /* all that is at the request's host is the profile's: kb_match_covers_host()
                       */
    struct kb_pairs api_headers;
};

/* Whether NEAR serves the scheme, host and port of ADDRESS, and only not its path. */
bool kb_near_is_path(const struct kb_near *near, const struct kb_url *address);

#define KB_ROUTE_INIT ((struct kb_route){0})

void kb_route_pack(const struct kb_route *route, struct kb_buf *out);
KB_CHECKED enum kb_err kb_route_unpack(
    const void *bytes, size_t len, struct kb_route *ret, struct kb_error *err);

void kb_route_clear(struct kb_route *route);

#endif
