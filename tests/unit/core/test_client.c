/*
 * The stored client: what may be one, its one line, and the endpoint it is bound to.
 */
#include "core_test.h"

#include "core/client.h"

#include <stdlib.h>

static void fill(struct kb_client *client, const char *id, const char *secret)
{
    assert_int_equal(kb_secret_set(&client->id, id, strlen(id), NULL), KB_OK);
    assert_int_equal(kb_secret_set(&client->secret, secret, strlen(secret), NULL), KB_OK);
    free(client->token_url);
    client->token_url = strdup("https://sso.example.com/t");
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
        "{\"v\":1,\"id\":\"sb-app!b1|x!b2\",\"secret\":\"a+b/c=\\\"\\\\'<>%41\","
        "\"token_url\":\"https://sso.example.com/t\"}");
    fill(&back, "older", "older");
    assert_int_equal(kb_client_decode(line.data, line.len, &back, NULL), KB_OK);
    assert_true(kb_secret_equal(&client.id, &back.id));
    assert_true(kb_secret_equal(&client.secret, &back.secret));
    assert_string_equal(back.token_url, client.token_url);
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

static void test_bound_to_its_endpoint(void **state)
{
    const struct {
        const char *stored, *wanted;
        enum kb_err rc;
    } cases[] = {
        {"https://sso.example.com/t", "https://sso.example.com/t", KB_OK},
        {"https://sso.example.com/t", "https://SSO.example.com:443/other", KB_OK},
        {"https://sso.example.com/t", "https://sso.example.com.evil.example/t", KB_ERR_DENIED},
        {"https://sso.example.com/t", "https://sso.example.com:444/t", KB_ERR_DENIED},
        {"https://localhost/t", "http://localhost/t", KB_ERR_DENIED},
        {"", "https://sso.example.com/t", KB_ERR_CORRUPT},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++)
        assert_int_equal(
            kb_client_check_bound(cases[i].stored, cases[i].wanted, "p", NULL), cases[i].rc);

    struct kb_error err = KB_ERROR_INIT;
    (void)!kb_client_check_bound(
        "https://old.example.com/t", "https://new.example.com/t", "p", &err);
    assert_mentions(err.msg, "https://old.example.com,");
    assert_mentions(err.msg, "https://new.example.com");
    assert_mentions(err.hint, "keybearer add p");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_check_does_not_quote),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_decode_refuses),
        cmocka_unit_test(test_bound_to_its_endpoint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
