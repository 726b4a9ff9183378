/*
 * OpenSSL's configuration, which the environment names and in which nothing works: all of
 * lib/sign works none the less, because it never reads it.
 */
#include "sign_test.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

static const char configuration[] = KB_TEST_KEYS "/../nothing_works.cnf";

static void test_all_of_it_works(void **state)
{
    static const char *const keys[] = {"rsa2048.encrypted.pem", "rsa2048.pkcs1.pem", "p256.jwk",
        "p256.scrypt.pem", "p521.sec1.pem", "ed25519.pem", "box.json"};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(keys); i++) {
        KB_AUTO(kb_client_clear) struct kb_client client = client_of(keys[i]);
        KB_AUTO(kb_buf_clear) struct kb_buf made = KB_BUF_INIT(KB_SIGNATURE_MAX);
        KB_AUTO(kb_buf_clear) struct kb_buf certificate = KB_BUF_INIT(8192);
        KB_AUTO(kb_key_public_clear) struct kb_key_public part = {.spki = NULL};

        assert_int_equal(kb_signer.sign(&client, client.alg, "m", 1, &made, NULL), KB_OK);
        assert_int_equal(kb_key_public_part(&client, &part, NULL), KB_OK);
        assert_int_equal(
            kb_key_make_certificate(&client, "s", 1700000000, &certificate, NULL), KB_OK);
        assert_int_equal(
            kb_key_take_certificates(&client, certificate.data, certificate.len, NULL), KB_OK);
        assert_int_equal(kb_signer.thumbprint(&client, KB_THUMBPRINT_SHA1, &made, NULL), KB_OK);
    }
}

static void test_so_do_new_keys_and_secrets(void **state)
{
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf made = KB_BUF_INIT(KB_SIGNATURE_MAX);
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;

    (void)state;
    client.proof = KB_PROOF_SECRET;
    assert_int_equal(kb_secret_set(&client.secret, "secret", 6, NULL), KB_OK);
    for (enum kb_jws_alg alg = KB_JWS_HS256; alg <= KB_JWS_HS512; alg++)
        assert_int_equal(kb_signer.sign(&client, alg, "m", 1, &made, NULL), KB_OK);
    assert_int_equal(kb_key_make(KB_JWS_ES256, &key, NULL), KB_OK);
    assert_int_equal(kb_key_make(KB_JWS_EDDSA, &key, NULL), KB_OK);
}

/* The last test: from here on the configuration is read. */
static void test_who_reads_it_can_do_nothing(void **state)
{
    (void)state;
    assert_null(EVP_MD_fetch(NULL, "SHA256", NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_of_it_works),
        cmocka_unit_test(test_so_do_new_keys_and_secrets),
        cmocka_unit_test(test_who_reads_it_can_do_nothing),
    };

    if (setenv("OPENSSL_CONF", configuration, 1) != 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
