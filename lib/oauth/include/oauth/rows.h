/*
 * What a request to a provider is made of. Rows of tables add the parts: one the grant, one what
 * proves the client; the row of a format makes bytes of them. Pure: no clock, network or chance.
 */
#ifndef KB_OAUTH_ROWS_H
#define KB_OAUTH_ROWS_H

#include "base/clock.h"
#include "core/client.h"
#include "core/http.h"
#include "core/profile.h"
#include "core/signer.h"

/* All that a row may know. */
struct kb_oauth_context {
    const struct kb_profile *profile;
    const struct kb_client *client;
    struct kb_clock now; /* of the attempt; of its reply, once there is one */
    char fresh_id[33];   /* visible characters; another for each attempt */
    const struct kb_signer *signer;
    const struct kb_secret *client_assertion; /* what the profile's file holds now; or NULL */
    const struct kb_secret *subject_token;    /* likewise */
    const struct kb_secret *first_token;      /* of the first step, in the second; or NULL */
};

struct kb_field {
    const char *name;       /* borrowed: it outlives the parts */
    struct kb_secret value; /* any may be secret, so all are wiped */
};

struct kb_parts {
    struct kb_field *fields; /* of the body, in order */
    size_t count;
    bool failed;                    /* a field is missing, as memory ran out; it sticks */
    struct kb_pairs headers;        /* no secrets */
    struct kb_secret authorization; /* the whole header value, or empty */
};

/* Adds a field with a copy of VALUE, of at most KB_SECRET_MAX bytes. */
void kb_parts_add(struct kb_parts *parts, const char *name, const char *value);
void kb_parts_add_secret(struct kb_parts *parts, const char *name, const struct kb_secret *value);

/* Wipes, frees, leaves nothing in it. */
void kb_parts_clear(struct kb_parts *parts);

/* A row that adds something for CONTEXT to PARTS. */
typedef enum kb_err kb_add_parts(
    const struct kb_oauth_context *context, struct kb_parts *parts, struct kb_error *err);

/*
 * Adds the client's proof by the profile's method, one of core/client_auths.def, and by no other
 * (RFC 6749 section 2.3.1). KB_ERR_CONFIG where the client has no such proof, or one that the
 * method cannot carry.
 */
KB_CHECKED enum kb_err kb_client_auth_add(
    const struct kb_oauth_context *context, struct kb_parts *parts, struct kb_error *err);

/* The proofs that a client of PROFILE must have, for its method and its grant together. */
enum kb_proof kb_client_auth_needs(const struct kb_profile *profile);

/*
 * If a server refuses a client whose id and secret are right: the method that it may want. NULL:
 * none is known, or the preset knows better.
 */
const char *kb_client_auth_other(const struct kb_profile *profile, const struct kb_client *client);

/*
 * What entitles the client to a token: each adds its grant_type, and what belongs to that. Scope,
 * audience and the like go with every grant.
 */
enum { KB_GRANT_CLIENT_CREDENTIALS /* RFC 6749 section 4.4 */ };
extern kb_add_parts *const kb_grants[];

/* A format of the body. */
struct kb_body {
    const char *content_type;
    /* Appends the fields to REQUEST. KB_ERR_SYSTEM: too many bytes, or one is missing. */
    enum kb_err (*write)(
        const struct kb_parts *parts, struct kb_http_request *request, struct kb_error *err);
};
enum { KB_BODY_FORM /* RFC 6749 appendix B */ };
extern const struct kb_body kb_bodies[];

#endif
