/*
 * Tokens in clear: private, whole, and gone once nobody keeps them.
 */
#include "fixture.h"

#include "base/flock.h"
#include "cache/token_file.h"

#include <dirent.h>
#include <errno.h>

/* Whether another process holds each lock that one would wait for. */
static bool is_held;

int __real_kb_flock(int fd, int wait_ms);
int __wrap_kb_flock(int fd, int wait_ms);

int __wrap_kb_flock(int fd, int wait_ms)
{
    return is_held && wait_ms > 0 ? EWOULDBLOCK : __real_kb_flock(fd, wait_ms);
}

/* How many entries of the directory of the cache begin so. */
static int count(const char *prefix)
{
    DIR *dir = opendir(cache_dir);
    const struct dirent *entry;
    int found = 0;

    while (dir && (entry = readdir(dir)) != NULL)
        found += strncmp(entry->d_name, prefix, strlen(prefix)) == 0;
    if (dir)
        closedir(dir);
    return found;
}

static bool write_text(const struct kb_token_file *file, const char *text)
{
    KB_AUTO(kb_secret_clear) struct kb_secret token = KB_SECRET_INIT;

    return kb_secret_set(&token, text, strlen(text), NULL) == KB_OK &&
           kb_token_file_write(file, &token, NULL) == KB_OK;
}

static void assert_holds(const char *path, const char *text)
{
    char found[64] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(read(fd, found, sizeof(found)), strlen(text));
    assert_string_equal(found, text);
    close(fd);
}

static void test_it_is_private_and_whole(void **state)
{
    KB_AUTO(kb_token_file_remove) struct kb_token_file file = KB_TOKEN_FILE_INIT;
    struct stat st;
    char folder[sizeof(file.path)];
    int before;

    (void)state;
    assert_int_equal(kb_token_file_make(&file, NULL), KB_OK);
    assert_int_equal(strncmp(file.path, cache_dir, strlen(cache_dir)), 0);
    assert_int_not_equal(lstat(file.path, &st), 0);
    assert_true(write_text(&file, "first"));
    assert_holds(file.path, "first");
    assert_int_equal(lstat(file.path, &st), 0);
    assert_int_equal(st.st_mode, S_IFREG | 0600);
    strcpy(folder, file.path);
    *strrchr(folder, '/') = '\0';
    assert_int_equal(lstat(folder, &st), 0);
    assert_int_equal(st.st_mode, S_IFDIR | 0700);
    /* Who has the old one open reads that to its end. */
    before = open(file.path, O_RDONLY | O_CLOEXEC);
    assert_true(write_text(&file, "the second"));
    assert_holds(file.path, "the second");
    snprintf(folder, sizeof(folder), "/proc/self/fd/%d", before);
    assert_holds(folder, "first");
    close(before);
    kb_token_file_remove(&file);
    assert_int_equal(count("r-"), 0);
}

static void test_each_has_a_place_of_its_own(void **state)
{
    KB_AUTO(kb_token_file_remove) struct kb_token_file one = KB_TOKEN_FILE_INIT;
    KB_AUTO(kb_token_file_remove) struct kb_token_file other = KB_TOKEN_FILE_INIT;

    (void)state;
    assert_int_equal(kb_token_file_make(&one, NULL), KB_OK);
    assert_true(write_text(&one, "one"));
    assert_int_equal(kb_token_file_make(&other, NULL), KB_OK);
    assert_true(write_text(&other, "other"));
    assert_string_not_equal(one.path, other.path);
    assert_holds(one.path, "one");
    assert_int_equal(kb_token_file_sweep(NULL), KB_OK);
    assert_int_equal(count("r-"), 2);
    kb_token_file_remove(&one);
    assert_holds(other.path, "other");
}

static int make_and_die(void *unused)
{
    struct kb_token_file file = KB_TOKEN_FILE_INIT;

    (void)unused;
    CHILD_CHECK(kb_token_file_make(&file, NULL) == KB_OK);
    CHILD_CHECK(write_text(&file, "left"));
    return 0;
}

static void test_what_nobody_keeps_is_removed(void **state)
{
    KB_AUTO(kb_token_file_remove) struct kb_token_file living = KB_TOKEN_FILE_INIT;
    KB_AUTO(kb_token_file_remove) struct kb_token_file next = KB_TOKEN_FILE_INIT;

    (void)state;
    assert_int_equal(kb_token_file_make(&living, NULL), KB_OK);
    assert_int_equal(in_child(make_and_die, NULL), 0);
    assert_int_equal(count("r-"), 2);
    assert_int_equal(kb_token_file_make(&next, NULL), KB_OK);
    assert_int_equal(count("r-"), 2); /* the living one, and the next */
    assert_int_equal(in_child(make_and_die, NULL), 0);
    assert_int_equal(kb_token_file_sweep(NULL), KB_OK);
    assert_int_equal(count("r-"), 2);
    assert_true(write_text(&living, "still there"));
    assert_holds(living.path, "still there");
}

/* LOCKED would send a person to the vault. */
static void test_a_lock_that_is_held_too_long(void **state)
{
    struct kb_token_file file = KB_TOKEN_FILE_INIT;
    struct kb_error err = KB_ERROR_INIT;

    (void)state;
    assert_int_equal(in_child(make_and_die, NULL), 0);
    is_held = true;
    assert_int_equal(kb_token_file_make(&file, &err), KB_ERR_TIMEOUT);
    assert_non_null(strstr(err.hint, "pgrep"));
    assert_int_equal(file.dir, -1);
    assert_int_equal(kb_token_file_sweep(&err), KB_ERR_TIMEOUT);
    is_held = false;
    assert_int_equal(kb_token_file_sweep(&err), KB_OK);
    assert_int_equal(count("r-"), 0);
}

/* A copy of the descriptor is enough: who made it may become another program. */
static void test_whoever_has_a_copy_keeps_it(void **state)
{
    struct kb_token_file file = KB_TOKEN_FILE_INIT;
    int copy;

    (void)state;
    assert_int_equal(kb_token_file_make(&file, NULL), KB_OK);
    copy = fcntl(file.dir, F_DUPFD_CLOEXEC, 0);
    kb_token_file_close(&file);
    assert_int_equal(kb_token_file_sweep(NULL), KB_OK);
    assert_int_equal(count("r-"), 1);
    close(copy);
    assert_int_equal(kb_token_file_sweep(NULL), KB_OK);
    assert_int_equal(count("r-"), 0);
}

static void test_after_its_end_nothing_is_written(void **state)
{
    struct kb_token_file file = KB_TOKEN_FILE_INIT, copy;

    (void)state;
    assert_int_equal(kb_token_file_make(&file, NULL), KB_OK);
    copy = file;
    copy.dir = fcntl(file.dir, F_DUPFD_CLOEXEC, 0);
    copy.parent = fcntl(file.parent, F_DUPFD_CLOEXEC, 0);
    kb_token_file_remove(&file);
    assert_false(write_text(&copy, "late"));
    kb_token_file_remove(&copy);
    assert_int_equal(count("r-"), 0);
}

/* Records come and go, and so does the whole cache: a command's file stays while it runs. */
static void test_the_caches_end_is_not_its_own(void **state)
{
    KB_AUTO(kb_token_file_remove) struct kb_token_file file = KB_TOKEN_FILE_INIT;

    (void)state;
    assert_int_equal(kb_token_file_make(&file, NULL), KB_OK);
    assert_true(write_text(&file, "in use"));
    assert_int_equal(kb_cache_destroy(NULL), KB_OK);
    assert_holds(file.path, "in use");
}

static void test_what_is_no_directory_of_ours(void **state)
{
    KB_AUTO(kb_token_file_remove) struct kb_token_file file = KB_TOKEN_FILE_INIT;
    char victim[128], link[128];
    struct stat st;

    (void)state;
    assert_int_equal(kb_token_file_make(&file, NULL), KB_OK);
    snprintf(victim, sizeof(victim), "%s/victim", runtime_dir);
    snprintf(link, sizeof(link), "%s/r-00000000", cache_dir);
    assert_int_equal(mkdir(victim, 0700), 0);
    assert_int_equal(symlink(victim, link), 0);
    assert_int_not_equal(kb_token_file_sweep(NULL), KB_OK);
    assert_int_equal(lstat(victim, &st), 0);
    assert_int_equal(unlink(link), 0);
    assert_int_equal(rmdir(victim), 0);
}

/* The path of the file that a command would be told of; gone again. "": there was none. */
static const char *told_path(void)
{
    static char path[sizeof(((struct kb_token_file *)0)->path)];
    struct kb_token_file file = KB_TOKEN_FILE_INIT;

    path[0] = '\0';
    if (kb_token_file_make(&file, NULL) == KB_OK)
        strcpy(path, file.path);
    kb_token_file_remove(&file);
    return path;
}

static bool is_below(const char *path, const char *folder)
{
    return strncmp(path, folder, strlen(folder)) == 0 && path[strlen(folder)] == '/';
}

/* The command may be elsewhere, and the link may lead elsewhere when it comes to read. */
static void test_its_path_has_no_link(void **state)
{
    char link[96];

    (void)state;
    snprintf(link, sizeof(link), "%s/link", runtime_dir);
    assert_int_equal(symlink(runtime_dir, link), 0);
    assert_int_equal(setenv("XDG_RUNTIME_DIR", link, 1), 0);
    assert_true(is_below(told_path(), cache_dir));
    assert_int_equal(chdir(runtime_dir), 0);
    assert_int_equal(setenv("XDG_RUNTIME_DIR", "/proc/self/cwd", 1), 0);
    assert_true(is_below(told_path(), cache_dir));
    assert_int_equal(chdir("/"), 0);
}

#define OWN_UID 64321
#define STRANGER_UID 64322

/* At the place behind it, which is removed again. */
static int make_elsewhere(void *runtime)
{
    char folder[64];
    bool is_elsewhere;

    CHILD_CHECK(become(OWN_UID) && setenv("XDG_RUNTIME_DIR", runtime, 1) == 0);
    snprintf(folder, sizeof(folder), "/dev/shm/keybearer-%d", OWN_UID);
    is_elsewhere = is_below(told_path(), folder);
    remove_tree(folder);
    CHILD_CHECK(is_elsewhere);
    return 0;
}

static int make_there(void *runtime)
{
    CHILD_CHECK(become(OWN_UID) && setenv("XDG_RUNTIME_DIR", runtime, 1) == 0);
    CHILD_CHECK(is_below(told_path(), cache_dir));
    return 0;
}

static void test_a_way_that_others_may_change_is_not_gone(void **state)
{
    char link[160], folder[] = "/dev/shm/kb-stranger-XXXXXX";

    (void)state;
    need_root();
    need_shared_memory();
    assert_int_equal(chown(runtime_dir, OWN_UID, OWN_UID), 0);
    assert_int_equal(mkdir(cache_dir, 0700), 0);
    assert_int_equal(chown(cache_dir, OWN_UID, OWN_UID), 0);
    assert_int_equal(in_child(make_there, runtime_dir), 0);

    assert_non_null(mkdtemp(folder));
    snprintf(link, sizeof(link), "%s/link", folder);
    assert_int_equal(symlink(runtime_dir, link), 0);
    assert_int_equal(chmod(folder, 0755), 0);
    assert_int_equal(in_child(make_there, link), 0); /* root's */
    assert_int_equal(lchown(link, STRANGER_UID, STRANGER_UID), 0);
    assert_int_equal(chown(folder, STRANGER_UID, STRANGER_UID), 0);
    assert_int_equal(in_child(make_elsewhere, link), 0);
    assert_int_equal(remove_tree(folder), 0);

    assert_int_equal(chmod(runtime_dir, 0777), 0);
    assert_int_equal(in_child(make_elsewhere, runtime_dir), 0);
    assert_int_equal(chmod(runtime_dir, 0700), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CACHE_TEST(test_it_is_private_and_whole),
        CACHE_TEST(test_each_has_a_place_of_its_own),
        CACHE_TEST(test_what_nobody_keeps_is_removed),
        CACHE_TEST(test_a_lock_that_is_held_too_long),
        CACHE_TEST(test_whoever_has_a_copy_keeps_it),
        CACHE_TEST(test_after_its_end_nothing_is_written),
        CACHE_TEST(test_the_caches_end_is_not_its_own),
        CACHE_TEST(test_what_is_no_directory_of_ours),
        CACHE_TEST(test_its_path_has_no_link),
        CACHE_TEST(test_a_way_that_others_may_change_is_not_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
