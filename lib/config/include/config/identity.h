/*
 * What of a profile the front remembers: the key under which its token is cached, and the route of
 * the requests that it serves.
 */
#ifndef KB_CONFIG_IDENTITY_H
#define KB_CONFIG_IDENTITY_H

#include "core/cachekey.h"
#include "core/ref.h"
#include "core/route.h"

/*
 * Everything that makes one token different from another: the CLIENT that it was issued to, the
 * profile's name, and each setting of the kind KB_SETTING_IDENTITY that is set. One that is not
 * set changes nothing, so a new setting makes no other key of those who do not use it.
 */
struct kb_cache_key kb_cache_key_for_profile(
    const struct kb_profile *profile, const struct kb_ref *client);

/* For PROFILE with its CLIENT. Both NULL: a route that is not ours. */
KB_CHECKED enum kb_err kb_route_from_profile(const struct kb_profile *profile,
    const struct kb_ref *client, struct kb_route *ret, struct kb_error *err);

#endif
