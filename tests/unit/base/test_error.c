/*
 * Errors: codes are exit statuses, texts are one printable ASCII line that fits.
 */
#include "base/error.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Scripts switch on these: neither names nor numbers may ever change. */
static void codes_names_and_statuses_are_fixed(void **state)
{
    (void)state;
    static const struct {
        enum kb_err code;
        unsigned long status;
        const char *name;
    } rows[] = {
        {KB_OK, 0, "ok"},
        {KB_ERR_FAILED, 1, "failed"},
        {KB_ERR_USAGE, 2, "usage"},
        {KB_ERR_CONFIG, 3, "config"},
        {KB_ERR_NOT_FOUND, 4, "not_found"},
        {KB_ERR_LOCKED, 5, "locked"},
        {KB_ERR_DENIED, 6, "denied"},
        {KB_ERR_NETWORK, 7, "network"},
        {KB_ERR_RATE_LIMITED, 8, "rate_limited"},
        {KB_ERR_SERVER, 9, "server"},
        {KB_ERR_TIMEOUT, 10, "timeout"},
        {KB_ERR_CORRUPT, 11, "corrupt"},
        {KB_ERR_SYSTEM, 12, "system"},
        {KB_ERR_UNAVAILABLE, 13, "unavailable"},
        {KB_ERR_DISMISSED, 14, "dismissed"},
        {KB_ERR_NOT_RUNNABLE, 126, "not_runnable"},
        {KB_ERR_NO_COMMAND, 127, "no_command"},
    };
    for (size_t i = 0; i < KB_COUNT(rows); i++) {
        assert_int_equal(rows[i].code, rows[i].status);
        assert_string_equal(kb_err_name(rows[i].code), rows[i].name);
        assert_true(kb_err_known(rows[i].status));
    }
    assert_false(kb_err_known(KB_COUNT(rows)));
    assert_false(kb_err_known(~0UL));
    assert_string_equal(kb_err_name((enum kb_err)KB_COUNT(rows)), "unknown");
    assert_string_equal(kb_err_name((enum kb_err) - 1), "unknown");
}

static void a_new_failure_replaces_all_of_the_old_one(void **state)
{
    (void)state;
    struct kb_error err = KB_ERROR_INIT;
    assert_int_equal(
        kb_fail_sys(&err, KB_ERR_SYSTEM, ENOSPC, "cannot write %s", "x"), KB_ERR_SYSTEM);
    assert_string_equal(err.msg, "cannot write x: No space left on device");
    assert_int_equal(err.sys, ENOSPC);
    kb_hint(&err, "make room in %s", "y");
    assert_string_equal(err.hint, "make room in y");
    assert_int_equal(kb_fail(&err, KB_ERR_LOCKED, "locked"), KB_ERR_LOCKED);
    assert_string_equal(err.msg, "locked");
    assert_string_equal(err.hint, "");
    assert_int_equal(err.sys, 0);
    assert_int_equal(err.code, KB_ERR_LOCKED);
}

static void nobody_has_to_want_the_text(void **state)
{
    (void)state;
    assert_int_equal(kb_fail(NULL, KB_ERR_DENIED, "x"), KB_ERR_DENIED);
    assert_int_equal(kb_fail_sys(NULL, KB_ERR_SYSTEM, EIO, "x"), KB_ERR_SYSTEM);
    kb_hint(NULL, "x");
}

static void nothing_steers_a_terminal(void **state)
{
    (void)state;
    static const char hostile[] = "a\x1b]52;c;QQ\x07\r\nb\x7f\xc2\x9b\xe2\x80\xae"
                                  "c";
    static const char shown[] = "a?]52;c;QQ???b??????c";
    struct kb_error err = KB_ERROR_INIT;
    kb_fail(&err, KB_ERR_SERVER, "%s", hostile);
    assert_string_equal(err.msg, shown);
    kb_hint(&err, "%s", hostile);
    assert_string_equal(err.hint, shown);
    kb_fail_sys(&err, KB_ERR_SERVER, EIO, "%s", "\n");
    assert_string_equal(err.msg, "?: Input/output error");
}

static void long_texts_are_cut(void **state)
{
    (void)state;
    char text[2000];
    struct kb_error err = KB_ERROR_INIT;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    kb_fail_sys(&err, KB_ERR_SERVER, EIO, "%s", text);
    assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
    kb_hint(&err, "%s", text);
    assert_int_equal(strlen(err.hint), sizeof(err.hint) - 1);
    kb_fail_sys(&err, KB_ERR_SYSTEM, 99999, "x");
    assert_string_equal(err.msg, "x: unknown error");
}

static void every_failure_has_a_hint(void **state)
{
    (void)state;
    struct kb_error err = KB_ERROR_INIT;
    for (int code = KB_ERR_FAILED; code <= KB_ERR_DISMISSED; code++) {
        kb_fail(&err, (enum kb_err)code, "x");
        assert_true(kb_err_hint(&err)[0] != '\0');
    }
    kb_hint(&err, "a better one");
    assert_string_equal(kb_err_hint(&err), "a better one");
    err = (struct kb_error){.code = (enum kb_err)99};
    assert_string_equal(kb_err_hint(&err), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_names_and_statuses_are_fixed),
        cmocka_unit_test(a_new_failure_replaces_all_of_the_old_one),
        cmocka_unit_test(nobody_has_to_want_the_text),
        cmocka_unit_test(nothing_steers_a_terminal),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(every_failure_has_a_hint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
