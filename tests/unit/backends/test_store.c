/*
 * What every store asks of a client before it takes it or gives it away.
 */
#include "backends/store.h"
#include "stores.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct kb_ref own = {{1}}, other = {{2}};
static const struct kb_bond bond = {.token = "https://sso.example", .ca = "system"};

static const struct kb_store_context context = {.profile = "work", .ref = &own, .bond = &bond};

static struct kb_client fitting(void)
{
    struct kb_client client = {.ref = own, .bound = bond, .proof = KB_PROOF_SECRET};

    strcpy(client.profile, "work");
    assert_int_equal(kb_secret_set(&client.id, "id", 2, NULL), KB_OK);
    assert_int_equal(kb_secret_set(&client.secret, "s", 1, NULL), KB_OK);
    return client;
}

static enum kb_err given(const struct kb_store_context *to, const struct kb_client *client)
{
    struct kb_error err = KB_ERROR_INIT;
    enum kb_err rc = kb_store_check_client(to, client, &err);

    assert_true(!rc || (err.msg[0] && err.hint[0]));
    assert_int_equal(kb_store_check_client(to, client, NULL), rc);
    return rc;
}

static void test_a_client_goes_to_whom_it_belongs(void **state)
{
    KB_AUTO(kb_client_clear) struct kb_client client = fitting();
    struct kb_store_context wrong = context;

    (void)state;
    assert_int_equal(given(&context, &client), KB_OK);
    wrong.ref = &other;
    assert_int_equal(given(&wrong, &client), KB_ERR_CORRUPT);
    wrong = context;
    wrong.profile = "home";
    assert_int_equal(given(&wrong, &client), KB_ERR_CORRUPT);
    wrong = context;
    wrong.ref = NULL; /* asked for as one of version 1 */
    assert_int_equal(given(&wrong, &client), KB_ERR_CORRUPT);
}

static void test_a_client_goes_where_it_is_bound_to(void **state)
{
    KB_AUTO(kb_client_clear) struct kb_client client = fitting();
    struct kb_store_context wrong = context;
    struct kb_bond changed = bond;

    (void)state;
    wrong.bond = &changed;
    strcpy(changed.token, "https://evil.example");
    assert_int_equal(given(&wrong, &client), KB_ERR_DENIED);
    changed = bond;
    strcpy(changed.ca, "sha256:ab");
    assert_int_equal(given(&wrong, &client), KB_ERR_DENIED);
    wrong.bond = NULL;
    assert_int_equal(given(&wrong, &client), KB_OK);
}

/* Its origin is all that was kept of it: the authorities are those of today. */
static void test_version_1_is_bound_to_its_origin(void **state)
{
    KB_AUTO(kb_client_clear) struct kb_client client = fitting();
    struct kb_store_context old = context;
    struct kb_bond changed = bond;

    (void)state;
    old.ref = NULL;
    old.bond = &changed;
    kb_str_set(&client.token_url, "https://sso.example/token");
    assert_int_equal(given(&context, &client), KB_ERR_CORRUPT);
    assert_int_equal(given(&old, &client), KB_OK);
    strcpy(changed.ca, "sha256:ab");
    assert_int_equal(given(&old, &client), KB_OK);
    strcpy(changed.token, "https://sso.example:444");
    assert_int_equal(given(&old, &client), KB_ERR_DENIED);
    kb_str_set(&client.token_url, "no URL");
    assert_int_equal(given(&old, &client), KB_ERR_CORRUPT);
}

static void test_only_what_can_be_found_again_is_stored(void **state)
{
    KB_AUTO(kb_client_clear) struct kb_client client = fitting();
    struct kb_store_context old = context;

    (void)state;
    assert_int_equal(kb_store_check_fit(&context, &client, NULL), KB_OK);
    old.ref = NULL;
    assert_int_equal(kb_store_check_fit(&old, &client, NULL), KB_ERR_USAGE);
    client.ref = other;
    assert_int_equal(kb_store_check_fit(&context, &client, NULL), KB_ERR_USAGE);
    client.ref = own;
    kb_secret_clear(&client.secret);
    assert_int_equal(kb_store_check_fit(&context, &client, NULL), KB_ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_client_goes_to_whom_it_belongs),
        cmocka_unit_test(test_a_client_goes_where_it_is_bound_to),
        cmocka_unit_test(test_version_1_is_bound_to_its_origin),
        cmocka_unit_test(test_only_what_can_be_found_again_is_stored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
