/*
 * What a reply says besides what was asked for: above all, when another request makes sense.
 */
#ifndef KB_OAUTH_REPLY_FACTS_H
#define KB_OAUTH_REPLY_FACTS_H

#include <stdbool.h>
#include <stdint.h>

/* What to do after a failure. */
enum kb_retry {
    KB_RETRY_NEVER, /* the same request would fail again: a person must act */
    KB_RETRY_BRIEF, /* not in this call; a short negative record */
    KB_RETRY_SOON,  /* may be tried again within this call's deadline */
    KB_RETRY_AFTER, /* the server said when: wait_s */
};

struct kb_reply_facts {
    enum kb_retry retry;
    bool client_refused;      /* id or secret are not the ones that the endpoint knows */
    int64_t wait_s;           /* seconds the server asked for; 0: said nothing */
    int64_t limit, remaining; /* of the rate limit; -1: not said */
    int64_t asked_boot_ms;    /* when the request began: its sender's to say; 0: none was */
    char request_id[65];      /* for the provider's support; printable; may be empty */
    char warning[256];        /* scope narrower than asked, odd expiry; may be empty */
};

#endif
