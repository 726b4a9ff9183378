/*
 * SubjectPublicKeyInfo as PEM and as a JWK, and its thumbprint. Knows the kinds of keys that we
 * make and take, those of a curve by their exact beginning. Must never take what is none of them: a
 * card is a file.
 */
#include "core/public_key.h"

#include "base/base64.h"
#include "base/der.h"
#include "base/json_write.h"

#include <sodium.h>
#include <string.h>

enum { PEM_LINE = 64, DER_MAX = KB_CARD_SPKI_TEXT };

/* --- PEM ---------------------------------------------------------------------------- */

static void write_pem(const char *spki, struct kb_buf *out)
{
    size_t len = strlen(spki);

    kb_buf_str(out, "-----BEGIN PUBLIC KEY-----\n");
    for (size_t at = 0; at < len; at += PEM_LINE) {
        kb_buf_add(out, spki + at, len - at < PEM_LINE ? len - at : PEM_LINE);
        kb_buf_byte(out, '\n');
    }
    kb_buf_str(out, "-----END PUBLIC KEY-----\n");
}

/* --- DER ---------------------------------------------------------------------------- */

/*
 * Keys whose encoding has one length: up to their numbers all bytes are the same. RFC 5480 section
 * 2, RFC 8410 section 4.
 */
static const struct fixed {
    const char *type, *curve;
    const char *head;
    size_t head_len, number; /* bytes of x, and of y where there is one */
    bool has_y;
} fixed[] = {
    {"OKP", "Ed25519", "\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12, 32, false},
    {"EC", "P-256",
        "\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01"
        "\x07\x03\x42\x00\x04",
        27, 32, true},
    {"EC", "P-384",
        "\x30\x76\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22\x03\x62"
        "\x00\x04",
        24, 48, true},
    {"EC", "P-521",
        "\x30\x81\x9b\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x23\x03"
        "\x81\x86\x00\x04",
        26, 66, true},
};

/* RFC 8017 appendix A.1.1, in RFC 3279 section 2.3.1. */
static bool read_rsa(struct kb_der der, struct kb_der *ret_n, struct kb_der *ret_e)
{
    static const char algorithm[] = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";
    struct kb_der whole, name, bits, key;

    if (!kb_der_take(&der, KB_DER_SEQUENCE, &whole) || der.len > 0 ||
        !kb_der_take(&whole, KB_DER_SEQUENCE, &name) || name.len != sizeof(algorithm) - 1 ||
        memcmp(name.at, algorithm, name.len) != 0 || !kb_der_take(&whole, KB_DER_BITS, &bits) ||
        whole.len > 0 || bits.len < 1 || bits.at[0] != 0)
        return false;
    bits.at++;
    bits.len--;
    return kb_der_take(&bits, KB_DER_SEQUENCE, &key) && bits.len == 0 &&
           kb_der_take_number(&key, ret_n) && kb_der_take_number(&key, ret_e) && key.len == 0;
}

/* --- JWK ---------------------------------------------------------------------------- */

static void put_bytes(struct kb_json_writer *w, const char *name, struct kb_der bytes)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_CARD_SPKI_TEXT);

    kb_base64url_encode(&text, (const char *)bytes.at, bytes.len);
    kb_json_string_member(w, name, kb_buf_text(&text));
}

static bool put_fixed(struct kb_json_writer *w, struct kb_der der, const struct fixed *kind)
{
    const unsigned char *numbers = der.at + kind->head_len;

    if (der.len != kind->head_len + kind->number * (kind->has_y ? 2 : 1) ||
        memcmp(der.at, kind->head, kind->head_len) != 0)
        return false;
    kb_json_string_member(w, "crv", kind->curve);
    kb_json_string_member(w, "kty", kind->type);
    put_bytes(w, "x", (struct kb_der){numbers, kind->number});
    if (kind->has_y)
        put_bytes(w, "y", (struct kb_der){numbers + kind->number, kind->number});
    return true;
}

/* What makes the key, in the order that thumbprints want: RFC 7638 section 3. */
static bool put_numbers(struct kb_json_writer *w, const char *spki)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(DER_MAX);
    struct kb_der der, n, e;

    if (!kb_base64_decode(&text, spki, strlen(spki)))
        return false;
    der = (struct kb_der){(const unsigned char *)text.data, text.len};
    for (size_t i = 0; i < KB_COUNT(fixed); i++)
        if (put_fixed(w, der, &fixed[i]))
            return true;
    if (!read_rsa(der, &n, &e))
        return false;
    put_bytes(w, "e", e);
    kb_json_string_member(w, "kty", "RSA");
    put_bytes(w, "n", n);
    return true;
}

static bool write_jwk(const struct kb_card_key *key, struct kb_json_writer *w)
{
    bool is_ours;

    kb_json_open(w, '{');
    is_ours = put_numbers(w, key->spki);
    if (*key->kid)
        kb_json_string_member(w, "kid", key->kid);
    kb_json_string_member(w, "alg", key->alg);
    kb_json_string_member(w, "use", "sig");
    kb_json_close(w);
    return is_ours;
}

static bool write_json(const struct kb_card_key *key, bool is_set, struct kb_buf *out)
{
    struct kb_json_writer w = kb_json_writer(out, 0);
    bool is_ours;

    if (is_set) {
        kb_json_open(&w, '{');
        kb_json_open_member(&w, "keys", '[');
    }
    is_ours = write_jwk(key, &w);
    if (is_set) {
        kb_json_close(&w);
        kb_json_close(&w);
    }
    kb_buf_byte(out, '\n');
    return is_ours;
}

/* --- the whole ---------------------------------------------------------------------- */

static enum kb_err no_key(struct kb_error *err)
{
    return kb_fail(err, KB_ERR_CORRUPT, "what is kept as a public key is none of ours");
}

bool kb_public_format_find(const char *name, enum kb_public_format *ret)
{
    static const char *const names[] = {
        [KB_PUBLIC_PEM] = "pem", [KB_PUBLIC_JWK] = "jwk", [KB_PUBLIC_JWKS] = "jwks"};

    for (size_t i = 0; i < KB_COUNT(names); i++) {
        if (strcmp(names[i], name) == 0) {
            *ret = (enum kb_public_format)i;
            return true;
        }
    }
    return false;
}

enum kb_err kb_public_key_write(const struct kb_card_key *key, enum kb_public_format format,
    struct kb_buf *out, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT((size_t)4 * KB_CARD_SPKI_TEXT);
    enum kb_err rc;

    if (format == KB_PUBLIC_PEM)
        write_pem(key->spki, &text);
    else if (!write_json(key, format == KB_PUBLIC_JWKS, &text))
        return no_key(err);
    rc = kb_buf_check(&text, "the public key", err);
    if (rc)
        return rc;
    kb_buf_add(out, text.data, text.len);
    return kb_buf_check(out, "the public key", err);
}

enum kb_err kb_public_key_thumbprint(
    const char *spki, char ret[static KB_CARD_THUMBPRINT_TEXT], struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf jwk = KB_BUF_INIT((size_t)2 * KB_CARD_SPKI_TEXT);
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_CARD_THUMBPRINT_TEXT - 1);
    struct kb_json_writer w = kb_json_writer(&jwk, 0);
    unsigned char hash[crypto_hash_sha256_BYTES];
    bool is_ours;

    kb_json_open(&w, '{');
    is_ours = put_numbers(&w, spki);
    kb_json_close(&w);
    if (!is_ours || jwk.failed)
        return no_key(err);
    crypto_hash_sha256(hash, (const unsigned char *)jwk.data, jwk.len);
    kb_base64url_encode(&text, (const char *)hash, sizeof(hash));
    kb_text_copy(ret, KB_CARD_THUMBPRINT_TEXT, kb_buf_text(&text));
    return KB_OK;
}
