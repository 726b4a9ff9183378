/*
 * The buffer: a hard cap, a failure that sticks, and nothing left behind in freed memory.
 */
#include "base/buf.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void appends_are_always_terminated(void **state)
{
    (void)state;
    KB_AUTO(kb_buf_clear) struct kb_buf buf = KB_BUF_INIT(100);
    assert_string_equal(kb_buf_text(&buf), "");
    kb_buf_add(&buf, NULL, 0);
    kb_buf_str(&buf, "one");
    kb_buf_byte(&buf, ' ');
    kb_buf_fmt(&buf, "%d%s", 2, "!");
    kb_buf_add(&buf, "\0x", 2);
    assert_int_equal(buf.len, 8);
    assert_memory_equal(buf.data, "one 2!\0x", 9);
    assert_int_equal(kb_buf_check(&buf, "the text", NULL), KB_OK);
}

static void the_cap_is_exact(void **state)
{
    (void)state;
    static const size_t caps[] = {0, 1, 255, 256, 257, 1000, 65536};
    for (size_t i = 0; i < KB_COUNT(caps); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf buf = KB_BUF_INIT(caps[i]);
        for (size_t k = 0; k < caps[i]; k++)
            kb_buf_byte(&buf, 'x');
        assert_false(buf.failed);
        assert_int_equal(buf.len, caps[i]);
        kb_buf_byte(&buf, 'x');
        assert_true(buf.failed);
        assert_int_equal(buf.len, caps[i]);
        assert_true(buf.cap <= caps[i] + 1);
    }
}

static void one_append_too_large_adds_nothing(void **state)
{
    (void)state;
    KB_AUTO(kb_buf_clear) struct kb_buf buf = KB_BUF_INIT(8);
    kb_buf_str(&buf, "1234");
    kb_buf_str(&buf, "12345");
    assert_true(buf.failed);
    assert_string_equal(kb_buf_text(&buf), "1234");

    KB_AUTO(kb_buf_clear) struct kb_buf formatted = KB_BUF_INIT(4);
    kb_buf_fmt(&formatted, "%d", 12345);
    assert_true(formatted.failed);
    assert_int_equal(formatted.len, 0);

    KB_AUTO(kb_buf_clear) struct kb_buf huge = KB_BUF_INIT(8);
    kb_buf_add(&huge, "x", SIZE_MAX);
    assert_true(huge.failed);
}

static void room_ends_at_the_cap(void **state)
{
    (void)state;
    KB_AUTO(kb_buf_clear) struct kb_buf buf = KB_BUF_INIT(300);
    char *room = NULL;
    kb_buf_str(&buf, "ab");
    assert_int_equal(kb_buf_room(&buf, 200, &room), 200);
    memset(room, 'x', 200);
    kb_buf_took(&buf, 3);
    assert_string_equal(kb_buf_text(&buf), "abxxx");
    assert_int_equal(kb_buf_room(&buf, 4096, &room), 295);
    memset(room, 'y', 295);
    kb_buf_took(&buf, 295);
    assert_int_equal(buf.len, 300);
    assert_int_equal(strlen(buf.data), 300);
    assert_int_equal(kb_buf_room(&buf, 1, &room), 0); /* full, which is no failure yet */
    assert_false(buf.failed);
}

static void a_failure_sticks_until_reset(void **state)
{
    (void)state;
    struct kb_error err = KB_ERROR_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf buf = KB_BUF_INIT(3);
    kb_buf_str(&buf, "long");
    kb_buf_str(&buf, "a");
    kb_buf_fmt(&buf, "b");
    assert_int_equal(buf.len, 0);
    assert_int_equal(kb_buf_check(&buf, "the answer", &err), KB_ERR_SYSTEM);
    assert_non_null(strstr(err.msg, "the answer is larger than 3 bytes"));
    kb_buf_reset(&buf);
    kb_buf_str(&buf, "a");
    assert_int_equal(kb_buf_check(&buf, "the answer", &err), KB_OK);
    assert_string_equal(kb_buf_text(&buf), "a");
}

static void nothing_steers_a_terminal(void **state)
{
    (void)state;
    KB_AUTO(kb_buf_clear) struct kb_buf buf = KB_BUF_INIT(100);
    kb_buf_make_harmless(&buf);
    kb_buf_add(&buf, "a ~\n\x1b[2J\r\t\x7f\0\xc3\xa9\n", 15);
    kb_buf_make_harmless(&buf);
    assert_string_equal(kb_buf_text(&buf), "a ~\n?[2J??????\n");
}

static void a_path_begins_no_line(void **state)
{
    (void)state;
    KB_AUTO(kb_buf_clear) struct kb_buf buf = KB_BUF_INIT(100);

    kb_buf_one_line(&buf, "\na\nkeybearer: error\n");
    assert_string_equal(kb_buf_text(&buf), "?a?keybearer: error?");
}

static void reset_wipes(void **state)
{
    (void)state;
    static const char zeros[64];
    KB_AUTO(kb_buf_clear) struct kb_buf buf = KB_BUF_INIT(64);
    kb_buf_str(&buf, "secret secret");
    kb_buf_reset(&buf);
    assert_int_equal(buf.len, 0);
    assert_memory_equal(buf.data, zeros, buf.cap < 64 ? buf.cap : 64);
}

static void clear_keeps_the_cap_and_takes_anything(void **state)
{
    (void)state;
    struct kb_buf buf = KB_BUF_INIT(5);
    kb_buf_clear(NULL);
    kb_buf_clear(&buf);
    kb_buf_str(&buf, "12345");
    kb_buf_clear(&buf);
    kb_buf_clear(&buf);
    assert_null(buf.data);
    kb_buf_str(&buf, "123456");
    assert_true(buf.failed);
    kb_buf_clear(&buf);
}

/* What free() was last given, before it was freed. */
static char freed[64];

void __real_free(void *memory);
void __wrap_free(void *memory);
void __wrap_free(void *memory)
{
    size_t len = malloc_usable_size(memory);
    if (memory)
        memcpy(freed, memory, len < sizeof(freed) ? len : sizeof(freed));
    __real_free(memory);
}

static bool freed_holds(char byte)
{
    return memchr(freed, byte, sizeof(freed)) != NULL;
}

static void freed_memory_is_wiped(void **state)
{
    (void)state;
    struct kb_buf buf = KB_BUF_INIT(4096);
    for (size_t i = 0; i < 255; i++)
        kb_buf_byte(&buf, 'S');
    memset(freed, 'S', sizeof(freed));
    kb_buf_str(&buf, "more");
    assert_false(freed_holds('S'));
    memset(freed, 'S', sizeof(freed));
    kb_buf_clear(&buf);
    assert_false(freed_holds('S'));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends_are_always_terminated),
        cmocka_unit_test(the_cap_is_exact),
        cmocka_unit_test(one_append_too_large_adds_nothing),
        cmocka_unit_test(room_ends_at_the_cap),
        cmocka_unit_test(a_failure_sticks_until_reset),
        cmocka_unit_test(nothing_steers_a_terminal),
        cmocka_unit_test(a_path_begins_no_line),
        cmocka_unit_test(reset_wipes),
        cmocka_unit_test(clear_keeps_the_cap_and_takes_anything),
        cmocka_unit_test(freed_memory_is_wiped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
