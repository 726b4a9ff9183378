/*
 * The secret type: one owner, wiped when it goes, guarded pages once the process asks.
 */
#include "base/secret.h"

#include "../sandbox.h"

#include <malloc.h>
#include <setjmp.h>
#include <signal.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static struct kb_secret secret_of(const char *text)
{
    struct kb_secret secret = KB_SECRET_INIT;
    if (kb_secret_set(&secret, text, strlen(text), NULL))
        abort();
    return secret;
}

static void set_copies_and_terminates(void **state)
{
    (void)state;
    char text[] = "abc";
    KB_AUTO(kb_secret_clear) struct kb_secret secret = KB_SECRET_INIT;
    assert_true(kb_secret_is_empty(&secret));
    assert_int_equal(kb_secret_set(&secret, text, 3, NULL), KB_OK);
    text[0] = 'x';
    assert_string_equal(secret.bytes, "abc");
    assert_int_equal(kb_secret_set(&secret, "a\0b", 3, NULL), KB_OK);
    assert_int_equal(secret.len, 3);
    assert_memory_equal(secret.bytes, "a\0b", 4);
    assert_int_equal(kb_secret_set(&secret, NULL, 0, NULL), KB_OK);
    assert_true(kb_secret_is_empty(&secret));
    assert_string_equal(secret.bytes, "");
}

static void too_long_leaves_the_old_one(void **state)
{
    (void)state;
    struct kb_error err = KB_ERROR_INIT;
    char *bytes = calloc(1, KB_SECRET_MAX + 1);
    KB_AUTO(kb_secret_clear) struct kb_secret secret = secret_of("old");
    assert_int_equal(kb_secret_set(&secret, bytes, KB_SECRET_MAX + 1, &err), KB_ERR_USAGE);
    assert_string_equal(secret.bytes, "old");
    assert_int_equal(kb_secret_random(&secret, KB_SECRET_MAX + 1, &err), KB_ERR_USAGE);
    assert_string_equal(secret.bytes, "old");
    assert_int_equal(kb_secret_set(&secret, bytes, KB_SECRET_MAX, &err), KB_OK);
    assert_int_equal(secret.len, KB_SECRET_MAX);
    free(bytes);
}

static void a_move_leaves_nothing_behind(void **state)
{
    (void)state;
    KB_AUTO(kb_secret_clear) struct kb_secret from = secret_of("new"), to = secret_of("old");
    kb_secret_move(&to, &from);
    assert_string_equal(to.bytes, "new");
    assert_null(from.bytes);
    assert_int_equal(from.len, 0);
}

static void a_buffer_is_cleared_whatever_happens(void **state)
{
    (void)state;
    KB_AUTO(kb_secret_clear) struct kb_secret secret = secret_of("old");
    KB_AUTO(kb_buf_clear) struct kb_buf buf = KB_BUF_INIT(4);
    kb_buf_str(&buf, "new");
    assert_int_equal(kb_secret_from_buf(&secret, &buf, NULL), KB_OK);
    assert_string_equal(secret.bytes, "new");
    assert_null(buf.data);
    kb_buf_str(&buf, "too long");
    assert_int_equal(kb_secret_from_buf(&secret, &buf, NULL), KB_ERR_SYSTEM);
    assert_null(buf.data);
    assert_string_equal(secret.bytes, "new");
    kb_secret_append(&secret, &buf);
    assert_string_equal(kb_buf_text(&buf), "new");
}

static void equality(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool equal;
    } rows[] = {
        {"abc", "abc", true},
        {"abc", "abd", false},
        {"abc", "ab", false},
        {"", "", false},
        {"abc", "", false},
    };
    for (size_t i = 0; i < KB_COUNT(rows); i++) {
        KB_AUTO(kb_secret_clear)
        struct kb_secret a = secret_of(rows[i].a), b = secret_of(rows[i].b);
        assert_int_equal(kb_secret_equal(&a, &b), rows[i].equal);
        assert_int_equal(kb_secret_equal(&b, &a), rows[i].equal);
    }
    const struct kb_secret none = KB_SECRET_INIT;
    assert_false(kb_secret_equal(&none, &none));
}

static void random_bytes_differ(void **state)
{
    (void)state;
    KB_AUTO(kb_secret_clear) struct kb_secret a = KB_SECRET_INIT, b = KB_SECRET_INIT;
    assert_int_equal(kb_secret_random(&a, 1000, NULL), KB_OK);
    assert_int_equal(kb_secret_random(&b, 1000, NULL), KB_OK);
    assert_int_equal(a.len, 1000);
    assert_memory_not_equal(a.bytes, b.bytes, 1000);
    assert_memory_not_equal(a.bytes + 984, a.bytes + 968, 16); /* filled to the end */
}

static void clear_takes_anything(void **state)
{
    (void)state;
    struct kb_secret secret = KB_SECRET_INIT;
    kb_secret_clear(NULL);
    kb_secret_clear(&secret);
    assert_int_equal(kb_secret_set(&secret, "x", 1, NULL), KB_OK);
    kb_secret_clear(&secret);
    kb_secret_clear(&secret);
    assert_null(secret.bytes);
}

static char freed[16];

void __real_free(void *memory);
void __wrap_free(void *memory);
void __wrap_free(void *memory)
{
    size_t len = malloc_usable_size(memory);
    if (memory)
        memcpy(freed, memory, len < sizeof(freed) ? len : sizeof(freed));
    __real_free(memory);
}

static void freed_memory_is_wiped(void **state)
{
    (void)state;
    static const char zeros[16];
    struct kb_secret secret = secret_of("0123456789abcdef");
    memset(freed, 'S', sizeof(freed));
    assert_int_equal(kb_secret_set(&secret, "another, longer one", 19, NULL), KB_OK);
    assert_memory_equal(freed, zeros, sizeof(freed));
    memset(freed, 'S', sizeof(freed));
    kb_secret_clear(&secret);
    assert_memory_equal(freed, zeros, sizeof(freed));
}

/* Secrets from before the switch must still be freed as what they are. */
static int live_guarded(void *unused)
{
    (void)unused;
    struct kb_secret before = secret_of("before"), after = KB_SECRET_INIT;
    CHILD_CHECK(sodium_init() >= 0);
    kb_secret_guard();
    CHILD_CHECK(kb_secret_set(&after, "after", 5, NULL) == KB_OK);
    CHILD_CHECK(!before.guarded && after.guarded);
    kb_secret_move(&before, &after);
    CHILD_CHECK(strcmp(before.bytes, "after") == 0);
    kb_secret_clear(&before);
    return 0;
}

static void guarded_memory(void **state)
{
    (void)state;
    assert_int_equal(in_child(live_guarded, NULL), 0);
}

/* What lies behind a secret is checked when it is freed: one byte too many ends the process. */
static int write_behind_the_end(void *unused)
{
    (void)unused;
    struct kb_secret secret = KB_SECRET_INIT;
    CHILD_CHECK(sodium_init() >= 0);
    kb_secret_guard();
    CHILD_CHECK(kb_secret_set(&secret, "x", 1, NULL) == KB_OK);
    CHILD_CHECK(signal(SIGSEGV, SIG_DFL) != SIG_ERR); /* cmocka and the sanitizers catch it */
    volatile char *behind = secret.bytes + 2;
    *behind = (char)(*behind + 1); /* what lies there is random */
    kb_secret_clear(&secret);
    return 0;
}

static void guarded_memory_ends_at_its_end(void **state)
{
    (void)state;
    assert_int_equal(in_child(write_behind_the_end, NULL), -1);
}

/* More than fits into one region, small and large in turns: each keeps what it was given. */
static int many_guarded(void *unused)
{
    (void)unused;
    enum { COUNT = 120, LARGE = 9000 };
    static char text[LARGE];
    static struct kb_secret all[COUNT];
    CHILD_CHECK(sodium_init() >= 0);
    kb_secret_guard();
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < COUNT; i++) {
            memset(text, 'a' + i % 26, sizeof(text));
            CHILD_CHECK(kb_secret_set(&all[i], text, i % 10 ? 200 : LARGE, NULL) == KB_OK);
        }
        for (int i = 0; i < COUNT; i++) {
            memset(text, 'a' + i % 26, sizeof(text));
            CHILD_CHECK(memcmp(all[i].bytes, text, all[i].len) == 0);
            CHILD_CHECK(all[i].bytes[all[i].len] == '\0');
        }
        for (int i = 0; i < COUNT; i++)
            kb_secret_clear(&all[(i * 7) % COUNT]);
    }
    return 0;
}

static void guarded_memory_of_many(void **state)
{
    (void)state;
    assert_int_equal(in_child(many_guarded, NULL), 0);
}

#if !KB_SANITIZED
/* The pages stay, what was in them does not. */
static int clear_one_of_two(void *unused)
{
    (void)unused;
    struct kb_secret one = KB_SECRET_INIT, other = KB_SECRET_INIT;
    CHILD_CHECK(sodium_init() >= 0);
    kb_secret_guard();
    CHILD_CHECK(kb_secret_set(&one, "0123456789abcdef", 16, NULL) == KB_OK);
    CHILD_CHECK(kb_secret_set(&other, "x", 1, NULL) == KB_OK);
    const char *was = one.bytes;
    kb_secret_clear(&one);
    CHILD_CHECK(sodium_is_zero((const unsigned char *)was, 16));
    kb_secret_clear(&other);
    return 0;
}

static void cleared_guarded_memory_is_wiped(void **state)
{
    (void)state;
    assert_int_equal(in_child(clear_one_of_two, NULL), 0);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_copies_and_terminates),
        cmocka_unit_test(too_long_leaves_the_old_one),
        cmocka_unit_test(a_move_leaves_nothing_behind),
        cmocka_unit_test(a_buffer_is_cleared_whatever_happens),
        cmocka_unit_test(equality),
        cmocka_unit_test(random_bytes_differ),
        cmocka_unit_test(clear_takes_anything),
        cmocka_unit_test(freed_memory_is_wiped),
        cmocka_unit_test(guarded_memory),
        cmocka_unit_test(guarded_memory_ends_at_its_end),
        cmocka_unit_test(guarded_memory_of_many),
#if !KB_SANITIZED
        cmocka_unit_test(cleared_guarded_memory_is_wiped),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
