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
    struct kb_url url;
    CURL *curl;
    struct kb_buf address;       /* the URL as curl gets it; its query may be secret */
    struct kb_buf authorization; /* the header line, wiped */
    struct curl_slist *lines;    /* the other header lines */
    struct curl_slist head;      /* AUTHORIZATION in front of LINES, without a copy */
    struct kb_reader reader;
    bool has_proxy;               /* unless no_proxy names the host, which only libcurl knows */
    const char *unusable_proxy;   /* the variable with an address that is none; or NULL */
    char detail[CURL_ERROR_SIZE]; /* curl's own words for a failure */
};

/* Both give CURLE_OK, or what curl_easy_setopt() said. */
CURLcode kb_net_set_authorities(CURL *curl, const char *ca_file);
CURLcode kb_net_set_proxy(struct kb_exchange *exchange);

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

/* Whether the proxy refuses for good: its user, the password, or the server. */
bool kb_net_is_proxys_refusal(const struct kb_exchange *exchange);

#endif
