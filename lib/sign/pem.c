/*
 * OpenSSL cuts PEM into blocks; the table says which are wanted. Must never repeat a byte of the
 * text, its blocks' names included, and never let OpenSSL decrypt: it would ask on the terminal.
 */
#include "pem.h"

#include "base/base64.h"
#include "decrypt.h"
#include "library.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

enum { LINE = 64 }; /* RFC 7468 section 2 */

enum use { KEY, ENCRYPTED_KEY, CERTIFICATE, PUBLIC, IGNORED, REFUSED };

static const struct known_block {
    const char *name;
    enum use use;
    enum kb_sign_form form;
    const char *refusal, *hint;
} known[] = {
    {"PRIVATE KEY", KEY, KB_SIGN_PKCS8, NULL, NULL},
    {"ENCRYPTED PRIVATE KEY", ENCRYPTED_KEY, KB_SIGN_PKCS8, NULL, NULL},
    {"RSA PRIVATE KEY", KEY, KB_SIGN_PKCS1, NULL, NULL},
    {"EC PRIVATE KEY", KEY, KB_SIGN_SEC1, NULL, NULL},
    {"CERTIFICATE", CERTIFICATE, KB_SIGN_PKCS8, NULL, NULL},
    {"PUBLIC KEY", PUBLIC, KB_SIGN_PKCS8, NULL, NULL},
    {"RSA PUBLIC KEY", PUBLIC, KB_SIGN_PKCS8, NULL, NULL},
    /* `openssl ecparam -genkey` puts it before the key. */
    {"EC PARAMETERS", IGNORED, KB_SIGN_PKCS8, NULL, NULL},
    {"OPENSSH PRIVATE KEY", REFUSED, KB_SIGN_PKCS8, "the key is in OpenSSH's own form",
        "change a copy of it: ssh-keygen -p -m PKCS8 -f COPY"},
    {"DSA PRIVATE KEY", REFUSED, KB_SIGN_PKCS8, "the key is of a kind that nothing here signs with",
        "make an RSA key, or one for P-256, P-384, P-521 or Ed25519"},
};
static const struct known_block other = {"", REFUSED, KB_SIGN_PKCS8,
    "the file has something beside keys and certificates in it",
    "give a file with one private key, and maybe its certificates"};

/* One block as OpenSSL hands it out. */
struct block {
    char *name, *header;
    unsigned char *der;
    long len;
};

static void free_block(struct block *block)
{
    OPENSSL_secure_free(block->name);
    OPENSSL_secure_free(block->header);
    OPENSSL_secure_clear_free(block->der, (size_t)block->len);
}

static void free_bio(BIO **bio)
{
    BIO_free_all(*bio);
}

static const struct known_block *find_known(const char *name)
{
    for (size_t i = 0; i < KB_COUNT(known); i++) {
        if (strcmp(known[i].name, name) == 0)
            return &known[i];
    }
    return &other;
}

static enum kb_err take_key(const struct block *block, const struct known_block *kind,
    struct kb_sign_pem *pem, struct kb_error *err)
{
    if (pem->has_key)
        return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "there is more than one private key"),
            "give a file with one of them");
    if (strstr(block->header, "ENCRYPTED"))
        return kb_hinted(err,
            kb_fail(err, KB_ERR_USAGE, "the key is encrypted in OpenSSL's old way"),
            "give the file that this writes: openssl pkcs8 -topk8 -in FILE -out NEW_FILE");
    pem->has_key = true;
    pem->is_encrypted = kind->use == ENCRYPTED_KEY;
    pem->form = kind->form;
    return kb_secret_set(&pem->key, block->der, (size_t)block->len, err);
}

static enum kb_err take_certificate(
    const struct block *block, struct kb_sign_pem *pem, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_SIGN_BASE64_MAX);

    if (pem->certificates.count == KB_CLIENT_CHAIN_MAX)
        return kb_fail(
            err, KB_ERR_USAGE, "there are more than %d certificates", KB_CLIENT_CHAIN_MAX);
    if (block->len > KB_CLIENT_KEY_MAX)
        return kb_fail(
            err, KB_ERR_USAGE, "a certificate is larger than %d bytes", KB_CLIENT_KEY_MAX);
    kb_base64_encode(&text, (const char *)block->der, (size_t)block->len);
    kb_strings_add(&pem->certificates, kb_buf_text(&text));
    return kb_buf_check(&text, "a certificate", err);
}

static enum kb_err take_block(
    const struct block *block, struct kb_sign_pem *pem, struct kb_error *err)
{
    const struct known_block *kind = find_known(block->name);

    switch (kind->use) {
    case KEY:
    case ENCRYPTED_KEY:
        return take_key(block, kind, pem, err);
    case CERTIFICATE:
        return take_certificate(block, pem, err);
    case PUBLIC:
        pem->has_public = true;
        return KB_OK;
    case IGNORED:
        return KB_OK;
    case REFUSED:
        break;
    }
    return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "%s", kind->refusal), "%s", kind->hint);
}

/* KB_ERR_NOT_FOUND: there are no more. */
static enum kb_err next_block(BIO *bio, struct block *ret, struct kb_error *err)
{
    if (PEM_read_bio_ex(bio, &ret->name, &ret->header, &ret->der, &ret->len, PEM_FLAG_SECURE) == 1)
        return KB_OK;
    *ret = (struct block){.name = NULL};
    if (ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE)
        return KB_ERR_NOT_FOUND;
    return kb_fail(err, KB_ERR_USAGE, "the PEM is damaged or cut off");
}

enum kb_err kb_sign_pem_read(
    const char *text, size_t len, struct kb_sign_pem *ret, struct kb_error *err)
{
    KB_AUTO(kb_sign_pem_clear) struct kb_sign_pem pem = KB_SIGN_PEM_INIT;
    KB_AUTO(free_bio) BIO *bio = BIO_new_mem_buf(text, (int)len);
    enum kb_err rc = bio ? KB_OK : kb_sign_failed("read PEM", err);

    while (!rc) {
        KB_AUTO(free_block) struct block block = {.name = NULL};

        rc = next_block(bio, &block, err);
        if (!rc)
            rc = take_block(&block, &pem, err);
    }
    if (rc != KB_ERR_NOT_FOUND)
        return rc;
    kb_sign_pem_clear(ret);
    *ret = pem;
    pem = KB_SIGN_PEM_INIT;
    return KB_OK;
}

static enum kb_err no_key(const struct kb_sign_pem *pem, struct kb_error *err)
{
    if (pem->has_public)
        return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "the key's file has a public key only"),
            "give the private key that belongs to it");
    if (pem->certificates.count > 0)
        return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "the key's file has a certificate only"),
            "give the private key that belongs to it, too");
    return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "the key's file has no private key in it"),
        "give PEM, a JWK, or a provider's key file in JSON");
}

enum kb_err kb_sign_pem_key(const struct kb_sign_pem *pem, kb_key_ask *ask, void *context,
    struct kb_sign_key *ret, struct kb_error *err)
{
    struct kb_der der = {(const unsigned char *)pem->key.bytes, pem->key.len};
    KB_AUTO(kb_secret_clear) struct kb_secret decrypted = KB_SECRET_INIT;
    enum kb_err rc = pem->has_key ? KB_OK : no_key(pem, err);

    if (!rc && pem->is_encrypted) {
        rc = kb_sign_decrypt(der, ask, context, &decrypted, err);
        der = (struct kb_der){(const unsigned char *)decrypted.bytes, decrypted.len};
    }
    return rc ? rc : kb_sign_load_der(der, pem->form, ret, err);
}

void kb_sign_pem_write(struct kb_buf *out, const char *name, const char *base64, size_t len)
{
    kb_buf_fmt(out, "-----BEGIN %s-----\n", name);
    for (size_t at = 0; at < len; at += LINE) {
        kb_buf_add(out, base64 + at, len - at < LINE ? len - at : LINE);
        kb_buf_byte(out, '\n');
    }
    kb_buf_fmt(out, "-----END %s-----\n", name);
}

void kb_sign_pem_clear(struct kb_sign_pem *pem)
{
    kb_secret_clear(&pem->key);
    kb_strings_clear(&pem->certificates);
    *pem = KB_SIGN_PEM_INIT;
}
