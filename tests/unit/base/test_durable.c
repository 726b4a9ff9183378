/*
 * What survives a power cut: the order in which a replacement is made, as the kernel is
 * asked for it. Content first, then the name, then the directory; never a time without a
 * file.
 */
#include "base/file.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_renameat(int from, const char *old, int to, const char *new);
int __wrap_renameat(int from, const char *old, int to, const char *new);
int __real_renameat2(int from, const char *old, int to, const char *new, unsigned flags);
int __wrap_renameat2(int from, const char *old, int to, const char *new, unsigned flags);
int __real_unlinkat(int fd, const char *name, int flags);
int __wrap_unlinkat(int fd, const char *name, int flags);

/* A letter a call: f(ile) and d(irectory) made durable, r(enamed), u(nlinked). */
static char calls[16];

static void note(char call)
{
    size_t len = strlen(calls);

    assert_true(len + 1 < sizeof(calls));
    calls[len] = call;
    calls[len + 1] = '\0';
}

int __wrap_fsync(int fd)
{
    struct stat st;

    assert_int_equal(fstat(fd, &st), 0);
    note(S_ISDIR(st.st_mode) ? 'd' : 'f');
    return __real_fsync(fd);
}

int __wrap_renameat(int from, const char *old, int to, const char *new)
{
    note('r');
    return __real_renameat(from, old, to, new);
}

int __wrap_renameat2(int from, const char *old, int to, const char *new, unsigned flags)
{
    note('r');
    return __real_renameat2(from, old, to, new, flags);
}

int __wrap_unlinkat(int fd, const char *name, int flags)
{
    note('u');
    return __real_unlinkat(fd, name, flags);
}

static void check(
    enum kb_err (*replace)(int, const char *, const void *, size_t, struct kb_error *),
    const char *expected)
{
    char top[] = "/tmp/kb-test-durable-XXXXXX";
    struct kb_error err = KB_ERROR_INIT;

    assert_non_null(mkdtemp(top));
    int dir = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(replace(dir, "name", "old", 3, &err), KB_OK);
    calls[0] = '\0';
    assert_int_equal(replace(dir, "name", "new", 3, &err), KB_OK);
    /* What had the name before may go in the end. */
    assert_memory_equal(calls, expected, strlen(expected));
    assert_int_equal(strspn(calls + strlen(expected), "u"), strlen(calls) - strlen(expected));

    assert_int_equal(__real_unlinkat(dir, "name", 0), 0);
    close(dir);
    assert_int_equal(rmdir(top), 0);
}

static void test_on_a_disk(void **state)
{
    (void)state;
    check(kb_file_replace, "frd");
}

static void test_in_memory(void **state)
{
    (void)state;
    check(kb_file_replace_volatile, "r");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_on_a_disk),
        cmocka_unit_test(test_in_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
