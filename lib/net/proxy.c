/*
 * The proxy: https_proxy and no_proxy, in either case, and nothing else. Both options
 * are always set, because libcurl would otherwise ask the environment by itself, where
 * http_proxy and ALL_PROXY may have been set by anybody.
 *
 * A proxy may have a password. libcurl repeats all of the address where it does not know the
 * scheme, in words that are shown; so it must never get one that it does not know.
 */
#include "exchange.h"

#include <stdio.h>
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

const char *kb_net_proxy_variable(void)
{
    return set_one("https_proxy", "HTTPS_PROXY");
}

static const char *proxy_address(void)
{
    return value_of(kb_net_proxy_variable());
}

bool kb_net_proxy_has_user(void)
{
    return strchr(proxy_address(), '@');
}

static CURLcode set_exempt(CURL *curl)
{
    return curl_easy_setopt(curl, CURLOPT_NOPROXY, value_of(set_one("no_proxy", "NO_PROXY")));
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

/* What may be told of it: host and port. The user and the password never leave this file. */
static void note_place(const char *proxy, char ret[static 272])
{
    CURLU *url = curl_url();
    char *host = NULL, *port = NULL;

    if (url && !curl_url_set(url, CURLUPART_URL, proxy, CURLU_NON_SUPPORT_SCHEME) &&
        !curl_url_get(url, CURLUPART_HOST, &host, 0)) {
        /* Without a port it is 1080 to libcurl, and 443 for https. */
        KB_IGNORE(curl_url_get(url, CURLUPART_PORT, &port, 0));
        snprintf(ret, 272, "%s%s%s", host, port ? ":" : "", port ? port : "");
    }
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(url);
}

/* One that cannot be used matters only where no_proxy does not name the host, as libcurl knows. */
CURLcode kb_net_set_proxy(struct kb_exchange *exchange)
{
    KB_AUTO(kb_buf_clear) struct kb_buf completed = KB_BUF_INIT(PROXY_MAX);
    const char *proxy = kb_url_is_loopback(&exchange->url) ? "" : proxy_address();
    CURLcode rc;

    if (*proxy && (!complete(proxy, &completed) || !can_be_parsed(kb_buf_text(&completed)))) {
        exchange->unusable_proxy = kb_net_proxy_variable();
        kb_buf_clear(&completed);
        kb_buf_str(&completed, NO_USABLE_PROXY);
    } else if (*proxy) {
        note_place(kb_buf_text(&completed), exchange->proxy_at);
    }
    exchange->has_proxy = completed.len > 0;
    rc = curl_easy_setopt(exchange->curl, CURLOPT_PROXY, kb_buf_text(&completed));
    return rc ? rc : set_exempt(exchange->curl);
}

/* --- whom no_proxy names -------------------------------------------------------------- */

static curl_socket_t open_none(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)context;
    (void)purpose;
    (void)address;
    return CURL_SOCKET_BAD;
}

/* Nothing is looked up either: the name gets an address that is not used. */
static CURLcode try_without_way(CURL *curl, const char *address, const struct curl_slist *pinned)
{
    CURLcode rc = curl_easy_setopt(curl, CURLOPT_URL, address);

    if (!rc)
        rc = curl_easy_setopt(curl, CURLOPT_PROXY, NO_USABLE_PROXY);
    if (!rc)
        rc = set_exempt(curl);
    if (!rc)
        rc = curl_easy_setopt(curl, CURLOPT_RESOLVE, pinned);
    if (!rc)
        rc = curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_none);
    if (!rc)
        rc = curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    return rc ? rc : curl_easy_perform(curl);
}

/*
 * Only libcurl knows how no_proxy is read, and before 8.7 it does not tell. With a proxy that is
 * none it gives up before anything else, unless it would use none.
 */
bool kb_net_is_exempt(const struct kb_exchange *exchange)
{
    KB_AUTO(kb_buf_clear) struct kb_buf pin = KB_BUF_INIT(512);
    struct curl_slist *pinned = NULL;
    CURL *curl = curl_easy_init();
    bool is_exempt;

    kb_buf_fmt(&pin, "%s:%d:127.0.0.1", exchange->url.host, exchange->url.port);
    if (!strchr(
            exchange->url.host, ':')) /* an address of IPv6 is no name, nor one to libcurl here */
        pinned = curl_slist_append(NULL, kb_buf_text(&pin));
    is_exempt = curl && try_without_way(curl, exchange->address.data, pinned) !=
                            CURLE_COULDNT_RESOLVE_PROXY;
    curl_easy_cleanup(curl);
    curl_slist_free_all(pinned);
    return is_exempt;
}
