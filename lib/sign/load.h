/*
 * A key as OpenSSL holds it. Its heap is not locked; it is wiped when the key is freed.
 */
#ifndef KB_SIGN_LOAD_H
#define KB_SIGN_LOAD_H

#include "core/client.h"
#include "parts.h"

#include <openssl/types.h>

struct kb_sign_key {
    enum kb_sign_kind kind;
    EVP_PKEY *pkey;
};

/* What OpenSSL calls the parts of an RSA key, in the order of parts.h. */
extern const char *const kb_sign_rsa_names[KB_SIGN_PARTS];

#define KB_SIGN_KEY_INIT ((struct kb_sign_key){.pkey = NULL})

/*
 * KB_ERR_USAGE with what is wrong: sizes, an exponent, a point that is none. Whether the numbers
 * belong together is prove.h's to say, which takes long.
 */
KB_CHECKED enum kb_err kb_sign_load(
    const struct kb_sign_parts *parts, struct kb_sign_key *ret, struct kb_error *err);

/* All of DER as FORM says. */
KB_CHECKED enum kb_err kb_sign_load_der(
    struct kb_der der, enum kb_sign_form form, struct kb_sign_key *ret, struct kb_error *err);

/* The client's own. KB_ERR_CONFIG: it has none; KB_ERR_CORRUPT: what it has is no key. */
KB_CHECKED enum kb_err kb_sign_load_client(
    const struct kb_client *client, struct kb_sign_key *ret, struct kb_error *err);

void kb_sign_key_clear(struct kb_sign_key *key);

#endif
