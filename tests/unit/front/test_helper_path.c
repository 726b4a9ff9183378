/*
 * Which helper an archive's front starts: helper_path.c as KEYBEARER_RELOCATABLE builds it, linked
 * with --wrap for where this program lies.
 */
#include "front.h"

#include "base/place.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define OTHER_UID 64331 /* nobody's */

static char top[] = "/tmp/kb-place-XXXXXX";
static char folder[64], program[80], moved[64];

enum kb_err __wrap_kb_place_beside(
    int up, const char *below, char ret[static PATH_MAX], struct kb_error *err);

enum kb_err __wrap_kb_place_beside(
    int up, const char *below, char ret[static PATH_MAX], struct kb_error *err)
{
    (void)err;
    assert_int_equal(up, 1);
    snprintf(ret, PATH_MAX, "%s/%s", top, below);
    return KB_OK;
}

/* TOP/libexec/keybearer/fetch, as an archive has it. */
static int unpack(void **state)
{
    char libexec[48];
    int fd;

    (void)state;
    memcpy(strrchr(top, '-') + 1, "XXXXXX", 6);
    assert_non_null(mkdtemp(top));
    snprintf(libexec, sizeof(libexec), "%s/libexec", top);
    snprintf(folder, sizeof(folder), "%s/keybearer", libexec);
    snprintf(program, sizeof(program), "%s/fetch", folder);
    snprintf(moved, sizeof(moved), "%s/moved", top);
    assert_int_equal(mkdir(libexec, 0755), 0);
    assert_int_equal(mkdir(folder, 0755), 0);
    fd = open(program, O_CREAT | O_WRONLY | O_CLOEXEC, 0755);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(chmod(program, 0755), 0);
    return 0;
}

static int clean_up(void **state)
{
    char command[80];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", top);
    return system(command); /* NOLINT(cert-env33-c) */
}

static void expect_refused(enum kb_err code, const char *says, const char *hint)
{
    struct kb_error err = KB_ERROR_INIT;
    char got[PATH_MAX] = "untouched";

    assert_int_equal(helper_path("fetch", got, &err), code);
    assert_string_equal(got, "untouched");
    assert_non_null(strstr(err.msg, says));
    assert_non_null(strstr(err.hint, hint));
}

static void test_the_one_beside(void **state)
{
    struct kb_error err = KB_ERROR_INIT;
    char got[PATH_MAX];

    (void)state;
    assert_int_equal(helper_path("fetch", got, &err), KB_OK);
    assert_string_equal(got, program);
}

static void test_what_others_may_write(void **state)
{
    (void)state;
    assert_int_equal(chmod(program, 0757), 0);
    expect_refused(KB_ERR_DENIED, "others may write to", "chmod go-w /tmp/");
    assert_int_equal(chmod(program, 0755), 0);
    assert_int_equal(chmod(folder, 0757), 0);
    expect_refused(KB_ERR_DENIED, "others could replace", "chmod go-w /tmp/");
    assert_int_equal(chmod(folder, 0755), 0);
    assert_int_equal(chmod(top, 0757), 0);
    expect_refused(KB_ERR_DENIED, "others could replace", "chmod go-w /tmp/");
}

static void test_what_others_own(void **state)
{
    (void)state;
    if (chown(program, OTHER_UID, (gid_t)-1) < 0)
        skip();
    expect_refused(KB_ERR_DENIED, "belongs to uid", "");
    assert_int_equal(chown(program, geteuid(), (gid_t)-1), 0);
    assert_int_equal(chown(folder, OTHER_UID, (gid_t)-1), 0);
    expect_refused(KB_ERR_DENIED, "belongs to uid", "");
}

static void test_links(void **state)
{
    (void)state;
    assert_int_equal(rename(program, moved), 0);
    assert_int_equal(symlink(moved, program), 0);
    expect_refused(KB_ERR_DENIED, "a link leads from", "unpack the archive");
    assert_int_equal(unlink(program), 0);
    assert_int_equal(rename(moved, program), 0);
    assert_int_equal(rename(folder, moved), 0);
    assert_int_equal(symlink(moved, folder), 0);
    expect_refused(KB_ERR_DENIED, "a link leads from", "unpack the archive");
}

static void test_no_file(void **state)
{
    (void)state;
    assert_int_equal(unlink(program), 0);
    expect_refused(KB_ERR_SYSTEM, "cannot start", "unpack the archive");
    assert_int_equal(mkfifo(program, 0700), 0);
    expect_refused(KB_ERR_DENIED, "is not a file", "unpack the archive");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_one_beside, unpack, clean_up),
        cmocka_unit_test_setup_teardown(test_what_others_may_write, unpack, clean_up),
        cmocka_unit_test_setup_teardown(test_what_others_own, unpack, clean_up),
        cmocka_unit_test_setup_teardown(test_links, unpack, clean_up),
        cmocka_unit_test_setup_teardown(test_no_file, unpack, clean_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
