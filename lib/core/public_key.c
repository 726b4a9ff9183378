/*
 * SubjectPublicKeyInfo as PEM and as a JWK. Knows the four kinds of keys that we make and take,
 * each by its exact beginning. Must never read past what it was given: a card is a file.
 */
#include "core/public_key.h"

#include "base/base64.h"
#include "base/json_write.h"

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

struct bytes {
    const unsigned char *at;
    size_t len;
};

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

/* The element with TAG at the beginning of *FROM, which moves behind it. */
static bool take(struct bytes *from, unsigned char tag, struct bytes *ret)
{
    size_t head = 2, len;

    if (from->len < 2 || from->at[0] != tag)
        return false;
    len = from->at[1];
    if (len & 0x80) {
        size_t more = len & 0x7f;

        if (more == 0 || more > 2 || from->len < 2 + more)
            return false;
        for (len = 0; head < 2 + more; head++)
            len = len << 8 | from->at[head];
    }
    if (len > from->len - head)
        return false;
    *ret = (struct bytes){from->at + head, len};
    from->at += head + len;
    from->len -= head + len;
    return true;
}

/* A number that is not negative, without the zero that says so. */
static bool take_number(struct bytes *from, struct bytes *ret)
{
    struct bytes number;

    if (!take(from, 0x02, &number) || number.len == 0 || number.at[0] & 0x80)
        return false;
    if (number.len > 1 && number.at[0] == 0) {
        number.at++;
        number.len--;
    }
    *ret = number;
    return true;
}

/* RFC 8017 appendix A.1.1, in RFC 3279 section 2.3.1. */
static bool read_rsa(struct bytes der, struct bytes *ret_n, struct bytes *ret_e)
{
    static const char algorithm[] = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";
    struct bytes whole, name, bits, key;

    if (!take(&der, 0x30, &whole) || der.len > 0 || !take(&whole, 0x30, &name) ||
        name.len != sizeof(algorithm) - 1 || memcmp(name.at, algorithm, name.len) != 0 ||
        !take(&whole, 0x03, &bits) || whole.len > 0 || bits.len < 1 || bits.at[0] != 0)
        return false;
    bits.at++;
    bits.len--;
    return take(&bits, 0x30, &key) && bits.len == 0 && take_number(&key, ret_n) &&
           take_number(&key, ret_e) && key.len == 0;
}

/* --- JWK ---------------------------------------------------------------------------- */

static void put_bytes(struct kb_json_writer *w, const char *name, struct bytes bytes)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_CARD_SPKI_TEXT);

    kb_base64url_encode(&text, (const char *)bytes.at, bytes.len);
    kb_json_string_member(w, name, kb_buf_text(&text));
}

static bool put_fixed(struct kb_json_writer *w, struct bytes der, const struct fixed *kind)
{
    const unsigned char *numbers = der.at + kind->head_len;

    if (der.len != kind->head_len + kind->number * (kind->has_y ? 2 : 1) ||
        memcmp(der.at, kind->head, kind->head_len) != 0)
        return false;
    kb_json_string_member(w, "kty", kind->type);
    kb_json_string_member(w, "crv", kind->curve);
    put_bytes(w, "x", (struct bytes){numbers, kind->number});
    if (kind->has_y)
        put_bytes(w, "y", (struct bytes){numbers + kind->number, kind->number});
    return true;
}

static bool put_numbers(struct kb_json_writer *w, struct bytes der)
{
    struct bytes n, e;

    for (size_t i = 0; i < KB_COUNT(fixed); i++)
        if (put_fixed(w, der, &fixed[i]))
            return true;
    if (!read_rsa(der, &n, &e))
        return false;
    kb_json_string_member(w, "kty", "RSA");
    put_bytes(w, "n", n);
    put_bytes(w, "e", e);
    return true;
}

static bool write_jwk(const struct kb_card_key *key, struct kb_json_writer *w)
{
    KB_AUTO(kb_buf_clear) struct kb_buf der = KB_BUF_INIT(DER_MAX);
    bool is_ours;

    if (!kb_base64_decode(&der, key->spki, strlen(key->spki)))
        return false;
    kb_json_open(w, '{');
    is_ours = put_numbers(w, (struct bytes){(const unsigned char *)der.data, der.len});
    if (*key->kid)
        kb_json_string_member(w, "kid", key->kid);
    kb_json_string_member(w, "alg", key->alg);
    kb_json_string_member(w, "use", "sig");
    kb_json_close(w);
    return is_ours;
}

enum kb_err kb_public_key_write(const struct kb_card_key *key, enum kb_public_format format,
    struct kb_buf *out, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT((size_t)4 * KB_CARD_SPKI_TEXT);
    struct kb_json_writer w = kb_json_writer(&text, 0);
    bool is_set = format == KB_PUBLIC_JWKS, is_ours = true;

    if (format == KB_PUBLIC_PEM) {
        write_pem(key->spki, &text);
    } else {
        if (is_set) {
            kb_json_open(&w, '{');
            kb_json_open_member(&w, "keys", '[');
        }
        is_ours = write_jwk(key, &w);
        if (is_set) {
            kb_json_close(&w);
            kb_json_close(&w);
        }
        kb_buf_byte(&text, '\n');
    }
    if (!is_ours)
        return kb_fail(err, KB_ERR_CORRUPT, "the card does not hold a key of ours");
    kb_buf_add(out, text.data, text.len);
    return kb_buf_check(&text, "the public key", err);
}
