/*
 * The two clients of a profile, in a store that does as it is told: which of them is read, in
 * which order both are removed, and whose error is reported.
 */
#include "backends/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char in_use[] = "https://new.example", former[] = "https://old.example";

/* What the store keeps, and what it answers to whom it gives nothing. */
static struct {
    enum kb_err in_use, former;           /* what a load ends with that is not for another origin */
    enum kb_err keep_in_use, keep_former; /* what a removal ends with */
    char removed[32];
} told;

static enum kb_err load(
    const struct kb_store_context *context, struct kb_client *ret, struct kb_error *err)
{
    enum kb_err rc = context->former ? told.former : told.in_use;
    const char *secret = context->former ? "former" : "in use";
    const char *bound = context->former ? former : in_use;

    if (rc && rc != KB_ERR_LOCKED)
        return kb_fail(err, rc, "told so of %s", secret);
    if (!context->any_origin && strcmp(bound, context->token_url) != 0)
        return kb_fail(err, KB_ERR_DENIED, "%s is for another origin", secret);
    if (rc)
        return kb_fail(err, rc, "told so of %s", secret);
    return kb_secret_set(&ret->secret, secret, strlen(secret), err);
}

static enum kb_err remove_one(const struct kb_store_context *context, struct kb_error *err)
{
    enum kb_err rc = context->former ? told.keep_former : told.keep_in_use;

    strcat(told.removed, context->former ? "former " : "in-use ");
    return rc ? kb_fail(err, rc, "told so") : KB_OK;
}

static const struct kb_store store = {.name = "told", .load = load, .remove = remove_one};

static int nothing_told(void **state)
{
    (void)state;
    memset(&told, 0, sizeof(told));
    return 0;
}

/* The secret that a profile for URL gets, or the error. */
static void expect(const char *url, enum kb_err code, const char *secret_or_message)
{
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    const struct kb_store_context context = {.profile = "work", .token_url = url};
    struct kb_error err = KB_ERROR_INIT;

    assert_int_equal(kb_store_load(&store, &context, &client, &err), code);
    if (code)
        assert_string_equal(err.msg, secret_or_message);
    else
        assert_string_equal(client.secret.bytes, secret_or_message);
    assert_int_equal(kb_store_load(&store, &context, &client, NULL), code);
}

static void test_the_one_that_fits_is_read(void **state)
{
    (void)state;
    expect(in_use, KB_OK, "in use");
    expect(former, KB_OK, "former");
    expect("https://third.example", KB_ERR_DENIED, "in use is for another origin");
    told.former = KB_ERR_NOT_FOUND;
    expect(former, KB_ERR_DENIED, "in use is for another origin");
}

/* Who must unlock something is told so, and not to store the client once more. */
static void test_a_former_one_that_cannot_be_read_now(void **state)
{
    (void)state;
    told.in_use = told.former = KB_ERR_LOCKED;
    expect(former, KB_ERR_LOCKED, "told so of former");
    told.former = KB_ERR_CORRUPT;
    expect(former, KB_ERR_CORRUPT, "told so of former");
}

/* A file that others could write is refused, and nothing else is taken in its place. */
static void test_a_refusal_for_another_reason_stands(void **state)
{
    (void)state;
    told.in_use = KB_ERR_DENIED;
    expect(in_use, KB_ERR_DENIED, "told so of in use");
    expect(former, KB_ERR_DENIED, "told so of in use");
}

static enum kb_err remove_for(const char *url)
{
    const struct kb_store_context context = {.profile = "work", .token_url = url};
    struct kb_error err = KB_ERROR_INIT;

    told.removed[0] = '\0';
    return kb_store_remove(&store, &context, &err);
}

/* So that whatever fails, the profile keeps its client. */
static void test_the_one_that_fits_is_removed_last(void **state)
{
    (void)state;
    assert_int_equal(remove_for(in_use), KB_OK);
    assert_string_equal(told.removed, "former in-use ");
    assert_int_equal(remove_for(former), KB_OK);
    assert_string_equal(told.removed, "in-use former ");
    told.keep_former = KB_ERR_SYSTEM;
    assert_int_equal(remove_for(in_use), KB_ERR_SYSTEM);
    assert_string_equal(told.removed, "former ");
    told.keep_in_use = KB_ERR_TIMEOUT;
    assert_int_equal(remove_for(former), KB_ERR_TIMEOUT);
    assert_string_equal(told.removed, "in-use ");
}

static void test_what_is_not_there_needs_no_removal(void **state)
{
    (void)state;
    told.keep_former = KB_ERR_NOT_FOUND;
    assert_int_equal(remove_for(in_use), KB_OK);
    assert_int_equal(remove_for(NULL), KB_OK);
    told.keep_in_use = KB_ERR_NOT_FOUND;
    assert_int_equal(remove_for(in_use), KB_ERR_NOT_FOUND);
    told.keep_former = KB_OK;
    assert_int_equal(remove_for(in_use), KB_OK);
}

#define TEST(name) cmocka_unit_test_setup(name, nothing_told)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_one_that_fits_is_read),
        TEST(test_a_former_one_that_cannot_be_read_now),
        TEST(test_a_refusal_for_another_reason_stands),
        TEST(test_the_one_that_fits_is_removed_last),
        TEST(test_what_is_not_there_needs_no_removal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
