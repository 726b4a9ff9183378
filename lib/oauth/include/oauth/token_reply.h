/*
 * Reads what the token endpoint answered: a token, or why not. Pure.
 *
 * The rules are stricter than RFC 6749 section 5 in everything that could turn a
 * confused or hostile server into a wrong token, and more generous where real
 * providers differ harmlessly; docs/token-replies.md lists them.
 */
#ifndef KB_OAUTH_TOKEN_REPLY_H
#define KB_OAUTH_TOKEN_REPLY_H

#include "core/http.h"
#include "core/token.h"
#include "oauth/context.h"
#include "oauth/reply_facts.h"

/*
 * Success: fills TOKEN and FACTS. Failure: ERR says what and names HTTP status, OAuth
 * error code, the server's description (printable, at most 200 characters, every
 * occurrence of the client's id or secret in any encoding replaced) and request id;
 * FACTS says when to try again. Codes: KB_ERR_DENIED (client refused),
 * KB_ERR_RATE_LIMITED, KB_ERR_SERVER (everything else the server did).
 * The context's time dates the token and turns HTTP dates into seconds.
 */
KB_CHECKED enum kb_err kb_token_reply_read(const struct kb_oauth_context *context,
    const struct kb_http_reply *reply, struct kb_token *token, struct kb_reply_facts *facts,
    struct kb_error *err);

#endif
