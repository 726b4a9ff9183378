/*
 * PBES2 with PBKDF2 or scrypt, which is what is written today. What the file asks for is bounded
 * first: a number in it could take hours.
 */
#include "decrypt.h"

#include "library.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

/* Some seconds each, on a slow machine; tools write a hundredth of that. */
#define ITERATIONS_MAX 10000000
#define SCRYPT_WORK_MAX (1 << 23) /* cost * block size * parallelisation */
/* In blocks of 128 bytes: OpenSSL takes no more, and would not say that the passphrase is right. */
#define SCRYPT_ROOM_MAX (1 << 18)

static const unsigned char pbes2[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d};
static const unsigned char pbkdf2[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0c};
static const unsigned char scrypt[] = {0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x04, 0x0b};

#define WRITES_ANOTHER "give the file that this writes: openssl pkcs8 -topk8 -in FILE -out NEW_FILE"

#define IS(der, oid) kb_der_equal(der, (struct kb_der){oid, sizeof(oid)})

static enum kb_err other_way(struct kb_error *err)
{
    return kb_hinted(err,
        kb_fail(err, KB_ERR_USAGE, "the key is encrypted in a way that is not known here"),
        WRITES_ANOTHER);
}

static enum kb_err wrong_passphrase(struct kb_error *err)
{
    return kb_hinted(err, kb_fail(err, KB_ERR_DENIED, "the passphrase of the key is wrong"),
        "nothing was stored: run the same command again");
}

static bool iterations_end(struct kb_der parameters)
{
    struct kb_der salt;
    uint64_t count;

    return kb_der_take(&parameters, KB_DER_OCTETS, &salt) &&
           kb_der_take_small(&parameters, &count) && count <= ITERATIONS_MAX;
}

static bool scrypt_ends(struct kb_der parameters)
{
    struct kb_der salt;
    uint64_t cost, block, parallel;

    if (!kb_der_take(&parameters, KB_DER_OCTETS, &salt) || !kb_der_take_small(&parameters, &cost) ||
        !kb_der_take_small(&parameters, &block) || !kb_der_take_small(&parameters, &parallel))
        return false;
    return cost > 0 && block > 0 && parallel > 0 && cost <= SCRYPT_WORK_MAX &&
           block <= SCRYPT_WORK_MAX / cost && parallel <= SCRYPT_WORK_MAX / cost / block &&
           block <= SCRYPT_ROOM_MAX / (cost + parallel + 2);
}

/* Of EncryptedPrivateKeyInfo, all of DER. */
static enum kb_err check_way(struct kb_der der, struct kb_error *err)
{
    struct kb_der whole, way, name, both, derivation, parameters;
    bool ends;

    if (!kb_der_take(&der, KB_DER_SEQUENCE, &whole) || der.len > 0 ||
        !kb_der_take(&whole, KB_DER_SEQUENCE, &way) || !kb_der_take(&way, KB_DER_OID, &name))
        return kb_fail(err, KB_ERR_USAGE, "the key is damaged");
    if (!IS(name, pbes2) || !kb_der_take(&way, KB_DER_SEQUENCE, &both) ||
        !kb_der_take(&both, KB_DER_SEQUENCE, &derivation) ||
        !kb_der_take(&derivation, KB_DER_OID, &name) ||
        !kb_der_take(&derivation, KB_DER_SEQUENCE, &parameters) ||
        !(IS(name, pbkdf2) || IS(name, scrypt)))
        return other_way(err);
    ends = IS(name, pbkdf2) ? iterations_end(parameters) : scrypt_ends(parameters);
    if (!ends)
        return kb_hinted(err,
            kb_fail(
                err, KB_ERR_USAGE, "the key's encryption asks for more work than is done for it"),
            WRITES_ANOTHER);
    return KB_OK;
}

static void free_encrypted(X509_SIG **encrypted)
{
    X509_SIG_free(*encrypted);
}

/* A wrong passphrase shows in what comes out: padding that is none, here or as a key. */
static enum kb_err decrypt(struct kb_der der, const struct kb_secret *passphrase,
    struct kb_secret *ret, struct kb_error *err)
{
    const unsigned char *at = der.at;
    KB_AUTO(free_encrypted) X509_SIG *encrypted = d2i_X509_SIG(NULL, &at, (long)der.len);
    const X509_ALGOR *way = NULL;
    const ASN1_OCTET_STRING *bytes = NULL;
    unsigned char *plain = NULL;
    int len = 0;
    enum kb_err rc;

    if (!encrypted)
        return kb_fail(err, KB_ERR_USAGE, "the key is damaged");
    X509_SIG_get0(encrypted, &way, &bytes);
    if (!PKCS12_pbe_crypt_ex(way, passphrase->len ? passphrase->bytes : "", (int)passphrase->len,
            ASN1_STRING_get0_data(bytes), ASN1_STRING_length(bytes), &plain, &len, 0,
            kb_sign_library(), NULL))
        return wrong_passphrase(err);
    rc = kb_secret_set(ret, plain, (size_t)len, err);
    OPENSSL_clear_free(plain, (size_t)len);
    return rc;
}

/* One in some hundred wrong passphrases leaves a padding. */
static enum kb_err check_decrypted(const struct kb_secret *plain, struct kb_error *err)
{
    struct kb_der der = {(const unsigned char *)plain->bytes, plain->len}, whole;

    if (!kb_der_take(&der, KB_DER_SEQUENCE, &whole) || der.len > 0)
        return wrong_passphrase(err);
    return KB_OK;
}

enum kb_err kb_sign_decrypt(
    struct kb_der der, kb_key_ask *ask, void *context, struct kb_secret *ret, struct kb_error *err)
{
    KB_AUTO(kb_secret_clear) struct kb_secret passphrase = KB_SECRET_INIT, plain = KB_SECRET_INIT;
    enum kb_err rc = check_way(der, err);

    if (rc)
        return rc;
    if (!ask)
        return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "the key is encrypted"),
            "run the command at a terminal, where it can ask for the passphrase");
    rc = ask(context, &passphrase, err);
    if (!rc)
        rc = decrypt(der, &passphrase, &plain, err);
    if (!rc)
        rc = check_decrypted(&plain, err);
    if (!rc)
        kb_secret_move(ret, &plain);
    return rc;
}
