/*
 * A private key as JWK: RFC 7517, RFC 7518 section 6, RFC 8037 section 2. Must never take one
 * that says it is for something else than signing.
 */
#include "base/base64.h"
#include "found.h"

#include <string.h>

/* In the order of parts.h. */
static const char *const rsa_members[KB_SIGN_PARTS] = {"n", "e", "d", "p", "q", "dp", "dq", "qi"};

struct jwk {
    struct kb_sign_json json;
    size_t object;
};

/* A member, decoded. Where there is none it stays empty. */
static enum kb_err take_number(
    const struct jwk *jwk, const char *name, struct kb_buf *ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_SIGN_NUMBER_TEXT_MAX);
    enum kb_err rc = kb_sign_json_take(jwk->json, jwk->object, name, &text, err);

    if (!rc && text.len > 0 && !kb_base64url_decode(ret, text.data, text.len))
        rc = kb_fail(err, KB_ERR_USAGE, "a number of the JWK is not base64url, or too long");
    return rc;
}

/* Some writers put zeros before a number. */
static struct kb_der number_of(const struct kb_buf *buf)
{
    struct kb_der number = {(const unsigned char *)kb_buf_text(buf), buf->len};

    while (number.len > 0 && number.at[0] == 0) {
        number.at++;
        number.len--;
    }
    return number;
}

static enum kb_err incomplete(struct kb_error *err)
{
    return kb_hinted(err,
        kb_fail(err, KB_ERR_USAGE, "the JWK lacks a number, or one has a wrong length"),
        "give the whole JWK, with its private part");
}

/* --- the kinds ------------------------------------------------------------------------ */

struct numbers {
    struct kb_buf of[KB_SIGN_PARTS];
};

static void clear_numbers(struct numbers *numbers)
{
    for (size_t i = 0; i < KB_SIGN_PARTS; i++)
        kb_buf_clear(&numbers->of[i]);
}

static enum kb_err take_numbers(const struct jwk *jwk, const char *const names[], size_t count,
    struct numbers *ret, struct kb_error *err)
{
    enum kb_err rc = KB_OK;

    for (size_t i = 0; i < count && !rc; i++) {
        ret->of[i] = KB_BUF_INIT(KB_SIGN_NUMBER_MAX + 1);
        rc = take_number(jwk, names[i], &ret->of[i], err);
    }
    return rc;
}

static enum kb_err read_rsa(const struct jwk *jwk, struct kb_sign_key *ret, struct kb_error *err)
{
    KB_AUTO(clear_numbers) struct numbers numbers = {0};
    struct kb_sign_parts parts = {.kind = KB_SIGN_RSA};
    enum kb_err rc = take_numbers(jwk, rsa_members, KB_SIGN_PARTS, &numbers, err);

    if (!rc && kb_sign_json_has(jwk->json, jwk->object, "oth"))
        rc = kb_fail(err, KB_ERR_USAGE, "the RSA key has more than two primes");
    for (size_t i = 0; i < KB_SIGN_PARTS && !rc; i++) {
        parts.part[i] = number_of(&numbers.of[i]);
        if (parts.part[i].len == 0)
            rc = incomplete(err);
    }
    return rc ? rc : kb_sign_load(&parts, ret, err);
}

/* RFC 7518 sections 6.2.1.2 and 6.2.2.1: no number is shorter than its curve's. */
static enum kb_err read_curve(
    const struct jwk *jwk, enum kb_sign_kind kind, struct kb_sign_key *ret, struct kb_error *err)
{
    static const char *const names[] = {"d", "x", "y"};
    size_t size = kb_sign_kinds[kind].size, count = kind == KB_SIGN_ED25519 ? 2 : 3;
    KB_AUTO(clear_numbers) struct numbers numbers = {0};
    unsigned char point[1 + 2 * 66] = {4}; /* not compressed */
    struct kb_sign_parts parts = {.kind = kind};
    enum kb_err rc = take_numbers(jwk, names, count, &numbers, err);

    for (size_t i = 0; i < count && !rc; i++) {
        if (numbers.of[i].len != size)
            rc = incomplete(err);
        else if (i > 0)
            memcpy(point + 1 + (i - 1) * size, numbers.of[i].data, size);
    }
    if (rc)
        return rc;
    parts.part[KB_CURVE_D] = (struct kb_der){(const unsigned char *)numbers.of[0].data, size};
    parts.part[KB_CURVE_POINT] = kind == KB_SIGN_ED25519 ? (struct kb_der){point + 1, size}
                                                         : (struct kb_der){point, 1 + 2 * size};
    return kb_sign_load(&parts, ret, err);
}

static enum kb_err find_kind(
    const char *kty, const char *crv, enum kb_sign_kind *ret, struct kb_error *err)
{
    if (strcmp(kty, "oct") == 0)
        return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "the JWK is a shared secret, and no key"),
            "give it as the client's secret");
    for (enum kb_sign_kind kind = KB_SIGN_RSA; kind < KB_SIGN_KINDS; kind++) {
        const struct kb_sign_kind_facts *facts = &kb_sign_kinds[kind];

        if (strcmp(kty, facts->kty) == 0 && (!facts->crv || strcmp(crv, facts->crv) == 0)) {
            *ret = kind;
            return KB_OK;
        }
    }
    return kb_hinted(err,
        kb_fail(err, KB_ERR_USAGE, "the JWK is of a kind or curve that nothing here signs with"),
        "make an RSA key, or one for P-256, P-384, P-521 or Ed25519");
}

static enum kb_err read_key(const struct jwk *jwk, struct kb_sign_key *ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf kty = KB_BUF_INIT(64), crv = KB_BUF_INIT(64);
    enum kb_sign_kind kind = KB_SIGN_RSA;
    enum kb_err rc = kb_sign_json_take(jwk->json, jwk->object, "kty", &kty, err);

    if (!rc)
        rc = kb_sign_json_take(jwk->json, jwk->object, "crv", &crv, err);
    if (!rc)
        rc = find_kind(kb_buf_text(&kty), kb_buf_text(&crv), &kind, err);
    if (rc)
        return rc;
    if (!kb_sign_json_has(jwk->json, jwk->object, "d"))
        return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "the JWK is a public key only"),
            "give the whole JWK, with its private part");
    return kind == KB_SIGN_RSA ? read_rsa(jwk, ret, err) : read_curve(jwk, kind, ret, err);
}

/* --- what it says beside the key ------------------------------------------------------ */

/* RFC 9864 has a name of its own for EdDSA with Ed25519. */
static enum kb_err take_alg(
    const struct jwk *jwk, struct kb_sign_found *found, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf alg = KB_BUF_INIT(64), use = KB_BUF_INIT(64);
    enum kb_err rc = kb_sign_json_take(jwk->json, jwk->object, "use", &use, err);
    const char *name;

    if (!rc)
        rc = kb_sign_json_take(jwk->json, jwk->object, "alg", &alg, err);
    if (rc)
        return rc;
    if (use.len > 0 && strcmp(use.data, "sig") != 0)
        return kb_fail(err, KB_ERR_USAGE, "the JWK is for something else than signatures");
    if (alg.len == 0)
        return KB_OK;
    name = strcmp(alg.data, "Ed25519") == 0 ? "EdDSA" : alg.data;
    found->has_alg = true;
    if (!kb_jws_alg_from_name(name, &found->file.alg) ||
        !kb_sign_fits(found->key.kind, found->file.alg))
        return kb_fail(err, KB_ERR_USAGE, "the JWK is for an algorithm that its key does not sign");
    return KB_OK;
}

/* RFC 7517 section 4.7. */
static enum kb_err take_certificates(
    const struct jwk *jwk, struct kb_strings *ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_SIGN_BASE64_MAX);
    struct kb_json_span item;
    enum kb_err rc = KB_OK;

    for (size_t i = 0; !rc && kb_sign_json_item(jwk->json, jwk->object, "x5c", i, &item); i++) {
        rc = kb_sign_json_take_item(jwk->json, &item, &text, err);
        if (!rc && i == KB_CLIENT_CHAIN_MAX)
            rc = kb_fail(
                err, KB_ERR_USAGE, "there are more than %d certificates", KB_CLIENT_CHAIN_MAX);
        if (!rc)
            kb_strings_add(ret, kb_buf_text(&text));
    }
    return rc;
}

enum kb_err kb_sign_read_jwk(
    struct kb_sign_json json, size_t object, struct kb_sign_found *found, struct kb_error *err)
{
    const struct jwk jwk = {json, object};
    enum kb_err rc = read_key(&jwk, &found->key, err);

    if (!rc)
        rc = take_alg(&jwk, found, err);
    if (!rc)
        rc = kb_sign_json_name(json, object, "kid", KB_CLIENT_KID_MAX, &found->file.kid, err);
    return rc ? rc : take_certificates(&jwk, &found->certificates, err);
}
