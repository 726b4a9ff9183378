/*
 * Bonds: what a profile asks for, which others differ from it, and what is said then.
 */
#include "core_test.h"

#include "core/bond.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct kb_bond bond_of(const char *token_url, const char *ca_file)
{
    struct kb_profile profile = {.token_url = url_of(token_url)};
    struct kb_error err = KB_ERROR_INIT;
    struct kb_bond bond;

    kb_str_set(&profile.ca_file, ca_file);
    if (kb_bond_of(&profile, &bond, &err))
        fail_msg("%s", err.msg);
    kb_str_free(&profile.ca_file);
    return bond;
}

static enum kb_err check(const char *stored, const char *wanted)
{
    struct kb_bond was = bond_of(stored, NULL), is = bond_of(wanted, NULL);

    return kb_bond_check(&was, &is, "p", NULL) ? KB_ERR_DENIED : KB_OK;
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
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++)
        assert_int_equal(check(cases[i].stored, cases[i].wanted), cases[i].rc);
}

static void test_both_values_are_named(void **state)
{
    struct kb_bond was = bond_of("https://old.example.com/t", NULL), is = was;
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    strcpy(is.token, "https://new.example.com");
    assert_int_equal(kb_bond_check(&was, &is, "p", &err), KB_ERR_DENIED);
    assert_mentions(err.msg, "profile p was stored for https://old.example.com, ");
    assert_mentions(err.msg, "not for https://new.example.com");
    assert_mentions(err.hint, "keybearer adopt p");
    is = was;
    strcpy(is.ca, "sha256:00");
    assert_int_equal(kb_bond_check(&was, &is, "p", &err), KB_ERR_DENIED);
    assert_mentions(err.msg, "certificate authorities system, not for sha256:00");
    is = was;
    strcpy(is.revocation, "https://r.example.com");
    assert_int_equal(kb_bond_check(&was, &is, "p", &err), KB_ERR_DENIED);
    assert_mentions(err.msg, "for none for revocation, not for https://r.example.com");
}

/* A key that keygen made: no profile asks for it, not even one of the same authorities. */
static void test_nowhere_is_nobodys(void **state)
{
    struct kb_bond nowhere = kb_bond_nowhere(), bond = bond_of("https://h/t", NULL);
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    assert_true(kb_bond_is_nowhere(&nowhere));
    assert_false(kb_bond_is_nowhere(&bond));
    assert_int_equal(kb_bond_check(&nowhere, &bond, "p", &err), KB_ERR_DENIED);
    assert_mentions(err.msg, "the key of p has no client yet");
    assert_mentions(err.hint, "keybearer add p");
    assert_int_equal(kb_bond_check(&bond, &nowhere, "p", NULL), KB_ERR_DENIED);
}

/* Of a profile that has a second step, and says whom its signatures are for. */
static struct kb_bond bond_with(const char *second_url, const char *audience, const char *issuer)
{
    struct kb_profile profile = {.token_url = url_of("https://sso.example.com/t")};
    struct kb_error err = KB_ERROR_INIT;
    struct kb_bond bond;

    kb_str_set(&profile.second_url_text, second_url);
    if (second_url)
        profile.second_url = url_of(second_url);
    kb_str_set(&profile.assertion_audience, audience);
    kb_str_set(&profile.issuer, issuer);
    if (kb_bond_of(&profile, &bond, &err))
        fail_msg("%s", err.msg);
    kb_str_free(&profile.second_url_text);
    kb_str_free(&profile.assertion_audience);
    kb_str_free(&profile.issuer);
    return bond;
}

static void test_bound_to_its_second_endpoint(void **state)
{
    const struct kb_bond none = bond_with(NULL, NULL, NULL),
                         one = bond_with("https://B.example.com:443/x", NULL, NULL),
                         same = bond_with("https://b.example.com/y?z", NULL, NULL),
                         other = bond_with("https://c.example.com/x", NULL, NULL);
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    assert_string_equal(none.second, "");
    assert_string_equal(one.second, "https://b.example.com");
    assert_int_equal(kb_bond_check(&one, &same, "p", NULL), KB_OK);
    assert_int_equal(kb_bond_check(&one, &none, "p", NULL), KB_ERR_DENIED);
    assert_int_equal(kb_bond_check(&none, &one, "p", NULL), KB_ERR_DENIED);
    assert_int_equal(kb_bond_check(&one, &other, "p", &err), KB_ERR_DENIED);
    assert_mentions(
        err.msg, "for https://b.example.com as its second step, not for https://c.example.com");
}

static void test_bound_to_its_audience(void **state)
{
    static const struct {
        const char *audience, *issuer, *bound;
    } cases[] = {
        {NULL, "https://i.example.com", ""},
        {"token_endpoint", NULL, ""},
        {"issuer", "https://i.example.com", "https://i.example.com"},
        {"issuer", NULL, ""},
        {"https://login.example.com", "https://i.example.com", "https://login.example.com"},
    };
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++)
        assert_string_equal(
            bond_with(NULL, cases[i].audience, cases[i].issuer).audience, cases[i].bound);
    const struct kb_bond one = bond_with(NULL, "a", NULL), other = bond_with(NULL, "b", NULL),
                         none = bond_with(NULL, NULL, NULL);
    assert_int_equal(kb_bond_check(&one, &other, "p", &err), KB_ERR_DENIED);
    assert_mentions(err.msg, "was stored to sign for a, not for b");
    assert_int_equal(kb_bond_check(&one, &none, "p", &err), KB_ERR_DENIED);
    assert_mentions(err.msg, "not for the token endpoint");
    assert_int_equal(kb_bond_check(&none, &one, "p", NULL), KB_ERR_DENIED);
}

/* Of a profile that sends what is in a file. */
static struct kb_bond bond_with_files(char *assertion, char *subject)
{
    const struct kb_profile profile = {.token_url = url_of("https://sso.example.com/t"),
        .client_assertion_file = assertion,
        .subject_token_file = subject};
    struct kb_error err = KB_ERROR_INIT;
    struct kb_bond bond;

    if (kb_bond_of(&profile, &bond, &err))
        fail_msg("%s", err.msg);
    return bond;
}

static void test_bound_to_its_files(void **state)
{
    char here[] = "/run/token", there[] = "/home/ann/.netrc", too_long[KB_BOND_TEXT_MAX + 2];
    struct kb_profile profile = {
        .token_url = url_of("https://h/t"), .subject_token_file = too_long};
    const struct kb_bond none = bond_with_files(NULL, NULL), sends = bond_with_files(here, NULL),
                         sends_other = bond_with_files(there, NULL),
                         swaps = bond_with_files(NULL, here),
                         swaps_other = bond_with_files(NULL, there);
    struct kb_error err = KB_ERROR_INIT;
    struct kb_bond bond;

    (void)state;
    assert_int_equal(kb_bond_check(&sends, &sends, "p", NULL), KB_OK);
    assert_int_equal(kb_bond_check(&sends, &sends_other, "p", &err), KB_ERR_DENIED);
    assert_mentions(
        err.msg, "was stored to send /run/token as its assertion, not /home/ann/.netrc");
    assert_int_equal(kb_bond_check(&swaps, &swaps_other, "p", &err), KB_ERR_DENIED);
    assert_mentions(err.msg, "was stored to exchange /run/token, not /home/ann/.netrc");
    assert_int_equal(kb_bond_check(&none, &sends, "p", &err), KB_ERR_DENIED);
    assert_mentions(err.msg, "was stored to send no file as its assertion, not /run/token");
    assert_int_equal(kb_bond_check(&swaps, &none, "p", NULL), KB_ERR_DENIED);

    memset(too_long, '/', sizeof(too_long) - 1);
    too_long[sizeof(too_long) - 1] = '\0';
    assert_int_equal(kb_bond_of(&profile, &bond, &err), KB_ERR_CONFIG);
    assert_mentions(err.msg, "too long");
}

static enum kb_err read_bond(const char *text, struct kb_bond *ret)
{
    KB_AUTO(kb_json_release) struct json_object *object = NULL;

    assert_int_equal(kb_json_parse(text, strlen(text), &object, NULL), KB_OK);
    return kb_bond_read(object, ret) ? KB_OK : KB_ERR_CORRUPT;
}

#define HEAD "{\"token\":\"https://h\","

static void test_what_is_written_is_read(void **state)
{
    KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(2048);
    struct kb_json_writer w = kb_json_writer(&out, 0);
    const struct kb_bond bond = {.token = "https://h",
        .second = "https://i",
        .audience = "an \"audience\"",
        .assertion_file = "/a",
        .subject_file = "/s",
        .ca = "system"};
    struct kb_bond back;

    (void)state;
    kb_bond_write(&w, &bond);
    assert_string_equal(kb_buf_text(&out),
        HEAD "\"second\":\"https://i\",\"audience\":\"an \\\"audience\\\"\","
             "\"assertion_file\":\"/a\",\"subject_file\":\"/s\",\"ca\":\"system\"}");
    assert_int_equal(read_bond(kb_buf_text(&out), &back), KB_OK);
    assert_true(kb_bond_equal(&bond, &back));
    /* as it was written before there were audiences */
    assert_int_equal(read_bond(HEAD "\"ca\":\"system\"}", &back), KB_OK);
    assert_string_equal(back.audience, "");
}

static void test_what_is_no_bond(void **state)
{
    static const char *const texts[] = {
        HEAD "\"audience\":\"\",\"ca\":\"system\"}",
        HEAD "\"audience\":7,\"ca\":\"system\"}",
        HEAD "\"audience\":null,\"ca\":\"system\"}",
        HEAD "\"audience\":\"a\\n\",\"ca\":\"system\"}",
        HEAD "\"audiences\":\"a\",\"ca\":\"system\"}",
        HEAD "\"assertion_file\":\"/a\xc3\xa4\",\"ca\":\"system\"}",
        HEAD "\"subject_file\":\"\",\"ca\":\"system\"}",
        HEAD "\"second\":\"https://I\",\"ca\":\"system\"}",
    };
    struct kb_bond bond;

    (void)state;
    for (size_t i = 0; i < KB_COUNT(texts); i++)
        if (!read_bond(texts[i], &bond))
            fail_msg("%s is read", texts[i]);
}

static void test_authorities_are_known_by_their_content(void **state)
{
    char one[] = "/tmp/kb-bond-XXXXXX", other[] = "/tmp/kb-bond-XXXXXX";
    int fds[] = {mkstemp(one), mkstemp(other)};
    struct kb_bond was;

    (void)state;
    assert_true(fds[0] >= 0 && fds[1] >= 0);
    assert_int_equal(write(fds[0], "abc", 3), 3);
    assert_int_equal(write(fds[1], "abc", 3), 3);
    was = bond_of("https://h/t", one);
    assert_string_equal(was.ca, /* FIPS 180-2, appendix B.1 */
        "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_string_equal(was.ca, bond_of("https://h/t", other).ca);
    assert_int_equal(write(fds[0], "d", 1), 1);
    assert_string_not_equal(was.ca, bond_of("https://h/t", one).ca);
    assert_string_equal(bond_of("https://h/t", NULL).ca, "system");
    close(fds[0]);
    close(fds[1]);
    unlink(one);
    unlink(other);
}

static void test_authorities_that_cannot_be_read(void **state)
{
    struct kb_profile profile = {.token_url = url_of("https://h/t")};
    struct kb_bond bond = {.token = "untouched"};
    const char *const paths[] = {"/nonexistent/ca.pem", "/tmp", "/dev/zero"};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(paths); i++) {
        struct kb_error err = KB_ERROR_INIT;
        kb_str_set(&profile.ca_file, paths[i]);
        assert_int_equal(kb_bond_of(&profile, &bond, &err), KB_ERR_CONFIG);
        assert_mentions(err.msg, paths[i]);
        assert_mentions(err.hint, "ca_file");
        assert_string_equal(bond.token, "untouched");
    }
    kb_str_free(&profile.ca_file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bound_to_its_endpoint),
        cmocka_unit_test(test_both_values_are_named),
        cmocka_unit_test(test_nowhere_is_nobodys),
        cmocka_unit_test(test_bound_to_its_second_endpoint),
        cmocka_unit_test(test_bound_to_its_audience),
        cmocka_unit_test(test_bound_to_its_files),
        cmocka_unit_test(test_what_is_written_is_read),
        cmocka_unit_test(test_what_is_no_bond),
        cmocka_unit_test(test_authorities_are_known_by_their_content),
        cmocka_unit_test(test_authorities_that_cannot_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
