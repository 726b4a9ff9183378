/*
 * One HTTP request and its reply as data, between the library that builds and reads
 * them (oauth) and the one that carries them (net).
 */
#ifndef KB_CORE_HTTP_H
#define KB_CORE_HTTP_H

#include "base/buf.h"
#include "base/secret.h"
#include "base/strings.h"

#include <stdint.h>

#define KB_HTTP_BODY_MAX 65536     /* bytes of a reply's */
#define KB_HTTP_REQUEST_MAX 262144 /* bytes of a request's body, or of its query */
#define KB_HTTP_HEADERS_MAX 65536  /* bytes of all header lines together */
#define KB_HTTP_HEADER_COUNT_MAX 100

/* Always a POST. */
struct kb_http_request {
    char *url;
    struct kb_pairs headers;        /* without Authorization */
    struct kb_secret authorization; /* the whole header value, or empty */
    struct kb_buf body;             /* wiped on clear; may be empty */
    struct kb_buf query;            /* goes behind that of URL: never shown, and wiped like BODY */
    char *ca_file;                  /* or NULL */
    char *ca_setting;               /* what a person calls the setting of CA_FILE; or NULL */

    /* What proves the client to TLS; both or none. PEM, as libcurl takes them from memory. */
    struct kb_buf certificates; /* the client's first */
    struct kb_secret key;
};

struct kb_http_reply {
    long status;
    struct kb_pairs headers; /* in order, names as sent; values without surrounding space */
    struct kb_buf body;      /* wiped on clear */
};

#define KB_HTTP_REQUEST_INIT                                                                       \
    ((struct kb_http_request){.body = KB_BUF_INIT(KB_HTTP_REQUEST_MAX),                            \
        .query = KB_BUF_INIT(KB_HTTP_REQUEST_MAX),                                                 \
        .certificates = KB_BUF_INIT(KB_HTTP_BODY_MAX)})
#define KB_HTTP_REPLY_INIT ((struct kb_http_reply){.body = KB_BUF_INIT(KB_HTTP_BODY_MAX)})

/*
 * The value of header NAME (case ignored), or NULL when absent. When it occurs more than
 * once with different values, NULL too, and *RET_CONFLICT (may be NULL) is set.
 */
const char *kb_http_header(const struct kb_http_reply *reply, const char *name, bool *ret_conflict);

void kb_http_request_clear(struct kb_http_request *request);
void kb_http_reply_clear(struct kb_http_reply *reply);

#endif
