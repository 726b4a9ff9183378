/*
 * PEM (RFC 7468): the one private key of a text and the certificates beside it; and out again.
 */
#ifndef KB_SIGN_PEM_H
#define KB_SIGN_PEM_H

#include "base/secret.h"
#include "base/strings.h"
#include "load.h"
#include "sign/key.h"

/* What a text holds. */
struct kb_sign_pem {
    bool has_key, is_encrypted;
    enum kb_sign_form form;         /* of the key; once it is decrypted, if it is encrypted */
    struct kb_secret key;           /* DER, empty without one */
    bool has_public;                /* a public key by itself */
    struct kb_strings certificates; /* base64 of DER, in their order; not looked at yet */
};

#define KB_SIGN_PEM_INIT ((struct kb_sign_pem){.has_key = false})

/*
 * Text around the blocks is ignored. KB_ERR_USAGE: a block that is damaged or nothing of a key's,
 * more than one key, more than KB_CLIENT_CHAIN_MAX certificates.
 */
KB_CHECKED enum kb_err kb_sign_pem_read(
    const char *text, size_t len, struct kb_sign_pem *ret, struct kb_error *err);

/* The key of PEM, decrypted with what ASK gives. KB_ERR_USAGE: there is none. */
KB_CHECKED enum kb_err kb_sign_pem_key(const struct kb_sign_pem *pem, kb_key_ask *ask,
    void *context, struct kb_sign_key *ret, struct kb_error *err);

/* Appends one block of NAME; BASE64 are LEN bytes of it. */
void kb_sign_pem_write(struct kb_buf *out, const char *name, const char *base64, size_t len);

void kb_sign_pem_clear(struct kb_sign_pem *pem);

#endif
