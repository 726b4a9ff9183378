/*
 * Public numbers only. Their names come in alphabetical order, because thumbprints want them so.
 */
#include "jwk_public.h"

#include "base/base64.h"
#include "base/json_write.h"
#include "library.h"

#include <openssl/core_names.h>

static void add_bytes(
    struct kb_pairs *list, const char *name, const unsigned char *bytes, size_t len)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_SIGN_NUMBER_TEXT_MAX);

    kb_base64url_encode(&text, (const char *)bytes, len);
    kb_pairs_add(list, name, kb_buf_text(&text));
}

/* OpenSSL's number PARAMETER as the member NAME: of SIZE bytes, or as few as it takes. */
static bool add_number(struct kb_pairs *list, const char *name, const struct kb_sign_key *key,
    const char *parameter, size_t size)
{
    unsigned char bytes[KB_SIGN_NUMBER_MAX];
    KB_AUTO(kb_sign_free_bn) BIGNUM *number = NULL;

    if (EVP_PKEY_get_bn_param(key->pkey, parameter, &number) != 1)
        return false;
    if (size == 0)
        size = (size_t)BN_num_bytes(number);
    if (size > sizeof(bytes) || BN_bn2binpad(number, bytes, (int)size) < 0)
        return false;
    add_bytes(list, name, bytes, size);
    return true;
}

static bool add_ed25519(struct kb_pairs *list, const struct kb_sign_key *key)
{
    unsigned char bytes[32];
    size_t len = sizeof(bytes);

    if (EVP_PKEY_get_raw_public_key(key->pkey, bytes, &len) != 1)
        return false;
    add_bytes(list, "x", bytes, len);
    return true;
}

enum kb_err kb_sign_jwk_members(
    const struct kb_sign_key *key, struct kb_pairs *ret, struct kb_error *err)
{
    const struct kb_sign_kind_facts *facts = &kb_sign_kinds[key->kind];
    bool is_rsa = key->kind == KB_SIGN_RSA, added;

    if (facts->crv)
        kb_pairs_add(ret, "crv", facts->crv);
    added = !is_rsa || add_number(ret, "e", key, OSSL_PKEY_PARAM_RSA_E, 0);
    kb_pairs_add(ret, "kty", facts->kty);
    if (is_rsa)
        added = added && add_number(ret, "n", key, OSSL_PKEY_PARAM_RSA_N, 0);
    else if (key->kind == KB_SIGN_ED25519)
        added = add_ed25519(ret, key);
    else
        added = add_number(ret, "x", key, OSSL_PKEY_PARAM_EC_PUB_X, facts->size) &&
                add_number(ret, "y", key, OSSL_PKEY_PARAM_EC_PUB_Y, facts->size);
    return added ? KB_OK : kb_sign_failed("show a key", err);
}

enum kb_err kb_sign_jwk_text(
    const struct kb_sign_key *key, struct kb_buf *out, struct kb_error *err)
{
    KB_AUTO(kb_pairs_clear) struct kb_pairs members = {0};
    struct kb_json_writer w = kb_json_writer(out, 0);
    enum kb_err rc = kb_sign_jwk_members(key, &members, err);

    if (rc)
        return rc;
    kb_json_open(&w, '{');
    for (size_t i = 0; i < members.count; i++)
        kb_json_string_member(&w, members.items[i].name, members.items[i].value);
    kb_json_close(&w);
    return kb_buf_check(out, "a JWK", err);
}
