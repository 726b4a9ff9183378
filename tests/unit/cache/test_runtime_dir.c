/*
 * Which directory the cache uses, and which it must refuse.
 */
#include "fixture.h"

#include <sys/vfs.h>

#include <linux/magic.h>

#define OTHER_UID 64323 /* nobody's */

static bool reader_uses(const char *path)
{
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    char link[64], target[256] = "";
    kb_cache_open(&cache);
    if (cache.dir < 0)
        return false;
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", cache.dir);
    return readlink(link, target, sizeof target - 1) > 0 && strcmp(target, path) == 0;
}

static void the_directory_is_made_for_us_alone(void **state)
{
    (void)state;
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    struct stat st;
    kb_cache_create(&cache);
    assert_true(cache.dir >= 0);
    assert_int_equal(fcntl(cache.dir, F_GETFD), FD_CLOEXEC);
    assert_int_equal(lstat(cache_dir, &st), 0);
    assert_true(S_ISDIR(st.st_mode));
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_true(reader_uses(cache_dir));
}

static void a_good_place_without_a_directory_ends_the_search(void **state)
{
    (void)state;
    assert_string_equal(kb_cache_path(), cache_dir);
    assert_false(reader_uses(cache_dir));
}

static void a_directory_open_to_others_is_refused(void **state)
{
    (void)state;
    static const mode_t modes[] = {0701, 0702, 0704, 0710, 0720, 0740, 0755, 0777, 01777};
    assert_int_equal(mkdir(cache_dir, 0700), 0);
    assert_true(reader_uses(cache_dir));
    for (size_t i = 0; i < KB_COUNT(modes); i++) {
        assert_int_equal(chmod(cache_dir, modes[i]), 0);
        assert_false(reader_uses(cache_dir));
        assert_string_not_equal(kb_cache_path(), cache_dir);
    }
    assert_int_equal(chmod(cache_dir, 0700), 0);
}

static void a_link_or_a_file_is_refused(void **state)
{
    (void)state;
    char target[96];
    (void)snprintf(target, sizeof target, "%s/target", runtime_dir);
    assert_int_equal(mkdir(target, 0700), 0);
    assert_int_equal(symlink(target, cache_dir), 0);
    assert_false(reader_uses(cache_dir));
    assert_false(reader_uses(target));
    assert_string_not_equal(kb_cache_path(), cache_dir);
    assert_int_equal(unlink(cache_dir), 0);
    close(open(cache_dir, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    assert_string_not_equal(kb_cache_path(), cache_dir);
}

static void a_parent_that_others_may_change_is_refused(void **state)
{
    (void)state;
    static const mode_t modes[] = {0720, 0702, 0777, 01777};
    for (size_t i = 0; i < KB_COUNT(modes); i++) {
        assert_int_equal(chmod(runtime_dir, modes[i]), 0);
        assert_string_not_equal(kb_cache_path(), cache_dir);
    }
    assert_int_equal(chmod(runtime_dir, 0755), 0);
    assert_string_equal(kb_cache_path(), cache_dir);
}

static void odd_values_of_the_variable_are_refused(void **state)
{
    (void)state;
    static char longest[4096];
    memset(longest, 'a', sizeof longest - 1);
    longest[0] = '/';
    const char *const values[] = {"", "relative", "./here", "/nonexistent/place", longest};
    assert_int_equal(chdir(runtime_dir), 0);
    assert_int_equal(mkdir("relative", 0700), 0);
    for (size_t i = 0; i < KB_COUNT(values); i++) {
        assert_int_equal(setenv("XDG_RUNTIME_DIR", values[i], 1), 0);
        const char *path = kb_cache_path();
        assert_true(strncmp(path, "/run/user/", 10) == 0 || strncmp(path, "/dev/shm/", 9) == 0 ||
                    path[0] == '\0');
        assert_null(strstr(path, runtime_dir));
    }
    assert_int_equal(chdir("/"), 0);
}

static void a_place_on_disk_is_refused(void **state)
{
    (void)state;
    char disk[64] = "/var/tmp/kb-test-XXXXXX", ours[96];
    struct statfs fs;
    assert_non_null(mkdtemp(disk));
    assert_int_equal(statfs(disk, &fs), 0);
    (void)snprintf(ours, sizeof ours, "%s/keybearer", disk);
    (void)setenv("XDG_RUNTIME_DIR", disk, 1);
    bool on_disk = fs.f_type != TMPFS_MAGIC;
    bool parent_refused = strcmp(kb_cache_path(), ours) != 0;
    assert_int_equal(mkdir(ours, 0700), 0);
    bool refused = !reader_uses(ours);
    assert_int_equal(remove_tree(disk), 0);
    if (!on_disk) {
        print_message("skipped: /var/tmp is on tmpfs\n");
        skip();
    }
    assert_true(parent_refused);
    assert_true(refused);
}

static void a_foreign_directory_is_refused(void **state)
{
    (void)state;
    need_root();
    assert_int_equal(mkdir(cache_dir, 0700), 0);
    assert_int_equal(chown(cache_dir, OTHER_UID, OTHER_UID), 0);
    assert_false(reader_uses(cache_dir));
    assert_string_not_equal(kb_cache_path(), cache_dir);
    assert_int_equal(rmdir(cache_dir), 0);
    assert_int_equal(chown(runtime_dir, OTHER_UID, OTHER_UID), 0);
    assert_string_not_equal(kb_cache_path(), cache_dir);
}

static int use_shared_memory(void *path)
{
    struct kb_cache cache;
    struct stat st;
    CHILD_CHECK(become(OTHER_UID) && unsetenv("XDG_RUNTIME_DIR") == 0);
    CHILD_CHECK(join_bare_session());
    CHILD_CHECK(strcmp(kb_cache_path(), path) == 0);
    kb_cache_create(&cache);
    CHILD_CHECK(cache.level != KB_PROTECTION_NONE);
    CHILD_CHECK(lstat(path, &st) == 0 && (st.st_mode & 07777) == 0700 && st.st_uid == OTHER_UID);
    CHILD_CHECK(reader_uses(path));
    CHILD_CHECK(kb_cache_destroy(NULL) == KB_OK);
    kb_cache_close(&cache);
    return remove_tree(path);
}

static int find_it_taken(void *path)
{
    struct kb_cache cache;
    CHILD_CHECK(become(OTHER_UID) && unsetenv("XDG_RUNTIME_DIR") == 0);
    CHILD_CHECK(strcmp(kb_cache_path(), "") == 0);
    kb_cache_create(&cache);
    CHILD_CHECK(cache.dir == -1 && cache.level == KB_PROTECTION_NONE);
    CHILD_CHECK(cache.why[0] != '\0');
    CHILD_CHECK(!put_token(&cache, 'k', "token") && has_token(&cache, 'k', NULL));
    CHILD_CHECK(kb_cache_destroy(NULL) == KB_OK);
    CHILD_CHECK(access(path, F_OK) == 0);
    return 0;
}

static void shared_memory_is_the_last_resort(void **state)
{
    (void)state;
    need_root();
    char path[64];
    (void)snprintf(path, sizeof path, "/dev/shm/keybearer-%d", OTHER_UID);
    assert_int_equal(in_child(use_shared_memory, path), 0);
    assert_int_equal(mkdir(path, 0777), 0); /* by somebody else, beforehand */
    int status = in_child(find_it_taken, path);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CACHE_TEST(the_directory_is_made_for_us_alone),
        CACHE_TEST(a_good_place_without_a_directory_ends_the_search),
        CACHE_TEST(a_directory_open_to_others_is_refused),
        CACHE_TEST(a_link_or_a_file_is_refused),
        CACHE_TEST(a_parent_that_others_may_change_is_refused),
        CACHE_TEST(odd_values_of_the_variable_are_refused),
        CACHE_TEST(a_place_on_disk_is_refused),
        CACHE_TEST(a_foreign_directory_is_refused),
        CACHE_TEST(shared_memory_is_the_last_resort),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
