/*
 * What signs for a client. lib/oauth writes what is signed and knows no cryptography; lib/sign
 * does that, and knows nothing of JSON Web Tokens. The programs put them together.
 */
#ifndef KB_CORE_SIGNER_H
#define KB_CORE_SIGNER_H

#include "core/client.h"

#define KB_SIGNATURE_MAX 1024 /* bytes: RSA with 8192 bits */
#define KB_THUMBPRINT_MAX 32  /* bytes: SHA-256 */

enum kb_thumbprint {
    KB_THUMBPRINT_SHA1,   /* "x5t", RFC 7515 section 4.1.7 */
    KB_THUMBPRINT_SHA256, /* "x5t#S256", section 4.1.8 */
};

struct kb_signer {
    /*
     * Appends to RET the signature of LEN BYTES as RFC 7518 section 3 has it (of ES256 the two
     * numbers, not DER): with the client's key, for HS256 and its like with the secret.
     * KB_ERR_CONFIG: the key is not one for ALG; KB_ERR_CORRUPT: it is none; KB_ERR_SYSTEM.
     */
    enum kb_err (*sign)(const struct kb_client *client, enum kb_jws_alg alg, const void *bytes,
        size_t len, struct kb_buf *ret, struct kb_error *err);

    /*
     * Appends what TLS takes: the client's certificates, and its key, as PEM. KB_ERR_CONFIG: it has
     * no certificate.
     */
    enum kb_err (*write_tls)(const struct kb_client *client, struct kb_buf *ret_certificates,
        struct kb_secret *ret_key, struct kb_error *err);

    /* Appends the hash, in bytes, of the client's first certificate. KB_ERR_CONFIG: it has none. */
    enum kb_err (*thumbprint)(const struct kb_client *client, enum kb_thumbprint kind,
        struct kb_buf *ret, struct kb_error *err);
};

#endif
