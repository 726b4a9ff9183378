/*
 * Heap memory that was given back holds nothing of what was in it.
 */
#include "../sandbox.h"

#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* glibc keeps links of its own in the first bytes of a block that is free. */
enum { SIZE = 512, LINKS = 32 };

/* To the compiler a block that was freed holds nothing worth reading. */
static const volatile unsigned char *address_of(void *block)
{
    uintptr_t address = (uintptr_t)block;

    __asm__ volatile("" : "+r"(address));
    return (const volatile unsigned char *)address; // NOLINT(performance-no-int-to-ptr)
}

static size_t marks(const volatile unsigned char *bytes, size_t from, size_t to)
{
    size_t count = 0;

    for (size_t i = from; i < to; i++)
        count += bytes[i] == 'S';
    return count;
}

static void *marked(size_t size)
{
    void *block = malloc(size);

    if (!block)
        abort();
    memset(block, 'S', size);
    __asm__ volatile("" : : "r"(block) : "memory");
    return block;
}

/* A neighbour keeps the freed block from melting into unused memory. */
static void free_clears_all_of_the_block(void **state)
{
    (void)state;
    void *block = marked(SIZE), *neighbour = marked(SIZE);
    const volatile unsigned char *bytes = address_of(block);
    size_t all = malloc_usable_size(block);

    free(block);
    assert_int_equal(marks(bytes, LINKS, all), 0);
    assert_int_equal(marks(address_of(neighbour), 0, SIZE), SIZE);
    free(neighbour);
    free(NULL);
}

static void realloc_leaves_nothing_where_the_block_was(void **state)
{
    (void)state;
    void *block = marked(SIZE), *neighbour = marked(SIZE);
    const volatile unsigned char *bytes = address_of(block);
    void *moved = realloc(block, 64 * SIZE);

    assert_non_null(moved);
    assert_true(address_of(moved) != bytes);
    assert_int_equal(marks(bytes, LINKS, SIZE), 0);
    assert_int_equal(marks(address_of(moved), 0, SIZE), SIZE);
    free(moved);
    free(neighbour);
}

/* At the end of the heap glibc could let a block grow where it is. */
static void realloc_keeps_what_was_in_a_block_that_grows(void **state)
{
    (void)state;
    unsigned char *block = marked(SIZE);

    for (size_t size = SIZE; size < 1000000; size *= 3) {
        block = realloc(block, size);
        assert_non_null(block);
        assert_int_equal(marks(block, 0, SIZE), SIZE);
    }
    free(block);
}

static void realloc_clears_what_it_cuts_off(void **state)
{
    (void)state;
    void *block = marked(SIZE), *neighbour = marked(SIZE);
    const volatile unsigned char *bytes = address_of(block);
    void *shorter = realloc(block, SIZE / 4);

    assert_true(address_of(shorter) == bytes);
    assert_int_equal(marks(bytes, 0, SIZE / 4), SIZE / 4);
    /* What was cut off is a block of its own now, behind its head and with links of its own. */
    assert_int_equal(marks(bytes, SIZE / 4 + 2 * LINKS, SIZE), 0);
    free(shorter);
    free(neighbour);
}

/* A block as large as this is a mapping of its own, which goes back to the kernel. */
static void realloc_of_a_mapping(void **state)
{
    (void)state;
    enum { LARGE = 1 << 20 };
    unsigned char *block = marked(LARGE);

    block = realloc(block, 3 * LARGE);
    assert_non_null(block);
    assert_int_equal(marks(block, 0, LARGE), LARGE);
    block = realloc(block, LARGE / 2);
    assert_non_null(block);
    assert_int_equal(marks(block, 0, LARGE / 2), LARGE / 2);
    block = realloc(block, 64);
    assert_non_null(block);
    assert_int_equal(marks(block, 0, 64), 64);
    free(block);
}

static void the_edges_are_those_of_glibc(void **state)
{
    (void)state;
    void *block = realloc(NULL, 16);
    size_t volatile huge = SIZE_MAX;

    assert_non_null(block);
    errno = 0;
    assert_null(realloc(block, huge));
    assert_int_equal(errno, ENOMEM);
    errno = 0;
    assert_null(reallocarray(block, huge / 2, 3));
    assert_int_equal(errno, ENOMEM);
    block = reallocarray(block, 4, 100);
    assert_non_null(block);
    assert_true(malloc_usable_size(block) >= 400);
    memset(block, 'S', 400);
    errno = E2BIG;
    assert_null(realloc(block, 0));
    assert_int_equal(errno, E2BIG);
    assert_int_equal(marks(address_of(block), LINKS, 400), 0);
}

/* A library's calls must come here too: what strdup() made in libc, getline() frees there. */
static void shared_objects_use_the_same(void **state)
{
    (void)state;
    void (*seen)(void *) = NULL;

    *(void **)&seen = dlsym(RTLD_DEFAULT, "free");
    assert_true(seen == free);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(free_clears_all_of_the_block),
        cmocka_unit_test(realloc_leaves_nothing_where_the_block_was),
        cmocka_unit_test(realloc_keeps_what_was_in_a_block_that_grows),
        cmocka_unit_test(realloc_clears_what_it_cuts_off),
        cmocka_unit_test(realloc_of_a_mapping),
        cmocka_unit_test(the_edges_are_those_of_glibc),
        cmocka_unit_test(shared_objects_use_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
