/*
 * What is shown of a key: thumbprints, every form for providers, certificates, and what TLS gets.
 */
#include "rfc.h"
#include "sign_test.h"

#include "base/json.h"
#include "core/public_key.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define NOW 1700000000

static const char *const keys[] = {
    "rsa2048.pem", "p256.pem", "p384.pem", "p521.pem", "ed25519.pem"};

/* As a card has it. */
static struct kb_card_key card_key_of(const struct kb_client *client)
{
    KB_AUTO(kb_key_public_clear) struct kb_key_public part = {.spki = NULL};
    struct kb_card_key key = {.alg = ""};

    assert_int_equal(kb_key_public_part(client, &part, NULL), KB_OK);
    assert_int_equal(kb_public_key_thumbprint(part.spki, key.jwk, NULL), KB_OK);
    assert_true(kb_text_copy(key.spki, sizeof(key.spki), part.spki));
    assert_true(kb_text_copy(key.certificate, sizeof(key.certificate), part.certificate));
    assert_true(kb_text_copy(key.alg, sizeof(key.alg), kb_jws_alg_name(client->alg)));
    assert_true(kb_text_copy(key.kid, sizeof(key.kid), client->kid ? client->kid : ""));
    return key;
}

static void write_public(
    const struct kb_client *client, enum kb_public_format format, struct kb_buf *out)
{
    const struct kb_card_key key = card_key_of(client);
    struct kb_error err = KB_ERROR_INIT;

    if (kb_public_key_write(&key, format, out, &err))
        fail_msg("%s", err.msg);
}

static void write_certificate(
    const struct kb_client *client, const char *subject, struct kb_buf *out)
{
    struct kb_error err = KB_ERROR_INIT;

    if (kb_key_make_certificate(client, subject, NOW, out, &err))
        fail_msg("%s", err.msg);
}

/* RFC 7638 section 3.1, RFC 8037 appendix A.3. */
static void test_thumbprints_of_the_rfcs(void **state)
{
    const struct {
        const char *jwk, *thumbprint;
    } cases[] = {{thumbprint_jwk, thumbprint}, {ed25519_jwk, ed25519_thumbprint}};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_client_clear)
        struct kb_client client = client_of_text(cases[i].jwk, strlen(cases[i].jwk));
        const struct kb_card_key key = card_key_of(&client);

        assert_string_equal(key.jwk, cases[i].thumbprint);
        assert_string_equal(key.certificate, "");
    }
}

/* What is shown agrees with what is written elsewhere. */
static void test_the_public_part(void **state)
{
    KB_AUTO(kb_client_clear) struct kb_client client = client_of("p256.jwk");
    KB_AUTO(kb_key_public_clear) struct kb_key_public part = {.spki = NULL};
    KB_AUTO(kb_buf_clear) struct kb_buf hash = KB_BUF_INIT(32), text = KB_BUF_INIT(64);
    KB_AUTO(kb_buf_clear) struct kb_buf pem = KB_BUF_INIT(4096);

    (void)state;
    assert_int_equal(kb_key_public_part(&client, &part, NULL), KB_OK);
    assert_int_equal(kb_signer.thumbprint(&client, KB_THUMBPRINT_SHA256, &hash, NULL), KB_OK);
    kb_base64url_encode(&text, hash.data, hash.len);
    assert_string_equal(part.certificate, kb_buf_text(&text));
    write_public(&client, KB_PUBLIC_PEM, &pem);
    assert_memory_equal(strchr(pem.data, '\n') + 1, part.spki, 64);
}

static void test_pem_is_what_openssl_writes(void **state)
{
    (void)state;
    for (size_t i = 0; i < KB_COUNT(keys); i++) {
        KB_AUTO(kb_client_clear) struct kb_client client = client_of(keys[i]);
        KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(8192), openssl = KB_BUF_INIT(0);
        char name[64];

        (void)snprintf(name, sizeof(name), "%.*s.pub.pem", (int)strcspn(keys[i], "."), keys[i]);
        openssl = text_of(name);
        write_public(&client, KB_PUBLIC_PEM, &out);
        assert_string_equal(kb_buf_text(&out), kb_buf_text(&openssl));
    }
}

/* With its name, its algorithm and its use, and the numbers of the RFC's public key. */
static void test_jwk(void **state)
{
    static const char line[] = "{\"crv\":\"Ed25519\",\"kty\":\"OKP\","
                               "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\","
                               "\"kid\":\"k 1\",\"alg\":\"EdDSA\",\"use\":\"sig\"}";
    KB_AUTO(kb_client_clear)
    struct kb_client client = client_of_text(ed25519_jwk, strlen(ed25519_jwk));
    KB_AUTO(kb_buf_clear) struct kb_buf one = KB_BUF_INIT(4096), set = KB_BUF_INIT(4096);
    KB_AUTO(kb_buf_clear) struct kb_buf unnamed = KB_BUF_INIT(4096);

    (void)state;
    write_public(&client, KB_PUBLIC_JWK, &unnamed);
    assert_null(strstr(unnamed.data, "kid"));
    kb_str_set(&client.kid, "k 1");
    write_public(&client, KB_PUBLIC_JWK, &one);
    write_public(&client, KB_PUBLIC_JWKS, &set);
    assert_memory_equal(one.data, line, strlen(line));
    assert_string_equal(one.data + strlen(line), "\n");
    assert_memory_equal(set.data, "{\"keys\":[", 9);
    assert_memory_equal(set.data + 9, line, strlen(line));
    assert_string_equal(set.data + 9 + strlen(line), "]}\n");
}

/* The public members of each private JWK are the file's own, and no private one is there. */
static void test_a_jwk_has_the_files_public_members(void **state)
{
    static const struct {
        const char *jwk, *members[4];
    } cases[] = {
        {rs256_jwk, {"kty", "n", "e"}},
        {bilbo_rsa_jwk, {"kty", "n", "e", "kid"}},
        {es256_jwk, {"kty", "crv", "x", "y"}},
        {es512_jwk, {"kty", "crv", "x", "y"}},
    };
    static const char *const private[] = {"d", "p", "q", "dp", "dq", "qi"};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_client_clear)
        struct kb_client client = client_of_text(cases[i].jwk, strlen(cases[i].jwk));
        KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(8192);
        KB_AUTO(kb_json_release) struct json_object *file = NULL, *shown = NULL;

        write_public(&client, KB_PUBLIC_JWK, &out);
        assert_int_equal(kb_json_parse(out.data, out.len, &shown, NULL), KB_OK);
        assert_int_equal(kb_json_parse(cases[i].jwk, strlen(cases[i].jwk), &file, NULL), KB_OK);
        for (size_t k = 0; k < 4 && cases[i].members[k]; k++)
            assert_string_equal(kb_json_string(shown, cases[i].members[k]),
                kb_json_string(file, cases[i].members[k]));
        for (size_t k = 0; k < KB_COUNT(private); k++)
            assert_null(kb_json_member(shown, private[k]));
    }
}

/* --- certificates --------------------------------------------------------------------- */

static X509 *certificate_of(const struct kb_buf *pem)
{
    BIO *bio = BIO_new_mem_buf(pem->data, (int)pem->len);
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);

    BIO_free(bio);
    assert_non_null(certificate);
    return certificate;
}

static void assert_time(const ASN1_TIME *is, int64_t expected)
{
    time_t time = (time_t)expected;

    assert_int_equal(X509_cmp_time(is, &time), -1);
    time--;
    assert_int_equal(X509_cmp_time(is, &time), 1);
}

static void test_a_key_signs_its_certificate(void **state)
{
    (void)state;
    for (size_t i = 0; i < KB_COUNT(keys); i++) {
        KB_AUTO(kb_client_clear) struct kb_client client = client_of(keys[i]);
        KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(8192);
        char subject[65] = "";
        X509 *made;

        write_certificate(&client, "my profile", &out);
        made = certificate_of(&out);
        assert_int_equal(X509_verify(made, X509_get0_pubkey(made)), 1);
        X509_NAME_get_text_by_NID(
            X509_get_subject_name(made), NID_commonName, subject, sizeof(subject));
        assert_string_equal(subject, "my profile");
        assert_int_equal(X509_NAME_cmp(X509_get_subject_name(made), X509_get_issuer_name(made)), 0);
        assert_time(X509_get0_notBefore(made), NOW - 3600);
        assert_time(X509_get0_notAfter(made), NOW + 2 * 365 * 86400);
        assert_int_equal(X509_get_version(made), X509_VERSION_3);
        assert_int_equal(X509_get_key_usage(made), KU_DIGITAL_SIGNATURE);
        assert_int_equal(X509_get_extended_key_usage(made), XKU_SSL_CLIENT);
        assert_int_equal(X509_check_ca(made), 0);
        X509_free(made);
        /* It is one that the key takes. */
        assert_int_equal(kb_key_take_certificates(&client, out.data, out.len, NULL), KB_OK);
        assert_int_equal(client.chain.count, 1);
    }
}

static void test_no_two_certificates_have_one_number(void **state)
{
    KB_AUTO(kb_client_clear) struct kb_client client = client_of("ed25519.pem");
    KB_AUTO(kb_buf_clear) struct kb_buf one = KB_BUF_INIT(8192), other = KB_BUF_INIT(8192);
    X509 *first, *second;

    (void)state;
    write_certificate(&client, "s", &one);
    write_certificate(&client, "s", &other);
    first = certificate_of(&one);
    second = certificate_of(&other);
    assert_int_not_equal(
        ASN1_INTEGER_cmp(X509_get0_serialNumber(first), X509_get0_serialNumber(second)), 0);
    X509_free(first);
    X509_free(second);
}

static void test_subjects(void **state)
{
    KB_AUTO(kb_client_clear) struct kb_client client = client_of("ed25519.pem");
    char longest[66];
    const struct {
        const char *subject;
        enum kb_err rc;
    } cases[] = {{longest + 1, KB_OK}, {longest, KB_ERR_USAGE}, {"", KB_ERR_USAGE},
        {NULL, KB_ERR_USAGE}, {"a\nb", KB_ERR_USAGE}, {"\xff", KB_ERR_USAGE}, {"\xc3\xa9", KB_OK}};

    (void)state;
    memset(longest, 's', 65);
    longest[65] = '\0';
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(8192);

        assert_int_equal(
            kb_key_make_certificate(&client, cases[i].subject, NOW, &out, NULL), cases[i].rc);
        assert_int_equal(out.len > 0, cases[i].rc == KB_OK);
    }
}

/* --- what TLS takes ------------------------------------------------------------------- */

static void test_tls_gets_the_chain_and_the_key(void **state)
{
    KB_AUTO(kb_client_clear) struct kb_client client = client_of("p256.pem");
    KB_AUTO(kb_buf_clear) struct kb_buf text = text_of("p256.crt"), more = text_of("authority.crt");
    KB_AUTO(kb_buf_clear) struct kb_buf certificates = KB_BUF_INIT(65536);
    KB_AUTO(kb_buf_clear) struct kb_buf file = text_of("p256.pem");
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;

    (void)state;
    kb_buf_add(&text, more.data, more.len);
    assert_int_equal(kb_key_write_tls(&client, &certificates, &key, NULL), KB_ERR_CONFIG);
    assert_int_equal(kb_key_take_certificates(&client, text.data, text.len, NULL), KB_OK);
    assert_int_equal(kb_key_write_tls(&client, &certificates, &key, NULL), KB_OK);
    assert_string_equal(kb_buf_text(&certificates), kb_buf_text(&text));
    assert_string_equal(key.bytes, kb_buf_text(&file));
}

static void test_who_has_no_key_shows_none(void **state)
{
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    KB_AUTO(kb_key_public_clear) struct kb_key_public part = {.spki = NULL};
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(8192);

    (void)state;
    client.proof = KB_PROOF_SECRET;
    assert_int_equal(kb_key_public_part(&client, &part, NULL), KB_ERR_CONFIG);
    assert_int_equal(kb_key_make_certificate(&client, "s", NOW, &out, NULL), KB_ERR_CONFIG);
    client.proof = KB_PROOF_KEY;
    assert_int_equal(kb_secret_set(&client.pkcs8, "AQID", 4, NULL), KB_OK);
    assert_int_equal(kb_key_public_part(&client, &part, NULL), KB_ERR_CORRUPT);
    assert_null(part.spki);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_thumbprints_of_the_rfcs),
        cmocka_unit_test(test_the_public_part),
        cmocka_unit_test(test_pem_is_what_openssl_writes),
        cmocka_unit_test(test_jwk),
        cmocka_unit_test(test_a_jwk_has_the_files_public_members),
        cmocka_unit_test(test_a_key_signs_its_certificate),
        cmocka_unit_test(test_no_two_certificates_have_one_number),
        cmocka_unit_test(test_subjects),
        cmocka_unit_test(test_tls_gets_the_chain_and_the_key),
        cmocka_unit_test(test_who_has_no_key_shows_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
