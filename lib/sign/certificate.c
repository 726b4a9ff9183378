/*
 * Whose certificate it is, and its hash.
 */
#include "certificate.h"

#include "base/base64.h"
#include "library.h"

#include <openssl/x509.h>

static void free_certificate(X509 **certificate)
{
    X509_free(*certificate);
}

/* All of BASE64. */
static enum kb_err read_certificate(const char *base64, X509 **ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf der = KB_BUF_INIT(KB_CLIENT_KEY_MAX);
    KB_AUTO(free_certificate) X509 *read = X509_new_ex(kb_sign_library(), NULL);
    const unsigned char *at;

    if (!read)
        return kb_sign_failed("read a certificate", err);
    if (!kb_base64_decode(&der, base64, strlen(base64)))
        return kb_fail(err, KB_ERR_USAGE, "a certificate is damaged");
    at = (const unsigned char *)kb_buf_text(&der);
    if (!d2i_X509(&read, &at, (long)der.len) ||
        at != (const unsigned char *)kb_buf_text(&der) + der.len)
        return kb_fail(err, KB_ERR_USAGE, "a certificate is damaged");
    *ret = KB_TAKE(read);
    return KB_OK;
}

static enum kb_err is_of_key(
    const char *base64, const struct kb_sign_key *key, bool *ret, struct kb_error *err)
{
    KB_AUTO(free_certificate) X509 *certificate = NULL;
    enum kb_err rc = read_certificate(base64, &certificate, err);
    const EVP_PKEY *public = rc ? NULL : X509_get0_pubkey(certificate);

    if (!rc)
        *ret = public && EVP_PKEY_eq(public, key->pkey) == 1;
    return rc;
}

/* Looks at each, also behind the one that is of KEY. */
static enum kb_err find_own(const struct kb_strings *certificates, const struct kb_sign_key *key,
    size_t *ret, struct kb_error *err)
{
    bool found = false, is_own = false;
    enum kb_err rc = KB_OK;

    for (size_t i = 0; i < certificates->count && !rc; i++) {
        rc = is_of_key(certificates->items[i], key, &is_own, err);
        if (!rc && is_own && !found) {
            found = true;
            *ret = i;
        }
    }
    if (rc || found)
        return rc;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_USAGE, "no certificate that was given belongs to the key"),
        "give the certificate that was made for the key");
}

enum kb_err kb_sign_order_chain(const struct kb_strings *certificates,
    const struct kb_sign_key *key, struct kb_strings *ret, struct kb_error *err)
{
    struct kb_strings chain = {0};
    size_t own = 0;
    enum kb_err rc = certificates->count > 0 ? find_own(certificates, key, &own, err) : KB_OK;

    if (rc)
        return rc;
    if (certificates->count > 0)
        kb_strings_add(&chain, certificates->items[own]);
    for (size_t i = 0; i < certificates->count; i++) {
        if (i != own)
            kb_strings_add(&chain, certificates->items[i]);
    }
    kb_strings_clear(ret);
    *ret = chain;
    return KB_OK;
}

enum kb_err kb_sign_certificate_hash(
    const struct kb_client *client, const char *digest, struct kb_buf *ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf der = KB_BUF_INIT(KB_CLIENT_KEY_MAX);
    unsigned char hash[EVP_MAX_MD_SIZE];
    size_t len = 0;

    if (client->chain.count == 0)
        return kb_hinted(err, kb_fail(err, KB_ERR_CONFIG, "the client has no certificate"),
            "keybearer add %s --client-cert FILE", client->profile);
    if (!kb_base64_decode(&der, client->chain.items[0], strlen(client->chain.items[0])))
        return kb_fail(err, KB_ERR_CORRUPT, "the client's certificate is damaged");
    if (EVP_Q_digest(kb_sign_library(), digest, NULL, kb_buf_text(&der), der.len, hash, &len) != 1)
        return kb_sign_failed("hash a certificate", err);
    kb_buf_add(ret, hash, len);
    return kb_buf_check(ret, "a hash", err);
}
