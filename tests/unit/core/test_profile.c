/*
 * The words that name profiles, files and methods.
 */
#include "core_test.h"

#include "core/profile.h"
#include "core/request.h"

static void test_names(void **state)
{
    const struct {
        const char *name;
        bool ok;
    } cases[] = {
        {"a", true},
        {"zuora-sandbox", true},
        {"A.b_c-9", true},
        {"123456789012345678901234567890123456789012345678901234567890123", true},
        {"1234567890123456789012345678901234567890123456789012345678901234", false},
        {"", false},
        {".", false},
        {"..", false},
        {".hidden", false},
        {"-option", false},
        {"a/b", false},
        {"a b", false},
        {"a\n", false},
        {"\xc3\xa9", false},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(cases); i++)
        assert_int_equal(kb_profile_name_ok(cases[i].name), cases[i].ok);
}

static void test_client_auth_names(void **state)
{
    size_t count = 0;

    (void)state;
    assert_string_equal(kb_client_auth_names[KB_AUTH_POST], "client_secret_post");
    assert_string_equal(kb_client_auth_names[KB_AUTH_BASIC], "client_secret_basic");
    assert_string_equal(kb_client_auth_names[KB_AUTH_BASIC_RAW], "client_secret_basic_raw");
    while (kb_client_auth_names[count])
        assert_string_not_equal(kb_client_auth_names[count++], "client_secret");
    assert_true(count > KB_AUTH_BASIC_RAW);
}

static void test_clearing_twice(void **state)
{
    struct kb_request request = KB_REQUEST_INIT;

    (void)state;
    request.has_url = true;
    assert_int_equal(kb_secret_set(&request.presented, "t", 1, NULL), KB_OK);
    kb_request_clear(&request);
    kb_request_clear(&request);
    kb_request_clear(NULL);
    assert_false(request.has_url);
    assert_true(kb_secret_is_empty(&request.presented));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_client_auth_names),
        cmocka_unit_test(test_clearing_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
