/*
 * Builds the request that exchanges the token of the first step for the one that is wanted. Pure.
 */
#ifndef KB_OAUTH_SECOND_REQUEST_H
#define KB_OAUTH_SECOND_REQUEST_H

#include "oauth/rows.h"

/*
 * Fills RET for the profile's second endpoint: its fields, with the context's first token where
 * one says {token}. If none does, that token is the bearer token of the request. Nothing else of
 * the client is in it. KB_ERR_SYSTEM; KB_ERR_CONFIG where the body cannot carry the fields.
 */
KB_CHECKED enum kb_err kb_second_request_build(
    const struct kb_oauth_context *context, struct kb_http_request *ret, struct kb_error *err);

#endif
