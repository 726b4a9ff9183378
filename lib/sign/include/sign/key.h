/*
 * Private keys and certificates: read from what people and providers keep them in, made, checked,
 * and their public part shown. Must never write one to a file. Parsing needs room that no caller
 * can wipe: OpenSSL wipes a key when it frees it, but its heap is not locked.
 */
#ifndef KB_SIGN_KEY_H
#define KB_SIGN_KEY_H

#include "base/buf.h"
#include "core/client.h"

#define KB_KEY_FILE_MAX 65536 /* bytes */

/* What a file of a key says. All but the key may be missing. */
struct kb_key_file {
    struct kb_secret pkcs8;  /* base64 of DER, as a record keeps it */
    enum kb_jws_alg alg;     /* what the key is for: of RSA RS256, unless a JWK says another */
    char *kid;               /* what the file calls the key */
    struct kb_strings chain; /* base64 of DER, the key's own certificate first */
    char *client_id;         /* Google's client_email, Box's clientID */
    struct kb_secret secret; /* Box's clientSecret */
    char *token_url;         /* Google's token_uri */
};

#define KB_KEY_FILE_INIT ((struct kb_key_file){.kid = NULL})

/*
 * Gives the passphrase of a key that is encrypted. KB_ERR_DISMISSED and the like end the reading.
 * CONTEXT is the caller's.
 */
typedef enum kb_err kb_key_ask(void *context, struct kb_secret *ret, struct kb_error *err);

/*
 * Reads LEN bytes of PEM (PKCS#8, PKCS#8 encrypted with PBES2, PKCS#1, SEC1; certificates beside
 * the key), a private JWK (RFC 7517, RFC 8037; also as the one of a set), or the JSON key files
 * that Google and Box hand out. ASK may be NULL: an encrypted key is KB_ERR_USAGE then. It is asked
 * once, after all that can be refused without an answer. Refused, as KB_ERR_USAGE, with what it is:
 * RSA under 2048 or over 8192 bits, with more than two primes or a public exponent that is not an
 * odd number from 65537 to 2^32; curves other than P-256, P-384, P-521 and Ed25519, also one that
 * is spelled out; numbers that do not belong together; more than one key, a public key alone;
 * certificates of another key, more than KB_CLIENT_CHAIN_MAX of them; an encryption that is older
 * or asks for more work than is done here; a JWK for something else than signatures; more bytes
 * than KB_KEY_FILE_MAX. KB_ERR_DENIED: the passphrase is wrong. No message repeats a byte of the
 * text.
 */
KB_CHECKED enum kb_err kb_key_read(const char *text, size_t len, kb_key_ask *ask, void *context,
    struct kb_key_file *ret, struct kb_error *err);

/*
 * Reads one or more certificates in PEM for the key CLIENT has; they become its chain, the key's
 * own first. KB_ERR_USAGE: none is of the key, or there is something else; the old chain stays.
 */
KB_CHECKED enum kb_err kb_key_take_certificates(
    struct kb_client *client, const char *text, size_t len, struct kb_error *err);

/* A new key for ALG: RSA has 3072 bits. */
KB_CHECKED enum kb_err kb_key_make(
    enum kb_jws_alg alg, struct kb_secret *ret_pkcs8, struct kb_error *err);

/*
 * KB_ERR_CONFIG, with what would fit, where CLIENT cannot sign with ALG: its key is of another
 * kind, or it has no key, or no secret. KB_ERR_CORRUPT: its key is none.
 */
KB_CHECKED enum kb_err kb_key_check(
    const struct kb_client *client, enum kb_jws_alg alg, struct kb_error *err);

/* What may be shown of a key. */
struct kb_key_public {
    char *spki;           /* base64 of DER: SubjectPublicKeyInfo, RFC 5280 section 4.1 */
    char certificate[64]; /* "x5t#S256" of the first certificate; "" without one */
};

KB_CHECKED enum kb_err kb_key_public_part(
    const struct kb_client *client, struct kb_key_public *ret, struct kb_error *err);

/*
 * Appends, as PEM, a certificate for a client of TLS that CLIENT's key signs itself. It is good
 * from an hour before NOW_S, Unix time, to two years after it. SUBJECT is its common name, 1 to 64
 * bytes of UTF-8.
 */
KB_CHECKED enum kb_err kb_key_make_certificate(const struct kb_client *client, const char *subject,
    int64_t now_s, struct kb_buf *out, struct kb_error *err);

/*
 * Appends to RET_CERTIFICATES what TLS takes: the chain as PEM; the key likewise is RET_KEY.
 * KB_ERR_CONFIG: there is no certificate.
 */
KB_CHECKED enum kb_err kb_key_write_tls(const struct kb_client *client,
    struct kb_buf *ret_certificates, struct kb_secret *ret_key, struct kb_error *err);

void kb_key_file_clear(struct kb_key_file *file);
void kb_key_public_clear(struct kb_key_public *part);

#endif
