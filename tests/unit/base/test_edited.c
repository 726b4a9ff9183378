/*
 * Files of somebody else's: replaced if nobody changed them since they were read.
 */
#include "base/edited.h"

#include "base/attr.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/kb-edited-XXXXXX";
static char path[64];
static const char *meanwhile = "written meanwhile";

static void write_file(const char *content)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void expect(const char *content)
{
    KB_AUTO(kb_edited_clear) struct kb_edited now = KB_EDITED_INIT;

    assert_int_equal(kb_edited_read(path, &now, NULL), KB_OK);
    assert_string_equal(kb_buf_text(&now.text), content);
}

/* Each way in which somebody may change it between reading and writing. */
static void test_a_change_is_noticed(void **state)
{
    static const char *const others[] = {"other", "same length!", NULL};

    (void)state;
    for (size_t i = 0; i < KB_COUNT(others); i++) {
        KB_AUTO(kb_edited_clear) struct kb_edited file = KB_EDITED_INIT;
        KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(64);
        bool changed = false;

        write_file("as it was...");
        assert_int_equal(kb_edited_read(path, &file, NULL), KB_OK);
        kb_buf_str(&text, "ours");
        assert_int_equal(unlink(path), 0);
        if (others[i])
            write_file(others[i]);
        assert_int_equal(kb_edited_write(&file, &text, &changed, NULL), KB_OK);
        assert_true(changed);
        if (others[i])
            expect(others[i]);
        else
            assert_int_equal(access(path, F_OK), -1);
    }
}

static void test_one_that_was_made_meanwhile_is_noticed(void **state)
{
    KB_AUTO(kb_edited_clear) struct kb_edited file = KB_EDITED_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(64);
    bool changed = false;

    (void)state;
    unlink(path);
    assert_int_equal(kb_edited_read(path, &file, NULL), KB_OK);
    assert_false(file.exists);
    write_file("theirs");
    kb_buf_str(&text, "ours");
    assert_int_equal(kb_edited_write(&file, &text, &changed, NULL), KB_OK);
    assert_true(changed);
    expect("theirs");
}

/* Some programs empty a file, and then write it: what they write is there when we look again. */
void __wrap_kb_clock_sleep_ms(int64_t ms);
void __wrap_kb_clock_sleep_ms(int64_t ms)
{
    (void)ms;
    write_file(meanwhile);
}

static void test_one_that_is_being_written(void **state)
{
    (void)state;
    write_file("");
    expect(meanwhile);
    write_file("");
    meanwhile = "";
    expect(meanwhile);
}

static void test_written_and_removed(void **state)
{
    KB_AUTO(kb_edited_clear) struct kb_edited file = KB_EDITED_INIT, again = KB_EDITED_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(64);
    bool changed = true;

    (void)state;
    unlink(path);
    assert_int_equal(kb_edited_read(path, &file, NULL), KB_OK);
    kb_buf_str(&text, "ours");
    assert_int_equal(kb_edited_write(&file, &text, &changed, NULL), KB_OK);
    assert_false(changed);
    expect("ours");
    assert_int_equal(kb_edited_read(path, &again, NULL), KB_OK);
    assert_int_equal(kb_edited_remove(&again, &changed, NULL), KB_OK);
    assert_false(changed);
    assert_int_equal(access(path, F_OK), -1);
}

/* Behind links, and as far as nothing is there. */
static void test_where_it_lies(void **state)
{
    char link[80], way[128], real[PATH_MAX], lies[PATH_MAX], expected[PATH_MAX + 16];

    (void)state;
    (void)snprintf(link, sizeof(link), "%s/link", folder);
    assert_int_equal(symlink(folder, link), 0);
    assert_non_null(realpath(folder, real));
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(way, sizeof(way), "%s/%s", link, i ? "new/file" : "file");
        (void)snprintf(expected, sizeof(expected), "%s/%s", real, i ? "new/file" : "file");
        kb_edited_lies(way, lies);
        assert_string_equal(lies, expected);
    }
    kb_edited_lies("/no such folder/file", lies);
    assert_string_equal(lies, "/no such folder/file");
    assert_int_equal(unlink(link), 0);
}

static int clean_up(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_change_is_noticed),
        cmocka_unit_test(test_one_that_was_made_meanwhile_is_noticed),
        cmocka_unit_test(test_one_that_is_being_written),
        cmocka_unit_test(test_written_and_removed),
        cmocka_unit_test(test_where_it_lies),
    };

    if (!mkdtemp(folder))
        return 1;
    (void)snprintf(path, sizeof(path), "%s/file", folder);
    return cmocka_run_group_tests(tests, NULL, clean_up);
}
