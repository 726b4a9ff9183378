/*
 * Signatures: the RFCs' own where they come out the same each time, OpenSSL's word for the rest.
 */
#include "rfc.h"
#include "sign_test.h"

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

static const char message[] = "header.payload";

/* Of ES256 and its like: DER from the two numbers. */
static struct kb_buf der_of(const struct kb_buf *pair)
{
    const unsigned char *bytes = (const unsigned char *)pair->data;
    int half = (int)pair->len / 2;
    ECDSA_SIG *numbers = ECDSA_SIG_new();
    struct kb_buf der = KB_BUF_INIT(256);
    unsigned char *out = NULL;
    int len;

    assert_int_equal(
        ECDSA_SIG_set0(numbers, BN_bin2bn(bytes, half, NULL), BN_bin2bn(bytes + half, half, NULL)),
        1);
    len = i2d_ECDSA_SIG(numbers, &out);
    kb_buf_add(&der, out, (size_t)len);
    OPENSSL_free(out);
    ECDSA_SIG_free(numbers);
    return der;
}

/* Whether the public part that is shown for CLIENT takes SIGNATURE for that of TEXT. */
static bool verifies(const struct kb_client *client, const char *digest, bool pss, const char *text,
    const struct kb_buf *signature)
{
    KB_AUTO(kb_key_public_clear) struct kb_key_public public = {.spki = NULL};
    KB_AUTO(kb_buf_clear) struct kb_buf spki = KB_BUF_INIT(8192);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *how = NULL;
    const unsigned char *at;
    EVP_PKEY *key;
    bool good;

    assert_int_equal(kb_key_public_part(client, &public, NULL), KB_OK);
    assert_true(kb_base64_decode(&spki, public.spki, strlen(public.spki)));
    at = (const unsigned char *)spki.data;
    key = d2i_PUBKEY(NULL, &at, (long)spki.len);
    assert_int_equal(EVP_DigestVerifyInit_ex(context, &how, digest, NULL, NULL, key, NULL), 1);
    if (pss) {
        assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING), 1);
        assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(how, RSA_PSS_SALTLEN_DIGEST), 1);
    }
    good = EVP_DigestVerify(context, (const unsigned char *)signature->data, signature->len,
               (const unsigned char *)text, strlen(text)) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return good;
}

static const struct {
    enum kb_jws_alg alg;
    const char *key, *digest;
    size_t len; /* of the signature */
    bool pss, pair;
} algs[] = {
    {KB_JWS_RS256, "rsa2048.pem", "SHA256", 256, false, false},
    {KB_JWS_RS384, "rsa2048.pem", "SHA384", 256, false, false},
    {KB_JWS_RS512, "rsa2048.pem", "SHA512", 256, false, false},
    {KB_JWS_PS256, "rsa2048.pem", "SHA256", 256, true, false},
    {KB_JWS_PS384, "rsa2048.pem", "SHA384", 256, true, false},
    {KB_JWS_PS512, "rsa2048.pem", "SHA512", 256, true, false},
    {KB_JWS_RS256, "rsa8192.pem", "SHA256", 1024, false, false},
    {KB_JWS_ES256, "p256.pem", "SHA256", 64, false, true},
    {KB_JWS_ES384, "p384.pem", "SHA384", 96, false, true},
    {KB_JWS_ES512, "p521.pem", "SHA512", 132, false, true},
    {KB_JWS_EDDSA, "ed25519.pem", NULL, 64, false, false},
};

static void test_every_algorithm_verifies(void **state)
{
    (void)state;
    for (size_t i = 0; i < KB_COUNT(algs); i++) {
        KB_AUTO(kb_client_clear) struct kb_client client = client_of(algs[i].key);
        KB_AUTO(kb_buf_clear) struct kb_buf made = KB_BUF_INIT(KB_SIGNATURE_MAX);
        KB_AUTO(kb_buf_clear) struct kb_buf der = KB_BUF_INIT(256);
        struct kb_error err = KB_ERROR_INIT;

        if (kb_signer.sign(&client, algs[i].alg, message, strlen(message), &made, &err))
            fail_msg("%s: %s", kb_jws_alg_name(algs[i].alg), err.msg);
        assert_int_equal(made.len, algs[i].len);
        if (algs[i].pair)
            der = der_of(&made);
        if (!verifies(&client, algs[i].digest, algs[i].pss, message, der.len ? &der : &made))
            fail_msg("%s does not verify", kb_jws_alg_name(algs[i].alg));
        if (verifies(&client, algs[i].digest, algs[i].pss, "another", der.len ? &der : &made))
            fail_msg("%s verifies for another text", kb_jws_alg_name(algs[i].alg));
    }
}

/* Each number keeps its place, whatever zeros it begins with: one in 128 signatures has such. */
static void test_pairs_keep_their_leading_zeros(void **state)
{
    KB_AUTO(kb_client_clear) struct kb_client client = client_of("p256.pem");
    bool met = false;

    (void)state;
    for (int i = 0; i < 5000 && !met; i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf made = KB_BUF_INIT(64), der = KB_BUF_INIT(256);

        assert_int_equal(kb_signer.sign(&client, KB_JWS_ES256, message, 5, &made, NULL), KB_OK);
        assert_int_equal(made.len, 64);
        met = made.data[0] == 0 || made.data[32] == 0;
        der = der_of(&made);
        if (met)
            assert_true(verifies(&client, "SHA256", false, "heade", &der));
    }
    assert_true(met);
}

/* --- the RFCs' ------------------------------------------------------------------------ */

static void must_be(
    const struct kb_client *client, enum kb_jws_alg alg, const char *input, const char *signature)
{
    KB_AUTO(kb_buf_clear) struct kb_buf made = KB_BUF_INIT(1024), text = KB_BUF_INIT(2048);

    assert_int_equal(kb_signer.sign(client, alg, input, strlen(input), &made, NULL), KB_OK);
    kb_base64url_encode(&text, made.data, made.len);
    assert_string_equal(kb_buf_text(&text), signature);
}

static void test_signatures_of_the_rfcs(void **state)
{
    const struct {
        const char *jwk;
        enum kb_jws_alg alg;
        const char *input, *signature;
    } cases[] = {
        {rs256_jwk, KB_JWS_RS256, rs256_input, rs256_signature},
        {bilbo_rsa_jwk, KB_JWS_RS256, bilbo_rs256_input, bilbo_rs256_signature},
        {ed25519_jwk, KB_JWS_EDDSA, ed25519_input, ed25519_signature},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_client_clear)
        struct kb_client client = client_of_text(cases[i].jwk, strlen(cases[i].jwk));

        must_be(&client, cases[i].alg, cases[i].input, cases[i].signature);
    }
}

static struct kb_client client_with_secret(const void *bytes, size_t len)
{
    struct kb_client client = KB_CLIENT_INIT;

    client.proof = KB_PROOF_SECRET;
    assert_int_equal(kb_secret_set(&client.secret, bytes, len, NULL), KB_OK);
    return client;
}

static void test_codes_of_the_rfcs(void **state)
{
    const struct {
        const char *key, *input, *signature;
    } cases[] = {
        {hs256_key, hs256_input, hs256_signature},
        {bilbo_hs256_key, bilbo_hs256_input, bilbo_hs256_signature},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf key = KB_BUF_INIT(64);
        KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;

        assert_true(kb_base64url_decode(&key, cases[i].key, strlen(cases[i].key)));
        client = client_with_secret(key.data, key.len);
        must_be(&client, KB_JWS_HS256, cases[i].input, cases[i].signature);
    }
}

/* RFC 4231 section 4.3. */
static void test_longer_codes(void **state)
{
    static const char input[] = "what do ya want for nothing?";
    static const struct {
        enum kb_jws_alg alg;
        const char *hex;
    } cases[] = {
        {KB_JWS_HS256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {KB_JWS_HS384, "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
                       "8e2240ca5e69e2c78b3239ecfab21649"},
        {KB_JWS_HS512, "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75"
                       "c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
    };
    KB_AUTO(kb_client_clear) struct kb_client client = client_with_secret("Jefe", 4);

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf made = KB_BUF_INIT(64), hex = KB_BUF_INIT(128);

        assert_int_equal(
            kb_signer.sign(&client, cases[i].alg, input, strlen(input), &made, NULL), KB_OK);
        for (size_t k = 0; k < made.len; k++)
            kb_buf_fmt(&hex, "%02x", (unsigned char)made.data[k]);
        assert_string_equal(kb_buf_text(&hex), cases[i].hex);
    }
}

/* --- who cannot sign ------------------------------------------------------------------ */

static enum kb_err sign_with(
    const struct kb_client *client, enum kb_jws_alg alg, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf made = KB_BUF_INIT(KB_SIGNATURE_MAX);
    enum kb_err rc = kb_signer.sign(client, alg, message, strlen(message), &made, err);

    assert_int_equal(made.len > 0, rc == KB_OK);
    return rc;
}

/* Every key with every algorithm of others: kb_key_check() and sign() agree. */
static void test_another_keys_algorithm_is_refused(void **state)
{
    static const struct {
        const char *key, *fits;
        enum kb_jws_alg first, last;
    } keys[] = {
        {"rsa2048.pem", "RS256, RS384, RS512, PS256, PS384 or PS512", KB_JWS_RS256, KB_JWS_PS512},
        {"p256.pem", "for ES256", KB_JWS_ES256, KB_JWS_ES256},
        {"p384.pem", "for ES384", KB_JWS_ES384, KB_JWS_ES384},
        {"p521.pem", "for ES512", KB_JWS_ES512, KB_JWS_ES512},
        {"ed25519.pem", "for EdDSA", KB_JWS_EDDSA, KB_JWS_EDDSA},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(keys); i++) {
        KB_AUTO(kb_client_clear) struct kb_client client = client_of(keys[i].key);

        for (enum kb_jws_alg alg = KB_JWS_RS256; alg < KB_JWS_HS256; alg++) {
            struct kb_error err = KB_ERROR_INIT;
            bool fits = alg >= keys[i].first && alg <= keys[i].last;

            assert_int_equal(kb_key_check(&client, alg, &err), fits ? KB_OK : KB_ERR_CONFIG);
            assert_int_equal(sign_with(&client, alg, &err), fits ? KB_OK : KB_ERR_CONFIG);
            if (!fits)
                assert_mentions(err.msg, keys[i].fits);
        }
    }
}

static void test_a_proof_that_is_missing_is_named(void **state)
{
    KB_AUTO(kb_client_clear) struct kb_client key = client_of("p256.pem");
    KB_AUTO(kb_client_clear) struct kb_client secret = client_with_secret("s", 1);
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    assert_int_equal(sign_with(&key, KB_JWS_HS256, &err), KB_ERR_CONFIG);
    assert_mentions(err.msg, "HS256 signs with a secret");
    assert_int_equal(kb_key_check(&key, KB_JWS_HS512, &err), KB_ERR_CONFIG);
    assert_int_equal(sign_with(&secret, KB_JWS_ES256, &err), KB_ERR_CONFIG);
    assert_mentions(err.msg, "no key");
    assert_int_equal(kb_key_check(&secret, KB_JWS_HS384, &err), KB_OK);
    assert_int_equal(kb_key_check(&secret, KB_JWS_RS256, &err), KB_ERR_CONFIG);
}

/* What a store gives back may be anything. */
static void test_a_stored_key_that_is_none_is_damaged(void **state)
{
    const char *const keys[] = {"", "AQID", "!", "MAA=", "MIIB"};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(keys); i++) {
        KB_AUTO(kb_client_clear) struct kb_client client = client_of("p256.pem");
        struct kb_error err = KB_ERROR_INIT;

        assert_int_equal(kb_secret_set(&client.pkcs8, keys[i], strlen(keys[i]), NULL), KB_OK);
        assert_int_equal(sign_with(&client, KB_JWS_ES256, &err), KB_ERR_CORRUPT);
        assert_mentions(err.hint, "keybearer add");
    }
}

static void test_a_short_buffer_is_told(void **state)
{
    KB_AUTO(kb_client_clear) struct kb_client client = client_of("p256.pem");
    KB_AUTO(kb_buf_clear) struct kb_buf made = KB_BUF_INIT(63);

    (void)state;
    assert_int_equal(kb_signer.sign(&client, KB_JWS_ES256, message, 1, &made, NULL), KB_ERR_SYSTEM);
}

/* --- thumbprints of certificates ------------------------------------------------------ */

static void test_thumbprints(void **state)
{
    KB_AUTO(kb_client_clear) struct kb_client client = client_of("p256.pem");
    KB_AUTO(kb_buf_clear) struct kb_buf text = text_of("p256.crt"), der = KB_BUF_INIT(4096);
    KB_AUTO(kb_buf_clear) struct kb_buf one = KB_BUF_INIT(64), other = KB_BUF_INIT(64);
    unsigned char sha1[20], sha256[32];

    (void)state;
    assert_int_equal(kb_signer.thumbprint(&client, KB_THUMBPRINT_SHA1, &one, NULL), KB_ERR_CONFIG);
    assert_int_equal(kb_key_take_certificates(&client, text.data, text.len, NULL), KB_OK);
    assert_int_equal(kb_signer.thumbprint(&client, KB_THUMBPRINT_SHA1, &one, NULL), KB_OK);
    assert_int_equal(kb_signer.thumbprint(&client, KB_THUMBPRINT_SHA256, &other, NULL), KB_OK);
    assert_true(kb_base64_decode(&der, client.chain.items[0], strlen(client.chain.items[0])));
    EVP_Digest(der.data, der.len, sha1, NULL, EVP_sha1(), NULL);
    EVP_Digest(der.data, der.len, sha256, NULL, EVP_sha256(), NULL);
    assert_int_equal(one.len, sizeof(sha1));
    assert_memory_equal(one.data, sha1, sizeof(sha1));
    assert_int_equal(other.len, sizeof(sha256));
    assert_memory_equal(other.data, sha256, sizeof(sha256));
}

/* --- what is left in OpenSSL ---------------------------------------------------------- */

static void test_no_error_of_ours_stays_in_the_queue(void **state)
{
    KB_AUTO(kb_client_clear) struct kb_client client = client_of("p256.pem");
    KB_AUTO(kb_buf_clear) struct kb_buf text = text_of("p256.explicit.pem");
    KB_AUTO(kb_key_file_clear) struct kb_key_file file = KB_KEY_FILE_INIT;

    (void)state;
    ERR_clear_error();
    assert_int_equal(sign_with(&client, KB_JWS_ES256, NULL), KB_OK);
    assert_int_equal(ERR_peek_error(), 0);
    ERR_raise(ERR_LIB_USER, 7);
    assert_int_equal(kb_key_read("-----BEGIN X", 12, NULL, NULL, &file, NULL), KB_ERR_USAGE);
    assert_int_equal(kb_key_read(text.data, text.len, NULL, NULL, &file, NULL), KB_ERR_USAGE);
    assert_int_equal(sign_with(&client, KB_JWS_ES256, NULL), KB_OK);
    assert_int_equal(ERR_GET_REASON(ERR_get_error()), 7);
    assert_int_equal(ERR_peek_error(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_algorithm_verifies),
        cmocka_unit_test(test_pairs_keep_their_leading_zeros),
        cmocka_unit_test(test_signatures_of_the_rfcs),
        cmocka_unit_test(test_codes_of_the_rfcs),
        cmocka_unit_test(test_longer_codes),
        cmocka_unit_test(test_another_keys_algorithm_is_refused),
        cmocka_unit_test(test_a_proof_that_is_missing_is_named),
        cmocka_unit_test(test_a_stored_key_that_is_none_is_damaged),
        cmocka_unit_test(test_a_short_buffer_is_told),
        cmocka_unit_test(test_thumbprints),
        cmocka_unit_test(test_no_error_of_ours_stays_in_the_queue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
