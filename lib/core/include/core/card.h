/*
 * A card: which stored clients belong to one profile of one configuration. Public: it repeats
 * nothing that is secret. It stands outside the configuration, which may be shared between
 * machines, be written by somebody else, or not be writable at all.
 *
 * The file: "KBCARD1\n", then one line of JSON and its line end:
 *
 *     {"v":1,"profile":"p","config":"/home/u/.config/keybearer/config.json","clients":[
 *      {"ref":HEX32,"store":"sealed-file","bound":{"token":"https://h","ca":"system"},
 *       "public":{"alg":"ES256","kid":"k1","spki":BASE64,"jkt":HASH,"x5t#S256":HASH},
 *       "since":1764000000}]}
 *
 * "public" is there where the client has a key, so that it can be shown while its store is locked;
 * its kid and x5t#S256 where the key has them.
 *
 * Newest first. Whoever stores or removes a client names it here first, with "spare":true: so
 * that, killed at any moment, the next command still knows what lies in a store. No spare client
 * is ever used. A client of version 1 has no "bound": its bond is not known here. A key that keygen
 * made is bound to nothing, and is nobody's client before `add` makes one of it.
 */
#ifndef KB_CORE_CARD_H
#define KB_CORE_CARD_H

#include "base/buf.h"
#include "base/error.h"
#include "core/bond.h"
#include "core/client.h"
#include "core/profile.h"
#include "core/ref.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#define KB_CARD_MAX 49152 /* bytes of a file */
#define KB_CARD_CLIENTS_MAX 8
#define KB_CARD_STORE_TEXT 32
#define KB_CARD_SPKI_TEXT 1601     /* base64 of 1200 bytes: RSA with 8192 bits, and its NUL */
#define KB_CARD_THUMBPRINT_TEXT 44 /* base64url of SHA-256, and its NUL */
#define KB_CARD_SUFFIX ".card"
#define KB_CARD_NAME_TEXT (KB_REF_TEXT + sizeof(KB_CARD_SUFFIX) - 1)

/* What may be shown of a key (sign/key.h). ALG is empty where a client has none. */
struct kb_card_key {
    char alg[8];
    char kid[KB_CLIENT_KID_MAX + 1]; /* or "" */
    char spki[KB_CARD_SPKI_TEXT];    /* base64 of DER: SubjectPublicKeyInfo */
    char jwk[KB_CARD_THUMBPRINT_TEXT];
    char certificate[KB_CARD_THUMBPRINT_TEXT]; /* "" without one */
};

struct kb_card_client {
    struct kb_ref ref;
    char store[KB_CARD_STORE_TEXT]; /* as a configuration names it */
    bool version_1;                 /* stored by release 0.1: BOUND is empty */
    struct kb_bond bound;
    struct kb_card_key key;
    int64_t since; /* Unix time */
    bool spare;    /* being stored, or being removed */
};

struct kb_card {
    char profile[KB_PROFILE_NAME_MAX + 1];
    char config[PATH_MAX]; /* whose profile that is */
    struct kb_card_client clients[KB_CARD_CLIENTS_MAX];
    size_t count;
};

/* The name of the file for PROFILE in the configuration at PATH. */
void kb_card_name(const char *path, const char *profile, char dst[static KB_CARD_NAME_TEXT]);

void kb_card_format(const struct kb_card *card, struct kb_buf *out);

/* KB_ERR_CORRUPT for anything that kb_card_format() does not write. */
KB_CHECKED enum kb_err kb_card_parse(
    const char *text, size_t len, struct kb_card *ret, struct kb_error *err);

/* The client for a profile that names STORE and asks for BOND (NULL: any); NULL: there is none. */
const struct kb_card_client *kb_card_pick(
    const struct kb_card *card, const char *store, const struct kb_bond *bond);

/* The first client that is in use in STORE, whatever it is bound to; NULL when there is none. */
const struct kb_card_client *kb_card_in_use(const struct kb_card *card, const char *store);

/* The key that keygen made, and `add` has not completed; NULL: there is none. */
const struct kb_card_client *kb_card_made_key(const struct kb_card *card);

/* The client of REF, or NULL. */
const struct kb_card_client *kb_card_find(const struct kb_card *card, const struct kb_ref *ref);

/* Why there is none: KB_ERR_DENIED, with both bonds, or KB_ERR_NOT_FOUND. */
enum kb_err kb_card_refuse(const struct kb_card *card, const char *store,
    const struct kb_bond *bond, struct kb_error *err);

/* Puts CLIENT before the others; false when there is no room. */
bool kb_card_put(struct kb_card *card, const struct kb_card_client *client);

/* Takes the client of REF off; nothing where there is none. */
void kb_card_drop(struct kb_card *card, const struct kb_ref *ref);

#endif
