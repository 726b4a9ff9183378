/*
 * The kinds of keys that are taken, and what each signs: two tables.
 */
#ifndef KB_SIGN_KINDS_H
#define KB_SIGN_KINDS_H

#include "base/der.h"
#include "core/client.h"

#include <stdbool.h>

enum kb_sign_kind {
    KB_SIGN_RSA,
    KB_SIGN_P256,
    KB_SIGN_P384,
    KB_SIGN_P521,
    KB_SIGN_ED25519,
    KB_SIGN_KINDS /* how many there are */
};

#define KB_SIGN_RSA_BITS_MIN 2048
#define KB_SIGN_RSA_BITS_MAX 8192
#define KB_SIGN_NUMBER_MAX (KB_SIGN_RSA_BITS_MAX / 8) /* bytes */
#define KB_SIGN_NUMBER_TEXT_MAX ((size_t)2 * KB_SIGN_NUMBER_MAX)

/* Of one key or one certificate. */
#define KB_SIGN_BASE64_MAX (((size_t)KB_CLIENT_KEY_MAX + 2) / 3 * 4)

struct kb_sign_kind_facts {
    const char *name;    /* for people */
    const char *kty;     /* of a JWK */
    const char *crv;     /* of a JWK; NULL: it has none */
    size_t size;         /* bytes of a coordinate and of the private number; 0: they differ */
    struct kb_der curve; /* its OID in PKCS#8 and SEC1; empty: it has none */
    int group;           /* the same as OpenSSL's number */
    enum kb_jws_alg alg; /* what such a key is for, unless somebody says another */
    const char *digest;  /* that goes with it in a certificate; NULL: none */
};

extern const struct kb_sign_kind_facts kb_sign_kinds[KB_SIGN_KINDS];

/* Of algorithms; NULL as digest: the key brings its own. */
const char *kb_sign_digest(enum kb_jws_alg alg);
bool kb_sign_is_pss(enum kb_jws_alg alg);
bool kb_sign_fits(enum kb_sign_kind kind, enum kb_jws_alg alg);

/* The kind of a key that is to sign with ALG, which is none of a secret's. */
enum kb_sign_kind kb_sign_kind_for(enum kb_jws_alg alg);

#endif
