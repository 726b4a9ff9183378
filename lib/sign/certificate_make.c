/*
 * A certificate that a key signs for itself: for forms that take nothing else, and for
 * self_signed_tls_client_auth (RFC 8705 section 2.2).
 */
#include "base/base64.h"
#include "base/random.h"
#include "library.h"
#include "load.h"
#include "pem.h"
#include "sign/key.h"

#include <openssl/crypto.h>
#include <openssl/x509v3.h>
#include <string.h>

enum { HOUR = 3600, LIFE = 2 * 365 * 24 * HOUR, SUBJECT_MAX = 64, SERIAL_LEN = 16 };

static void free_certificate(X509 **certificate)
{
    X509_free(*certificate);
}

static void free_integer(ASN1_INTEGER **number)
{
    ASN1_INTEGER_free(*number);
}

/* Never negative, never zero. */
static enum kb_err set_serial(X509 *certificate, struct kb_error *err)
{
    unsigned char serial[SERIAL_LEN];
    KB_AUTO(kb_sign_free_bn) BIGNUM *number = NULL;
    KB_AUTO(free_integer) ASN1_INTEGER *integer = NULL;
    enum kb_err rc = kb_random(serial, sizeof(serial), err);

    if (rc)
        return rc;
    serial[0] = (serial[0] & 0x3f) | 0x40;
    number = BN_bin2bn(serial, sizeof(serial), NULL);
    integer = number ? BN_to_ASN1_INTEGER(number, NULL) : NULL;
    return integer && X509_set_serialNumber(certificate, integer) == 1
               ? KB_OK
               : kb_sign_failed("number a certificate", err);
}

/* The subject is its own issuer. */
static bool set_names(X509 *certificate, const char *subject)
{
    X509_NAME *name = X509_get_subject_name(certificate);

    return X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
               (const unsigned char *)subject, -1, -1, 0) == 1 &&
           X509_set_issuer_name(certificate, name) == 1;
}

static bool set_times(X509 *certificate, int64_t now_s)
{
    return ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)(now_s - HOUR)) &&
           ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)(now_s + LIFE));
}

static bool add_extension(X509 *certificate, int which, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_nconf_nid(NULL, NULL, which, value);
    bool added = extension && X509_add_ext(certificate, extension, -1) == 1;

    X509_EXTENSION_free(extension);
    return added;
}

static bool sign_certificate(X509 *certificate, const struct kb_sign_key *key)
{
    KB_AUTO(kb_sign_free_digest) EVP_MD_CTX *context = EVP_MD_CTX_new();

    return context &&
           EVP_DigestSignInit_ex(context, NULL, kb_sign_kinds[key->kind].digest, kb_sign_library(),
               NULL, key->pkey, NULL) == 1 &&
           X509_sign_ctx(certificate, context) > 0;
}

static enum kb_err write_certificate(X509 *certificate, struct kb_buf *out, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_SIGN_BASE64_MAX);
    unsigned char *der = NULL;
    int len = i2d_X509(certificate, &der);

    if (len <= 0)
        return kb_sign_failed("write a certificate", err);
    kb_base64_encode(&text, (const char *)der, (size_t)len);
    OPENSSL_free(der);
    kb_sign_pem_write(out, "CERTIFICATE", kb_buf_text(&text), text.len);
    return kb_buf_check(out, "a certificate", err);
}

static enum kb_err fill_certificate(X509 *certificate, const struct kb_sign_key *key,
    const char *subject, int64_t now_s, struct kb_error *err)
{
    enum kb_err rc;

    if (X509_set_version(certificate, X509_VERSION_3) != 1)
        return kb_sign_failed("make a certificate", err);
    rc = set_serial(certificate, err);
    if (rc)
        return rc;
    if (!set_names(certificate, subject) || !set_times(certificate, now_s) ||
        X509_set_pubkey(certificate, key->pkey) != 1 ||
        !add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") ||
        !add_extension(certificate, NID_key_usage, "critical,digitalSignature") ||
        !add_extension(certificate, NID_ext_key_usage, "clientAuth") ||
        !sign_certificate(certificate, key))
        return kb_sign_failed("make a certificate", err);
    return KB_OK;
}

enum kb_err kb_key_make_certificate(const struct kb_client *client, const char *subject,
    int64_t now_s, struct kb_buf *out, struct kb_error *err)
{
    KB_SIGN_QUIET;
    KB_AUTO(kb_sign_key_clear) struct kb_sign_key key = KB_SIGN_KEY_INIT;
    KB_AUTO(free_certificate) X509 *made = X509_new_ex(kb_sign_library(), NULL);
    enum kb_err rc;

    if (!subject || !kb_text_is_utf8(subject, strlen(subject), 1, SUBJECT_MAX))
        return kb_fail(err, KB_ERR_USAGE,
            "the subject of a certificate must be text of 1 to %d bytes", SUBJECT_MAX);
    if (!made)
        return kb_sign_failed("make a certificate", err);
    rc = kb_sign_load_client(client, &key, err);
    if (!rc)
        rc = fill_certificate(made, &key, subject, now_s, err);
    return rc ? rc : write_certificate(made, out, err);
}
