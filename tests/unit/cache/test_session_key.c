/*
 * Where the session key lies, and that losing it loses everything it sealed.
 */
#include "fixture.h"

#include "base/kernel_key.h"

#include <sys/file.h>
#include <time.h>

#define QUOTA_UID 64322 /* nobody's: its quota may be used up */

static void have_token(const char *text)
{
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    kb_cache_create(&cache);
    assert_true(put_token(&cache, 'k', text));
}

static bool cache_file_exists(const char *name)
{
    char path[160];
    (void)snprintf(path, sizeof path, "%s/%s", cache_dir, name);
    return access(path, F_OK) == 0;
}

static int expect_token(void *text)
{
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    kb_cache_open(&cache);
    CHILD_CHECK(cache.level == KB_PROTECTION_STRONG);
    CHILD_CHECK(has_token(&cache, 'k', text));
    return 0;
}

static int expect_token_in_bare_session(void *text)
{
    CHILD_CHECK(join_bare_session());
    return expect_token(text);
}

static int make_cache_in_bare_session(void *text)
{
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    CHILD_CHECK(join_bare_session());
    kb_cache_create(&cache);
    CHILD_CHECK(cache.level == KB_PROTECTION_STRONG);
    CHILD_CHECK(put_token(&cache, 'k', text));
    return 0;
}

static void the_key_is_in_the_kernel(void **state)
{
    (void)state;
    need_keyrings();
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    kb_cache_create(&cache);
    assert_int_equal(cache.level, KB_PROTECTION_STRONG);
    assert_int_equal(cache.key.len, KB_KERNEL_KEY_LEN);
    assert_string_equal(kb_protection_name(cache.level), "strong");
    assert_string_equal(cache.why, "");
    assert_false(cache_file_exists("session.key"));
}

static void every_session_reads_the_cache(void **state)
{
    (void)state;
    need_keyrings();
    char one[] = "token-one", two[] = "token-two";
    have_token(one);
    assert_int_equal(in_child(expect_token, one), 0);
    assert_int_equal(in_child(expect_token_in_bare_session, one), 0);
    assert_int_equal(in_child(make_cache_in_bare_session, two), 0);
    assert_int_equal(in_child(expect_token, two), 0);
}

static void a_key_is_made_once(void **state)
{
    (void)state;
    KB_AUTO(kb_cache_close) struct kb_cache first;
    KB_AUTO(kb_cache_close) struct kb_cache second;
    kb_cache_create(&first);
    kb_cache_create(&second);
    assert_true(kb_secret_equal(&first.key, &second.key));
}

static const char kernel_name[] = "keybearer:session:2";

static int make_and_put(void *text)
{
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    kb_cache_create(&cache);
    CHILD_CHECK(cache.level != KB_PROTECTION_NONE);
    CHILD_CHECK(put_token(&cache, 'k', text));
    return 0;
}

/* Whether process PID waits for a lock. */
static bool waits_for_lock(pid_t pid)
{
    char line[256], waiting[64];
    bool found = false;
    FILE *locks = fopen("/proc/locks", "re");
    assert_non_null(locks);
    (void)snprintf(waiting, sizeof waiting, " WRITE %d ", (int)pid);
    while (!found && fgets(line, sizeof line, locks))
        found = strstr(line, "->") && strstr(line, waiting);
    (void)fclose(locks);
    return found;
}

/* Two keys would make one process's records unreadable to the other. */
static void whoever_waited_takes_the_key_that_was_made(void **state)
{
    (void)state;
    need_keyrings();
    char text[] = "token";
    int status = -1;
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    assert_int_equal(mkdir(cache_dir, 0700), 0);
    kb_cache_open(&cache);
    int lock = openat(cache.dir, "f-session", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(flock(lock, LOCK_EX), 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(lock);
        _exit(make_and_put(text));
    }
    while (!waits_for_lock(pid))
        assert_int_equal(waitpid(pid, &status, WNOHANG), 0);

    assert_int_equal(kb_secret_random(&key, KB_KERNEL_KEY_LEN, NULL), KB_OK);
    assert_int_equal(kb_kernel_key_write(kernel_name, &key, 60, NULL), KB_OK);
    close(lock);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    kb_cache_close(&cache);
    kb_cache_open(&cache);
    assert_true(kb_secret_equal(&cache.key, &key));
    assert_true(has_token(&cache, 'k', text));
}

static size_t count_kernel_keys(void)
{
    static int32_t ids[4096];
    size_t count = 0;
    long len = syscall(SYS_keyctl, KEYCTL_READ, KEY_SPEC_USER_KEYRING, ids, sizeof ids);
    for (long i = 0; i < len / (long)sizeof ids[0]; i++) {
        char text[256] = "";
        if (syscall(SYS_keyctl, KEYCTL_DESCRIBE, ids[i], text, sizeof text - 1) > 0)
            count += strstr(text, ";keybearer:session:") != NULL;
    }
    return count;
}

/* Jobs with a runtime directory each would use up the quota of every program of the user. */
static void test_one_key_many_directories_have_one_key(void **state)
{
    (void)state;
    need_keyrings();
    char first_dir[sizeof runtime_dir];
    KB_AUTO(kb_cache_close) struct kb_cache first;
    kb_cache_create(&first);
    size_t keys = count_kernel_keys();
    (void)strcpy(first_dir, runtime_dir);
    for (int i = 0; i < 300; i++) {
        KB_AUTO(kb_cache_close) struct kb_cache cache;
        assert_int_equal(make_runtime_dir(NULL), 0);
        kb_cache_create(&cache);
        assert_int_equal(cache.level, KB_PROTECTION_STRONG);
        assert_string_equal(cache.key_id, first.key_id);
        assert_int_equal(remove_tree(runtime_dir), 0);
    }
    assert_int_equal(count_kernel_keys(), keys);
    (void)strcpy(runtime_dir, first_dir);
    (void)snprintf(cache_dir, sizeof cache_dir, "%s/keybearer", runtime_dir);
}

static void test_one_key_two_directories_have_the_same(void **state)
{
    (void)state;
    need_keyrings();
    char first_dir[sizeof runtime_dir];
    KB_AUTO(kb_cache_close) struct kb_cache first;
    KB_AUTO(kb_cache_close) struct kb_cache second;
    kb_cache_create(&first);
    (void)strcpy(first_dir, runtime_dir);
    assert_int_equal(make_runtime_dir(NULL), 0);
    kb_cache_create(&second);
    assert_true(kb_secret_equal(&first.key, &second.key));
    assert_string_equal(first.key_id, second.key_id);
    assert_int_equal(remove_runtime_dir(NULL), 0);
    (void)strcpy(runtime_dir, first_dir);
    (void)snprintf(cache_dir, sizeof cache_dir, "%s/keybearer", runtime_dir);
}

static void a_revoked_key_loses_everything(void **state)
{
    (void)state;
    need_keyrings();
    KB_AUTO(kb_cache_close) struct kb_cache orphan;
    KB_AUTO(kb_cache_close) struct kb_cache fresh;
    have_token("token");
    assert_int_equal(kb_kernel_key_revoke(kernel_name, NULL), KB_OK);
    kb_cache_open(&orphan);
    assert_int_equal(orphan.level, KB_PROTECTION_NONE);
    assert_true(has_token(&orphan, 'k', NULL));

    kb_cache_create(&fresh);
    assert_int_equal(fresh.level, KB_PROTECTION_STRONG);
    assert_true(has_token(&fresh, 'k', NULL));
    assert_true(put_token(&fresh, 'k', "token"));
    assert_true(has_token(&fresh, 'k', "token"));
}

static void a_removed_directory_is_made_again(void **state)
{
    (void)state;
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    have_token("token");
    assert_int_equal(kb_cache_destroy(NULL), KB_OK);
    assert_int_equal(remove_tree(cache_dir), 0);
    kb_cache_create(&cache);
    assert_true(cache.level != KB_PROTECTION_NONE);
    assert_true(has_token(&cache, 'k', NULL));
    assert_true(put_token(&cache, 'k', "token"));
}

/* One side of two that see the same directory and not the same keyring. */
static int be_the_other_side(void *token)
{
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    CHILD_CHECK(forbid_keyrings(EPERM));
    kb_cache_create(&cache);
    CHILD_CHECK(cache.level == KB_PROTECTION_WEAK);
    CHILD_CHECK(has_token(&cache, 'k', token));
    CHILD_CHECK(put_token(&cache, 'k', "theirs"));
    return 0;
}

static void test_two_keys_neither_side_wipes_the_others_records(void **state)
{
    (void)state;
    need_keyrings();
    char theirs[] = "theirs";
    for (int turn = 0; turn < 3; turn++) {
        KB_AUTO(kb_cache_close) struct kb_cache ours;
        kb_cache_create(&ours);
        assert_int_equal(ours.level, KB_PROTECTION_STRONG);
        assert_true(has_token(&ours, 'k', turn > 0 ? "ours" : NULL));
        assert_true(put_token(&ours, 'k', "ours"));
        assert_int_equal(in_child(be_the_other_side, turn > 0 ? theirs : NULL), 0);
    }
}

/* As if HOURS had gone by since the last write, or were to come. */
static void make_older(const char *name, int hours)
{
    char path[160];
    struct timespec times[2] = {{.tv_sec = time(NULL) - 3600L * hours}};
    times[1] = times[0];
    (void)snprintf(path, sizeof path, "%s/%s", cache_dir, name);
    assert_int_equal(utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW), 0);
}

static void touch(const char *name, int hours)
{
    char path[160];
    (void)snprintf(path, sizeof path, "%s/%s", cache_dir, name);
    close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    make_older(name, hours);
}

static void test_two_keys_only_what_no_key_opens_any_more_is_swept(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int hours;
        bool stays;
    } files[] = {
        {"t-01234567-00", 24, true},
        {"t-01234567-01", 26, false},
        {"t-01234567-02", -26, false},
        {"t-00112233445566778899aabbccddeeff", 26, false}, /* of a version before */
        {"p-00", 26, true},                                /* it says itself until when it counts */
        {".kb-tmp-0", 24, true},                           /* somebody may be at it */
        {".kb-tmp-1", 26, false},
        {"f-00.1", 1000, true},
    };
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    kb_cache_create(&cache);
    for (int has_key = 0; has_key <= 1; has_key++) {
        make_older("f-swept", 26); /* nobody swept here for long */
        for (size_t i = 0; i < KB_COUNT(files); i++)
            touch(files[i].name, files[i].hours);
        if (!has_key)
            assert_int_equal(kb_kernel_key_revoke(kernel_name, NULL), KB_OK);
        kb_cache_close(&cache);
        kb_cache_create(&cache);
        for (size_t i = 0; i < KB_COUNT(files); i++)
            if (cache_file_exists(files[i].name) != files[i].stays)
                fail_msg("%s, %s a key", files[i].name, has_key ? "with" : "without");
        /* and not again with each call */
        touch("t-01234567-01", 26);
        kb_cache_close(&cache);
        kb_cache_create(&cache);
        assert_true(cache_file_exists("t-01234567-01"));
    }
}

/* What the clock says is no reason to forget what this key opens. */
static void test_clock_a_step_sweeps_nothing_of_ours(void **state)
{
    (void)state;
    static const int steps[] = {26, -26};
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    char name[64];
    kb_cache_create(&cache);
    assert_true(put_token(&cache, 'k', "token"));
    (void)snprintf(name, sizeof name, "t-%s-6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b", cache.key_id);
    assert_true(cache_file_exists(name));
    for (size_t i = 0; i < KB_COUNT(steps); i++) {
        make_older(name, steps[i]);
        make_older("f-swept", steps[i]);
        kb_cache_close(&cache);
        kb_cache_create(&cache);
        assert_true(has_token(&cache, 'k', "token"));
    }
}

static int let_the_key_file_age(void *unused)
{
    (void)unused;
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    CHILD_CHECK(forbid_keyrings(EPERM));
    kb_cache_create(&cache);
    CHILD_CHECK(put_token(&cache, 'k', "token"));
    make_older("session.key", 23);
    kb_cache_close(&cache);
    kb_cache_create(&cache);
    CHILD_CHECK(has_token(&cache, 'k', "token"));
    make_older("session.key", 25);
    kb_cache_close(&cache);
    kb_cache_open(&cache);
    CHILD_CHECK(cache.level == KB_PROTECTION_NONE && has_token(&cache, 'k', NULL));
    kb_cache_close(&cache);
    kb_cache_create(&cache);
    CHILD_CHECK(cache.level == KB_PROTECTION_WEAK && has_token(&cache, 'k', NULL));
    return 0;
}

static void a_key_file_lasts_a_day(void **state)
{
    (void)state;
    assert_int_equal(in_child(let_the_key_file_age, NULL), 0);
}

/* The name that it had until version 2: of device and inode. */
static void former_name(char ret[static 80])
{
    struct stat st;
    assert_int_equal(stat(cache_dir, &st), 0);
    const uint64_t identity[2] = {st.st_dev, st.st_ino};
    const unsigned char *bytes = (const unsigned char *)identity;
    int len = snprintf(ret, 80, "keybearer:session:");
    for (size_t i = 0; i < sizeof identity; i++)
        len += snprintf(ret + len, 80 - (size_t)len, "%02x", bytes[i]);
}

static void test_lock_revokes_the_key_of_a_version_before(void **state)
{
    (void)state;
    need_keyrings();
    char name[80];
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    have_token("token");
    former_name(name);
    assert_int_equal(kb_secret_random(&key, KB_KERNEL_KEY_LEN, NULL), KB_OK);
    assert_int_equal(kb_kernel_key_write(name, &key, 60, NULL), KB_OK);
    assert_int_equal(kb_cache_destroy(NULL), KB_OK);
    assert_int_equal(kb_kernel_key_read(name, &key, NULL), KB_ERR_NOT_FOUND);
    assert_int_equal(kb_kernel_key_read(kernel_name, &key, NULL), KB_ERR_NOT_FOUND);
}

static int live_without_keyrings(void *sys)
{
    KB_AUTO(kb_cache_close) struct kb_cache writer;
    KB_AUTO(kb_cache_close) struct kb_cache reader;
    struct stat st;
    CHILD_CHECK(forbid_keyrings(*(const int *)sys));
    kb_cache_create(&writer);
    CHILD_CHECK(writer.level == KB_PROTECTION_WEAK);
    CHILD_CHECK(strstr(writer.why, strerror(*(const int *)sys)) != NULL);
    CHILD_CHECK(strstr(writer.why, "beside the records") != NULL);
    CHILD_CHECK(strcmp(kb_protection_name(writer.level), "weak") == 0);
    CHILD_CHECK(fstatat(writer.dir, "session.key", &st, AT_SYMLINK_NOFOLLOW) == 0);
    CHILD_CHECK(S_ISREG(st.st_mode) && (st.st_mode & 07777) == 0600 && st.st_size == 32);
    CHILD_CHECK(put_token(&writer, 'k', "token"));

    kb_cache_open(&reader);
    CHILD_CHECK(reader.level == KB_PROTECTION_WEAK && reader.why[0] != '\0');
    CHILD_CHECK(has_token(&reader, 'k', "token"));
    CHILD_CHECK(kb_cache_destroy(NULL) == KB_OK);
    CHILD_CHECK(!cache_file_exists("session.key"));
    return 0;
}

static void without_keyrings_the_cache_is_weak(void **state)
{
    (void)state;
    int refusals[] = {EPERM, ENOSYS, EACCES};
    for (size_t i = 0; i < KB_COUNT(refusals); i++)
        assert_int_equal(in_child(live_without_keyrings, &refusals[i]), 0);
}

static int refuse_a_bad_key_file(void *change)
{
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    char path[128];
    CHILD_CHECK(forbid_keyrings(EPERM));
    (void)snprintf(path, sizeof path, "%s/session.key", cache_dir);
    kb_cache_create(&cache);
    CHILD_CHECK(put_token(&cache, 'k', "token"));
    kb_cache_close(&cache);
    switch (*(const char *)change) {
    case 's': /* cut short */
        CHILD_CHECK(truncate(path, 31) == 0);
        break;
    case 'l': /* too long */
        CHILD_CHECK(truncate(path, 33) == 0);
        break;
    case 'm': /* readable by others */
        CHILD_CHECK(chmod(path, 0644) == 0);
        break;
    default:
        return 2;
    }
    kb_cache_open(&cache);
    CHILD_CHECK(cache.level == KB_PROTECTION_NONE && has_token(&cache, 'k', NULL));
    kb_cache_close(&cache);
    kb_cache_create(&cache); /* heals it by a new one */
    CHILD_CHECK(cache.level == KB_PROTECTION_WEAK && has_token(&cache, 'k', NULL));
    CHILD_CHECK(put_token(&cache, 'k', "token") && has_token(&cache, 'k', "token"));
    return 0;
}

static void a_bad_key_file_is_no_key(void **state)
{
    (void)state;
    char changes[] = {'s', 'l', 'm'};
    for (size_t i = 0; i < KB_COUNT(changes); i++)
        assert_int_equal(in_child(refuse_a_bad_key_file, &changes[i]), 0);
}

/* keyctl(2) fails, but a key could still be added, over the one that is there. */
struct refusal {
    int sys;
    enum kb_protection level;
};

static int make_no_kernel_key(void *argument)
{
    const struct refusal *refusal = argument;
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    CHILD_CHECK(forbid_calls(SYS_keyctl, SYS_keyctl, refusal->sys));
    kb_cache_create(&cache);
    CHILD_CHECK(cache.level == refusal->level && cache.why[0] != '\0');
    CHILD_CHECK(has_token(&cache, 'k', NULL));
    CHILD_CHECK(cache_file_exists("session.key") == (refusal->level == KB_PROTECTION_WEAK));
    return 0;
}

static void a_key_that_cannot_be_read_is_not_replaced(void **state)
{
    (void)state;
    need_keyrings();
    struct refusal cases[] = {
        {ENOMEM, KB_PROTECTION_NONE},
        {EPERM, KB_PROTECTION_WEAK},
    };
    KB_AUTO(kb_cache_close) struct kb_cache before;
    kb_cache_create(&before);
    assert_true(put_token(&before, 'x', "token"));
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_cache_close) struct kb_cache after;
        assert_int_equal(in_child(make_no_kernel_key, &cases[i]), 0);
        kb_cache_open(&after);
        assert_int_equal(after.level, KB_PROTECTION_STRONG);
        assert_true(kb_secret_equal(&after.key, &before.key));
        /* who was refused cannot know whose records these are */
        assert_true(has_token(&after, 'x', "token"));
    }
}

static int fail_to_add_a_key(void *unused)
{
    (void)unused;
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    CHILD_CHECK(forbid_calls(SYS_add_key, SYS_add_key, ENOMEM));
    kb_cache_create(&cache);
    CHILD_CHECK(cache.level == KB_PROTECTION_NONE && cache.why[0] != '\0');
    CHILD_CHECK(!cache_file_exists("session.key"));
    CHILD_CHECK(has_token(&cache, 'k', NULL) && !put_token(&cache, 'k', "token"));
    return 0;
}

static void a_weak_key_moves_into_the_kernel(void **state)
{
    (void)state;
    need_keyrings();
    struct refusal refusal = {EPERM, KB_PROTECTION_WEAK};
    assert_int_equal(in_child(make_no_kernel_key, &refusal), 0);
    assert_true(cache_file_exists("session.key"));
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    kb_cache_create(&cache);
    assert_int_equal(cache.level, KB_PROTECTION_STRONG);
    assert_false(cache_file_exists("session.key"));
}

static void an_unexpected_error_does_not_weaken_the_cache(void **state)
{
    (void)state;
    need_keyrings();
    assert_int_equal(in_child(fail_to_add_a_key, NULL), 0);
}

static int live_without_quota(void *unused)
{
    (void)unused;
    KB_AUTO(kb_cache_close) struct kb_cache writer;
    KB_AUTO(kb_cache_close) struct kb_cache reader;
    CHILD_CHECK(become(QUOTA_UID));
    CHILD_CHECK(join_bare_session());
    CHILD_CHECK(make_runtime_dir(NULL) == 0);
    bool full = use_up_key_quota();
    kb_cache_create(&writer);
    bool stored = put_token(&writer, 'k', "token");
    clear_user_keyring();
    kb_cache_open(&reader);
    bool found = has_token(&reader, 'k', "token");
    CHILD_CHECK(remove_runtime_dir(NULL) == 0);
    CHILD_CHECK(full);
    CHILD_CHECK(writer.level == KB_PROTECTION_WEAK && strstr(writer.why, "quota") != NULL);
    CHILD_CHECK(reader.level == KB_PROTECTION_WEAK);
    CHILD_CHECK(stored && found);
    return 0;
}

static void a_used_up_quota_makes_the_cache_weak(void **state)
{
    (void)state;
    need_keyrings();
    need_root();
    need_shared_memory();
    assert_int_equal(in_child(live_without_quota, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CACHE_TEST(the_key_is_in_the_kernel),
        CACHE_TEST(every_session_reads_the_cache),
        CACHE_TEST(a_key_is_made_once),
        CACHE_TEST(whoever_waited_takes_the_key_that_was_made),
        CACHE_TEST(test_one_key_many_directories_have_one_key),
        CACHE_TEST(test_one_key_two_directories_have_the_same),
        CACHE_TEST(test_two_keys_neither_side_wipes_the_others_records),
        CACHE_TEST(test_two_keys_only_what_no_key_opens_any_more_is_swept),
        CACHE_TEST(test_clock_a_step_sweeps_nothing_of_ours),
        CACHE_TEST(a_key_file_lasts_a_day),
        CACHE_TEST(test_lock_revokes_the_key_of_a_version_before),
        CACHE_TEST(a_revoked_key_loses_everything),
        CACHE_TEST(a_removed_directory_is_made_again),
        CACHE_TEST(without_keyrings_the_cache_is_weak),
        CACHE_TEST(a_bad_key_file_is_no_key),
        CACHE_TEST(a_key_that_cannot_be_read_is_not_replaced),
        CACHE_TEST(a_weak_key_moves_into_the_kernel),
        CACHE_TEST(an_unexpected_error_does_not_weaken_the_cache),
        CACHE_TEST(a_used_up_quota_makes_the_cache_weak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
