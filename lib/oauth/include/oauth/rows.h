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

/* What an assertion of ours is for: RFC 7523. */
enum kb_assertion_use {
    KB_ASSERTION_CLIENT, /* section 2.2: it is the client's own, so its "sub" is the client */
    KB_ASSERTION_GRANT,  /* section 2.1: "sub" is whom the claims of the profile name, if any */
    KB_ASSERTION_BEARER, /* the same, as the bearer token of the request */
};
enum { KB_ASSERTION_USES = KB_ASSERTION_BEARER + 1 };

/* All that a row may know. */
struct kb_oauth_context {
    const struct kb_profile *profile;
    const struct kb_client *client;
    struct kb_clock now;            /* of the attempt; of its reply, once there is one */
    char fresh_id[33];              /* visible characters; another for each attempt */
    const struct kb_signer *signer; /* NULL: nothing can be signed */
    struct kb_secret *assertions;   /* what was signed for this attempt, by its use; or NULL */
    const struct kb_secret *client_assertion; /* what the profile's file holds now; or NULL */
    const struct kb_secret *subject_token;    /* likewise */
    const struct kb_secret *first_token;      /* of the first step, in the second; or NULL */
    const struct kb_secret *earlier;          /* EARLIER_COUNT, which attempts before this showed */
    size_t earlier_count;
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
    bool certificate;               /* the client shows its certificate to TLS */
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

/* The file whose content proves the client by the profile's method; NULL: none does. */
const char *kb_client_auth_file(const struct kb_profile *profile);

/*
 * If a server refuses a client whose id and secret are right: the method that it may want. NULL:
 * none is known, or the preset knows better.
 */
const char *kb_client_auth_other(const struct kb_profile *profile, const struct kb_client *client);

/*
 * What entitles the client to a token: each adds its grant_type, and what belongs to that. Scope,
 * audience and the like go with every grant.
 */
enum kb_grant {
    KB_GRANT_CLIENT_CREDENTIALS, /* RFC 6749 section 4.4 */
    KB_GRANT_NONE,               /* no grant_type: some endpoints have one use only */
    KB_GRANT_JWT_BEARER,         /* RFC 7523 section 2.1 */
    KB_GRANT_TOKEN_EXCHANGE,     /* RFC 8693 */
    KB_GRANT_OWN,                /* the provider's: its name as it is */
};
bool kb_grant_is(const struct kb_profile *profile, enum kb_grant grant);

/* KB_ERR_CONFIG where what the grant needs is not there. */
KB_CHECKED enum kb_err kb_grant_add(
    const struct kb_oauth_context *context, struct kb_parts *parts, struct kb_error *err);

/* The file whose content the profile's grant exchanges; NULL: it exchanges none. */
const char *kb_grant_file(const struct kb_profile *profile);

/* A format of the body. */
struct kb_body {
    const char *name;         /* in the configuration */
    const char *content_type; /* NULL: there is no body */
    /*
     * Appends the fields to REQUEST. KB_ERR_SYSTEM: too many bytes, or one is missing;
     * KB_ERR_CONFIG: the format cannot carry them.
     */
    enum kb_err (*write)(
        const struct kb_parts *parts, struct kb_http_request *request, struct kb_error *err);
};
enum {
    KB_BODY_FORM, /* RFC 6749 appendix B */
    KB_BODY_JSON, /* one object of strings */
    KB_BODY_QUERY /* none: the fields stand in the address, which is a secret then */
};
extern const struct kb_body kb_bodies[];

/* The one that the configuration calls NAME; NULL: a form. */
const struct kb_body *kb_body_find(const char *name);

#endif
