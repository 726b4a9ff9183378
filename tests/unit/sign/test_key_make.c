/*
 * New keys: of the right kind and size, each another one, and fit to sign.
 */
#include "sign_test.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

static struct kb_client client_made_for(enum kb_jws_alg alg)
{
    struct kb_client client = KB_CLIENT_INIT;

    client.proof = KB_PROOF_KEY;
    client.alg = alg;
    assert_int_equal(kb_key_make(alg, &client.pkcs8, NULL), KB_OK);
    assert_int_equal(kb_client_check(&client, NULL), KB_OK);
    return client;
}

/* What OpenSSL says of PKCS8. */
static void check_kind(const struct kb_secret *pkcs8, const char *name, int bits)
{
    KB_AUTO(kb_buf_clear) struct kb_buf der = KB_BUF_INIT(8192);
    const unsigned char *at;
    EVP_PKEY *key;

    assert_true(kb_base64_decode(&der, pkcs8->bytes, pkcs8->len));
    at = (const unsigned char *)der.data;
    key = d2i_AutoPrivateKey(NULL, &at, (long)der.len);
    assert_non_null(key);
    assert_true(EVP_PKEY_is_a(key, name));
    assert_int_equal(EVP_PKEY_get_bits(key), bits);
    EVP_PKEY_free(key);
}

static void test_a_key_for_every_algorithm(void **state)
{
    static const struct {
        enum kb_jws_alg alg;
        const char *kind;
        int bits;
    } cases[] = {
        {KB_JWS_RS256, "RSA", 3072},
        {KB_JWS_PS512, "RSA", 3072},
        {KB_JWS_ES256, "EC", 256},
        {KB_JWS_ES384, "EC", 384},
        {KB_JWS_ES512, "EC", 521},
        {KB_JWS_EDDSA, "ED25519", 256},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_client_clear) struct kb_client client = client_made_for(cases[i].alg);
        KB_AUTO(kb_buf_clear) struct kb_buf made = KB_BUF_INIT(KB_SIGNATURE_MAX);

        check_kind(&client.pkcs8, cases[i].kind, cases[i].bits);
        assert_int_equal(kb_key_check(&client, cases[i].alg, NULL), KB_OK);
        assert_int_equal(kb_signer.sign(&client, cases[i].alg, "m", 1, &made, NULL), KB_OK);
    }
}

/* It passes all that a key from a file must pass, and is kept in the same bytes. */
static void test_a_new_key_reads_as_a_file(void **state)
{
    static const enum kb_jws_alg algs[] = {
        KB_JWS_RS256, KB_JWS_ES256, KB_JWS_ES384, KB_JWS_ES512, KB_JWS_EDDSA};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(algs); i++) {
        KB_AUTO(kb_client_clear) struct kb_client client = client_made_for(algs[i]);
        KB_AUTO(kb_key_file_clear) struct kb_key_file file = KB_KEY_FILE_INIT;
        KB_AUTO(kb_buf_clear) struct kb_buf pem = KB_BUF_INIT(8192);

        kb_buf_str(&pem, "-----BEGIN PRIVATE KEY-----\n");
        kb_secret_append(&client.pkcs8, &pem);
        kb_buf_str(&pem, "\n-----END PRIVATE KEY-----\n");
        assert_int_equal(kb_key_read(pem.data, pem.len, NULL, NULL, &file, NULL), KB_OK);
        assert_true(kb_secret_equal(&file.pkcs8, &client.pkcs8));
        assert_int_equal(file.alg, algs[i]);
    }
}

static void test_each_is_another(void **state)
{
    KB_AUTO(kb_client_clear) struct kb_client one = client_made_for(KB_JWS_ES256);
    KB_AUTO(kb_client_clear) struct kb_client other = client_made_for(KB_JWS_ES256);

    (void)state;
    assert_false(kb_secret_equal(&one.pkcs8, &other.pkcs8));
}

static void test_no_key_for_what_signs_with_a_secret(void **state)
{
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    for (enum kb_jws_alg alg = KB_JWS_HS256; alg <= KB_JWS_HS512; alg++) {
        assert_int_equal(kb_key_make(alg, &key, &err), KB_ERR_USAGE);
        assert_mentions(err.msg, kb_jws_alg_name(alg));
        assert_true(kb_secret_is_empty(&key));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_key_for_every_algorithm),
        cmocka_unit_test(test_a_new_key_reads_as_a_file),
        cmocka_unit_test(test_each_is_another),
        cmocka_unit_test(test_no_key_for_what_signs_with_a_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
