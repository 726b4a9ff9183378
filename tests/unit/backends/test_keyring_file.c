/*
 * Telling the files that gnome-keyring encrypts from those it keeps in clear.
 */
#include "keyring_file.h"

#include "vault_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

#define PATH "/org/freedesktop/secrets/collection/"
#define SEALED "GnomeKeyring\n\r\0\n\0\0\0\0"

static void put(const char *name, const char *bytes, size_t len)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/keyrings", fixture_root);
    mkdir(path, 0700);
    snprintf(path, sizeof(path), "%s/keyrings/%s", fixture_root, name);
    fixture_write_path(path, bytes, len, 0600);
}

static void test_files(void **state)
{
    (void)state;
    put("login.keyring", "[keyring]\ndisplay-name=Login\n", 29);
    put("work.keyring", SEALED, sizeof(SEALED) - 1);
    put("Default_keyring.keyring", SEALED, sizeof(SEALED) - 1);
    put("my keyring.keyring", "[keyring]\n", 10);
    put("empty.keyring", "", 0);
    put("short.keyring", "[keyring", 8);
    put("strange.keyring", "GnomeKeyring\n\r\1\n", 16);
    put("outside", "[keyring]\n", 10);
    static const struct {
        const char *path;
        enum kb_keyring_file wanted;
    } cases[] = {
        {PATH "login", KB_KEYRING_FILE_PLAIN},
        {PATH "work", KB_KEYRING_FILE_SEALED},
        {PATH "Default_5fkeyring", KB_KEYRING_FILE_SEALED},
        {PATH "my_20keyring", KB_KEYRING_FILE_PLAIN},
        {PATH "empty", KB_KEYRING_FILE_UNKNOWN},
        {PATH "short", KB_KEYRING_FILE_UNKNOWN},
        {PATH "strange", KB_KEYRING_FILE_UNKNOWN},
        {PATH "absent", KB_KEYRING_FILE_UNKNOWN},
        {PATH "Default_keyring", KB_KEYRING_FILE_UNKNOWN}, /* "_ke" is no escape */
        {PATH "_2e_2e_2foutside", KB_KEYRING_FILE_UNKNOWN},
        {PATH "login_00", KB_KEYRING_FILE_UNKNOWN},
        {PATH "login_", KB_KEYRING_FILE_UNKNOWN},
        {PATH, KB_KEYRING_FILE_UNKNOWN},
        {"login", KB_KEYRING_FILE_UNKNOWN},
        {"", KB_KEYRING_FILE_UNKNOWN},
    };
    for (size_t i = 0; i < KB_COUNT(cases); i++)
        if (kb_keyring_file_look(cases[i].path) != cases[i].wanted)
            fail_msg("%s", cases[i].path);
}

static void test_below_home_where_xdg_says_nothing(void **state)
{
    (void)state;
    char path[256];
    unsetenv("XDG_DATA_HOME");
    snprintf(path, sizeof(path), "%s/.local", fixture_root);
    mkdir(path, 0700);
    snprintf(path, sizeof(path), "%s/.local/share", fixture_root);
    mkdir(path, 0700);
    snprintf(path, sizeof(path), "%s/.local/share/keyrings", fixture_root);
    mkdir(path, 0700);
    snprintf(path, sizeof(path), "%s/.local/share/keyrings/login.keyring", fixture_root);
    fixture_write_path(path, "[keyring]\n", 10, 0600);
    assert_int_equal(kb_keyring_file_look(PATH "login"), KB_KEYRING_FILE_PLAIN);
    setenv("XDG_DATA_HOME", fixture_root, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_files, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(
            test_below_home_where_xdg_says_nothing, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
