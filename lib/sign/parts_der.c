/*
 * Private keys in DER: which kind, and where its numbers stand. Must never decide whether they
 * are fit (load.c) or belong together (prove.c), nor copy one.
 */
#include "parts.h"

static const unsigned char rsa[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01};
static const unsigned char ec[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
static const unsigned char ed25519[] = {0x2b, 0x65, 0x70};

#define IS(der, oid) kb_der_equal(der, (struct kb_der){oid, sizeof(oid)})

static enum kb_err damaged(struct kb_error *err)
{
    return kb_fail(err, KB_ERR_USAGE, "the key is damaged");
}

static enum kb_err other_curve(struct kb_error *err)
{
    return kb_hinted(err,
        kb_fail(err, KB_ERR_USAGE, "the key is on a curve that nothing here signs with"),
        "make one for P-256, P-384, P-521 or Ed25519");
}

static enum kb_err read_pkcs1(struct kb_der in, struct kb_sign_parts *ret, struct kb_error *err)
{
    struct kb_der key;
    uint64_t version;

    if (!kb_der_take(&in, KB_DER_SEQUENCE, &key) || in.len > 0 ||
        !kb_der_take_small(&key, &version))
        return damaged(err);
    if (version != 0)
        return kb_fail(err, KB_ERR_USAGE, "the RSA key has more than two primes");
    for (size_t i = KB_RSA_N; i <= KB_RSA_QI; i++) {
        if (!kb_der_take_number(&key, &ret->part[i]))
            return damaged(err);
    }
    ret->kind = KB_SIGN_RSA;
    return key.len > 0 ? damaged(err) : KB_OK;
}

/* The curve that PARAMETERS, all of them, name. */
static enum kb_err read_curve(
    struct kb_der parameters, enum kb_sign_kind *ret, struct kb_error *err)
{
    struct kb_der name;

    if (kb_der_is_next(&parameters, KB_DER_SEQUENCE))
        return kb_hinted(err,
            kb_fail(err, KB_ERR_USAGE, "the key spells its curve out instead of naming it"),
            "make another key, whose curve is named");
    if (!kb_der_take(&parameters, KB_DER_OID, &name) || parameters.len > 0)
        return damaged(err);
    for (enum kb_sign_kind kind = KB_SIGN_P256; kind <= KB_SIGN_P521; kind++) {
        if (kb_der_equal(name, kb_sign_kinds[kind].curve)) {
            *ret = kind;
            return KB_OK;
        }
    }
    return other_curve(err);
}

/* A BIT STRING of whole bytes, with nothing behind it. */
static bool read_point(struct kb_der in, struct kb_der *ret)
{
    struct kb_der bits;

    if (!kb_der_take(&in, KB_DER_BITS, &bits) || in.len > 0 || bits.len < 2 || bits.at[0] != 0)
        return false;
    *ret = (struct kb_der){bits.at + 1, bits.len - 1};
    return true;
}

/* OUTER is what PKCS#8 names the curve with; empty: only the key itself does. */
static enum kb_err read_sec1(
    struct kb_der in, struct kb_der outer, struct kb_sign_parts *ret, struct kb_error *err)
{
    struct kb_der key, parameters = outer, point;
    uint64_t version;

    if (!kb_der_take(&in, KB_DER_SEQUENCE, &key) || in.len > 0 ||
        !kb_der_take_small(&key, &version) || version != 1 ||
        !kb_der_take(&key, KB_DER_OCTETS, &ret->part[KB_CURVE_D]))
        return damaged(err);
    if (kb_der_is_next(&key, KB_DER_CONTEXT_0) &&
        (!kb_der_take(&key, KB_DER_CONTEXT_0, &parameters) ||
            (outer.len > 0 && !kb_der_equal(outer, parameters))))
        return damaged(err);
    if (kb_der_is_next(&key, KB_DER_CONTEXT_1) &&
        (!kb_der_take(&key, KB_DER_CONTEXT_1, &point) ||
            !read_point(point, &ret->part[KB_CURVE_POINT])))
        return damaged(err);
    return key.len > 0 ? damaged(err) : read_curve(parameters, &ret->kind, err);
}

static enum kb_err read_ed25519(struct kb_der in, struct kb_sign_parts *ret, struct kb_error *err)
{
    ret->kind = KB_SIGN_ED25519;
    return kb_der_take(&in, KB_DER_OCTETS, &ret->part[KB_CURVE_D]) && in.len == 0 ? KB_OK
                                                                                  : damaged(err);
}

/* By the algorithm's name and PARAMETERS, what is left of KEY. */
static enum kb_err read_by_name(struct kb_der name, struct kb_der parameters, struct kb_der key,
    struct kb_sign_parts *ret, struct kb_error *err)
{
    struct kb_der nothing;

    if (IS(name, rsa))
        return kb_der_take(&parameters, KB_DER_NULL, &nothing) && nothing.len + parameters.len == 0
                   ? read_pkcs1(key, ret, err)
                   : damaged(err);
    if (IS(name, ec))
        return parameters.len > 0 ? read_sec1(key, parameters, ret, err) : damaged(err);
    if (IS(name, ed25519))
        return parameters.len == 0 ? read_ed25519(key, ret, err) : damaged(err);
    return kb_hinted(err,
        kb_fail(err, KB_ERR_USAGE, "the key is of a kind that nothing here signs with"),
        "make an RSA key, or one for P-256, P-384, P-521 or Ed25519");
}

/* Attributes may follow the key, and are nothing that a signature needs. */
static enum kb_err read_pkcs8(struct kb_der in, struct kb_sign_parts *ret, struct kb_error *err)
{
    struct kb_der whole, algorithm, name, key, attributes;
    uint64_t version;

    if (!kb_der_take(&in, KB_DER_SEQUENCE, &whole) || in.len > 0 ||
        !kb_der_take_small(&whole, &version))
        return damaged(err);
    if (version != 0)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_USAGE, "the key is in a later form of PKCS#8, RFC 5958"),
            "give it in the first form, RFC 5208, or as a JWK");
    if (!kb_der_take(&whole, KB_DER_SEQUENCE, &algorithm) ||
        !kb_der_take(&algorithm, KB_DER_OID, &name) || !kb_der_take(&whole, KB_DER_OCTETS, &key))
        return damaged(err);
    if (whole.len > 0 && (!kb_der_take(&whole, KB_DER_CONTEXT_0, &attributes) || whole.len > 0))
        return damaged(err);
    return read_by_name(name, algorithm, key, ret, err);
}

enum kb_err kb_sign_parts_read(
    struct kb_der der, enum kb_sign_form form, struct kb_sign_parts *ret, struct kb_error *err)
{
    struct kb_sign_parts parts = {.kind = KB_SIGN_RSA};
    enum kb_err rc = KB_OK;

    switch (form) {
    case KB_SIGN_PKCS8:
        rc = read_pkcs8(der, &parts, err);
        break;
    case KB_SIGN_PKCS1:
        rc = read_pkcs1(der, &parts, err);
        break;
    case KB_SIGN_SEC1:
        rc = read_sec1(der, (struct kb_der){NULL, 0}, &parts, err);
        break;
    }
    if (!rc)
        *ret = parts;
    return rc;
}
