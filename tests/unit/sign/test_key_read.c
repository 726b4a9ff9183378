/*
 * Files of keys: each form that is taken, each that is refused and with which words, and that no
 * word repeats what a file holds.
 */
#include "rfc.h"
#include "sign_test.h"

#include "base/json.h"

static const char box_id[] = "test-box-id";

/* json-c keeps copies that nobody can wipe: it never gets what is private of these files. */
static int json_was_read;

enum kb_err __real_kb_json_parse(
    const char *text, size_t len, struct json_object **ret, struct kb_error *err);
enum kb_err __wrap_kb_json_parse(
    const char *text, size_t len, struct json_object **ret, struct kb_error *err);

enum kb_err __wrap_kb_json_parse(
    const char *text, size_t len, struct json_object **ret, struct kb_error *err)
{
    static const char *const private[] = {"-----BEGIN", "test-box-secret", "nWGxne_9WmC6hEr0kuws",
        "Eq5xpGnNCivDflJsRQBX", "jpsQnnGQmL-YBIffH113", "my-secret-word"};

    json_was_read++;
    for (size_t i = 0; i < KB_COUNT(private); i++)
        assert_null(memmem(text, len, private[i], strlen(private[i])));
    return __real_kb_json_parse(text, len, ret, err);
}

static enum kb_err read_file(
    const char *name, struct person *person, struct kb_key_file *ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = text_of(name);

    return kb_key_read(
        kb_buf_text(&text), text.len, person ? person_answers : NULL, person, ret, err);
}

static enum kb_err read_text(const char *text, struct kb_key_file *ret, struct kb_error *err)
{
    return kb_key_read(text, strlen(text), NULL, NULL, ret, err);
}

/* --- what is taken -------------------------------------------------------------------- */

/* Whatever a key came in, it is kept in the same bytes. */
static void test_every_form_of_a_key_is_the_same_key(void **state)
{
    static const struct {
        const char *name, *like;
        enum kb_jws_alg alg;
        int asked;
    } cases[] = {
        {"rsa2048.pem", "rsa2048.pem", KB_JWS_RS256, 0},
        {"rsa2048.pkcs1.pem", "rsa2048.pem", KB_JWS_RS256, 0},
        {"rsa2048.encrypted.pem", "rsa2048.pem", KB_JWS_RS256, 1},
        {"rsa2048.des3.pem", "rsa2048.pem", KB_JWS_RS256, 1},
        {"google.json", "rsa2048.pem", KB_JWS_RS256, 0},
        {"box.json", "rsa2048.pem", KB_JWS_RS256, 0},
        {"rsa8192.pem", "rsa8192.pem", KB_JWS_RS256, 0},
        {"p256.pem", "p256.pem", KB_JWS_ES256, 0},
        {"p256.sec1.pem", "p256.pem", KB_JWS_ES256, 0},
        {"p256.with_parameters.pem", "p256.pem", KB_JWS_ES256, 0},
        {"p256.scrypt.pem", "p256.pem", KB_JWS_ES256, 1},
        {"p256.compressed.pem", "p256.pem", KB_JWS_ES256, 0},
        {"p256.no_public.pem", "p256.pem", KB_JWS_ES256, 0},
        {"p256.no_public.sec1.pem", "p256.pem", KB_JWS_ES256, 0},
        {"p384.pem", "p384.pem", KB_JWS_ES384, 0},
        {"p384.sec1.pem", "p384.pem", KB_JWS_ES384, 0},
        {"p521.pem", "p521.pem", KB_JWS_ES512, 0},
        {"p521.sec1.pem", "p521.pem", KB_JWS_ES512, 0},
        {"ed25519.pem", "ed25519.pem", KB_JWS_EDDSA, 0},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_key_file_clear) struct kb_key_file file = KB_KEY_FILE_INIT;
        KB_AUTO(kb_key_file_clear) struct kb_key_file like = KB_KEY_FILE_INIT;
        struct person person = {.passphrase = "test"};
        struct kb_error err = KB_ERROR_INIT;

        if (read_file(cases[i].name, &person, &file, &err))
            fail_msg("%s: %s", cases[i].name, err.msg);
        assert_int_equal(read_file(cases[i].like, NULL, &like, NULL), KB_OK);
        if (!kb_secret_equal(&file.pkcs8, &like.pkcs8))
            fail_msg("%s is another key than %s", cases[i].name, cases[i].like);
        assert_int_equal(file.alg, cases[i].alg);
        assert_int_equal(person.asked, cases[i].asked);
        assert_int_equal(file.chain.count, 0);
    }
}

/* Our form of a key is what OpenSSL writes: the file's own text, but for its lines. */
static void test_pkcs8_is_kept_as_it_is(void **state)
{
    KB_AUTO(kb_key_file_clear) struct kb_key_file file = KB_KEY_FILE_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf text = text_of("rsa2048.pem"), body = KB_BUF_INIT(4096);
    const char *at = strchr(text.data, '\n');

    (void)state;
    for (; at && *at != '-'; at++) {
        if (*at != '\n')
            kb_buf_byte(&body, *at);
    }
    assert_int_equal(read_file("rsa2048.pem", NULL, &file, NULL), KB_OK);
    assert_string_equal(file.pkcs8.bytes, kb_buf_text(&body));
}

static void test_google(void **state)
{
    KB_AUTO(kb_key_file_clear) struct kb_key_file file = KB_KEY_FILE_INIT;

    (void)state;
    assert_int_equal(read_file("google.json", NULL, &file, NULL), KB_OK);
    assert_string_equal(file.kid, "0123456789abcdef");
    assert_string_equal(file.client_id, "test@test.iam.gserviceaccount.com");
    assert_string_equal(file.token_url, "https://oauth2.googleapis.com/token");
    assert_true(kb_secret_is_empty(&file.secret));
}

static void test_box(void **state)
{
    KB_AUTO(kb_key_file_clear) struct kb_key_file file = KB_KEY_FILE_INIT;

    (void)state;
    assert_int_equal(read_file("box.json", NULL, &file, NULL), KB_OK);
    assert_string_equal(file.kid, "ab12cd34");
    assert_string_equal(file.client_id, box_id);
    assert_string_equal(file.secret.bytes, "test-box-secret");
    assert_null(file.token_url);
}

static void test_jwks_of_the_rfcs(void **state)
{
    const struct {
        const char *text, *kid;
        enum kb_jws_alg alg;
    } cases[] = {
        {rs256_jwk, NULL, KB_JWS_RS256},
        {es256_jwk, NULL, KB_JWS_ES256},
        {es512_jwk, NULL, KB_JWS_ES512},
        {ed25519_jwk, NULL, KB_JWS_EDDSA},
        {bilbo_rsa_jwk, "bilbo.baggins@hobbiton.example", KB_JWS_RS256},
        {bilbo_ec_jwk, "bilbo.baggins@hobbiton.example", KB_JWS_ES512},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_key_file_clear) struct kb_key_file file = KB_KEY_FILE_INIT;
        struct kb_error err = KB_ERROR_INIT;

        if (read_text(cases[i].text, &file, &err))
            fail_msg("%.60s: %s", cases[i].text, err.msg);
        assert_int_equal(file.alg, cases[i].alg);
        if (cases[i].kid)
            assert_string_equal(file.kid, cases[i].kid);
        else
            assert_null(file.kid);
    }
}

/* ED is the private JWK of RFC 8037 without its braces. */
#define ED                                                                                         \
    "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\","   \
    "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\""

static void test_what_a_jwk_says_beside_its_key(void **state)
{
    KB_AUTO(kb_key_file_clear) struct kb_key_file file = KB_KEY_FILE_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(8192);

    (void)state;
    kb_buf_str(&text, "\n {\"alg\":\"PS384\",\"use\":\"sig\",\"key_ops\":[\"sign\"],");
    kb_buf_str(&text, rs256_jwk + 1);
    assert_int_equal(read_text(kb_buf_text(&text), &file, NULL), KB_OK);
    assert_int_equal(file.alg, KB_JWS_PS384);
    assert_int_equal(read_text("{\"keys\":[{" ED ",\"kid\":\"a \\u0062\",\"alg\":\"Ed25519\"}]} \n",
                         &file, NULL),
        KB_OK);
    assert_int_equal(file.alg, KB_JWS_EDDSA);
    assert_string_equal(file.kid, "a b");
}

/* --- passphrases ---------------------------------------------------------------------- */

static void test_a_passphrase_is_asked_for_once(void **state)
{
    static const struct {
        const char *passphrase, *says;
        enum kb_err rc;
    } cases[] = {
        {"test", NULL, KB_OK},
        {"Test", "passphrase of the key is wrong", KB_ERR_DENIED},
        {"", "passphrase of the key is wrong", KB_ERR_DENIED},
        {NULL, "dismissed", KB_ERR_DISMISSED},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_key_file_clear) struct kb_key_file file = KB_KEY_FILE_INIT;
        struct person person = {.passphrase = cases[i].passphrase};
        struct kb_error err = KB_ERROR_INIT;

        assert_int_equal(read_file("rsa2048.encrypted.pem", &person, &file, &err), cases[i].rc);
        assert_int_equal(person.asked, 1);
        if (cases[i].says)
            assert_mentions(err.msg, cases[i].says);
    }
}

/* Most wrong passphrases leave no padding; the others are told apart from a damaged key, too. */
static void test_no_wrong_passphrase_is_called_damage(void **state)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = text_of("rsa2048.des3.pem");
    char passphrase[16];

    (void)state;
    for (int i = 0; i < 600; i++) {
        KB_AUTO(kb_key_file_clear) struct kb_key_file file = KB_KEY_FILE_INIT;
        struct person person = {.passphrase = passphrase};
        struct kb_error err = KB_ERROR_INIT;

        (void)snprintf(passphrase, sizeof(passphrase), "wrong %d", i);
        assert_int_equal(
            kb_key_read(text.data, text.len, person_answers, &person, &file, &err), KB_ERR_DENIED);
        assert_mentions(err.msg, "passphrase of the key is wrong");
    }
}

static void test_nobody_to_ask(void **state)
{
    KB_AUTO(kb_key_file_clear) struct kb_key_file file = KB_KEY_FILE_INIT;
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    assert_int_equal(read_file("p256.scrypt.pem", NULL, &file, &err), KB_ERR_USAGE);
    assert_mentions(err.msg, "encrypted");
}

/* --- what is refused ------------------------------------------------------------------ */

/* Nobody is asked for the passphrase of what is refused anyway. */
static void test_refused_files(void **state)
{
    static const struct {
        const char *name, *says;
    } cases[] = {
        {"rsa1024.pem", "RSA key has 1024 bits; from 2048 to 8192"},
        {"rsa2047.pem", "RSA key has 2047 bits"},
        {"rsa8200.pem", "RSA key has 8200 bits"},
        {"rsa_exponent_3.pem", "public exponent"},
        {"rsa_exponent_long.pem", "public exponent"},
        {"rsa_three_primes.pem", "more than two primes"},
        {"rsa_three_primes.pkcs1.pem", "more than two primes"},
        {"rsa_pss.pem", "kind that nothing here signs with"},
        {"dsa.pem", "kind that nothing here signs with"},
        {"ed448.pem", "kind that nothing here signs with"},
        {"x25519.pem", "kind that nothing here signs with"},
        {"secp256k1.pem", "curve that nothing here signs with"},
        {"secp256k1.sec1.pem", "curve that nothing here signs with"},
        {"p256.explicit.pem", "spells its curve out"},
        {"p256.explicit.sec1.pem", "spells its curve out"},
        {"rsa2048.old.pem", "OpenSSL's old way"},
        {"rsa2048.openssh.pem", "OpenSSH's own form"},
        {"p256.pbes1.pem", "encrypted in a way that is not known"},
        {"p256.slow.pem", "more work than is done"},
        {"p256.wide.pem", "more work than is done"},
        {"p256.pub.pem", "public key only"},
        {"p256.crt", "certificate only"},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_key_file_clear) struct kb_key_file file = KB_KEY_FILE_INIT;
        struct person person = {.passphrase = "test"};
        struct kb_error err = KB_ERROR_INIT;

        if (read_file(cases[i].name, &person, &file, &err) != KB_ERR_USAGE)
            fail_msg("%s is not refused", cases[i].name);
        assert_mentions(err.msg, cases[i].says);
        assert_int_equal(person.asked, 0);
        assert_true(kb_secret_is_empty(&file.pkcs8) && !file.kid && file.chain.count == 0);
    }
}

/* The same file with the texts of others before and behind it. */
static void add_file(struct kb_buf *text, const char *name)
{
    KB_AUTO(kb_buf_clear) struct kb_buf more = text_of(name);

    kb_buf_add(text, more.data, more.len);
}

static void test_one_key_and_no_more(void **state)
{
    static const char *const pairs[][2] = {
        {"p256.pem", "rsa2048.pem"},
        {"p256.pem", "p256.pem"},
        {"p256.scrypt.pem", "p256.pem"},
        {"p256.sec1.pem", "rsa2048.pkcs1.pem"},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(pairs); i++) {
        KB_AUTO(kb_key_file_clear) struct kb_key_file file = KB_KEY_FILE_INIT;
        KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_KEY_FILE_MAX);
        struct person person = {.passphrase = "test"};
        struct kb_error err = KB_ERROR_INIT;

        add_file(&text, pairs[i][0]);
        add_file(&text, pairs[i][1]);
        assert_int_equal(
            kb_key_read(text.data, text.len, person_answers, &person, &file, &err), KB_ERR_USAGE);
        assert_mentions(err.msg, "more than one private key");
        assert_int_equal(person.asked, 0);
    }
}

static void test_a_private_key_beside_its_public_one(void **state)
{
    KB_AUTO(kb_key_file_clear) struct kb_key_file file = KB_KEY_FILE_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_KEY_FILE_MAX);

    (void)state;
    add_file(&text, "p256.pub.pem");
    kb_buf_str(&text, "words of others, as `openssl pkcs12` writes them\n");
    add_file(&text, "p256.pem");
    assert_int_equal(read_text(kb_buf_text(&text), &file, NULL), KB_OK);
    assert_int_equal(file.alg, KB_JWS_ES256);
}

static void test_sizes(void **state)
{
    KB_AUTO(kb_key_file_clear) struct kb_key_file file = KB_KEY_FILE_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(1 << 20);
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    add_file(&text, "p256.pem");
    while (text.len < KB_KEY_FILE_MAX)
        kb_buf_byte(&text, '\n');
    assert_int_equal(kb_key_read(text.data, text.len, NULL, NULL, &file, &err), KB_OK);
    kb_buf_byte(&text, '\n');
    assert_int_equal(kb_key_read(text.data, text.len, NULL, NULL, &file, &err), KB_ERR_USAGE);
    assert_mentions(err.msg, "larger than 65536 bytes");
}

static void test_what_is_no_file_of_a_key(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "neither PEM nor JSON"},
        {"0\x82\x01", "neither PEM nor JSON"},
        {"my-secret-word", "neither PEM nor JSON"},
        {"-----BEGIN PRIVATE KEY-----", "damaged or cut off"},
        {"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEI", "damaged or cut off"},
        {"-----BEGIN PRIVATE KEY-----\n!!!!\n-----END PRIVATE KEY-----\n", "damaged or cut off"},
        {"-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PUBLIC KEY-----\n", "damaged or cut off"},
        {"-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n", "damaged"},
        {"-----BEGIN EC PRIVATE KEY-----\nMAA=\n-----END EC PRIVATE KEY-----\n", "damaged"},
        {"-----BEGIN RSA PRIVATE KEY-----\nMAA=\n-----END RSA PRIVATE KEY-----\n", "damaged"},
        {"-----BEGIN RSA PRIVATE KEY-----\nMAYCAQACAQU=\n-----END RSA PRIVATE KEY-----\n",
            "damaged"},
        {"-----BEGIN EC PRIVATE KEY-----\nMAYCAQEEAQE=\n-----END EC PRIVATE KEY-----\n", "damaged"},
        {"-----BEGIN EC PRIVATE KEY-----\nMAoCAQEEAQGhAgMA\n-----END EC PRIVATE KEY-----\n",
            "damaged"},
        {"-----BEGIN PRIVATE KEY-----\nMAMCAQA=\n-----END PRIVATE KEY-----\n", "damaged"},
        {"-----BEGIN PRIVATE KEY-----\nMA8CAQAwBQYDK2VwBAEBBQA=\n-----END PRIVATE KEY-----\n",
            "damaged"},
        {"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n",
            "damaged"},
        {"-----BEGIN MY-SECRET-WORD-----\nMAA=\n-----END MY-SECRET-WORD-----\n",
            "something beside keys and certificates"},
        {"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n",
            "no private key"},
        {"{", "JSON is damaged"},
        {"{\"kty\":\"EC\"", "JSON is damaged"},
        {"{} {}", "JSON is damaged"},
        {"{\"d\":\"my-secret-word\",\"d\":\"my-secret-word\"}", "JSON is damaged"},
        {"{\"d\":\"my-secret\n-word\"}", "JSON is damaged"},
        {"{}", "no private key"},
        {"{\"type\":\"authorized_user\",\"refresh_token\":\"my-secret-word\"}", "no private key"},
        {"{\"type\":\"service_account\"}", "no private key"},
        {"{\"type\":\"service_account\",\"private_key\":7}", "not the text"},
        {"{\"boxAppSettings\":{\"clientID\":\"my-secret-word\"}}", "no private key"},
        {"{\"boxAppSettings\":{\"appAuth\":{\"privateKey\":\"\",\"passphrase\":\"\"}}}",
            "no private key"},
        {"{\"keys\":[]}", "no key in the set"},
        {"{\"keys\":[1]}", "no key in the set"},
        {"{\"keys\":{}}", "no key in the set"},
        {"{\"keys\":[{" ED "},{" ED "}]}", "more than one key"},
        {"{\"kty\":\"oct\",\"k\":\"my-secret-word\"}", "shared secret"},
        {"{\"kty\":7}", "not the text"},
        {"{\"kty\":\"my-secret-word\"}", "kind or curve"},
        {"{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"d\":\"AA\"}", "kind or curve"},
        {"{\"kty\":\"OKP\",\"crv\":\"X25519\",\"d\":\"AA\"}", "kind or curve"},
        {"{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}", "public key only"},
        {"{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\",\"d\":\"AQAB\"}", "lacks a number"},
        {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"d\":\"AQAB\",\"x\":\"AQAB\",\"y\":\"AQAB\"}",
            "wrong length"},
        {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"d\":\"my secret word\"}", "not base64url"},
        {"{" ED ",\"alg\":\"RS256\"}", "algorithm"},
        {"{" ED ",\"alg\":\"HS256\"}", "algorithm"},
        {"{" ED ",\"alg\":\"my-secret-word\"}", "algorithm"},
        {"{" ED ",\"use\":\"enc\"}", "something else than signatures"},
        {"{" ED ",\"kid\":\"\xc3\xa9\"}", "not printable"},
        {"{" ED ",\"kid\":\"\\u00e9\"}", "not plain ASCII"},
        {"{" ED ",\"x5c\":[\"AQID\"]}", "certificate is damaged"},
        {"{" ED ",\"x5c\":[\"!\"]}", "certificate is damaged"},
        {"{" ED ",\"x5c\":[7]}", "not the text"},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_key_file_clear) struct kb_key_file file = KB_KEY_FILE_INIT;
        struct kb_error err = KB_ERROR_INIT;

        if (read_text(cases[i].text, &file, &err) != KB_ERR_USAGE)
            fail_msg("%s is not refused", cases[i].text);
        assert_mentions(err.msg, cases[i].says);
        assert_null(strstr(err.msg, "secret-word"));
        assert_null(strcasestr(err.hint, "secret-word"));
        assert_true(kb_secret_is_empty(&file.pkcs8) && !file.kid && !file.client_id);
    }
}

/* Each number of each JWK, changed in its last bits that count: the rest does not fit to it. */
static void test_numbers_that_do_not_belong_together(void **state)
{
    static const struct {
        const char *jwk, *members[8];
    } keys[] = {
        {rs256_jwk, {"n", "e", "d", "p", "q", "dp", "dq", "qi"}},
        {es256_jwk, {"d", "x", "y"}},
        {es512_jwk, {"d", "x", "y"}},
        {ed25519_jwk, {"d", "x"}},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(keys); i++) {
        for (size_t k = 0; k < 8 && keys[i].members[k]; k++) {
            KB_AUTO(kb_key_file_clear) struct kb_key_file file = KB_KEY_FILE_INIT;
            KB_AUTO(kb_str_free) char *text = strdup(keys[i].jwk);
            struct kb_error err = KB_ERROR_INIT;
            char name[8], *at;

            (void)snprintf(name, sizeof(name), "\"%s\":", keys[i].members[k]);
            at = strchr(strstr(text, name) + strlen(name) + 1, '"') - 3;
            *at = *at == 'A' ? 'B' : 'A';
            if (read_text(text, &file, &err) != KB_ERR_USAGE)
                fail_msg("%s is taken with another %s", keys[i].jwk, keys[i].members[k]);
        }
    }
}

static void test_more_primes_in_a_jwk(void **state)
{
    KB_AUTO(kb_key_file_clear) struct kb_key_file file = KB_KEY_FILE_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(8192);
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    kb_buf_str(&text, "{\"oth\":[],");
    kb_buf_str(&text, rs256_jwk + 1);
    assert_int_equal(read_text(kb_buf_text(&text), &file, &err), KB_ERR_USAGE);
    assert_mentions(err.msg, "more than two primes");
}

/* PKCS#8 in base64. */
static void test_der(void **state)
{
    static const struct {
        const char *body;
        enum kb_err rc;
    } cases[] = {
        /* as they must be, and with attributes behind */
        {"MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g", KB_OK},
        {"MDACAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9goAA=", KB_OK},
        {"MEECAQAwEwYHKoZIzj0CAQYIKoZIzj0DAQcEJzAlAgEBBCABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fI"
         "A==",
            KB_OK},
        /* PKCS#8 in PKCS#8, of two kinds */
        {"MDwCAQAwBQYDK2VwBDAwLgIBADAFBgMrZXAEIgQgnWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=",
            KB_ERR_USAGE},
        {"MEoCAQAwEwYHKoZIzj0CAQYIKoZIzj0DAQcEMDAuAgEAMAUGAytlcAQiBCCdYbGd7/"
         "1aYLqESvSS7CzEREnFaXsyaRlwO6wDHK5/YA==",
            KB_ERR_USAGE},
        /* P-384 in the key, P-256 before it */
        {"MEoCAQAwEwYHKoZIzj0CAQYIKoZIzj0DAQcEMDAuAgEBBCABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fI"
         "KAHBgUrgQQAIg==",
            KB_ERR_USAGE},
        /* RFC 5958, with its public key */
        {"MFECAQEwBQYDK2VwBCIEIJ1hsZ3v/"
         "VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9ggSEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            KB_ERR_USAGE},
        /* a number of 33 bytes, of zero, and as large as the curve's order */
        {"MEICAQAwEwYHKoZIzj0CAQYIKoZIzj0DAQcEKDAmAgEBBCEAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eH"
         "yA=",
            KB_ERR_USAGE},
        {"MEECAQAwEwYHKoZIzj0CAQYIKoZIzj0DAQcEJzAlAgEBBCAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
         "A==",
            KB_ERR_USAGE},
        {"MEECAQAwEwYHKoZIzj0CAQYIKoZIzj0DAQcEJzAlAgEBBCD/////AAAAAP//////////vOb6racXnoTzucrC/"
         "GMlUQ==",
            KB_ERR_USAGE},
        /* a byte behind the key */
        {"MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9gAA==", KB_ERR_USAGE},
        /* 31 bytes of Ed25519 */
        {"MC0CAQAwBQYDK2VwBCEEH51hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn8=", KB_ERR_USAGE},
        /* parameters of Ed25519, which has none */
        {"MDACAQAwBwYDK2VwBQAEIgQgnWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=", KB_ERR_USAGE},
        /* version 2 */
        {"MC4CAQIwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g", KB_ERR_USAGE},
        /* lengths that are not DER's */
        {"MIACAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9gAAA=", KB_ERR_USAGE},
        {"MIEuAgEAMAUGAytlcAQiBCCdYbGd7/1aYLqESvSS7CzEREnFaXsyaRlwO6wDHK5/YA==", KB_ERR_USAGE},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_key_file_clear) struct kb_key_file file = KB_KEY_FILE_INIT;
        char text[512];

        (void)snprintf(text, sizeof(text),
            "-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\n", cases[i].body);
        if (read_text(text, &file, NULL) != cases[i].rc)
            fail_msg("%s", cases[i].body);
    }
}

/* Whole files of others, each of whose long words would show in a message. */
static void test_no_message_repeats_the_file(void **state)
{
    static const char *const names[] = {"rsa1024.pem", "rsa2048.old.pem", "rsa2048.openssh.pem",
        "p256.explicit.pem", "secp256k1.pem", "p256.pub.pem", "p256.pbes1.pem", "box.json"};
    enum { RUN = 8 };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(names); i++) {
        KB_AUTO(kb_key_file_clear) struct kb_key_file file = KB_KEY_FILE_INIT;
        KB_AUTO(kb_buf_clear) struct kb_buf text = text_of(names[i]), said = KB_BUF_INIT(2048);
        struct kb_error err = KB_ERROR_INIT;
        char *body = strchr(text.data, '\n') + 1;

        /* The last byte of what the file encrypts: Box's key is damaged by it. */
        *(strrchr(text.data, '-') - 40) ^= 1;
        assert_int_not_equal(kb_key_read(text.data, text.len, NULL, NULL, &file, &err), KB_OK);
        kb_buf_fmt(&said, "%s %s", err.msg, err.hint);
        for (; strlen(body) >= RUN; body++) {
            if (strspn(body, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") >=
                    RUN &&
                memmem(said.data, said.len, body, RUN))
                fail_msg("%s: \"%s\" repeats %.8s", names[i], said.data, body);
        }
    }
}

static void test_a_failure_leaves_what_was_read(void **state)
{
    KB_AUTO(kb_key_file_clear) struct kb_key_file file = KB_KEY_FILE_INIT;

    (void)state;
    assert_int_equal(read_file("box.json", NULL, &file, NULL), KB_OK);
    assert_int_equal(read_file("rsa1024.pem", NULL, &file, NULL), KB_ERR_USAGE);
    assert_string_equal(file.client_id, box_id);
    assert_false(kb_secret_is_empty(&file.pkcs8));
}

/* --- certificates --------------------------------------------------------------------- */

/* In whatever order they stand, the key's own is the first. */
static void test_the_keys_own_certificate_is_the_first(void **state)
{
    static const char *const orders[][3] = {
        {"p256.pem", "p256.crt", "authority.crt"},
        {"p256.pem", "authority.crt", "p256.crt"},
        {"authority.crt", "p256.crt", "p256.sec1.pem"},
    };
    KB_AUTO(kb_client_clear) struct kb_client client = client_of("p256.pem");
    KB_AUTO(kb_buf_clear) struct kb_buf own = text_of("p256.crt");

    (void)state;
    assert_int_equal(kb_key_take_certificates(&client, own.data, own.len, NULL), KB_OK);
    for (size_t i = 0; i < KB_COUNT(orders); i++) {
        KB_AUTO(kb_key_file_clear) struct kb_key_file file = KB_KEY_FILE_INIT;
        KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_KEY_FILE_MAX);

        for (size_t k = 0; k < 3; k++)
            add_file(&text, orders[i][k]);
        assert_int_equal(read_text(kb_buf_text(&text), &file, NULL), KB_OK);
        assert_int_equal(file.chain.count, 2);
        assert_string_equal(file.chain.items[0], client.chain.items[0]);
        assert_string_not_equal(file.chain.items[1], client.chain.items[0]);
    }
}

static void test_a_jwk_brings_its_certificate(void **state)
{
    KB_AUTO(kb_client_clear) struct kb_client client = client_of("p256.pem");
    KB_AUTO(kb_key_file_clear) struct kb_key_file file = KB_KEY_FILE_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf own = text_of("p256.crt"), text = KB_BUF_INIT(8192);
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    assert_int_equal(kb_key_take_certificates(&client, own.data, own.len, NULL), KB_OK);
    assert_int_equal(read_file("p256.jwk", NULL, &file, NULL), KB_OK);
    assert_true(kb_secret_equal(&file.pkcs8, &client.pkcs8));
    assert_string_equal(file.kid, "with-certificate");
    assert_int_equal(file.chain.count, 1);
    assert_string_equal(file.chain.items[0], client.chain.items[0]);
    kb_buf_fmt(&text, "{\"x5c\":[\"%s\"],%s", client.chain.items[0], es256_jwk + 1);
    assert_int_equal(read_text(kb_buf_text(&text), &file, &err), KB_ERR_USAGE);
    assert_mentions(err.msg, "no certificate that was given belongs to the key");
}

static void test_certificates_of_others_are_refused(void **state)
{
    static const struct {
        const char *files[7], *says;
    } cases[] = {
        {{"rsa2048.crt"}, "no certificate that was given belongs to the key"},
        {{"authority.crt"}, "no certificate that was given belongs to the key"},
        {{"p256.pem", "p256.crt"}, "private key in it"},
        {{"p256.pub.pem"}, "no certificate in it"},
        {{"p256.crt", "authority.crt", "authority.crt", "authority.crt", "authority.crt",
             "authority.crt"},
            "more than 5 certificates"},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_client_clear) struct kb_client client = client_of("p256.pem");
        KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_KEY_FILE_MAX);
        struct kb_error err = KB_ERROR_INIT;

        kb_strings_add(&client.chain, "AQID");
        for (size_t k = 0; cases[i].files[k]; k++)
            add_file(&text, cases[i].files[k]);
        assert_int_equal(
            kb_key_take_certificates(&client, text.data, text.len, &err), KB_ERR_USAGE);
        assert_mentions(err.msg, cases[i].says);
        assert_string_equal(client.chain.items[0], "AQID");
    }
}

static void test_a_client_without_a_key_takes_no_certificate(void **state)
{
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf own = text_of("p256.crt");

    (void)state;
    client.proof = KB_PROOF_SECRET;
    assert_int_equal(kb_key_take_certificates(&client, own.data, own.len, NULL), KB_ERR_CONFIG);
}

static void test_damaged_certificates(void **state)
{
    KB_AUTO(kb_client_clear) struct kb_client client = client_of("p256.pem");
    static const char text[] = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    assert_int_equal(kb_key_take_certificates(&client, text, strlen(text), &err), KB_ERR_USAGE);
    assert_mentions(err.msg, "certificate is damaged");
}

/* The last test: the others read each form. */
static void test_json_c_saw_them_all(void **state)
{
    (void)state;
    assert_true(json_was_read > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_form_of_a_key_is_the_same_key),
        cmocka_unit_test(test_pkcs8_is_kept_as_it_is),
        cmocka_unit_test(test_google),
        cmocka_unit_test(test_box),
        cmocka_unit_test(test_jwks_of_the_rfcs),
        cmocka_unit_test(test_what_a_jwk_says_beside_its_key),
        cmocka_unit_test(test_a_passphrase_is_asked_for_once),
        cmocka_unit_test(test_no_wrong_passphrase_is_called_damage),
        cmocka_unit_test(test_nobody_to_ask),
        cmocka_unit_test(test_refused_files),
        cmocka_unit_test(test_one_key_and_no_more),
        cmocka_unit_test(test_a_private_key_beside_its_public_one),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_what_is_no_file_of_a_key),
        cmocka_unit_test(test_numbers_that_do_not_belong_together),
        cmocka_unit_test(test_more_primes_in_a_jwk),
        cmocka_unit_test(test_der),
        cmocka_unit_test(test_no_message_repeats_the_file),
        cmocka_unit_test(test_a_failure_leaves_what_was_read),
        cmocka_unit_test(test_the_keys_own_certificate_is_the_first),
        cmocka_unit_test(test_a_jwk_brings_its_certificate),
        cmocka_unit_test(test_certificates_of_others_are_refused),
        cmocka_unit_test(test_a_client_without_a_key_takes_no_certificate),
        cmocka_unit_test(test_damaged_certificates),
        cmocka_unit_test(test_json_c_saw_them_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
