/*
 * A look at an endpoint, over the same way as a request would take it: the same name, proxy,
 * authorities and rules of TLS. It brings nothing along.
 *
 * What is sent is a HEAD. RFC 6749 section 3.2 gives the token endpoint to POST alone, so nobody
 * can take a HEAD for a token request, refuse a client for it, or count it against one; a POST
 * without parameters would be such a request, and a wrong one. HTTP calls a HEAD safe (RFC 9110
 * section 9.2.1), and its answer has no body. Any status says that somebody answers.
 */
#ifndef KB_NET_LOOK_H
#define KB_NET_LOOK_H

#include "base/clock.h"
#include "base/error.h"
#include "core/http.h"
#include "core/sight.h"

/*
 * Looks at the URL of REQUEST, with its ca_file, before DEADLINE. *RET is filled in any case: it
 * says how far that came. Errors as of kb_net_post(); an answer of any status is KB_OK. Nothing
 * else of REQUEST is used, and it must hold nothing else: KB_ERR_SYSTEM.
 */
KB_CHECKED enum kb_err kb_net_look(const struct kb_http_request *request,
    struct kb_deadline deadline, struct kb_sight *ret, struct kb_error *err);

#endif
