/*
 * What is asked of each version of Landlock, with a kernel that only exists here: no older
 * one may be asked for what it does not know, no newer one for less than it can do.
 */
#include "base/landlock.h"

#include <errno.h>
#include <linux/landlock.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>

#include <cmocka.h>

long __wrap_syscall(long number, ...);

enum { REFER = 1 << 13, TRUNCATE = 1 << 14, IOCTL_DEV = 1 << 15 };

static struct kernel {
    int version;
    struct {
        uint64_t fs, net, scoped;
    } asked;
    uint64_t rules[8];
    int count;
    bool restricted;
} kernel;

static long create_ruleset(const void *attributes, size_t size)
{
    if (!attributes)
        return kernel.version;
    assert_int_equal(size, sizeof(kernel.asked));
    memcpy(&kernel.asked, attributes, size);
    return 1000; /* closing it fails, which nobody minds */
}

static long add_rule(const struct landlock_path_beneath_attr *rule)
{
    assert_false(kernel.restricted);
    kernel.rules[kernel.count++] = rule->allowed_access;
    return 0;
}

long __wrap_syscall(long number, ...)
{
    va_list arguments;
    long result = -1;

    va_start(arguments, number);
    if (number == SYS_landlock_create_ruleset) {
        const void *attributes = va_arg(arguments, void *);
        result = create_ruleset(attributes, va_arg(arguments, size_t));
    } else if (number == SYS_landlock_add_rule) {
        (void)va_arg(arguments, int);
        (void)va_arg(arguments, int);
        result = add_rule(va_arg(arguments, void *));
    } else if (number == SYS_landlock_restrict_self) {
        kernel.restricted = true;
        result = 0;
    }
    va_end(arguments);
    return result;
}

static void confine_with(int version)
{
    static const struct kb_landlock_place places[] = {
        {"/", KB_LANDLOCK_READ},
        {"/tmp", KB_LANDLOCK_KEEP},
        {"/dev/null", KB_LANDLOCK_TALK},
        {"/dev/null", KB_LANDLOCK_READ},
    };
    kernel = (struct kernel){.version = version};
    assert_int_equal(kb_landlock_confine(places, KB_COUNT(places), NULL), KB_OK);
}

static void every_version_is_used_to_the_full(void **state)
{
    static const struct {
        int version;
        uint64_t fs, net, scoped;
    } rows[] = {
        {1, 0x1fff, 0, 0},
        {2, 0x3fff, 0, 0},
        {3, 0x7fff, 0, 0},
        {4, 0x7fff, 1, 0},
        {5, 0xffff, 1, 0},
        {6, 0xffff, 1, 2},
        {7, 0xffff, 1, 2},
        {99, 0xffff, 1, 2},
    };
    (void)state;
    for (size_t i = 0; i < KB_COUNT(rows); i++) {
        confine_with(rows[i].version);
        assert_int_equal(kernel.asked.fs, rows[i].fs);
        assert_int_equal(kernel.asked.net, rows[i].net);
        assert_int_equal(kernel.asked.scoped, rows[i].scoped);
        assert_true(kernel.restricted);
    }
}

/* The kernel refuses a rule with rights that its rule set does not handle. */
static void no_rule_allows_more_than_is_handled(void **state)
{
    (void)state;
    for (int version = 1; version < 9; version++) {
        confine_with(version);
        for (int i = 0; i < kernel.count; i++)
            assert_int_equal(kernel.rules[i] & ~kernel.asked.fs, 0);
    }
}

static void no_rule_lets_execute_or_make_anything_but_files(void **state)
{
    const uint64_t never =
        LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_CHAR |
        LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
        LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM | REFER | TRUNCATE;
    (void)state;
    confine_with(7);
    assert_int_equal(kernel.count, 4);
    for (int i = 0; i < kernel.count; i++)
        assert_int_equal(kernel.rules[i] & never, 0);
}

/* Rights that only a directory has would make the whole rule void. */
static void a_file_is_given_the_rights_of_a_file(void **state)
{
    (void)state;
    confine_with(7);
    assert_int_equal(
        kernel.rules[2], LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | IOCTL_DEV);
    assert_int_equal(kernel.rules[3], LANDLOCK_ACCESS_FS_READ_FILE);
}

static void without_it_nothing_is_asked(void **state)
{
    (void)state;
    confine_with(0);
    assert_int_equal(kernel.count, 0);
    assert_false(kernel.restricted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_version_is_used_to_the_full),
        cmocka_unit_test(no_rule_allows_more_than_is_handled),
        cmocka_unit_test(no_rule_lets_execute_or_make_anything_but_files),
        cmocka_unit_test(a_file_is_given_the_rights_of_a_file),
        cmocka_unit_test(without_it_nothing_is_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
