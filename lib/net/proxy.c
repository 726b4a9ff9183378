/*
 * The proxy: https_proxy and no_proxy, in either case, and nothing else. Both options
 * are always set, because libcurl would otherwise ask the environment by itself, where
 * http_proxy and ALL_PROXY may have been set by anybody.
 */
#include "exchange.h"

#include <stdlib.h>

static const char *either(const char *lower, const char *upper)
{
    const char *value = getenv(lower);

    if (!value)
        value = getenv(upper);
    return value ? value : "";
}

CURLcode kb_net_set_proxy(CURL *curl, const struct kb_url *url)
{
    bool direct = kb_url_is_loopback(url);
    CURLcode rc =
        curl_easy_setopt(curl, CURLOPT_PROXY, direct ? "" : either("https_proxy", "HTTPS_PROXY"));

    return rc ? rc : curl_easy_setopt(curl, CURLOPT_NOPROXY, either("no_proxy", "NO_PROXY"));
}
