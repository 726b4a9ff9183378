/*
 * Asking a provider: one request, as often as it makes sense. Knows nothing of what is asked for.
 */
#ifndef KB_HELPER_PROVIDER_H
#define KB_HELPER_PROVIDER_H

#include "base/attr.h"
#include "base/error.h"
#include "cache/cache.h"
#include "core/http.h"
#include "core/profile.h"
#include "oauth/reply_facts.h"

struct provider_request {
    const struct kb_profile *profile; /* its timeout is for all attempts together */
    const struct kb_url *endpoint;    /* whose pause counts */
    void *context;
    /* Called anew for each attempt. A failure ends them. */
    enum kb_err (*build)(void *context, struct kb_http_request *ret, struct kb_error *err);
    /* Sets FACTS, also on failure: whether there is another attempt. */
    enum kb_err (*read)(void *context, const struct kb_http_reply *reply,
        struct kb_reply_facts *facts, struct kb_error *err);
};

/*
 * Sends until a reply is read well, no other attempt makes sense, or time is up.
 * KB_ERR_RATE_LIMITED without a request while CACHE remembers a pause of the endpoint. FACTS is set
 * in any case.
 */
KB_CHECKED enum kb_err provider_ask(const struct provider_request *what,
    const struct kb_cache *cache, struct kb_reply_facts *facts, struct kb_error *err);

#endif
