/*
 * The stored client: what may be one, its one line, and what is read as one.
 */
#include "core_test.h"

#include "core/client_decode.h"

#include <stdlib.h>

#define REF "000102030405060708090a0b0c0d0e0f"
#define HEAD_OF(ref, profile, bound, id)                                                           \
    "{\"v\":2,\"ref\":\"" ref "\",\"profile\":\"" profile "\",\"bound\":" bound ",\"id\":" id ","
#define BOUND "{\"token\":\"https://sso.example.com\",\"ca\":\"system\"}"
#define NOWHERE "{\"ca\":\"none\"}"
#define HEAD HEAD_OF(REF, "work", BOUND, "\"i\"")
#define SECRET "\"secret\":\"s\""
#define KEY "\"key\":{\"alg\":\"ES256\",\"pkcs8\":\"AQID\"}"

static void fill(struct kb_client *client, const char *id, const char *secret)
{
    assert_int_equal(kb_secret_set(&client->id, id, strlen(id), NULL), KB_OK);
    assert_int_equal(kb_secret_set(&client->secret, secret, strlen(secret), NULL), KB_OK);
    assert_true(kb_ref_parse(REF, &client->ref));
    strcpy(client->profile, "work");
    strcpy(client->bound.token, "https://sso.example.com");
    strcpy(client->bound.ca, "system");
    client->proof = KB_PROOF_SECRET;
}

static void test_same_secret(void **state)
{
    const struct {
        const char *id, *secret;
        bool same;
    } cases[] = {
        {"id", "secret", true},
        {"id", "secret2", false},
        {"other", "secret", false},
        {"id", "", false},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_client_clear) struct kb_client one = KB_CLIENT_INIT, other = KB_CLIENT_INIT;

        fill(&one, "id", "secret");
        fill(&other, cases[i].id, cases[i].secret);
        assert_int_equal(kb_client_same_secret(&one, &other), cases[i].same);
        assert_int_equal(kb_client_same_secret(&other, &one), cases[i].same);
    }
}

/* A client that lost its key, or got another one, is not the same; nor is one whose name changed.
 */
static void test_same_key(void **state)
{
    static const char *const lines[] = {
        HEAD "\"proof\":{" KEY "}}",
        HEAD "\"proof\":{" SECRET "," KEY "}}",
        HEAD "\"proof\":{" SECRET "}}",
        HEAD "\"proof\":{\"none\":true}}",
        HEAD_OF(REF, "work", BOUND, "\"\"") "\"proof\":{\"none\":true}}",
        HEAD_OF(REF, "work", BOUND, "\"j\"") "\"proof\":{" KEY "}}",
        HEAD "\"proof\":{\"key\":{\"alg\":\"ES256\",\"pkcs8\":\"AQIE\"}}}",
        HEAD "\"proof\":{\"key\":{\"alg\":\"ES384\",\"pkcs8\":\"AQID\"}}}",
        HEAD "\"proof\":{\"key\":{\"alg\":\"ES256\",\"pkcs8\":\"AQID\",\"kid\":\"k\"}}}",
        HEAD "\"proof\":{\"key\":{\"alg\":\"ES256\",\"pkcs8\":\"AQID\",\"chain\":[\"AQ==\"]}}}",
        HEAD "\"proof\":{\"key\":{\"alg\":\"ES256\",\"pkcs8\":\"AQID\",\"chain\":[\"AQID\"]}}}",
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(lines) * KB_COUNT(lines); i++) {
        KB_AUTO(kb_client_clear) struct kb_client one = KB_CLIENT_INIT, other = KB_CLIENT_INIT;
        const char *first = lines[i / KB_COUNT(lines)], *second = lines[i % KB_COUNT(lines)];

        assert_int_equal(kb_client_decode(first, strlen(first), &one, NULL), KB_OK);
        assert_int_equal(kb_client_decode(second, strlen(second), &other, NULL), KB_OK);
        if (kb_client_same_secret(&one, &other) != (first == second))
            fail_msg("%s and %s", first, second);
    }
}

static void test_check(void **state)
{
    static char id[KB_CLIENT_ID_MAX + 2], secret[KB_CLIENT_SECRET_MAX + 2];
    const struct {
        const char *id, *secret;
        bool ok;
    } cases[] = {
        {"id", "secret", true},
        {"my client", "a+b/c= \"\\x", true},
        {id + 1, secret + 1, true},
        {id, "s", false},
        {"i", secret, false},
        {"", "s", false},
        {"i", "", false},
        {"i", " s", false},
        {"i", "s ", false},
        {"i", "s\n", false},
        {"i", "s\r", false},
        {"i\t", "s", false},
        {"i", "\xc3\xa9", false},
    };

    (void)state;
    memset(id, 'i', sizeof(id) - 1);
    memset(secret, 's', sizeof(secret) - 1);
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
        fill(&client, cases[i].id, cases[i].secret);
        if (kb_client_check(&client, NULL) != (cases[i].ok ? KB_OK : KB_ERR_USAGE))
            fail_msg("case %zu", i);
    }
}

static void test_check_does_not_quote(void **state)
{
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    fill(&client, "id", " hunter2");
    assert_int_equal(kb_client_check(&client, &err), KB_ERR_USAGE);
    assert_null(strstr(err.msg, "hunter2"));
    assert_null(strstr(err.hint, "hunter2"));
}

static void test_round_trip(void **state)
{
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    KB_AUTO(kb_client_clear) struct kb_client back = KB_CLIENT_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf line = KB_BUF_INIT(65536);

    (void)state;
    fill(&client, "sb-app!b1|x!b2", "a+b/c=\"\\'<>%41");
    kb_client_encode(&client, &line);
    assert_string_equal(kb_buf_text(&line),
        HEAD_OF(REF, "work", BOUND, "\"sb-app!b1|x!b2\"") "\"proof\":{\"secret\":"
                                                          "\"a+b/c=\\\"\\\\'<>%41\"}}");
    fill(&back, "older", "older");
    assert_int_equal(kb_client_decode(line.data, line.len, &back, NULL), KB_OK);
    assert_true(kb_secret_equal(&client.id, &back.id));
    assert_true(kb_secret_equal(&client.secret, &back.secret));
    assert_true(kb_bond_equal(&back.bound, &client.bound));
    assert_true(kb_ref_equal(&back.ref, &client.ref));
    assert_string_equal(back.profile, "work");
    assert_null(back.token_url);
}

/* All that has a place in the record comes back as it was written. */
static void test_every_proof_round_trips(void **state)
{
    const char *const lines[] = {
        HEAD "\"proof\":{" SECRET "}}",
        HEAD "\"proof\":{" KEY "}}",
        HEAD "\"proof\":{" SECRET "," KEY "}}",
        HEAD "\"proof\":{\"none\":true}}",
        HEAD_OF(REF, "work", NOWHERE, "\"\"") "\"proof\":{" KEY "}}",
        HEAD_OF(REF, "work", BOUND, "\"\"") "\"proof\":{" KEY "}}",
        HEAD_OF(REF, "work", BOUND, "\"\"") "\"proof\":{\"none\":true}}",
        HEAD "\"proof\":{\"key\":{\"alg\":\"EdDSA\",\"pkcs8\":\"AQI=\",\"kid\":\"k 1\","
             "\"chain\":[\"AQ==\",\"AQID\"]}}}",
        HEAD_OF(REF, "work",
            "{\"token\":\"https://a:1\",\"second\":\"https://b\",\"revocation\":\"https://c\","
            "\"ca\":\"sha256:"
            "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}",
            "\"i\"") "\"proof\":{" SECRET "}}",
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(lines); i++) {
        KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
        KB_AUTO(kb_buf_clear) struct kb_buf line = KB_BUF_INIT(65536);
        if (kb_client_decode(lines[i], strlen(lines[i]), &client, NULL))
            fail_msg("refused %s", lines[i]);
        kb_client_encode(&client, &line);
        assert_string_equal(kb_buf_text(&line), lines[i]);
    }
}

static void test_version_1_is_read(void **state)
{
    static const char line[] =
        "{\"v\":1,\"id\":\"i\",\"secret\":\"s\",\"token_url\":\"https://h/t\"}";
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;

    (void)state;
    assert_int_equal(kb_client_decode(line, strlen(line), &client, NULL), KB_OK);
    assert_string_equal(client.token_url, "https://h/t");
    assert_string_equal(client.secret.bytes, "s");
    assert_int_equal(client.proof, KB_PROOF_SECRET);
}

#define REST "\"token_url\":\"https://sso.example.com/t\"}"

static void test_decode_refuses(void **state)
{
    const char *const cases[] = {
        "",
        "secret",
        "[]",
        "{}",
        "{\"v\":2,\"id\":\"i\",\"secret\":\"s\"," REST,
        "{\"v\":0,\"id\":\"i\",\"secret\":\"s\"," REST,
        "{\"v\":2}",
        HEAD "\"proof\":{}}",
        HEAD "\"proof\":[]}",
        HEAD "\"proof\":null}",
        HEAD "\"proof\":{" SECRET "},\"more\":1}",
        HEAD "\"proof\":{" SECRET "},\"token_url\":\"https://h/t\"}",
        HEAD "\"proof\":{" SECRET "," SECRET "}}",
        HEAD "\"proof\":{\"secret\":\"\"}}",
        HEAD "\"proof\":{\"secret\":null}}",
        HEAD "\"proof\":{\"secret\":1}}",
        HEAD "\"proof\":{\"none\":false}}",
        HEAD "\"proof\":{\"none\":\"true\"}}",
        HEAD "\"proof\":{\"none\":true," SECRET "}}",
        HEAD "\"proof\":{\"key\":{}}}",
        HEAD "\"proof\":{\"key\":{\"alg\":\"ES256\"}}}",
        HEAD "\"proof\":{\"key\":{\"pkcs8\":\"AQID\"}}}",
        HEAD "\"proof\":{\"key\":{\"alg\":\"ES256\",\"pkcs8\":\"\"}}}",
        HEAD "\"proof\":{\"key\":{\"alg\":\"ES256\",\"pkcs8\":\"AQI\"}}}",
        HEAD "\"proof\":{\"key\":{\"alg\":\"ES256\",\"pkcs8\":\"AQJ=\"}}}",
        HEAD "\"proof\":{\"key\":{\"alg\":\"ES256\",\"pkcs8\":\"AR==\"}}}",
        HEAD "\"proof\":{\"key\":{\"alg\":\"ES256\",\"pkcs8\":\"A-_D\"}}}",
        HEAD "\"proof\":{\"key\":{\"alg\":\"ES256\",\"pkcs8\":\"AQID\",\"more\":1}}}",
        HEAD "\"proof\":{\"key\":{\"alg\":\"ES256\",\"pkcs8\":\"AQID\",\"kid\":\"\"}}}",
        HEAD "\"proof\":{\"key\":{\"alg\":\"ES256\",\"pkcs8\":\"AQID\",\"chain\":[]}}}",
        HEAD "\"proof\":{\"key\":{\"alg\":\"ES256\",\"pkcs8\":\"AQID\",\"chain\":[1]}}}",
        HEAD "\"proof\":{\"key\":{\"alg\":\"ES256\",\"pkcs8\":\"AQID\",\"chain\":\"AQID\"}}}",
        HEAD "\"proof\":{\"key\":{\"alg\":\"ES256\",\"pkcs8\":\"AQID\",\"chain\":"
             "[\"AQID\",\"AQID\",\"AQID\",\"AQID\",\"AQID\",\"AQID\"]}}}",
        HEAD_OF(REF, "work", BOUND, "\"\"") "\"proof\":{" SECRET "}}",
        HEAD_OF(REF, "work", BOUND, "\"\"") "\"proof\":{" SECRET "," KEY "}}",
        HEAD_OF(REF, "work", NOWHERE, "\"i\"") "\"proof\":{" KEY "}}",
        HEAD_OF(REF, "work", NOWHERE, "\"\"") "\"proof\":{" SECRET "," KEY "}}",
        HEAD_OF(REF, "work", NOWHERE, "\"\"") "\"proof\":{\"none\":true}}",
        HEAD_OF(REF, "work", "{\"token\":\"https://h\",\"ca\":\"none\"}", "\"\"") "\"proof\":{" KEY
                                                                                  "}}",
        HEAD_OF(REF, "work", BOUND, "1") "\"proof\":{" SECRET "}}",
        HEAD_OF(REF, "../x", BOUND, "\"i\"") "\"proof\":{" SECRET "}}",
        HEAD_OF("00", "work", BOUND, "\"i\"") "\"proof\":{" SECRET "}}",
        HEAD_OF("000102030405060708090A0B0C0D0E0F", "work", BOUND, "\"i\"") "\"proof\":{" SECRET
                                                                            "}}",
        HEAD_OF(REF "00", "work", BOUND, "\"i\"") "\"proof\":{" SECRET "}}",
        HEAD_OF(REF, "work", "{\"token\":\"https://h\"}", "\"i\"") "\"proof\":{" SECRET "}}",
        HEAD_OF(REF, "work", "{\"ca\":\"system\"}", "\"i\"") "\"proof\":{" SECRET "}}",
        HEAD_OF(REF, "work", "{\"token\":\"https://h/t\",\"ca\":\"system\"}",
            "\"i\"") "\"proof\":{" SECRET "}}",
        HEAD_OF(REF, "work", "{\"token\":\"https://h:443\",\"ca\":\"system\"}",
            "\"i\"") "\"proof\":{" SECRET "}}",
        HEAD_OF(REF, "work", "{\"token\":\"https://h\",\"ca\":\"sha256:ab\"}",
            "\"i\"") "\"proof\":{" SECRET "}}",
        HEAD_OF(REF, "work", "{\"token\":\"https://h\",\"ca\":\"system\",\"more\":\"\"}",
            "\"i\"") "\"proof\":{" SECRET "}}",
        "{\"v\":\"1\",\"id\":\"i\",\"secret\":\"s\"," REST,
        "{\"v\":1,\"id\":\"i\",\"secret\":\"s\"}",
        "{\"v\":1,\"id\":\"i\"," REST,
        "{\"v\":1,\"id\":\"i\",\"secret\":\"s\",\"more\":1," REST,
        "{\"v\":1,\"id\":\"i\",\"secret\":\"s\",\"secret\":\"t\"," REST,
        "{\"v\":1,\"id\":7,\"secret\":\"s\"," REST,
        "{\"v\":1,\"id\":\"i\",\"secret\":\"\"," REST,
        "{\"v\":1,\"id\":\"i\",\"secret\":\"s\\n\"," REST,
        "{\"v\":1,\"id\":\"i\",\"secret\":\"s\\u0000t\"," REST,
        "{\"v\":1,\"id\":\"i\",\"secret\":\"s\",\"token_url\":\"\"}",
        "{\"v\":1,\"id\":\"i\",\"secret\":\"s\",\"token_url\":\"sso.example.com\"}",
        "{\"v\":1,\"id\":\"i\",\"secret\":\"s\"," REST "x",
        "{\"v\":1,\"id\":\"i\",\"secret\":\"s\"," REST REST,
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
        struct kb_error err = KB_ERROR_INIT;
        if (kb_client_decode(cases[i], strlen(cases[i]), &client, &err) != KB_ERR_CORRUPT)
            fail_msg("accepted %s", cases[i]);
        assert_null(client.token_url);
        assert_mentions(err.hint, "keybearer add");
    }
}

/* Whoever goes back to an older release is told what is wrong. */
static void test_newer_ones_are_called_newer(void **state)
{
    const char *const lines[] = {
        "{\"v\":3}",
        HEAD "\"proof\":{\"tpm\":\"x\"}}",
        HEAD "\"proof\":{\"key\":{\"alg\":\"ML-DSA-44\",\"pkcs8\":\"AQID\"}}}",
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(lines); i++) {
        KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
        struct kb_error err = KB_ERROR_INIT;
        assert_int_equal(
            kb_client_decode(lines[i], strlen(lines[i]), &client, &err), KB_ERR_CORRUPT);
        assert_mentions(err.msg, "stored by a newer keybearer");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_secret),
        cmocka_unit_test(test_same_key),
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_check_does_not_quote),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_every_proof_round_trips),
        cmocka_unit_test(test_version_1_is_read),
        cmocka_unit_test(test_decode_refuses),
        cmocka_unit_test(test_newer_ones_are_called_newer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
