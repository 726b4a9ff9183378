/*
 * Where members and values stand in a JSON text.
 */
#include "base/json_place.h"

#include "base/attr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void values_are_skipped_whole(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t end;
    } rows[] = {
        {"1,2", 1}, {"\"a,b\",2", 5}, {"{\"a\":[1,{}],\"b\":\"}\"},2", 20}, {"[[],[[]]] ", 9},
        {"[1", 2}, /* damaged: as far as it goes */
    };
    for (size_t i = 0; i < KB_COUNT(rows); i++)
        assert_int_equal(kb_json_skip_value(rows[i].text, strlen(rows[i].text), 0), rows[i].end);
}

static void members_are_found(void **state)
{
    (void)state;
    static const char text[] = "{ \"a\" : {\"b\": 1}, \"b\":[2, 3] ,\"ab\":\"x\"}";
    static const struct {
        const char *name, *value;
    } rows[] = {
        {"a", "{\"b\": 1}"},
        {"b", "[2, 3]"}, /* not the one inside a */
        {"ab", "\"x\""},
        {"", NULL},
        {"c", NULL},
        {"A", NULL},
    };
    for (size_t i = 0; i < KB_COUNT(rows); i++) {
        struct kb_json_span span;
        bool found = kb_json_find(text, sizeof(text) - 1, 0, rows[i].name, &span);
        assert_int_equal(found, rows[i].value != NULL);
        if (!found)
            continue;
        assert_int_equal(text[span.key_start], '"');
        assert_int_equal(strncmp(text + span.key_start + 1, rows[i].name, strlen(rows[i].name)), 0);
        assert_int_equal(span.value_end - span.value_start, strlen(rows[i].value));
        assert_memory_equal(text + span.value_start, rows[i].value, strlen(rows[i].value));
    }
}

/* RFC 8259 section 7: an escape is another spelling of the character. */
static void a_name_may_be_written_with_escapes(void **state)
{
    (void)state;
    static const char text[] = "{\"\\u0070a\\t\": 1, \"a\\\\\": 2, \"\\u0061\\ud83d\\ude00\": 3}";
    static const struct {
        const char *name;
        char value; /* 0: not there */
    } rows[] = {
        {"pa\t", '1'},
        {"a\\", '2'},
        {"a\xf0\x9f\x98\x80", '3'},
        {"\\u0070a\\t", 0},
        {"pa", 0},
        {"a", 0},
    };
    for (size_t i = 0; i < KB_COUNT(rows); i++) {
        struct kb_json_span span;
        bool found = kb_json_find(text, sizeof(text) - 1, 0, rows[i].name, &span);
        assert_int_equal(found, rows[i].value != 0);
        if (found)
            assert_int_equal(text[span.value_start], rows[i].value);
    }
}

static void no_member_of_what_is_no_object(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", "[]", "{}", "{", "1", "{\"a\"", "{\"b\":1", "{\"b\" 1}"};
    for (size_t i = 0; i < KB_COUNT(texts); i++) {
        struct kb_json_span span;
        assert_false(kb_json_find(texts[i], strlen(texts[i]), 0, "a", &span));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_skipped_whole),
        cmocka_unit_test(members_are_found),
        cmocka_unit_test(a_name_may_be_written_with_escapes),
        cmocka_unit_test(no_member_of_what_is_no_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
