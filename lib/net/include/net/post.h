/*
 * The only door to the network: one POST over libcurl.
 *
 * https only (plain http to loopback), TLS 1.2 at least, certificates always verified,
 * no redirects, no netrc, cookies, HSTS or decompression, proxy only from https_proxy
 * and no_proxy, a fresh connection every time, caps on headers and body.
 */
#ifndef KB_NET_POST_H
#define KB_NET_POST_H

#include "base/clock.h"
#include "base/error.h"
#include "core/http.h"

/* What a failure says about another try. */
enum kb_net_again {
    KB_NET_AGAIN_SOON,  /* nothing was sent, and it may be over in a moment */
    KB_NET_AGAIN_LATER, /* the server may have the request */
    KB_NET_AGAIN_PROOF, /* later, too: the server has not proved who it is */
    KB_NET_AGAIN_NEVER, /* the proxy refuses or is none: accounts get locked, a person must act */
};

/*
 * Sends REQUEST and reads the reply, whatever its status, before DEADLINE.
 * KB_ERR_NETWORK: no connection, one that broke, or not a secure one (the hint tells
 * where to name an authority); KB_ERR_TIMEOUT: no connection in time (*RET_AGAIN is SOON), or no
 * complete reply; KB_ERR_SERVER: the reply breaks HTTP or a cap. KB_ERR_CONFIG: a URL or ca_file
 * that cannot be used. *RET_AGAIN (may be NULL) is filled on failure, too.
 */
KB_CHECKED enum kb_err kb_net_post(const struct kb_http_request *request,
    struct kb_deadline deadline, struct kb_http_reply *ret, enum kb_net_again *ret_again,
    struct kb_error *err);

#endif
