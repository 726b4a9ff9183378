/*
 * Certificates (RFC 5280), as base64 of DER. They are looked at as far as whose key they are of;
 * whether anybody trusts them is the server's to say.
 */
#ifndef KB_SIGN_CERTIFICATE_H
#define KB_SIGN_CERTIFICATE_H

#include "load.h"

/*
 * The same certificates, that of KEY first. None is a chain of none. KB_ERR_USAGE: one is damaged,
 * or none is of KEY.
 */
KB_CHECKED enum kb_err kb_sign_order_chain(const struct kb_strings *certificates,
    const struct kb_sign_key *key, struct kb_strings *ret, struct kb_error *err);

/* Appends the hash of the first one's DER. KB_ERR_CONFIG: there is none. */
KB_CHECKED enum kb_err kb_sign_certificate_hash(
    const struct kb_client *client, const char *digest, struct kb_buf *ret, struct kb_error *err);

#endif
