/* Which folder of the person's the environment means. */
#include "core/place.h"

#include "base/attr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void set(const char *name, const char *value)
{
    assert_int_equal(value ? setenv(name, value, 1) : unsetenv(name), 0);
}

static void the_variable_else_the_home_directory(void **state)
{
    (void)state;
    static const struct {
        const char *variable, *named, *home; /* of these NULL: it is not set */
        const char *base, *below;
    } cases[] = {
        {"XDG_CONFIG_HOME", "/c", "/h", "/c", ""},
        {"XDG_CONFIG_HOME", "/c", NULL, "/c", ""},
        {"XDG_CONFIG_HOME", "/c", "h", "/c", ""},
        {"XDG_CONFIG_HOME", NULL, "/h", "/h", "/.config"},
        {"XDG_CONFIG_HOME", "", "/h", "/h", "/.config"},
        {"XDG_CONFIG_HOME", "c", "/h", "/h", "/.config"},
        {"XDG_CONFIG_HOME", "./c", "/h", "/h", "/.config"},
        {"XDG_CONFIG_HOME", "c", "h", NULL, "untouched"},
        {"XDG_CONFIG_HOME", NULL, "", NULL, "untouched"},
        {"XDG_CONFIG_HOME", NULL, NULL, NULL, "untouched"},
        {NULL, "/c", "/h", "/h", "/.config"},
        {NULL, "/c", NULL, NULL, "untouched"},
    };

    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        const char *base, *below = "untouched";

        set("XDG_CONFIG_HOME", cases[i].named);
        set("HOME", cases[i].home);
        base = kb_base_folder(cases[i].variable, "/.config", &below);
        if (cases[i].base)
            assert_string_equal(base, cases[i].base);
        else
            assert_null(base);
        assert_string_equal(below, cases[i].below);
    }
}

static void ours_lie_below_it(void **state)
{
    (void)state;
    char path[KB_DATA_PATH_MAX];
    struct kb_error err = KB_ERROR_INIT;

    set("HOME", "/h/./");
    set("XDG_DATA_HOME", "data");
    set("XDG_STATE_HOME", "/s//t");
    assert_int_equal(kb_data_path("vault", path, &err), KB_OK);
    assert_string_equal(path, "/h/.local/share/keybearer/vault");
    assert_int_equal(kb_state_path("log", path, &err), KB_OK);
    assert_string_equal(path, "/s/t/keybearer/log");
    set("XDG_STATE_HOME", NULL);
    assert_int_equal(kb_state_path("log", path, &err), KB_OK);
    assert_string_equal(path, "/h/.local/state/keybearer/log");
    set("HOME", NULL);
    assert_int_equal(kb_state_path("log", path, &err), KB_ERR_CONFIG);
    assert_string_equal(err.msg, "neither XDG_STATE_HOME nor HOME says where keybearer/log is");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_variable_else_the_home_directory),
        cmocka_unit_test(ours_lie_below_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
