/*
 * One request: a POST, or a HEAD for a look. Owns the curl handle from its making to its end,
 * and every option that keeps a secret from going astray. Must never send a byte when one of
 * them was refused.
 *
 * HTTP/1.1 on purpose: libcurl keeps fewer copies of the request than with HTTP/2, and
 * one exchange on one connection gains nothing from the newer version.
 */
#include "exchange.h"

#include "core/ca_file.h"

#include <string.h>

static const struct {
    CURLoption option;
    long value;
} fixed[] = {
    {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
    {CURLOPT_HTTP09_ALLOWED, 0},
    {CURLOPT_SSL_VERIFYPEER, 1},
    {CURLOPT_SSL_VERIFYHOST, 2},
    {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
    {CURLOPT_PROXY_SSL_VERIFYPEER, 1},
    {CURLOPT_PROXY_SSL_VERIFYHOST, 2},
    {CURLOPT_SUPPRESS_CONNECT_HEADERS, 1},
    {CURLOPT_FOLLOWLOCATION, 0},
    {CURLOPT_UNRESTRICTED_AUTH, 0},
    {CURLOPT_NETRC, CURL_NETRC_IGNORED},
    {CURLOPT_DISALLOW_USERNAME_IN_URL, 1},
    {CURLOPT_PATH_AS_IS, 1},
    {CURLOPT_FRESH_CONNECT, 1},
    {CURLOPT_FORBID_REUSE, 1},
    {CURLOPT_SSL_SESSIONID_CACHE, 0},
    {CURLOPT_CERTINFO, 1}, /* whose it is, where it is not the server's */
    {CURLOPT_HTTP_CONTENT_DECODING, 0},
    {CURLOPT_NOSIGNAL, 1},
    /* Else ending the handle waits for a name server long after the deadline. */
    {CURLOPT_QUICK_EXIT, 1},
};

/* A server that is connected may think for as long as its setting allows. */
static CURLcode set_time(CURL *curl, long left_ms)
{
    long most_ms = KB_NET_CONNECT_MAX_S * 1000L;
    long connect_ms = left_ms < most_ms ? left_ms : most_ms;
    CURLcode rc = curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, left_ms);

    return rc ? rc : curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, connect_ms);
}

/* The address as it was read and judged, not as it was written. */
static CURLcode set_address(struct kb_exchange *exchange)
{
    const struct {
        CURLoption option;
        const char *value;
    } texts[] = {
        {CURLOPT_URL, exchange->address.data},
        {CURLOPT_PROTOCOLS_STR, exchange->url.scheme},
        {CURLOPT_REDIR_PROTOCOLS_STR, "https"},
        {CURLOPT_USERAGENT, "keybearer/" KB_VERSION},
    };
    CURLcode rc = CURLE_OK;

    for (size_t i = 0; !rc && i < KB_COUNT(texts); i++)
        rc = curl_easy_setopt(exchange->curl, texts[i].option, texts[i].value);
    return rc;
}

static enum kb_err add_line(struct kb_exchange *exchange, const char *line, struct kb_error *err)
{
    struct curl_slist *longer = curl_slist_append(exchange->lines, line);

    if (!longer)
        return kb_fail(err, KB_ERR_SYSTEM, "out of memory");
    exchange->lines = longer;
    return KB_OK;
}

/* Of a request without a body there is nothing to describe: curl would call it a form. */
static enum kb_err make_lines(struct kb_exchange *exchange, struct kb_error *err)
{
    const struct kb_pairs *headers = &exchange->request->headers;
    enum kb_err rc = KB_OK;

    for (size_t i = 0; i < headers->count && !rc; i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf line = KB_BUF_INIT(KB_HTTP_HEADERS_MAX);

        kb_buf_fmt(&line, "%s: %s", headers->items[i].name, headers->items[i].value);
        rc = kb_buf_check(&line, "a request header", err);
        if (!rc)
            rc = add_line(exchange, line.data, err);
    }
    if (!rc && exchange->request->body.len == 0)
        rc = add_line(exchange, "Content-Type:", err);
    return rc;
}

static enum kb_err make_authorization(struct kb_exchange *exchange, struct kb_error *err)
{
    struct kb_buf *line = &exchange->authorization;

    if (kb_secret_is_empty(&exchange->request->authorization))
        return KB_OK;
    kb_buf_str(line, "Authorization: ");
    kb_secret_append(&exchange->request->authorization, line);
    exchange->head = (struct curl_slist){.data = line->data, .next = exchange->lines};
    return kb_buf_check(line, "the authorization", err);
}

/* The body stays where it is: curl reads it from our wiped memory. */
static CURLcode set_body(CURL *curl, const struct kb_buf *body)
{
    CURLcode rc = curl_easy_setopt(curl, CURLOPT_POST, 1L);

    if (!rc)
        rc = curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->len);
    return rc ? rc : curl_easy_setopt(curl, CURLOPT_POSTFIELDS, kb_buf_text(body));
}

static CURLcode set_request(struct kb_exchange *exchange)
{
    struct curl_slist *lines = exchange->head.data ? &exchange->head : exchange->lines;
    CURL *curl = exchange->curl;
    CURLcode rc = curl_easy_setopt(curl, CURLOPT_HTTPHEADER, lines);

    if (!rc && exchange->only_looks)
        rc = curl_easy_setopt(curl, CURLOPT_NOBODY, 1L); /* curl's name for a HEAD */
    else if (!rc)
        rc = set_body(curl, &exchange->request->body);
    return rc ? rc : curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, exchange->detail);
}

static CURLcode set_blob(CURL *curl, CURLoption option, void *bytes, size_t len)
{
    struct curl_blob blob = {.data = bytes, .len = len, .flags = CURL_BLOB_NOCOPY};

    return curl_easy_setopt(curl, option, &blob);
}

/* What proves the client to TLS, from memory: no file ever holds its key. */
static CURLcode set_certificate(const struct kb_exchange *exchange)
{
    const struct kb_http_request *request = exchange->request;
    CURL *curl = exchange->curl;
    CURLcode rc;

    if (request->certificates.len == 0)
        return CURLE_OK;
    rc =
        set_blob(curl, CURLOPT_SSLCERT_BLOB, request->certificates.data, request->certificates.len);
    if (!rc)
        rc = curl_easy_setopt(curl, CURLOPT_SSLCERTTYPE, "PEM");
    if (!rc)
        rc = set_blob(curl, CURLOPT_SSLKEY_BLOB, request->key.bytes, request->key.len);
    return rc ? rc : curl_easy_setopt(curl, CURLOPT_SSLKEYTYPE, "PEM");
}

static CURLcode set_options(struct kb_exchange *exchange, long left_ms)
{
    CURL *curl = exchange->curl;
    CURLcode rc = CURLE_OK;

    for (size_t i = 0; !rc && i < KB_COUNT(fixed); i++)
        rc = curl_easy_setopt(curl, fixed[i].option, fixed[i].value);
    if (!rc)
        rc = set_time(curl, left_ms);
    if (!rc)
        rc = set_address(exchange);
    if (!rc)
        rc = kb_net_set_authorities(curl, exchange->request->ca_file);
    if (!rc)
        rc = kb_net_set_proxy(exchange);
    if (!rc)
        rc = set_certificate(exchange);
    if (!rc)
        rc = set_request(exchange);
    if (!rc)
        rc = kb_net_set_reader(curl, &exchange->reader);
    return rc;
}

/* Into the address that curl gets, and no other: nothing that is shown has it. */
static void append_query(struct kb_exchange *exchange)
{
    const struct kb_buf *query = &exchange->request->query;

    if (query->len == 0)
        return;
    kb_buf_byte(&exchange->address, *exchange->url.query ? '&' : '?');
    kb_buf_add(&exchange->address, query->data, query->len);
}

static enum kb_err read_address(struct kb_exchange *exchange, struct kb_error *err)
{
    const char *text = exchange->request->url;
    struct kb_error why = KB_ERROR_INIT;
    enum kb_err rc;

    if (kb_url_parse(text, strlen(text), &exchange->url, &why))
        return kb_fail(err, KB_ERR_CONFIG, "the address of the token endpoint: %s", why.msg);
    rc = kb_url_check_secure(&exchange->url, err);
    if (rc)
        return rc;
    kb_url_append(&exchange->url, &exchange->address);
    append_query(exchange);
    return kb_buf_check(&exchange->address, "the address of the token endpoint", err);
}

enum kb_err kb_net_prepare(
    struct kb_exchange *exchange, struct kb_deadline deadline, struct kb_error *err)
{
    int left_ms = kb_deadline_left_ms(deadline);
    enum kb_err rc = read_address(exchange, err);
    CURLcode refused;

    if (rc)
        return rc;
    if (left_ms <= 0) /* to curl, 0 would mean for ever */
        return kb_net_fail(exchange, CURLE_OPERATION_TIMEDOUT, err);
    rc = kb_ca_file_check(exchange->request->ca_file, err);
    if (rc)
        return rc;
    exchange->curl = curl_easy_init();
    if (!exchange->curl)
        return kb_fail(err, KB_ERR_SYSTEM, "libcurl cannot be started");
    rc = make_lines(exchange, err);
    if (!rc)
        rc = make_authorization(exchange, err);
    if (rc)
        return rc;
    refused = set_options(exchange, left_ms);
    if (refused)
        return kb_fail(err, KB_ERR_SYSTEM, "this libcurl lacks an option that keybearer needs: %s",
            curl_easy_strerror(refused));
    return KB_OK;
}

static enum kb_net_again again_after(const struct kb_exchange *exchange, CURLcode why)
{
    if (kb_net_is_proxys_refusal(exchange) || kb_net_lacks_proxy(exchange, why))
        return KB_NET_AGAIN_NEVER;
    if (kb_net_is_distrust(exchange, why))
        return KB_NET_AGAIN_PROOF;
    return kb_net_was_sent(exchange->curl) ? KB_NET_AGAIN_LATER : KB_NET_AGAIN_SOON;
}

CURLcode kb_net_perform(struct kb_exchange *exchange)
{
    CURLcode why = curl_easy_perform(exchange->curl);

    if (!why)
        why = curl_easy_getinfo(
            exchange->curl, CURLINFO_RESPONSE_CODE, &exchange->reader.reply.status);
    if (!why && exchange->reader.part != KB_PART_REST)
        why = CURLE_PARTIAL_FILE; /* to curl, a connection closed within the head is a reply */
    return why;
}

static enum kb_err perform(
    struct kb_exchange *exchange, enum kb_net_again *ret_again, struct kb_error *err)
{
    CURLcode why = kb_net_perform(exchange);

    if (ret_again)
        *ret_again = again_after(exchange, why);
    return why ? kb_net_fail(exchange, why, err) : KB_OK;
}

/* The handle first: it still points into the rest. */
void kb_net_clear(struct kb_exchange *exchange)
{
    curl_easy_cleanup(exchange->curl);
    curl_slist_free_all(exchange->lines);
    kb_buf_clear(&exchange->authorization);
    kb_buf_clear(&exchange->address);
    kb_http_reply_clear(&exchange->reader.reply);
}

struct kb_exchange kb_net_exchange(const struct kb_http_request *request)
{
    return (struct kb_exchange){
        .request = request,
        .address = KB_BUF_INIT(4096 + KB_HTTP_REQUEST_MAX),
        .authorization = KB_BUF_INIT(KB_HTTP_HEADERS_MAX),
        .reader = KB_READER_INIT,
    };
}

enum kb_err kb_net_post(const struct kb_http_request *request, struct kb_deadline deadline,
    struct kb_http_reply *ret, enum kb_net_again *ret_again, struct kb_error *err)
{
    struct kb_exchange exchange = kb_net_exchange(request);
    enum kb_err rc;

    if (ret_again)
        *ret_again = KB_NET_AGAIN_SOON;
    if (curl_global_init(CURL_GLOBAL_DEFAULT))
        return kb_fail(err, KB_ERR_SYSTEM, "libcurl cannot be started");
    rc = kb_net_prepare(&exchange, deadline, err);
    if (!rc)
        rc = perform(&exchange, ret_again, err);
    if (!rc) {
        kb_http_reply_clear(ret);
        *ret = exchange.reader.reply;
        exchange.reader.reply = KB_HTTP_REPLY_INIT;
    }
    kb_net_clear(&exchange);
    curl_global_cleanup();
    return rc;
}
