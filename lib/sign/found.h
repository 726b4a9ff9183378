/*
 * What the readers of the JSON forms find, before key_read.c looks whether it is fit.
 */
#ifndef KB_SIGN_FOUND_H
#define KB_SIGN_FOUND_H

#include "json_text.h"
#include "load.h"
#include "sign/key.h"

struct kb_sign_found {
    struct kb_sign_key key;
    struct kb_strings certificates; /* base64 of DER, in the file's order; not looked at yet */
    bool has_alg;                   /* FILE's alg is what the file says */
    struct kb_key_file file;        /* all but the key and its chain */
};

#define KB_SIGN_FOUND_INIT ((struct kb_sign_found){.has_alg = false})

/* The JWK that is OBJECT. KB_ERR_USAGE with what it is instead. */
KB_CHECKED enum kb_err kb_sign_read_jwk(
    struct kb_sign_json json, size_t object, struct kb_sign_found *found, struct kb_error *err);

/* A key file of a provider. KB_ERR_NOT_FOUND: it is none of those that are known. */
KB_CHECKED enum kb_err kb_sign_read_provider(struct kb_sign_json json, size_t object,
    kb_key_ask *ask, void *context, struct kb_sign_found *found, struct kb_error *err);

void kb_sign_found_clear(struct kb_sign_found *found);

#endif
