/*
 * What is wrong with the server's certificate, in words that lead to the cure. libcurl's numbers
 * decide, and its text where it has no number for a fault. Must never change what is verified.
 */
#include "exchange.h"

#include <string.h>
#include <time.h>

/* OpenSSL's results of a verification; libcurl hands them through. */
enum { NOT_YET_VALID = 9, HAS_EXPIRED = 10, UNSPECIFIED = 1 };

#define NAMES_MAX 160
#define NAMES_ROOM 1024

/* OpenSSL's result; what libcurl found itself has none. */
static long verification(const struct kb_exchange *exchange)
{
    long result = UNSPECIFIED;

    return curl_easy_getinfo(exchange->curl, CURLINFO_SSL_VERIFYRESULT, &result) ? UNSPECIFIED
                                                                                 : result;
}

/* Of a proxy that is spoken to over TLS. */
static bool is_the_proxys(const struct kb_exchange *exchange)
{
    long result = 0;

    return !curl_easy_getinfo(exchange->curl, CURLINFO_PROXY_SSL_VERIFYRESULT, &result) &&
           result != 0;
}

/* What the server's own certificate has behind LABEL, or NULL. */
static const char *certificate_part(const struct curl_certinfo *chain, const char *label)
{
    const struct curl_slist *line = chain->num_of_certs > 0 ? chain->certinfo[0] : NULL;
    size_t len = strlen(label);

    for (; line; line = line->next)
        if (strncmp(line->data, label, len) == 0)
            return line->data + len;
    return NULL;
}

/* "DNS:a.example, IP Address:10.0.0.1" as "a.example, 10.0.0.1"; what does not fit is cut off. */
static void append_names(const char *names, struct kb_buf *out)
{
    while (*names && out->len < NAMES_MAX) {
        size_t len = strcspn(names, ","), kind = strcspn(names, ":");
        const char *name = kind < len ? names + kind + 1 : names;

        kb_buf_fmt(out, "%s%.*s", out->len > 0 ? ", " : "", (int)(names + len - name), name);
        names += len;
        names += strspn(names, ", ");
    }
}

static enum kb_err fail_name(
    const struct kb_exchange *exchange, const char *host, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf known = KB_BUF_INIT(NAMES_ROOM);
    struct curl_certinfo *chain = NULL;
    const char *names = NULL;

    if (!curl_easy_getinfo(exchange->curl, CURLINFO_CERTINFO, &chain) && chain) {
        names = certificate_part(chain, "X509v3 Subject Alternative Name:");
        if (!names)
            names = certificate_part(chain, "Subject:");
    }
    if (names)
        append_names(names, &known);
    kb_fail(err, KB_ERR_NETWORK, "%s: the certificate is for %s, not for %s", host,
        known.len > 0 && !known.failed ? kb_buf_text(&known) : "another name", exchange->url.host);
    kb_hint(err, "write the address of the token endpoint with a name of its certificate");
    return KB_ERR_NETWORK;
}

/* Nothing but OpenSSL knows the certificate's own date; ours is the one that a person can mend. */
static enum kb_err fail_date(const char *what, const char *host, struct kb_error *err)
{
    time_t now = time(NULL);
    struct tm tm;
    char today[16] = "";

    if (gmtime_r(&now, &tm))
        strftime(today, sizeof(today), "%Y-%m-%d", &tm);
    return kb_hinted(err,
        kb_fail(err, KB_ERR_NETWORK, "%s: the certificate, or its authority's, %s (today is %s)",
            host, what, today),
        "if that date is right, whoever runs the server must renew it; else set this machine's "
        "clock");
}

/* TLS 1.3 has a word for it, TLS 1.2 only refuses. */
static bool wants_certificate(const struct kb_exchange *exchange)
{
    return strstr(exchange->detail, "alert certificate required");
}

static bool may_want_certificate(const struct kb_exchange *exchange)
{
    return exchange->request->certificates.len == 0 &&
           (strstr(exchange->detail, "alert handshake failure") ||
               strstr(exchange->detail, "alert bad certificate"));
}

bool kb_net_wants_certificate(const struct kb_exchange *exchange)
{
    return wants_certificate(exchange) || may_want_certificate(exchange);
}

/*
 * What OpenSSL says of an answer that is none of TLS, as plain HTTP is. A proxy that is spoken to
 * over TLS may have given it, where it has not connected us yet.
 */
static bool is_plain(const struct kb_exchange *exchange)
{
    long connected = 0;

    if (curl_easy_getinfo(exchange->curl, CURLINFO_HTTP_CONNECTCODE, &connected) ||
        (exchange->has_proxy && connected == 0))
        return false;
    return strstr(exchange->detail, "wrong version number") ||
           strstr(exchange->detail, "packet length too long") ||
           strstr(exchange->detail, "http request");
}

static void fail_plain(const struct kb_exchange *exchange, const char *host, struct kb_error *err)
{
    kb_fail(err, KB_ERR_NETWORK, "%s: the server does not speak TLS on that port", host);
    if (kb_url_is_loopback(&exchange->url))
        kb_hint(err, "use http://%s, which is allowed on this machine itself", host);
    else
        kb_hint(err, "correct the port in the address of the token endpoint");
}

/* The server's words for one that it was shown. */
static bool refuses_certificate(const struct kb_exchange *exchange)
{
    static const char *const alerts[] = {"alert unknown ca", "alert certificate",
        "alert bad certificate", "alert unsupported certificate", "alert access denied"};

    for (size_t i = 0; exchange->request->certificates.len > 0 && i < KB_COUNT(alerts); i++)
        if (strstr(exchange->detail, alerts[i]))
            return true;
    return false;
}

static void fail_refused_certificate(const char *host, struct kb_error *err)
{
    kb_fail(err, KB_ERR_NETWORK, "%s: the server does not take the client's certificate", host);
    kb_hint(err, "see whether it has expired, and which one the provider has registered");
}

static void fail_client_certificate(const char *what, const char *host, struct kb_error *err)
{
    kb_fail(err, KB_ERR_NETWORK, "%s: %s", host, what);
    kb_hint(err, "give the client a certificate, with \"client_auth\": \"tls_client_auth\"; or ask "
                 "who runs the server for an address that needs none");
}

bool kb_net_fail_tls(
    const struct kb_exchange *exchange, CURLcode why, const char *host, struct kb_error *err)
{
    bool distrusted = why == CURLE_PEER_FAILED_VERIFICATION && !is_the_proxys(exchange);
    long result = distrusted ? verification(exchange) : 0;

    if (distrusted && result == HAS_EXPIRED)
        KB_IGNORE(fail_date("has expired", host, err));
    else if (distrusted && result == NOT_YET_VALID)
        KB_IGNORE(fail_date("is not valid yet", host, err));
    else if (distrusted && result <= UNSPECIFIED)
        KB_IGNORE(fail_name(exchange, host, err));
    else if (why == CURLE_SSL_CONNECT_ERROR && is_plain(exchange))
        fail_plain(exchange, host, err);
    else if (refuses_certificate(exchange))
        fail_refused_certificate(host, err);
    else if (wants_certificate(exchange))
        fail_client_certificate("the server wants a certificate of the client", host, err);
    else if (may_want_certificate(exchange))
        fail_client_certificate("no secure connection: the server refuses it, and may want a "
                                "certificate of the client, or another version of TLS",
            host, err);
    else
        return false;
    return true;
}
