/*
 * Where files are sought, which format one has by its name, and that only a regular file of ours
 * is read.
 */
#include "loose_test.h"

#include "loose/find.h"
#include "loose/place.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void test_formats(void **state)
{
    static const struct {
        const char *path;
        enum kb_loose_format format;
    } paths[] = {
        {"/home/me/.git-credentials", KB_LOOSE_URL_LINES},
        {"/home/me/.docker/config.json", KB_LOOSE_DOCKER},
        {"/srv/config.json", KB_LOOSE_JSON},
        {"/srv/.env", KB_LOOSE_ENV},
        {"/srv/.env.local", KB_LOOSE_ENV},
        {"/home/me/.zshrc", KB_LOOSE_SHELL},
        {"/home/me/my.zshrc", KB_LOOSE_ENV},
        {"/srv/deploy.sh", KB_LOOSE_SHELL},
        {"/home/me/.config/fish/config.fish", KB_LOOSE_FISH},
        {"/home/me/.codex/config.toml", KB_LOOSE_TOML},
    };

    (void)state;
    for (size_t i = 0; i < KB_COUNT(paths); i++)
        if (kb_loose_format_of(paths[i].path) != paths[i].format)
            fail_msg("%s", paths[i].path);
}

static void test_paths(void **state)
{
    char path[PATH_MAX];

    (void)state;
    assert_int_equal(setenv("HOME", "/home/me", 1), 0);
    assert_int_equal(unsetenv("XDG_CONFIG_HOME"), 0);
    assert_true(kb_loose_path(kb_loose_place_by_word("docker"), path));
    assert_string_equal(path, "/home/me/.docker/config.json");
    assert_true(kb_loose_path(kb_loose_place_by_word("podman"), path));
    assert_string_equal(path, "/home/me/.config/containers/auth.json");
    assert_int_equal(setenv("XDG_CONFIG_HOME", "/c", 1), 0);
    assert_true(kb_loose_path(kb_loose_place_by_word("podman"), path));
    assert_string_equal(path, "/c/containers/auth.json");
    assert_int_equal(setenv("HOME", "relative", 1), 0);
    assert_false(kb_loose_path(kb_loose_place_by_word("docker"), path));
    assert_null(kb_loose_place_by_word("nothing"));
}

static enum kb_err read_file(const char *path, size_t max)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(max);

    return kb_loose_read(path, &text, NULL);
}

/* A pipe that nobody writes to would be waited for, and some devices do things when opened. */
static void test_only_regular_files(void **state)
{
    char folder[] = "/tmp/loose-XXXXXX", path[sizeof(folder) + 8];
    int fd;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/file", folder);
    assert_int_equal(read_file(path, 8), KB_ERR_NOT_FOUND);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, "12345678", 8), 8);
    close(fd);
    assert_int_equal(read_file(path, 8), KB_OK);
    assert_int_equal(read_file(path, 7), KB_ERR_CORRUPT);
    assert_int_equal(chmod(path, 0666), 0);
    assert_int_equal(read_file(path, 8), KB_ERR_DENIED);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(read_file(path, 8), KB_ERR_DENIED);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("/dev/zero", path), 0);
    assert_int_equal(read_file(path, 8), KB_ERR_DENIED);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_only_regular_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
