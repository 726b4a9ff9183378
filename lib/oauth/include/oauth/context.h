/*
 * Whom a request is for. All that a row of a table in lib/oauth may know, so that none asks a
 * clock, the network or chance: its caller did.
 */
#ifndef KB_OAUTH_CONTEXT_H
#define KB_OAUTH_CONTEXT_H

#include "base/clock.h"
#include "core/client.h"
#include "core/profile.h"

#define KB_FRESH_ID_BYTES 16

struct kb_oauth_context {
    const struct kb_profile *profile;
    const struct kb_client *client;
    struct kb_clock now;                      /* of the attempt; of its reply, once there is one */
    char fresh_id[2 * KB_FRESH_ID_BYTES + 1]; /* visible characters; another for each attempt */
};

#endif
