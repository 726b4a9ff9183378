/*
 * One look at an endpoint, and what is learnt on the way. Must never send what a client has: no
 * secret, no certificate, no header of a profile.
 */
#include "net/look.h"

#include "base/strings.h"
#include "exchange.h"

#include <stdlib.h>
#include <string.h>

#define ISSUER "Issuer:"
#define END "Expire date:"

/* A server wrote it. */
static void copy_harmless(char *dst, size_t cap, const char *text)
{
    size_t len = 0;

    for (; len < cap - 1 && text[len]; len++)
        dst[len] = (char)(text[len] < 0x20 || text[len] > 0x7e ? '?' : text[len]);
    dst[len] = '\0';
}

/* --- the way ------------------------------------------------------------------------- */

static void note_proxy(const struct kb_exchange *exchange, struct kb_sight *ret)
{
    const char *variable = kb_net_proxy_variable(), *value = getenv(variable);

    if (!value || !*value)
        return;
    copy_harmless(ret->variable, sizeof(ret->variable), variable);
    if (kb_url_is_loopback(&exchange->url)) {
        ret->proxy = KB_SIGHT_PROXY_LOOPBACK;
    } else if (kb_net_is_exempt(exchange)) {
        ret->proxy = KB_SIGHT_PROXY_EXEMPT;
    } else {
        ret->proxy = KB_SIGHT_PROXY_USED;
        copy_harmless(ret->proxy_at, sizeof(ret->proxy_at), exchange->proxy_at);
    }
}

static bool has_passed(const struct kb_exchange *exchange, CURLINFO moment)
{
    curl_off_t us = 0;

    return !curl_easy_getinfo(exchange->curl, moment, &us) && us > 0;
}

/* What was not got, of all that a request needs. */
static enum kb_sight_part find_missing(const struct kb_exchange *exchange, CURLcode why)
{
    bool is_https = strcmp(exchange->url.scheme, "https") == 0;

    if (kb_net_is_proxys(exchange, why))
        return KB_SIGHT_PROXY;
    if (why == CURLE_COULDNT_RESOLVE_HOST || !has_passed(exchange, CURLINFO_NAMELOOKUP_TIME_T))
        return KB_SIGHT_NAME;
    if (kb_net_is_distrust(exchange, why))
        return KB_SIGHT_CERTIFICATE;
    if (!has_passed(exchange, CURLINFO_CONNECT_TIME_T))
        return KB_SIGHT_CONNECTION;
    return is_https && !has_passed(exchange, CURLINFO_APPCONNECT_TIME_T) ? KB_SIGHT_CERTIFICATE
                                                                         : KB_SIGHT_ANSWER;
}

static void note_address(const struct kb_exchange *exchange, struct kb_sight *ret)
{
    const char *address = NULL;

    if (!curl_easy_getinfo(exchange->curl, CURLINFO_PRIMARY_IP, &address) && address)
        copy_harmless(ret->address, sizeof(ret->address), address);
}

/* --- the certificates ---------------------------------------------------------------- */

static const char *part_of(const struct curl_slist *line, const char *label)
{
    size_t len = strlen(label);

    for (; line; line = line->next) {
        if (strncmp(line->data, label, len) == 0)
            return line->data + len;
    }
    return NULL;
}

/* 0: it is not known. */
static int64_t read_time(const char *text)
{
    time_t at = text ? curl_getdate(text, NULL) : -1;

    return at > 0 ? at : 0;
}

/*
 * A server may send one that has ended, beside those that prove who it is: as they were believed,
 * nobody needed it.
 */
static void note_end(const struct curl_slist *certificate, struct kb_sight *ret)
{
    int64_t ends_s = read_time(part_of(certificate, END));

    if (ends_s > ret->heard_s && (ret->chain_ends_s == 0 || ends_s < ret->chain_ends_s))
        ret->chain_ends_s = ends_s;
}

static void note_certificates(const struct kb_exchange *exchange, struct kb_sight *ret)
{
    struct curl_certinfo *chain = NULL;
    const char *issuer;

    if (curl_easy_getinfo(exchange->curl, CURLINFO_CERTINFO, &chain) || !chain ||
        chain->num_of_certs <= 0)
        return;
    issuer = part_of(chain->certinfo[0], ISSUER);
    copy_harmless(ret->issuer, sizeof(ret->issuer), issuer ? issuer : "");
    ret->ends_s = read_time(part_of(chain->certinfo[0], END));
    for (int i = 0; i < chain->num_of_certs; i++)
        note_end(chain->certinfo[i], ret);
}

/* --- the whole ----------------------------------------------------------------------- */

static void note_answer(const struct kb_exchange *exchange, struct kb_sight *ret)
{
    const struct kb_http_reply *reply = &exchange->reader.reply;

    ret->status = reply->status;
    ret->date_s = read_time(kb_http_header(reply, "Date", NULL));
}

static enum kb_err look(struct kb_exchange *exchange, struct kb_sight *ret, struct kb_error *err)
{
    bool is_https = strcmp(exchange->url.scheme, "https") == 0;
    CURLcode why;

    note_proxy(exchange, ret);
    why = kb_net_perform(exchange);
    ret->heard_s = kb_clock_seconds(kb_clock_now().wall_ms);
    note_address(exchange, ret);
    ret->missing = why ? find_missing(exchange, why) : KB_SIGHT_NOTHING;
    ret->encrypted = is_https && (!why || ret->missing == KB_SIGHT_ANSWER);
    ret->may_want_certificate = why && kb_net_may_want_certificate(exchange, why);
    if (ret->encrypted)
        note_certificates(exchange, ret);
    if (why)
        return kb_net_fail(exchange, why, err);
    note_answer(exchange, ret);
    return KB_OK;
}

static bool brings_something(const struct kb_http_request *request)
{
    return request->headers.count > 0 || request->body.len > 0 || request->query.len > 0 ||
           request->certificates.len > 0 || !kb_secret_is_empty(&request->authorization) ||
           !kb_secret_is_empty(&request->key);
}

enum kb_err kb_net_look(const struct kb_http_request *request, struct kb_deadline deadline,
    struct kb_sight *ret, struct kb_error *err)
{
    struct kb_exchange exchange = kb_net_exchange(request);
    enum kb_err rc;

    *ret = (struct kb_sight){.missing = KB_SIGHT_NOTHING};
    if (brings_something(request))
        return kb_fail(err, KB_ERR_SYSTEM, "a look at an endpoint takes nothing along");
    if (curl_global_init(CURL_GLOBAL_DEFAULT))
        return kb_fail(err, KB_ERR_SYSTEM, "libcurl cannot be started");
    exchange.only_looks = true;
    rc = kb_net_prepare(&exchange, deadline, err);
    if (!rc)
        rc = look(&exchange, ret, err);
    kb_net_clear(&exchange);
    curl_global_cleanup();
    return rc;
}
