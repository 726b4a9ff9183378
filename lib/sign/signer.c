/*
 * Signatures as RFC 7518 section 3 and RFC 8037 section 3.1 have them.
 */
#include "sign/signer.h"

#include "sign/key.h"

#include "certificate.h"
#include "fit.h"
#include "library.h"
#include "load.h"

#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>

/* What is signed. */
struct message {
    const void *bytes;
    size_t len;
};

/* A signature on its way: with what it signs it is a proof, so it does not stay on the stack. */
struct scratch {
    unsigned char bytes[KB_SIGNATURE_MAX];
};

static void wipe(struct scratch *scratch)
{
    OPENSSL_cleanse(scratch, sizeof(*scratch));
}

/* --- with the secret ------------------------------------------------------------------ */

static enum kb_err sign_with_secret(const struct kb_client *client, enum kb_jws_alg alg,
    struct message message, struct kb_buf *ret, struct kb_error *err)
{
    KB_AUTO(wipe) struct scratch code;
    size_t len = 0;

    if (!EVP_Q_mac(kb_sign_library(), "HMAC", NULL, kb_sign_digest(alg), NULL, client->secret.bytes,
            client->secret.len, message.bytes, message.len, code.bytes, sizeof(code.bytes), &len))
        return kb_sign_failed("sign with a secret", err);
    kb_buf_add(ret, code.bytes, len);
    return kb_buf_check(ret, "a signature", err);
}

/* --- with the key --------------------------------------------------------------------- */

static void free_pair(ECDSA_SIG **pair)
{
    ECDSA_SIG_free(*pair);
}

/* The two numbers of a signature in DER, of SIZE bytes each: RFC 7518 section 3.4. */
static bool append_pair(const unsigned char *der, size_t len, size_t size, struct kb_buf *ret)
{
    KB_AUTO(free_pair) ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)len);
    KB_AUTO(wipe) struct scratch both;

    if (!pair || BN_bn2binpad(ECDSA_SIG_get0_r(pair), both.bytes, (int)size) < 0 ||
        BN_bn2binpad(ECDSA_SIG_get0_s(pair), both.bytes + size, (int)size) < 0)
        return false;
    kb_buf_add(ret, both.bytes, 2 * size);
    return true;
}

/* Of PSS the salt is as long as the hash, and MGF1 has the same hash: RFC 7518 section 3.5. */
static bool begin(EVP_MD_CTX *context, const struct kb_sign_key *key, enum kb_jws_alg alg)
{
    EVP_PKEY_CTX *how = NULL;

    if (EVP_DigestSignInit_ex(
            context, &how, kb_sign_digest(alg), kb_sign_library(), NULL, key->pkey, NULL) != 1)
        return false;
    return !kb_sign_is_pss(alg) ||
           (EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) == 1 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(how, RSA_PSS_SALTLEN_DIGEST) == 1);
}

static enum kb_err sign_with_key(const struct kb_sign_key *key, enum kb_jws_alg alg,
    struct message message, struct kb_buf *ret, struct kb_error *err)
{
    KB_AUTO(kb_sign_free_digest) EVP_MD_CTX *context = EVP_MD_CTX_new();
    KB_AUTO(wipe) struct scratch made;
    size_t len = sizeof(made.bytes), size = kb_sign_kinds[key->kind].size;
    bool is_pair = key->kind != KB_SIGN_RSA && key->kind != KB_SIGN_ED25519;

    if (!context || !begin(context, key, alg) ||
        EVP_DigestSign(context, made.bytes, &len, message.bytes, message.len) != 1)
        return kb_sign_failed("sign with the key", err);
    if (!is_pair)
        kb_buf_add(ret, made.bytes, len);
    else if (!append_pair(made.bytes, len, size, ret))
        return kb_sign_failed("sign with the key", err);
    return kb_buf_check(ret, "a signature", err);
}

/* --- the interface -------------------------------------------------------------------- */

static enum kb_err sign(const struct kb_client *client, enum kb_jws_alg alg, const void *bytes,
    size_t len, struct kb_buf *ret, struct kb_error *err)
{
    KB_SIGN_QUIET;
    KB_AUTO(kb_sign_key_clear) struct kb_sign_key key = KB_SIGN_KEY_INIT;
    const struct message message = {bytes, len};
    enum kb_err rc;

    if (kb_jws_alg_needs_secret(alg)) {
        rc = kb_sign_check_secret(client, alg, err);
        return rc ? rc : sign_with_secret(client, alg, message, ret, err);
    }
    rc = kb_sign_load_client(client, &key, err);
    if (!rc)
        rc = kb_sign_check_kind(key.kind, alg, err);
    return rc ? rc : sign_with_key(&key, alg, message, ret, err);
}

static enum kb_err thumbprint(const struct kb_client *client, enum kb_thumbprint kind,
    struct kb_buf *ret, struct kb_error *err)
{
    KB_SIGN_QUIET;

    return kb_sign_certificate_hash(
        client, kind == KB_THUMBPRINT_SHA1 ? "SHA1" : "SHA256", ret, err);
}

const struct kb_signer kb_signer = {
    .sign = sign, .write_tls = kb_key_write_tls, .thumbprint = thumbprint};
