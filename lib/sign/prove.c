/*
 * Of a curve OpenSSL's own check: that the point is on it, and the private number's. Of RSA it
 * would try for seconds whether the primes are prime; here they must fit to each other, and sign
 * what the public part verifies, which a number that is not prime does not. Of Ed25519 the public
 * part is always computed (load.c).
 */
#include "prove.h"

#include "library.h"

#include <openssl/core_names.h>

static enum kb_err no_pair(struct kb_error *err)
{
    return kb_fail(err, KB_ERR_USAGE, "the key is damaged: its parts do not belong together");
}

static enum kb_err prove_curve(const struct kb_sign_key *key, struct kb_error *err)
{
    KB_AUTO(kb_sign_free_context)
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(kb_sign_library(), key->pkey, NULL);

    if (!context)
        return kb_sign_failed("check a key", err);
    return EVP_PKEY_check(context) == 1 ? KB_OK : no_pair(err);
}

/* --- RSA ------------------------------------------------------------------------------ */

struct numbers {
    BIGNUM *of[KB_SIGN_PARTS];
    BN_CTX *work;
};

static void free_numbers(struct numbers *numbers)
{
    for (size_t i = 0; i < KB_SIGN_PARTS; i++)
        BN_clear_free(numbers->of[i]);
    BN_CTX_free(numbers->work);
}

static bool take_numbers(const struct kb_sign_key *key, struct numbers *ret)
{
    ret->work = BN_CTX_secure_new_ex(kb_sign_library());
    for (size_t i = 0; i < KB_SIGN_PARTS; i++) {
        if (EVP_PKEY_get_bn_param(key->pkey, kb_sign_rsa_names[i], &ret->of[i]) != 1)
            return false;
    }
    return ret->work;
}

/* Whether D is a private exponent for PRIME, and SHORT the same in short. */
static bool exponents_fit(const struct numbers *key, const BIGNUM *prime, const BIGNUM *shortened)
{
    BIGNUM *less = BN_CTX_get(key->work), *got = BN_CTX_get(key->work);

    return got && BN_sub(less, prime, BN_value_one()) &&
           BN_mod_mul(got, key->of[KB_RSA_D], key->of[KB_RSA_E], less, key->work) &&
           BN_is_one(got) && BN_mod(got, key->of[KB_RSA_D], less, key->work) &&
           BN_cmp(got, shortened) == 0;
}

/* RFC 8017 section 3.2. */
static bool numbers_fit(const struct numbers *key)
{
    const BIGNUM *p = key->of[KB_RSA_P], *q = key->of[KB_RSA_Q], *qi = key->of[KB_RSA_QI];
    BIGNUM *got;
    bool fit;

    BN_CTX_start(key->work);
    got = BN_CTX_get(key->work);
    fit = got && BN_mul(got, p, q, key->work) && BN_cmp(got, key->of[KB_RSA_N]) == 0 &&
          exponents_fit(key, p, key->of[KB_RSA_DP]) && exponents_fit(key, q, key->of[KB_RSA_DQ]) &&
          BN_cmp(qi, p) < 0 && BN_mod_mul(got, qi, q, p, key->work) && BN_is_one(got);
    BN_CTX_end(key->work);
    return fit;
}

static bool signs_and_verifies(const struct kb_sign_key *key)
{
    static const unsigned char text[] = "a key and its public part";
    unsigned char signature[KB_SIGN_NUMBER_MAX];
    size_t len = sizeof(signature);
    KB_AUTO(kb_sign_free_digest) EVP_MD_CTX *signer = EVP_MD_CTX_new();
    KB_AUTO(kb_sign_free_digest) EVP_MD_CTX *verifier = EVP_MD_CTX_new();
    OSSL_LIB_CTX *library = kb_sign_library();

    return signer && verifier &&
           EVP_DigestSignInit_ex(signer, NULL, "SHA256", library, NULL, key->pkey, NULL) == 1 &&
           EVP_DigestSign(signer, signature, &len, text, sizeof(text)) == 1 &&
           EVP_DigestVerifyInit_ex(verifier, NULL, "SHA256", library, NULL, key->pkey, NULL) == 1 &&
           EVP_DigestVerify(verifier, signature, len, text, sizeof(text)) == 1;
}

static enum kb_err prove_rsa(const struct kb_sign_key *key, struct kb_error *err)
{
    KB_AUTO(free_numbers) struct numbers numbers = {.work = NULL};

    if (!take_numbers(key, &numbers))
        return kb_sign_failed("check a key", err);
    return numbers_fit(&numbers) && signs_and_verifies(key) ? KB_OK : no_pair(err);
}

enum kb_err kb_sign_prove(const struct kb_sign_key *key, struct kb_error *err)
{
    if (key->kind == KB_SIGN_RSA)
        return prove_rsa(key, err);
    return key->kind == KB_SIGN_ED25519 ? KB_OK : prove_curve(key, err);
}
