/*
 * Memory that is there, or else the end of the program: with any libc, and under sanitizers.
 */
#include "base/alloc.h"

#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { SAID_SIZE = 4096 }; /* a sanitizer warns first */

/* Unless told so, AddressSanitizer ends the program itself. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

/* How a process ends that asks for COUNT times EACH bytes with ASK, and its last words. */
static int status_of_asking(
    void (*ask)(size_t count, size_t each), size_t count, size_t each, char said[static SAID_SIZE])
{
    int ends[2], status = -1;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        ask(count, each);
        _exit(0);
    }
    close(ends[1]);
    memset(said, 0, SAID_SIZE);
    for (size_t len = 0; len < SAID_SIZE - 1;) {
        ssize_t got = read(ends[0], said + len, SAID_SIZE - 1 - len);
        if (got <= 0)
            break;
        len += (size_t)got;
    }
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void ask_for_new(size_t count, size_t each)
{
    free(kb_alloc(count, each));
}

static void ask_for_more(size_t count, size_t each)
{
    static void *volatile block; /* memcheck sees it to the end */

    block = malloc(1);
    free(kb_grow(block, count, each));
}

static void who_gets_none_ends(void **state)
{
    (void)state;
    static void (*const ways[])(size_t count, size_t each) = {ask_for_new, ask_for_more};
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        char said[SAID_SIZE];
        assert_int_equal(status_of_asking(ways[i], 1, (size_t)PTRDIFF_MAX, said), KB_ERR_SYSTEM);
        assert_non_null(strstr(said, "out of memory"));
        assert_int_equal(status_of_asking(ways[i], 3, 5, said), 0);
        assert_int_equal(status_of_asking(ways[i], 0, 5, said), 0);
    }
}

static void new_memory_is_empty_and_old_is_kept(void **state)
{
    (void)state;
    char *block = kb_alloc(3, 2);
    assert_memory_equal(block, "\0\0\0\0\0\0", 6);
    memcpy(block, "abcdef", 6);
    block = kb_grow(block, 4000, 2);
    assert_memory_equal(block, "abcdef", 6);
    free(block);
    char *copy = kb_text_dup("text");
    assert_string_equal(copy, "text");
    free(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_gets_none_ends),
        cmocka_unit_test(new_memory_is_empty_and_old_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
