/*
 * An OAuth client as a store keeps it: who it is, its proof, and where that may go.
 *
 * One line of JSON in either store, version 2:
 *
 *     {"v":2,"ref":HEX32,"profile":NAME,"bound":{..},"id":TEXT,"proof":{TAG:VALUE}}
 *
 * with exactly these members. The proof is one of
 *
 *     "secret": TEXT
 *     "key": {"alg":NAME,"pkcs8":BASE64[,"kid":TEXT][,"chain":[BASE64,..]]}
 *     "secret" and "key": a certificate beside a secret
 *     "none": true
 *
 * An empty id is that of a public client which has none, or of a key that keygen made: that one is
 * bound to nothing (kb_bond_nowhere()) until `add` completes it. Version 1,
 * {"v":1,"id":..,"secret":..,"token_url":..}, is read and no longer written. Reading is
 * core/client_decode.h, which only helpers link.
 */
#ifndef KB_CORE_CLIENT_H
#define KB_CORE_CLIENT_H

#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/strings.h"
#include "core/bond.h"
#include "core/profile.h"
#include "core/ref.h"

#include <stdbool.h>
#include <stddef.h>

#define KB_CLIENT_MAX 32768 /* bytes of the line */
#define KB_CLIENT_ID_MAX 1024
#define KB_CLIENT_SECRET_MAX 8192
#define KB_CLIENT_KEY_MAX 8192 /* bytes of a key, or of one certificate, in DER */
#define KB_CLIENT_CHAIN_MAX 5  /* certificates */
#define KB_CLIENT_KID_MAX 256

/* Which proofs a client has; a secret and a key may be together. */
enum kb_proof {
    KB_PROOF_NONE = 0, /* a public client */
    KB_PROOF_SECRET = 1,
    KB_PROOF_KEY = 2,
    KB_PROOF_BOTH = 3,
};

/* Signatures of JSON Web Tokens, RFC 7518 section 3.1 and RFC 8037. A key's is none of the last. */
enum kb_jws_alg {
    KB_JWS_RS256,
    KB_JWS_RS384,
    KB_JWS_RS512,
    KB_JWS_PS256,
    KB_JWS_PS384,
    KB_JWS_PS512,
    KB_JWS_ES256,
    KB_JWS_ES384,
    KB_JWS_ES512,
    KB_JWS_EDDSA,
    KB_JWS_HS256,
    KB_JWS_HS384,
    KB_JWS_HS512,
};

static inline bool kb_jws_alg_needs_secret(enum kb_jws_alg alg)
{
    return alg >= KB_JWS_HS256;
}

struct kb_client {
    struct kb_ref ref;
    char profile[KB_PROFILE_NAME_MAX + 1];
    struct kb_bond bound;
    struct kb_secret id; /* not confidential by RFC 6749, but nobody's business either */
    enum kb_proof proof;
    struct kb_secret secret;
    struct kb_secret pkcs8; /* base64, as it is kept */
    enum kb_jws_alg alg;
    char *kid;               /* or NULL */
    struct kb_strings chain; /* base64; public */
    char *token_url;         /* version 1 only: the endpoint it was stored for; else NULL */
};

#define KB_CLIENT_INIT ((struct kb_client){.token_url = NULL})

/*
 * Checks lengths, and that id and proof are what their kind must be. The id may be empty where
 * there is no proof, and beside a key alone: one that has no client yet. What is bound to nothing
 * is that.
 */
KB_CHECKED enum kb_err kb_client_check(const struct kb_client *client, struct kb_error *err);

/* Whether both are one client with the same proofs: its secret, its key with its certificates. */
bool kb_client_same_secret(const struct kb_client *one, const struct kb_client *other);

/* The one line of version 2, without a line end. */
void kb_client_encode(const struct kb_client *client, struct kb_buf *out);

/* "RS256" and the like, in the order of their numbers; NULL after the last. */
extern const char *const kb_jws_alg_names[];

/* NULL, or false, where there is none. */
const char *kb_jws_alg_name(enum kb_jws_alg alg);
bool kb_jws_alg_from_name(const char *name, enum kb_jws_alg *ret);

/* Moves SRC into DST (cleared first); SRC is empty afterwards. */
void kb_client_move(struct kb_client *dst, struct kb_client *src);

void kb_client_clear(struct kb_client *client);

#endif
