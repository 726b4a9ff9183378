/*
 * From numbers to OpenSSL's key, and the rules that each key must keep. Not through OpenSSL's
 * decoders: they take ten times as long, and guess. Must leave no copy of a number behind.
 */
#include "load.h"

#include "base/base64.h"
#include "library.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/params.h>
#include <string.h>

enum { POINT_MAX = 1 + 2 * 66, EXPONENT_MIN = 65537, EXPONENT_LEN_MAX = 4 };

static enum kb_err damaged(struct kb_error *err)
{
    return kb_fail(err, KB_ERR_USAGE, "the key is damaged: its numbers are none of such a key");
}

/* --- what OpenSSL takes numbers in ---------------------------------------------------- */

/* Room for the parts of one key, and the list of them; all is wiped. */
struct params {
    struct kb_buf room;
    OSSL_PARAM list[KB_SIGN_PARTS + 1]; /* all zero at its end */
    size_t count;
    char *next;
};

static void clear_params(struct params *params)
{
    kb_buf_clear(&params->room);
}

static bool make_room(struct params *params, size_t len)
{
    params->room = KB_BUF_INIT(len);
    return kb_buf_room(&params->room, len, &params->next) == len;
}

static void add_bytes(struct params *params, const char *name, struct kb_der bytes)
{
    memcpy(params->next, bytes.at, bytes.len);
    params->list[params->count++] =
        OSSL_PARAM_construct_octet_string(name, params->next, bytes.len);
    params->next += bytes.len;
}

/* In the order of the machine's bytes. */
static void add_number(struct params *params, const char *name, struct kb_der number)
{
    unsigned char *native = (unsigned char *)params->next;
    bool turn = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;

    for (size_t i = 0; i < number.len; i++)
        native[turn ? number.len - 1 - i : i] = number.at[i];
    params->list[params->count++] = OSSL_PARAM_construct_BN(name, native, number.len);
    params->next += number.len;
}

static enum kb_err make(
    const char *name, struct params *params, struct kb_sign_key *ret, struct kb_error *err)
{
    KB_AUTO(kb_sign_free_context)
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(kb_sign_library(), name, NULL);

    if (!context || EVP_PKEY_fromdata_init(context) != 1)
        return kb_sign_failed("load a key", err);
    if (EVP_PKEY_fromdata(context, &ret->pkey, EVP_PKEY_KEYPAIR, params->list) != 1)
        return damaged(err);
    return KB_OK;
}

/* --- RSA ------------------------------------------------------------------------------ */

const char *const kb_sign_rsa_names[KB_SIGN_PARTS] = {OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_E,
    OSSL_PKEY_PARAM_RSA_D, OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2,
    OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1};

static size_t bits_of(struct kb_der number)
{
    size_t bits = number.len * 8;

    for (unsigned char first = 0x80; number.len > 0 && first && !(number.at[0] & first);
         first >>= 1)
        bits--;
    return bits;
}

static enum kb_err check_exponent(struct kb_der exponent, struct kb_error *err)
{
    uint64_t value = 0;

    for (size_t i = 0; i < exponent.len && i <= EXPONENT_LEN_MAX; i++)
        value = value << 8 | exponent.at[i];
    if (exponent.len > EXPONENT_LEN_MAX || value < EXPONENT_MIN || value % 2 == 0)
        return kb_fail(err, KB_ERR_USAGE,
            "the RSA key's public exponent is not an odd number from %d to 2^32", EXPONENT_MIN);
    return KB_OK;
}

/* None is longer than where it belongs: what is to be computed with them ends in time. */
static bool lengths_fit(const struct kb_der *part)
{
    size_t p = part[KB_RSA_P].len, q = part[KB_RSA_Q].len, n = part[KB_RSA_N].len;

    for (size_t i = 0; i < KB_SIGN_PARTS; i++) {
        if (part[i].len == 0)
            return false;
    }
    return part[KB_RSA_D].len <= n && p + q <= n + 1 && part[KB_RSA_DP].len <= p &&
           part[KB_RSA_DQ].len <= q && part[KB_RSA_QI].len <= p;
}

static enum kb_err check_rsa(const struct kb_der *part, struct kb_error *err)
{
    size_t bits = bits_of(part[KB_RSA_N]);

    if (bits < KB_SIGN_RSA_BITS_MIN || bits > KB_SIGN_RSA_BITS_MAX)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_USAGE, "the RSA key has %zu bits; from %d to %d are taken", bits,
                KB_SIGN_RSA_BITS_MIN, KB_SIGN_RSA_BITS_MAX),
            "make another key");
    if (!lengths_fit(part))
        return damaged(err);
    return check_exponent(part[KB_RSA_E], err);
}

static enum kb_err load_rsa(
    const struct kb_sign_parts *parts, struct kb_sign_key *ret, struct kb_error *err)
{
    KB_AUTO(clear_params) struct params params = {.count = 0};
    enum kb_err rc = check_rsa(parts->part, err);

    if (!rc && !make_room(&params, (size_t)KB_SIGN_PARTS * KB_SIGN_NUMBER_MAX))
        rc = kb_sign_failed("load a key", err);
    if (rc)
        return rc;
    for (size_t i = 0; i < KB_SIGN_PARTS; i++)
        add_number(&params, kb_sign_rsa_names[i], parts->part[i]);
    return make("RSA", &params, ret, err);
}

/* --- the curves of NIST --------------------------------------------------------------- */

struct curve {
    EC_GROUP *group;
    EC_POINT *point;
    BIGNUM *d;
};

static void free_curve(struct curve *curve)
{
    EC_POINT_free(curve->point);
    EC_GROUP_free(curve->group);
    BN_clear_free(curve->d);
}

/* The point of D, uncompressed: java leaves it out of what it writes. 0: there is none. */
static size_t point_of(const struct kb_sign_parts *parts, unsigned char ret[static POINT_MAX])
{
    const struct kb_sign_kind_facts *facts = &kb_sign_kinds[parts->kind];
    const struct kb_der *d = &parts->part[KB_CURVE_D];
    KB_AUTO(free_curve)
    struct curve curve = {
        .group = EC_GROUP_new_by_curve_name_ex(kb_sign_library(), NULL, facts->group)};

    if (curve.group) {
        curve.point = EC_POINT_new(curve.group);
        curve.d = BN_bin2bn(d->at, (int)d->len, NULL);
    }
    if (!curve.point || !curve.d)
        return 0;
    BN_set_flags(curve.d, BN_FLG_CONSTTIME);
    if (EC_POINT_mul(curve.group, curve.point, curve.d, NULL, NULL, NULL) != 1)
        return 0;
    return EC_POINT_point2oct(
        curve.group, curve.point, POINT_CONVERSION_UNCOMPRESSED, ret, POINT_MAX, NULL);
}

/* Also a compressed one becomes one that is not: no provider takes the other. */
static enum kb_err load_curve(
    const struct kb_sign_parts *parts, struct kb_sign_key *ret, struct kb_error *err)
{
    const struct kb_sign_kind_facts *facts = &kb_sign_kinds[parts->kind];
    struct kb_der d = parts->part[KB_CURVE_D], point = parts->part[KB_CURVE_POINT];
    KB_AUTO(clear_params) struct params params = {.count = 0};
    unsigned char derived[POINT_MAX];
    char group[] = "P-000", form[] = OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_UNCOMPRESSED;

    kb_text_copy(group, sizeof(group), facts->name);
    if (d.len == 0 || d.len > facts->size || point.len > POINT_MAX)
        return damaged(err);
    if (point.len == 0)
        point = (struct kb_der){derived, point_of(parts, derived)};
    if (!make_room(&params, KB_SIGN_NUMBER_MAX))
        return kb_sign_failed("load a key", err);
    add_number(&params, OSSL_PKEY_PARAM_PRIV_KEY, d);
    add_bytes(&params, OSSL_PKEY_PARAM_PUB_KEY, point);
    params.list[params.count++] =
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0);
    params.list[params.count++] =
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, form, 0);
    return make("EC", &params, ret, err);
}

/* --- Ed25519 -------------------------------------------------------------------------- */

static enum kb_err load_ed25519(
    const struct kb_sign_parts *parts, struct kb_sign_key *ret, struct kb_error *err)
{
    struct kb_der d = parts->part[KB_CURVE_D], point = parts->part[KB_CURVE_POINT];
    unsigned char own[32];
    size_t len = sizeof(own);

    if (d.len != kb_sign_kinds[KB_SIGN_ED25519].size)
        return damaged(err);
    ret->pkey = EVP_PKEY_new_raw_private_key_ex(kb_sign_library(), "ED25519", NULL, d.at, d.len);
    if (!ret->pkey || EVP_PKEY_get_raw_public_key(ret->pkey, own, &len) != 1)
        return kb_sign_failed("load a key", err);
    return point.len == 0 || kb_der_equal(point, (struct kb_der){own, len}) ? KB_OK : damaged(err);
}

/* --- any ------------------------------------------------------------------------------ */

enum kb_err kb_sign_load(
    const struct kb_sign_parts *parts, struct kb_sign_key *ret, struct kb_error *err)
{
    KB_AUTO(kb_sign_key_clear) struct kb_sign_key key = {.kind = parts->kind};
    enum kb_err rc;

    if (parts->kind == KB_SIGN_RSA)
        rc = load_rsa(parts, &key, err);
    else if (parts->kind == KB_SIGN_ED25519)
        rc = load_ed25519(parts, &key, err);
    else
        rc = load_curve(parts, &key, err);
    if (rc)
        return rc;
    kb_sign_key_clear(ret);
    *ret = key;
    key = KB_SIGN_KEY_INIT;
    return KB_OK;
}

enum kb_err kb_sign_load_der(
    struct kb_der der, enum kb_sign_form form, struct kb_sign_key *ret, struct kb_error *err)
{
    struct kb_sign_parts parts;
    enum kb_err rc = kb_sign_parts_read(der, form, &parts, err);

    return rc ? rc : kb_sign_load(&parts, ret, err);
}

enum kb_err kb_sign_load_client(
    const struct kb_client *client, struct kb_sign_key *ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf der = KB_BUF_INIT(KB_CLIENT_KEY_MAX);
    struct kb_error why = KB_ERROR_INIT;
    enum kb_err rc = KB_ERR_USAGE;

    if (!(client->proof & KB_PROOF_KEY))
        return kb_hinted(err, kb_fail(err, KB_ERR_CONFIG, "the client has no key to sign with"),
            "keybearer add %s --client-key FILE", client->profile);
    if (kb_base64_decode(&der, client->pkcs8.bytes, client->pkcs8.len))
        rc = kb_sign_load_der((struct kb_der){(const unsigned char *)kb_buf_text(&der), der.len},
            KB_SIGN_PKCS8, ret, &why);
    if (rc == KB_ERR_USAGE)
        return kb_hinted(err, kb_fail(err, KB_ERR_CORRUPT, "the client's stored key is damaged"),
            "keybearer add %s --client-key FILE", client->profile);
    return rc ? kb_fail(err, rc, "%s", why.msg) : KB_OK;
}

void kb_sign_key_clear(struct kb_sign_key *key)
{
    EVP_PKEY_free(key->pkey);
    *key = KB_SIGN_KEY_INIT;
}
