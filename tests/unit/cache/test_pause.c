/*
 * An endpoint's pause: everybody who sees the directory reads it, whatever key they have, and
 * it never does more than delay a request.
 */
#include "cache/pause.h"
#include "fixture.h"

static const struct kb_clock now = {.wall_ms = 1700000000000, .boot_ms = 1000000};

static void put(const struct kb_cache *cache, int64_t remaining, int64_t pause_boot_ms)
{
    struct kb_cache_key key = key_of('e');
    struct kb_limit limit = {40, remaining, now.wall_ms, pause_boot_ms};
    assert_int_equal(kb_pause_put(cache, &key, &limit, now, NULL), KB_OK);
}

static struct kb_limit get(const struct kb_cache *cache)
{
    struct kb_cache_key key = key_of('e');
    struct kb_limit limit = {-7, -7, -7, -7};
    KB_IGNORE(kb_pause_get(cache, &key, &limit, NULL));
    return limit;
}

static void a_limit_is_shared(void **state)
{
    (void)state;
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    kb_cache_create(&cache);
    assert_int_equal(get(&cache).limit, -7);
    put(&cache, -1, now.boot_ms + 5);
    struct kb_limit found = get(&cache);
    assert_int_equal(found.limit, 40);
    assert_int_equal(found.remaining, -1);
    assert_int_equal(found.when_wall_ms, now.wall_ms);
    assert_int_equal(found.pause_boot_ms, now.boot_ms + 5);
}

static void test_two_keys_a_pause_needs_no_key(void **state)
{
    (void)state;
    KB_AUTO(kb_cache_close) struct kb_cache writer;
    KB_AUTO(kb_cache_close) struct kb_cache reader;
    kb_cache_create(&writer);
    put(&writer, 0, now.boot_ms + 5);
    assert_int_equal(kb_cache_destroy(NULL), KB_OK);
    kb_cache_open(&reader);
    assert_int_equal(reader.level, KB_PROTECTION_NONE);
    assert_int_equal(get(&reader).pause_boot_ms, now.boot_ms + 5); /* lock keeps it */
    put(&reader, 0, now.boot_ms + 5);
    assert_int_equal(get(&writer).pause_boot_ms, now.boot_ms + 5);
}

static void a_pause_is_kept_until_it_is_over(void **state)
{
    (void)state;
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    kb_cache_create(&cache);
    put(&cache, 0, now.boot_ms + 120000);
    put(&cache, 39, 0); /* the answer to an older request */
    assert_int_equal(get(&cache).pause_boot_ms, now.boot_ms + 120000);
    assert_int_equal(get(&cache).remaining, 39);
    put(&cache, 0, now.boot_ms + 5000);
    assert_int_equal(get(&cache).pause_boot_ms, now.boot_ms + 120000);
    put(&cache, 0, now.boot_ms + 130000);
    assert_int_equal(get(&cache).pause_boot_ms, now.boot_ms + 130000);
}

static int64_t pause_of(const struct kb_cache *cache, const char *second)
{
    char is_set[] = "set";
    struct kb_profile profile = {.second_url_text = second ? is_set : NULL};

    assert_int_equal(kb_url_parse("https://one", 11, &profile.token_url, NULL), KB_OK);
    if (second)
        assert_int_equal(kb_url_parse(second, strlen(second), &profile.second_url, NULL), KB_OK);
    return kb_pause_of_profile_s(cache, &profile, now);
}

static void put_for(const struct kb_cache *cache, const char *text, int64_t pause_boot_ms)
{
    struct kb_limit limit = {-1, -1, now.wall_ms, pause_boot_ms};
    struct kb_cache_key key;
    struct kb_url url;

    assert_int_equal(kb_url_parse(text, strlen(text), &url, NULL), KB_OK);
    key = kb_cache_key_for_endpoint(&url);
    assert_int_equal(kb_pause_put(cache, &key, &limit, now, NULL), KB_OK);
    assert_int_equal(kb_pause_of_endpoint_s(cache, &url, now), kb_pause_left_s(pause_boot_ms, now));
}

static void a_profile_waits_for_both_of_its_endpoints(void **state)
{
    (void)state;
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    kb_cache_create(&cache);
    assert_int_equal(pause_of(&cache, "https://two/x"), 0);
    put_for(&cache, "https://two", now.boot_ms + 4001);
    assert_int_equal(pause_of(&cache, NULL), 0);
    assert_int_equal(pause_of(&cache, "https://two/x"), 5);
    put_for(&cache, "https://one/x", now.boot_ms + 2000);
    assert_int_equal(pause_of(&cache, NULL), 2);
    assert_int_equal(pause_of(&cache, "https://two/x"), 5);
    put_for(&cache, "https://one", now.boot_ms + 9000);
    assert_int_equal(pause_of(&cache, "https://two/x"), 9);
}

static void file_path(char path[static 160])
{
    struct kb_cache_key key = key_of('e');
    int len = snprintf(path, 160, "%s/p-", cache_dir);
    for (size_t i = 0; i < 16; i++)
        len += snprintf(path + len, 160 - (size_t)len, "%02x", key.bytes[i]);
}

static void write_file(const char *bytes, size_t len)
{
    char path[160];
    file_path(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(write(fd, bytes, len), (ssize_t)len);
    close(fd);
}

static void a_pause_that_is_over_or_absurd_is_not_kept(void **state)
{
    (void)state;
    static const int64_t absurd[] = {999999, 0, -5, 1000001 + 1000 * KB_PAUSE_MAX, INT64_MAX};
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    char path[160];
    kb_cache_create(&cache);
    file_path(path);
    for (size_t i = 0; i < KB_COUNT(absurd); i++) {
        (void)unlink(path);
        put(&cache, 0, absurd[i]);
        assert_int_equal(access(path, F_OK), 0);
        put(&cache, 39, now.boot_ms + 1);
        assert_int_equal(get(&cache).pause_boot_ms, now.boot_ms + 1);
    }
}

static void what_is_no_pause_is_none(void **state)
{
    (void)state;
    char file[64] = "KBP1";
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    kb_cache_create(&cache);
    file[4 + 8] = 40; /* the limit */
    for (size_t len = 0; len <= sizeof file; len++) {
        write_file(file, len);
        assert_int_equal(get(&cache).limit, len == 36 ? 40 : -7);
    }
    file[3] = '2';
    write_file(file, 36);
    assert_int_equal(get(&cache).limit, -7);
    file[3] = '1';
    file[4 + 8 + 7] = (char)0x80; /* a count below every count */
    write_file(file, 36);
    assert_int_equal(get(&cache).limit, -7);
}

static void absurd_pauses_do_not_count(void **state)
{
    (void)state;
    enum { MOST = 1000 * KB_PAUSE_MAX };
    static const struct {
        int64_t until, now, left;
    } cases[] = {
        {1001, 1000, 1},
        {1000 + MOST, 1000, MOST},
        {1001 + MOST, 1000, 0},
        {1000, 1000, 0},
        {999, 1000, 0},
        {0, 1000, 0},
        {INT64_MAX, 1000, 0},
        {INT64_MIN, 1000, 0},
        {INT64_MAX, INT64_MIN, 0},
    };
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        struct kb_clock then = {.boot_ms = cases[i].now};
        assert_int_equal(kb_pause_left_ms(cases[i].until, then), cases[i].left);
    }
}

/* Two profiles at one endpoint: one is told to wait while the other is answered. */
static void no_pause_is_lost_between_two_writers(void **state)
{
    (void)state;
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    kb_cache_create(&cache);
    for (int round = 0; round < 10; round++) {
        int64_t until = now.boot_ms + 1000 + round;
        pid_t pids[8];
        for (size_t i = 0; i < KB_COUNT(pids); i++) {
            pids[i] = fork();
            if (pids[i] == 0) {
                struct kb_cache_key key = key_of('e');
                struct kb_limit limit = {40, (int64_t)i, now.wall_ms, i == 3 ? until : 0};
                _exit((int)kb_pause_put(&cache, &key, &limit, now, NULL));
            }
        }
        for (size_t i = 0; i < KB_COUNT(pids); i++) {
            int status = -1;
            assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
            assert_int_equal(status, 0);
        }
        assert_int_equal(get(&cache).pause_boot_ms, until);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CACHE_TEST(a_limit_is_shared),
        CACHE_TEST(test_two_keys_a_pause_needs_no_key),
        CACHE_TEST(a_pause_is_kept_until_it_is_over),
        CACHE_TEST(a_profile_waits_for_both_of_its_endpoints),
        CACHE_TEST(a_pause_that_is_over_or_absurd_is_not_kept),
        CACHE_TEST(what_is_no_pause_is_none),
        cmocka_unit_test(absurd_pauses_do_not_count),
        CACHE_TEST(no_pause_is_lost_between_two_writers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
