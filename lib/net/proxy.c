/*
 * The proxy: https_proxy and no_proxy, in either case, and nothing else. Both options
 * are always set, because libcurl would otherwise ask the environment by itself, where
 * http_proxy and ALL_PROXY may have been set by anybody.
 *
 * A proxy may have a password. libcurl repeats all of the address where it does not know the
 * scheme, in words that are shown; so it must never get one that it does not know.
 */
#include "exchange.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PROXY_MAX 4096

/* libcurl finds no host in it, and gives up. */
#define NO_USABLE_PROXY "unknown://"

static const char *either(const char *lower, const char *upper)
{
    const char *value = getenv(lower);

    if (!value)
        value = getenv(upper);
    return value ? value : "";
}

static const char *proxy_address(void)
{
    return either("https_proxy", "HTTPS_PROXY");
}

bool kb_net_proxy_has_user(void)
{
    return strchr(proxy_address(), '@');
}

static bool scheme_is_known(const char *scheme, size_t len)
{
    static const char *const known[] = {"http", "https", "socks4", "socks4a", "socks5", "socks5h"};

    for (size_t i = 0; i < KB_COUNT(known); i++) {
        if (strlen(known[i]) == len && strncasecmp(known[i], scheme, len) == 0)
            return true;
    }
    return false;
}

/* Without a scheme it is http, whatever libcurl would guess from a name like ftp.example.com. */
static CURLcode set_proxy(CURL *curl, const char *proxy)
{
    KB_AUTO(kb_buf_clear) struct kb_buf completed = KB_BUF_INIT(PROXY_MAX);
    const char *end = strstr(proxy, "://");

    if (end && !scheme_is_known(proxy, (size_t)(end - proxy)))
        return curl_easy_setopt(curl, CURLOPT_PROXY, NO_USABLE_PROXY);
    if (end || !*proxy)
        return curl_easy_setopt(curl, CURLOPT_PROXY, proxy);
    kb_buf_str(&completed, "http://");
    kb_buf_str(&completed, proxy);
    return curl_easy_setopt(
        curl, CURLOPT_PROXY, completed.failed ? NO_USABLE_PROXY : kb_buf_text(&completed));
}

CURLcode kb_net_set_proxy(CURL *curl, const struct kb_url *url)
{
    bool direct = kb_url_is_loopback(url);
    CURLcode rc = set_proxy(curl, direct ? "" : proxy_address());

    return rc ? rc : curl_easy_setopt(curl, CURLOPT_NOPROXY, either("no_proxy", "NO_PROXY"));
}
