/*
 * What went wrong, in our codes and words. Must never repeat a part of the reply: curl's
 * own text is used for TLS and connection faults only, where it names certificates,
 * hosts and system errors. What is wrong with a certificate is tls_error.c's to say.
 */
#include "exchange.h"

#include <string.h>

struct meaning {
    CURLcode why;
    enum kb_err code;
    const char *what; /* completes "HOST: " */
    bool with_detail;
};

static const struct meaning meanings[] = {
    {CURLE_COULDNT_RESOLVE_PROXY, KB_ERR_NETWORK,
        "the proxy in https_proxy has no address that can be used", false},
    {CURLE_NOT_BUILT_IN, KB_ERR_NETWORK, "this libcurl knows no such proxy", false},
    {CURLE_COULDNT_RESOLVE_HOST, KB_ERR_NETWORK, "the name has no address", false},
    {CURLE_COULDNT_CONNECT, KB_ERR_NETWORK, "no connection", true},
    {CURLE_PROXY, KB_ERR_NETWORK, "the proxy in https_proxy refused", true},
    {CURLE_SEND_ERROR, KB_ERR_NETWORK, "the connection broke", true},
    {CURLE_RECV_ERROR, KB_ERR_NETWORK, "the connection broke", true},
    {CURLE_GOT_NOTHING, KB_ERR_NETWORK, "the connection was closed without an answer", false},
    {CURLE_PARTIAL_FILE, KB_ERR_NETWORK, "the connection was closed within the answer", false},
    {CURLE_SSL_CONNECT_ERROR, KB_ERR_NETWORK, "no secure connection", true},
    {CURLE_SSL_CIPHER, KB_ERR_NETWORK, "no secure connection", true},
    {CURLE_PEER_FAILED_VERIFICATION, KB_ERR_NETWORK, "the certificate is not trusted", true},
    {CURLE_SSL_ISSUER_ERROR, KB_ERR_NETWORK, "the certificate is not trusted", true},
    {CURLE_OPERATION_TIMEDOUT, KB_ERR_TIMEOUT, "no complete answer in time", false},
    {CURLE_URL_MALFORMAT, KB_ERR_CONFIG, "not an address that can be used", false},
    {CURLE_UNSUPPORTED_PROTOCOL, KB_ERR_SERVER, "the answer breaks HTTP/1.1", false},
    {CURLE_WEIRD_SERVER_REPLY, KB_ERR_SERVER, "the answer breaks HTTP/1.1", false},
    {CURLE_BAD_CONTENT_ENCODING, KB_ERR_SERVER, "the answer breaks HTTP/1.1", false},
    /* Up to 8.5 also for a header line beyond its own cap, which is what happens in practice. */
    {CURLE_OUT_OF_MEMORY, KB_ERR_SERVER, "the answer is too large, or memory ran out", false},
    {(CURLcode)100, KB_ERR_SERVER, "the answer is too large", false}, /* TOO_LARGE, since 8.6 */
};

static const struct meaning *meaning_of(CURLcode why)
{
    static const struct meaning other = {CURLE_OK, KB_ERR_NETWORK, "the exchange failed", true};

    for (size_t i = 0; i < KB_COUNT(meanings); i++) {
        if (meanings[i].why == why)
            return &meanings[i];
    }
    return &other;
}

/*
 * What OpenSSL found wrong with the other side's words, where a connection that merely broke
 * has the system's reason. libcurl has one code for both.
 */
static bool is_no_tls(const struct kb_exchange *exchange, CURLcode why)
{
    return why == CURLE_SSL_CONNECT_ERROR && strstr(exchange->detail, "error:");
}

bool kb_net_is_distrust(const struct kb_exchange *exchange, CURLcode why)
{
    return why == CURLE_PEER_FAILED_VERIFICATION || why == CURLE_SSL_ISSUER_ERROR ||
           why == CURLE_SSL_CACERT_BADFILE || is_no_tls(exchange, why);
}

/* The status of the proxy's answer to CONNECT; 0: there was none. */
static long proxy_status(const struct kb_exchange *exchange)
{
    long status = 0;

    return curl_easy_getinfo(exchange->curl, CURLINFO_HTTP_CONNECTCODE, &status) ? 0 : status;
}

/* What a SOCKS proxy said; CURLPX_OK: nothing. */
static CURLproxycode socks_reply(const struct kb_exchange *exchange)
{
    long reply = CURLPX_OK;

    return curl_easy_getinfo(exchange->curl, CURLINFO_PROXY_ERROR, &reply) ? CURLPX_OK
                                                                           : (CURLproxycode)reply;
}

/* tinyproxy says 401 of a wrong password, 407 where there is none. */
static bool wants_another_user(const struct kb_exchange *exchange)
{
    long status = proxy_status(exchange);
    CURLproxycode reply = socks_reply(exchange);

    return status == 401 || status == 407 || reply == CURLPX_USER_REJECTED ||
           reply == CURLPX_NO_AUTH || reply == CURLPX_IDENTD || reply == CURLPX_IDENTD_DIFFER;
}

/* As with a server's own status: of a 4xx only 408 and 429 may be over in a moment. */
bool kb_net_is_proxys_refusal(const struct kb_exchange *exchange)
{
    long status = proxy_status(exchange);

    if (wants_another_user(exchange) || socks_reply(exchange) == CURLPX_REPLY_NOT_ALLOWED)
        return true;
    return status >= 400 && status < 500 && status != 408 && status != 429;
}

static enum kb_err fail_proxy_user(const char *host, struct kb_error *err)
{
    if (!kb_net_proxy_has_user())
        return kb_hinted(err,
            kb_fail(err, KB_ERR_NETWORK,
                "%s: the proxy in https_proxy wants a user name and a password", host),
            "https_proxy=http://USER:PASSWORD@HOST:PORT, with other characters than letters and "
            "digits percent-encoded");
    return kb_hinted(err,
        kb_fail(err, KB_ERR_NETWORK,
            "%s: the proxy in https_proxy refuses the user name and password that it got", host),
        "correct them in https_proxy: other characters than letters and digits must be "
        "percent-encoded");
}

static enum kb_err fail_proxy(
    const struct kb_exchange *exchange, const char *host, struct kb_error *err)
{
    long status = proxy_status(exchange);

    if (wants_another_user(exchange))
        return fail_proxy_user(host, err);
    if (!kb_net_is_proxys_refusal(exchange))
        return kb_fail(
            err, KB_ERR_NETWORK, "%s: the proxy in https_proxy failed: HTTP %ld", host, status);
    kb_fail(err, KB_ERR_NETWORK, "%s: the proxy in https_proxy refuses to connect to it", host);
    kb_hint(err, "ask who runs the proxy to allow %s, or name it in no_proxy", host);
    return KB_ERR_NETWORK;
}

bool kb_net_lacks_proxy(const struct kb_exchange *exchange, CURLcode why)
{
    return why == CURLE_COULDNT_RESOLVE_PROXY && exchange->unusable_proxy;
}

/* Nothing of the value is repeated: it may hold a password, wherever that begins and ends. */
static enum kb_err fail_no_proxy(const char *variable, const char *host, struct kb_error *err)
{
    return kb_hinted(err,
        kb_fail(err, KB_ERR_NETWORK, "%s: the value of %s is not the address of a proxy", host,
            variable),
        "%s=http://HOST:PORT, or http://USER:PASSWORD@HOST:PORT with special characters "
        "percent-encoded",
        variable);
}

/*
 * libcurl has one code for a server and a proxy that cannot be connected to, and names in its words
 * the one that it tried, "to HOST port PORT", or from 8.10 on both, "via" the proxy.
 */
static bool is_proxy_away(const struct kb_exchange *exchange, CURLcode why)
{
    KB_AUTO(kb_buf_clear) struct kb_buf server = KB_BUF_INIT(512);

    kb_buf_fmt(&server, "to %s port %d ", exchange->url.host, exchange->url.port);
    return why == CURLE_COULDNT_CONNECT && exchange->has_proxy &&
           (strstr(exchange->detail, " via ") || !strstr(exchange->detail, kb_buf_text(&server)));
}

bool kb_net_is_proxys(const struct kb_exchange *exchange, CURLcode why)
{
    return why == CURLE_COULDNT_RESOLVE_PROXY || why == CURLE_PROXY ||
           proxy_status(exchange) >= 300 || kb_net_is_proxys_refusal(exchange) ||
           is_proxy_away(exchange, why);
}

static enum kb_err fail_proxy_away(
    const struct kb_exchange *exchange, const char *host, struct kb_error *err)
{
    return kb_hinted(err,
        kb_fail(err, KB_ERR_NETWORK, "%s: the proxy in https_proxy cannot be reached", host),
        "see whether the proxy runs; correct https_proxy, or name %s in no_proxy",
        exchange->url.host);
}

static const char *ca_setting(const struct kb_exchange *exchange)
{
    return exchange->request->ca_setting ? exchange->request->ca_setting : "ca_file";
}

static void hint_authority(const struct kb_exchange *exchange, struct kb_error *err)
{
    if (exchange->request->ca_file)
        kb_hint(err, "%s must hold the authority that signed the server's certificate",
            exchange->request->ca_file);
    else
        kb_hint(err,
            "if the server's authority is your organisation's own, name its certificate with %s",
            ca_setting(exchange));
    if (err && !exchange->request->ca_file)
        err->place.key = "ca_file";
}

static enum kb_err fail_ca_file(const struct kb_exchange *exchange, struct kb_error *err)
{
    const char *path = exchange->request->ca_file;

    if (!path)
        return kb_fail(err, KB_ERR_NETWORK, "the system's certificate authorities cannot be read");
    return kb_hinted(err,
        kb_fail(err, KB_ERR_CONFIG, "%s cannot be read as PEM certificates", path),
        "it must hold certificates as PEM; or name another file with %s", ca_setting(exchange));
}

bool kb_net_was_sent(CURL *curl)
{
    curl_off_t ready_us = 0;

    return curl_easy_getinfo(curl, CURLINFO_PRETRANSFER_TIME_T, &ready_us) || ready_us > 0;
}

static enum kb_err fail_connecting(const char *host, struct kb_error *err)
{
    return kb_hinted(err,
        kb_fail(err, KB_ERR_TIMEOUT, "%s: no connection in time (it has %d s at most)", host,
            KB_NET_CONNECT_MAX_S),
        "see whether this machine reaches %s, maybe over a VPN or a proxy", host);
}

/*
 * libcurl asks who is at the other end when TLS stands, and keeps its first complaint only. So if
 * the server has reset the connection by then, what it said of the reason is lost.
 */
static bool was_reset_at_once(const struct kb_exchange *exchange)
{
    return strstr(exchange->detail, "getpeername() failed");
}

/* The request met a reset: what the server said of the reason, if anything, came too late. */
static bool broke_before_reply(const struct kb_exchange *exchange, CURLcode why)
{
    return (why == CURLE_SEND_ERROR || why == CURLE_RECV_ERROR) &&
           exchange->reader.header_bytes == 0;
}

bool kb_net_may_want_certificate(const struct kb_exchange *exchange, CURLcode why)
{
    return strcmp(exchange->url.scheme, "https") == 0 &&
           (was_reset_at_once(exchange) || broke_before_reply(exchange, why) ||
               kb_net_wants_certificate(exchange));
}

/* TLS 1.3 lets a client begin its request before the server has looked at its certificate. */
static void hint_client_certificate(const struct kb_exchange *exchange, struct kb_error *err)
{
    if (strcmp(exchange->url.scheme, "https") == 0)
        kb_hint(err, "try again; else the server may want a certificate of the client, %s",
            exchange->request->certificates.len > 0 ? "and not take this one"
                                                    : "and this one has none");
}

static enum kb_err fail_reset(
    const struct kb_exchange *exchange, const char *host, struct kb_error *err)
{
    kb_fail(err, KB_ERR_NETWORK, "%s: the connection was reset as soon as it was made", host);
    hint_client_certificate(exchange, err);
    return KB_ERR_NETWORK;
}

static enum kb_err fail_with_meaning(
    const struct kb_exchange *exchange, CURLcode why, const char *host, struct kb_error *err)
{
    const struct meaning *meaning = meaning_of(why);
    const char *detail = *exchange->detail ? exchange->detail : curl_easy_strerror(why);

    if (meaning->with_detail)
        kb_fail(err, meaning->code, "%s: %s: %s", host, meaning->what, detail);
    else
        kb_fail(err, meaning->code, "%s: %s", host, meaning->what);
    if (why == CURLE_PEER_FAILED_VERIFICATION || why == CURLE_SSL_ISSUER_ERROR)
        hint_authority(exchange, err);
    else if (broke_before_reply(exchange, why))
        hint_client_certificate(exchange, err);
    return meaning->code;
}

enum kb_err kb_net_fail(const struct kb_exchange *exchange, CURLcode why, struct kb_error *err)
{
    const struct kb_reader *reader = &exchange->reader;
    KB_AUTO(kb_buf_clear) struct kb_buf host = KB_BUF_INIT(512);

    kb_url_append_authority(&exchange->url, &host);
    if (reader->fault.code)
        return kb_fail(err, reader->fault.code, "%s", reader->fault.msg);
    if (reader->problem)
        return kb_fail(
            err, KB_ERR_SERVER, "the reply of %s %s", kb_buf_text(&host), reader->problem);
    if (why == CURLE_SSL_CACERT_BADFILE)
        return fail_ca_file(exchange, err);
    if (kb_net_lacks_proxy(exchange, why))
        return fail_no_proxy(exchange->unusable_proxy, kb_buf_text(&host), err);
    if (proxy_status(exchange) >= 300 || kb_net_is_proxys_refusal(exchange))
        return fail_proxy(exchange, kb_buf_text(&host), err);
    if (is_proxy_away(exchange, why))
        return fail_proxy_away(exchange, kb_buf_text(&host), err);
    if (why == CURLE_OPERATION_TIMEDOUT && !kb_net_was_sent(exchange->curl))
        return fail_connecting(kb_buf_text(&host), err);
    if (kb_net_fail_tls(exchange, why, kb_buf_text(&host), err))
        return KB_ERR_NETWORK;
    if (was_reset_at_once(exchange))
        return fail_reset(exchange, kb_buf_text(&host), err);
    return fail_with_meaning(exchange, why, kb_buf_text(&host), err);
}
