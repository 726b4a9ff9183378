/*
 * The public part of a key, as providers want it: of each kind, and of what only looks like one.
 */
#include "core_test.h"

#include "core/public_key.h"

#define HASH "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
/* RFC 8410 section 10.1, and the same key in RFC 8037's form. */
#define ED25519 "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="
#define ED25519_X "Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE"
/* RFC 7515 appendix A.3.1 */
#define P256                                                                                       \
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEXH8UTNG72bfo"   \
    "cs3+257rn0s2ldbqkLJK2KRiMohYjlrQ=="
#define P256_X "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define P256_Y "x_FEzRu9m36HLN_tue659LNpXW6pCySikYjKIWI5a0"

static struct kb_card_key key_of(const char *alg, const char *kid, const char *spki)
{
    struct kb_card_key key = {.alg = ""};

    strcpy(key.alg, alg);
    strcpy(key.kid, kid);
    strcpy(key.spki, spki);
    strcpy(key.jwk, HASH);
    return key;
}

static void test_pem(void **state)
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(4096);
    struct kb_card_key key = key_of("ES256", "", P256);

    (void)state;
    assert_int_equal(kb_public_key_write(&key, KB_PUBLIC_PEM, &out, NULL), KB_OK);
    assert_string_equal(kb_buf_text(&out),
        "-----BEGIN PUBLIC KEY-----\n"
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7\n"
        "6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==\n"
        "-----END PUBLIC KEY-----\n");
}

static void test_json(void **state)
{
    static const char jwk[] = "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"" ED25519_X
                              "\",\"alg\":\"EdDSA\",\"use\":\"sig\"}";
    KB_AUTO(kb_buf_clear) struct kb_buf one = KB_BUF_INIT(4096), set = KB_BUF_INIT(4096);
    struct kb_card_key key = key_of("EdDSA", "", ED25519);
    char whole[1024] = "{\"keys\":[";

    (void)state;
    assert_int_equal(kb_public_key_write(&key, KB_PUBLIC_JWK, &one, NULL), KB_OK);
    assert_memory_equal(one.data, jwk, sizeof(jwk) - 1);
    assert_string_equal(one.data + sizeof(jwk) - 1, "\n");
    assert_int_equal(kb_public_key_write(&key, KB_PUBLIC_JWKS, &set, NULL), KB_OK);
    strcat(strcat(whole, jwk), "]}\n");
    assert_string_equal(kb_buf_text(&set), whole);
}

static void test_a_name_of_its_own(void **state)
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(4096);
    struct kb_card_key key = key_of("ES256", "my \"key\"", P256);

    (void)state;
    assert_int_equal(kb_public_key_write(&key, KB_PUBLIC_JWK, &out, NULL), KB_OK);
    assert_mentions(
        kb_buf_text(&out), "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"" P256_X "\",\"y\":\"");
    assert_mentions(kb_buf_text(&out), "\"kid\":\"my \\\"key\\\"\"");
}

/* A number of RSA has no zero before it, RFC 7518 section 6.3.1. */
static void test_rsa(void **state)
{
    /* SEQUENCE {SEQUENCE {rsaEncryption, NULL}, BIT STRING {SEQUENCE {INTEGER 00 c1 02, 65537}}} */
    struct kb_card_key key = key_of("RS256", "k", "MB4wDQYJKoZIhvcNAQEBBQADDQAwCgIDAMECAgMBAAE=");
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(4096);
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    if (kb_public_key_write(&key, KB_PUBLIC_JWK, &out, &err))
        fail_msg("%s", err.msg);
    assert_string_equal(kb_buf_text(&out), "{\"e\":\"AQAB\",\"kty\":\"RSA\",\"n\":\"wQI\",\"kid\":"
                                           "\"k\",\"alg\":\"RS256\",\"use\":\"sig\"}\n");
}

/* RFC 8037 appendix A.3: of the numbers alone, whatever else a JWK says. */
static void test_thumbprint(void **state)
{
    static const char spki[] = "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    char hash[KB_CARD_THUMBPRINT_TEXT] = "as it was";

    (void)state;
    assert_int_equal(kb_public_key_thumbprint("AQID", hash, NULL), KB_ERR_CORRUPT);
    assert_string_equal(hash, "as it was");
    assert_int_equal(kb_public_key_thumbprint(spki, hash, NULL), KB_OK);
    assert_string_equal(hash, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

static void test_format_names(void **state)
{
    enum kb_public_format format = KB_PUBLIC_PEM;

    (void)state;
    assert_true(kb_public_format_find("jwks", &format));
    assert_int_equal(format, KB_PUBLIC_JWKS);
    assert_false(kb_public_format_find("certificate", &format));
    assert_int_equal(format, KB_PUBLIC_JWKS);
}

static void test_what_is_no_key(void **state)
{
    static const char *const cases[] = {
        "AQID",
        "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZg==", /* too short */
        "MCowBQYDK2VuAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=", /* X25519 */
        "MB4wDQYJKoZIhvcNAQEBBQADDQAwCgIDgMECAgMBAAE=",                 /* a negative number */
        "MB4wDQYJKoZIhvcNAQEBBQADDQAwCgJ/AMECAgMBAAE=",                 /* longer than it is */
        "MIQAAAAeMA0GCSqGSIb3DQEBAQUAAw0AMAoCAwDBAgIDAQAB",             /* a length of four bytes */
        "MB4wDQYJKoZIhvcNAQEBBQADDQAwCgIDAMECAgMBAAEA",                 /* a byte behind it */
        "MCEwDQYJKoZIhvcNAQEBBQADEAAwDQIDAMECAgMBAAECAQE=",             /* a third number */
        "====",
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(4096);
        struct kb_card_key key = key_of("RS256", "", cases[i]);

        if (kb_public_key_write(&key, KB_PUBLIC_JWK, &out, NULL) != KB_ERR_CORRUPT)
            fail_msg("took %s", cases[i]);
        assert_int_equal(out.len, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pem),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_a_name_of_its_own),
        cmocka_unit_test(test_rsa),
        cmocka_unit_test(test_thumbprint),
        cmocka_unit_test(test_format_names),
        cmocka_unit_test(test_what_is_no_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
