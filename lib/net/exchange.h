/*
 * One exchange in progress, and the parts that set it up. Private to lib/net, the only
 * folder that includes <curl/curl.h>.
 */
#ifndef KB_NET_EXCHANGE_H
#define KB_NET_EXCHANGE_H

#include "core/url.h"
#include "net/post.h"

#include <curl/curl.h>
#include <stdbool.h>

#define KB_NET_CONNECT_MAX_S 10 /* until a connection stands, TLS included */

/* What the next header line belongs to. */
enum kb_part {
    KB_PART_STATUS, /* a status line must come */
    KB_PART_HEAD,   /* headers, until an empty line */
    KB_PART_REST,   /* trailers behind a chunked body, which are ignored */
};

/* What the callbacks of a transfer fill. */
struct kb_reader {
    struct kb_http_reply reply;
    size_t header_bytes; /* of all header lines, interim responses included */
    size_t header_count;
    enum kb_part part;
    bool interim;        /* the head is that of a 1xx response */
    const char *problem; /* why it stopped the transfer, or NULL; completes "the reply of HOST " */
    struct kb_error fault; /* memory ran out: code is not KB_OK */
};

#define KB_READER_INIT ((struct kb_reader){.reply = KB_HTTP_REPLY_INIT})

struct kb_exchange {
    const struct kb_http_request *request;
    bool only_looks; /* a HEAD is sent, and nothing of REQUEST but its address */
    struct kb_url url;
    CURL *curl;
    struct kb_buf address;       /* the URL as curl gets it; its query may be secret */
    struct kb_buf authorization; /* the header line, wiped */
    struct curl_slist *lines;    /* the other header lines */
    struct curl_slist head;      /* AUTHORIZATION in front of LINES, without a copy */
    struct kb_reader reader;
    bool has_proxy;               /* unless no_proxy names the host, which only libcurl knows */
    const char *unusable_proxy;   /* the variable with an address that is none; or NULL */
    char proxy_at[272];           /* host and port of the proxy, without its user; or "" */
    char detail[CURL_ERROR_SIZE]; /* curl's own words for a failure */
};

/* --- post.c ------------------------------------------------------------------------- */

/* Clear it with kb_net_clear(). REQUEST must live as long. */
struct kb_exchange kb_net_exchange(const struct kb_http_request *request);

/* Makes the handle and sets every option, or sends nothing. libcurl must have been started. */
KB_CHECKED enum kb_err kb_net_prepare(
    struct kb_exchange *exchange, struct kb_deadline deadline, struct kb_error *err);

/* Sends, and reads the reply. */
CURLcode kb_net_perform(struct kb_exchange *exchange);

void kb_net_clear(struct kb_exchange *exchange);

/* --- its parts ---------------------------------------------------------------------- */

/* Both give CURLE_OK, or what curl_easy_setopt() said. */
CURLcode kb_net_set_authorities(CURL *curl, const char *ca_file);
CURLcode kb_net_set_proxy(struct kb_exchange *exchange);

/* The variable that names the proxy, whether it is set or not. */
const char *kb_net_proxy_variable(void);

/* Whether no_proxy names the host of EXCHANGE, which is prepared and has a proxy. */
bool kb_net_is_exempt(const struct kb_exchange *exchange);

/* Whether the proxy's address has a user name. */
bool kb_net_proxy_has_user(void);

CURLcode kb_net_set_reader(CURL *curl, struct kb_reader *reader);

/* Whether the connection stood and the request began to leave. */
bool kb_net_was_sent(CURL *curl);

/* Turns a failed transfer into our error. */
enum kb_err kb_net_fail(const struct kb_exchange *exchange, CURLcode why, struct kb_error *err);

/* The same, KB_ERR_NETWORK, for a certificate's fault; false: this fault has no cure of its own. */
bool kb_net_fail_tls(
    const struct kb_exchange *exchange, CURLcode why, const char *host, struct kb_error *err);

/* Whether WHY is that the server has not proved who it is: by a bad proof, or by none. */
bool kb_net_is_distrust(const struct kb_exchange *exchange, CURLcode why);

/* Whether WHY is that the address of the proxy is none. */
bool kb_net_lacks_proxy(const struct kb_exchange *exchange, CURLcode why);

/* Whether WHY lies with the proxy, or with its address, and not with the server. */
bool kb_net_is_proxys(const struct kb_exchange *exchange, CURLcode why);

/* Whether the server refuses who shows no certificate, as far as its words tell. */
bool kb_net_wants_certificate(const struct kb_exchange *exchange);

/* The same, or it ended the connection without a word. */
bool kb_net_may_want_certificate(const struct kb_exchange *exchange, CURLcode why);

/* Whether the proxy refuses for good: its user, the password, or the server. */
bool kb_net_is_proxys_refusal(const struct kb_exchange *exchange);

#endif
