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

static bool is_a_spare(const char *path)
{
    char prefix[64];
    (void)snprintf(prefix, sizeof prefix, "/dev/shm/keybearer-%d-", OTHER_UID);
    return strncmp(path, prefix, strlen(prefix)) == 0 && strlen(path) == strlen(prefix) + 8;
}

/* What is there instead of the directory, and what belongs to whom. */
enum taken { BY_DIRECTORY, BY_CLOSED_DIRECTORY, BY_LINK, BY_FILE, BY_OPEN_MODE };

static void take(enum taken how, const char *path)
{
    switch (how) {
    case BY_DIRECTORY:
        assert_int_equal(mkdir(path, 0777), 0);
        assert_int_equal(chmod(path, 0777), 0);
        break;
    case BY_CLOSED_DIRECTORY:
        assert_int_equal(mkdir(path, 0700), 0);
        break;
    case BY_LINK:
        assert_int_equal(symlink("/dev/shm", path), 0);
        break;
    case BY_FILE:
        close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        break;
    case BY_OPEN_MODE:
        assert_int_equal(mkdir(path, 0755), 0);
        assert_int_equal(chown(path, OTHER_UID, OTHER_UID), 0);
        assert_int_equal(chmod(path, 0755), 0);
        break;
    }
}

struct taken_place {
    const char *path;
    enum taken how;
};

static int hold_a_token(void *unused)
{
    (void)unused;
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    kb_cache_open(&cache);
    CHILD_CHECK(has_token(&cache, 'k', "token"));
    return 0;
}

static int use_another_place(void *argument)
{
    const struct taken_place *taken = argument;
    char spare[KB_CACHE_PATH_MAX], owner[16];
    struct kb_error obstacle;
    struct stat st;
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    KB_AUTO(kb_cache_close) struct kb_cache after;
    CHILD_CHECK(become(OTHER_UID) && unsetenv("XDG_RUNTIME_DIR") == 0);
    CHILD_CHECK(join_bare_session());
    kb_cache_open(&cache);
    CHILD_CHECK(cache.is_new && !cache.is_unknown);
    kb_cache_create(&cache);
    CHILD_CHECK(cache.level != KB_PROTECTION_NONE);
    (void)snprintf(spare, sizeof spare, "%s", kb_cache_path());
    CHILD_CHECK(is_a_spare(spare) && reader_uses(spare));
    CHILD_CHECK(lstat(spare, &st) == 0 && (st.st_mode & 07777) == 0700 && st.st_uid == OTHER_UID);
    CHILD_CHECK(put_token(&cache, 'k', "token") && in_child(hold_a_token, NULL) == 0);

    CHILD_CHECK(kb_cache_obstacle(KB_CACHE_PLACES_KNOWN - 1, &obstacle));
    CHILD_CHECK(strstr(obstacle.msg, taken->path) && strstr(obstacle.hint, taken->path));
    (void)snprintf(owner, sizeof owner, "user %d,", 0);
    CHILD_CHECK((strstr(obstacle.msg, owner) != NULL) == (taken->how != BY_OPEN_MODE));

    CHILD_CHECK(kb_cache_destroy(NULL) == KB_OK);
    CHILD_CHECK(has_token(&cache, 'k', NULL));
    kb_cache_open(&after);
    CHILD_CHECK(after.level == KB_PROTECTION_NONE);
    CHILD_CHECK(lstat(taken->path, &st) == 0);
    return remove_tree(spare);
}

static void test_taken_place_is_passed_over_for_another_one(void **state)
{
    (void)state;
    need_root();
    need_shared_memory();
    char path[64];
    (void)snprintf(path, sizeof path, "/dev/shm/keybearer-%d", OTHER_UID);
    for (enum taken how = BY_DIRECTORY; how <= BY_OPEN_MODE; how++) {
        struct taken_place taken = {path, how};
        take(how, path);
        int status = in_child(use_another_place, &taken);
        assert_int_equal(remove_tree(path), 0);
        if (status != 0)
            fail_msg("taken in way %d", (int)how);
    }
}

/* Somebody who saw the name once, and fills the directory with others like it. */
static int find_mine_among_theirs(void *unused)
{
    (void)unused;
    char spare[KB_CACHE_PATH_MAX];
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    CHILD_CHECK(become(OTHER_UID) && unsetenv("XDG_RUNTIME_DIR") == 0);
    CHILD_CHECK(join_bare_session());
    kb_cache_create(&cache);
    (void)snprintf(spare, sizeof spare, "%s", kb_cache_path());
    CHILD_CHECK(is_a_spare(spare) && reader_uses(spare));
    CHILD_CHECK(kb_cache_destroy(NULL) == KB_OK);
    return remove_tree(spare);
}

static void test_taken_place_no_name_can_be_taken_beforehand(void **state)
{
    (void)state;
    need_root();
    need_shared_memory();
    enum { THEIRS = 200 };
    char path[64];
    for (int i = -1; i < THEIRS; i++) {
        (void)snprintf(path, sizeof path,
            i < 0 ? "/dev/shm/keybearer-%d" : "/dev/shm/keybearer-%d-%08x", OTHER_UID, (unsigned)i);
        assert_int_equal(mkdir(path, i % 2 ? 0777 : 0700), 0);
    }
    int status = in_child(find_mine_among_theirs, NULL);
    for (int i = -1; i < THEIRS; i++) {
        (void)snprintf(path, sizeof path,
            i < 0 ? "/dev/shm/keybearer-%d" : "/dev/shm/keybearer-%d-%08x", OTHER_UID, (unsigned)i);
        assert_int_equal(rmdir(path), 0);
    }
    assert_int_equal(status, 0);
}

enum { TOO_MANY = 10001 };

static bool is_key_there(void)
{
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    kb_cache_open(&cache);
    return cache.level != KB_PROTECTION_NONE;
}

/* Without the key nobody reads what may lie where we cannot look. */
static int forget_in_a_crowd(void *path)
{
    struct kb_cache_key key = key_of('k');
    struct kb_error crowd;
    bool dropped = false;
    CHILD_CHECK(become(OTHER_UID) && unsetenv("XDG_RUNTIME_DIR") == 0);
    CHILD_CHECK(join_bare_session());
    CHILD_CHECK(kb_cache_is_crowded_out(&crowd));
    CHILD_CHECK(strstr(crowd.msg, "user 0 ") && strstr(crowd.hint, "-user 0 "));
    for (int i = 0; i < 2; i++) {
        KB_AUTO(kb_cache_close) struct kb_cache cache;
        kb_cache_create(&cache);
        CHILD_CHECK(cache.level == KB_PROTECTION_STRONG && put_token(&cache, 'k', "token"));
        if (i == 0)
            CHILD_CHECK(kb_cache_forget(&key, &dropped, NULL) == KB_OK && dropped);
        else
            CHILD_CHECK(kb_cache_destroy(NULL) == KB_OK);
        CHILD_CHECK(has_token(&cache, 'k', NULL) && !is_key_there());
    }
    return remove_tree(path);
}

static void test_taken_place_more_names_than_anybody_looks_at(void **state)
{
    (void)state;
    need_root();
    need_shared_memory();
    need_keyrings();
    char path[64], own[64];
    (void)snprintf(own, sizeof own, "/dev/shm/keybearer-%d", OTHER_UID);
    for (int i = 0; i < TOO_MANY; i++) {
        (void)snprintf(path, sizeof path, "/dev/shm/keybearer-%d-%08x", OTHER_UID, (unsigned)i);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    int status = in_child(forget_in_a_crowd, own);
    for (int i = 0; i < TOO_MANY; i++) {
        (void)snprintf(path, sizeof path, "/dev/shm/keybearer-%d-%08x", OTHER_UID, (unsigned)i);
        assert_int_equal(rmdir(path), 0);
    }
    assert_int_equal(status, 0);
}

static int name_who_filled_the_place(void *own)
{
    struct kb_error crowd;

    CHILD_CHECK(become(OTHER_UID) && unsetenv("XDG_RUNTIME_DIR") == 0);
    CHILD_CHECK(kb_cache_is_crowded_out(&crowd));
    CHILD_CHECK(strstr(crowd.msg, "user 0 ") && strstr(crowd.hint, "have root run: "));
    return rmdir(own);
}

/* The kernel lists the newest first, or in some order: one of ours is tried at both ends. */
static void test_taken_place_our_own_name_is_not_in_the_way(void **state)
{
    (void)state;
    need_root();
    need_shared_memory();
    enum { THEIRS = TOO_MANY - 1 };
    char path[64], own[64];
    int status = 0;
    for (int turn = 0; turn < 2; turn++) {
        for (int i = 0; i <= THEIRS; i++) {
            bool ours = i == (turn ? THEIRS : 0);
            (void)snprintf(path, sizeof path, "/dev/shm/keybearer-%d-%08x", OTHER_UID, (unsigned)i);
            assert_int_equal(mkdir(path, 0700), 0);
            if (!ours)
                continue;
            assert_int_equal(chown(path, OTHER_UID, OTHER_UID), 0);
            (void)snprintf(own, sizeof own, "%s", path);
        }
        status = status ? status : in_child(name_who_filled_the_place, own);
        for (int i = 0; i <= THEIRS; i++) {
            (void)snprintf(path, sizeof path, "/dev/shm/keybearer-%d-%08x", OTHER_UID, (unsigned)i);
            (void)rmdir(path);
        }
    }
    assert_int_equal(status, 0);
}

static int make_places_at_once(void *unused)
{
    (void)unused;
    enum { MAKERS = 12 };
    char spare[KB_CACHE_PATH_MAX];
    CHILD_CHECK(become(OTHER_UID) && unsetenv("XDG_RUNTIME_DIR") == 0);
    CHILD_CHECK(join_bare_session());
    for (int i = 0; i < MAKERS; i++) {
        if (fork() == 0) {
            struct kb_cache cache;
            kb_cache_create(&cache);
            _exit(cache.level == KB_PROTECTION_NONE);
        }
    }
    for (int i = 0; i < MAKERS; i++) {
        int status = -1;
        CHILD_CHECK(wait(&status) > 0 && status == 0);
    }
    CHILD_CHECK(kb_cache_destroy(NULL) == KB_OK); /* at those that lost, too */
    do {
        (void)snprintf(spare, sizeof spare, "%s", kb_cache_path());
    } while (is_a_spare(spare) && remove_tree(spare) == 0);
    CHILD_CHECK(!is_a_spare(spare));
    return 0;
}

static void test_taken_place_all_processes_find_the_same(void **state)
{
    (void)state;
    need_root();
    need_shared_memory();
    char path[64];
    (void)snprintf(path, sizeof path, "/dev/shm/keybearer-%d", OTHER_UID);
    assert_int_equal(mkdir(path, 0777), 0);
    int status = in_child(make_places_at_once, NULL);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(status, 0);
}

/* As after su, which keeps root's XDG_RUNTIME_DIR, and that is closed. */
static int clear_out_behind_a_closed_door(void *expected)
{
    struct kb_cache_key key = key_of('k');
    bool dropped = true;
    CHILD_CHECK(become(OTHER_UID) && join_bare_session());
    CHILD_CHECK(lstat(cache_dir, &(struct stat){0}) < 0 && errno == EACCES);
    CHILD_CHECK(kb_cache_destroy(NULL) == *(enum kb_err *)expected);
    CHILD_CHECK(kb_cache_forget(&key, &dropped, NULL) == *(enum kb_err *)expected);
    CHILD_CHECK(dropped == (*(enum kb_err *)expected != KB_OK)); /* untouched on failure */
    return 0;
}

static void nothing_of_ours_is_behind_a_strangers_closed_door(void **state)
{
    (void)state;
    need_root();
    enum kb_err fine = KB_OK, denied = KB_ERR_DENIED;
    char deeper[80];
    assert_int_equal(mkdir(cache_dir, 0700), 0);
    assert_int_equal(in_child(clear_out_behind_a_closed_door, &fine), 0);
    (void)snprintf(deeper, sizeof deeper, "%s/deeper", runtime_dir);
    assert_int_equal(mkdir(deeper, 0700), 0);
    assert_int_equal(setenv("XDG_RUNTIME_DIR", deeper, 1), 0);
    assert_int_equal(in_child(clear_out_behind_a_closed_door, &fine), 0);
    assert_int_equal(setenv("XDG_RUNTIME_DIR", runtime_dir, 1), 0);
    assert_int_equal(chown(runtime_dir, OTHER_UID, OTHER_UID), 0); /* our own: it may hold some */
    assert_int_equal(chmod(runtime_dir, 0), 0);
    assert_int_equal(in_child(clear_out_behind_a_closed_door, &denied), 0);
    assert_int_equal(chmod(runtime_dir, 0700), 0);
}

static void shared_memory_is_the_last_resort(void **state)
{
    (void)state;
    need_root();
    need_shared_memory();
    char path[64];
    (void)snprintf(path, sizeof path, "/dev/shm/keybearer-%d", OTHER_UID);
    assert_int_equal(in_child(use_shared_memory, path), 0);
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
        CACHE_TEST(nothing_of_ours_is_behind_a_strangers_closed_door),
        CACHE_TEST(shared_memory_is_the_last_resort),
        CACHE_TEST(test_taken_place_is_passed_over_for_another_one),
        CACHE_TEST(test_taken_place_no_name_can_be_taken_beforehand),
        CACHE_TEST(test_taken_place_more_names_than_anybody_looks_at),
        CACHE_TEST(test_taken_place_our_own_name_is_not_in_the_way),
        CACHE_TEST(test_taken_place_all_processes_find_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
