/*
 * Reads what the token endpoint answered: a token, or why not. Pure.
 *
 * The rules are stricter than RFC 6749 section 5 in everything that could turn a
 * confused or hostile server into a wrong token, and more generous where real
 * providers differ harmlessly; docs/token-replies.md lists them.
 */
#ifndef KB_OAUTH_TOKEN_REPLY_H
#define KB_OAUTH_TOKEN_REPLY_H

#include "core/token.h"
#include "oauth/rows.h"

/* What to do after a failure. */
enum kb_retry {
    KB_RETRY_NEVER, /* the same request would fail again: a person must act */
    KB_RETRY_BRIEF, /* not in this call; a short negative record */
    KB_RETRY_SOON,  /* may be tried again within this call's deadline */
    KB_RETRY_AFTER, /* the server said when: wait_s */
};

struct kb_reply_facts {
    enum kb_retry retry;
    bool distrusted;          /* who answered did not prove to be the endpoint */
    bool client_refused;      /* id or secret are not the ones that the endpoint knows */
    int64_t wait_s;           /* seconds the server asked for; 0: said nothing */
    int64_t limit, remaining; /* of the rate limit; -1: not said */
    int64_t asked_boot_ms;    /* when the request began: its sender's to say; 0: none was */
    const char *known;        /* what the preset says of such an error; or NULL */
    char request_id[65];      /* for the provider's support; printable; may be empty */
    char warning[256];        /* scope narrower than asked, odd expiry; may be empty */
};

/*
 * Success: fills TOKEN and FACTS. Failure: ERR says what and names HTTP status, OAuth
 * error code, the server's description (printable, at most 200 characters, every
 * occurrence of the client's secret in any encoding replaced) and request id;
 * FACTS says when to try again. Codes: KB_ERR_DENIED (client refused),
 * KB_ERR_RATE_LIMITED, KB_ERR_SERVER (everything else the server did).
 * The context's time dates the token and turns HTTP dates into seconds.
 */
KB_CHECKED enum kb_err kb_token_reply_read(const struct kb_oauth_context *context,
    const struct kb_http_reply *reply, struct kb_token *token, struct kb_reply_facts *facts,
    struct kb_error *err);

#endif
