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

static const char *set_one(const char *lower, const char *upper)
{
    return getenv(lower) ? lower : upper;
}

static const char *value_of(const char *variable)
{
    const char *value = getenv(variable);

    return value ? value : "";
}

static const char *proxy_variable(void)
{
    return set_one("https_proxy", "HTTPS_PROXY");
}

static const char *proxy_address(void)
{
    return value_of(proxy_variable());
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
static bool complete(const char *proxy, struct kb_buf *out)
{
    const char *end = strstr(proxy, "://");

    if (end && !scheme_is_known(proxy, (size_t)(end - proxy)))
        return false;
    if (!end)
        kb_buf_str(out, "http://");
    kb_buf_str(out, proxy);
    return !out->failed;
}

/* MISSING is what libcurl says where there is no such part. */
static bool can_be_decoded(CURLU *url, CURLUPart part, CURLUcode missing)
{
    char *text = NULL;
    CURLUcode rc = curl_url_get(url, part, &text, CURLU_URLDECODE);

    curl_free(text);
    return !rc || rc == missing;
}

/* libcurl leaves out a user name or a password that it cannot decode, and says nothing. */
static bool can_be_parsed(const char *proxy)
{
    CURLU *url = curl_url();
    bool can = url && !curl_url_set(url, CURLUPART_URL, proxy, CURLU_NON_SUPPORT_SCHEME) &&
               can_be_decoded(url, CURLUPART_USER, CURLUE_NO_USER) &&
               can_be_decoded(url, CURLUPART_PASSWORD, CURLUE_NO_PASSWORD);

    curl_url_cleanup(url);
    return can;
}

/* One that cannot be used matters only where no_proxy does not name the host, as libcurl knows. */
CURLcode kb_net_set_proxy(struct kb_exchange *exchange)
{
    KB_AUTO(kb_buf_clear) struct kb_buf completed = KB_BUF_INIT(PROXY_MAX);
    const char *proxy = kb_url_is_loopback(&exchange->url) ? "" : proxy_address();
    CURLcode rc;

    if (*proxy && (!complete(proxy, &completed) || !can_be_parsed(kb_buf_text(&completed)))) {
        exchange->unusable_proxy = proxy_variable();
        kb_buf_clear(&completed);
        kb_buf_str(&completed, NO_USABLE_PROXY);
    }
    exchange->has_proxy = completed.len > 0;
    rc = curl_easy_setopt(exchange->curl, CURLOPT_PROXY, kb_buf_text(&completed));
    if (rc)
        return rc;
    return curl_easy_setopt(
        exchange->curl, CURLOPT_NOPROXY, value_of(set_one("no_proxy", "NO_PROXY")));
}
