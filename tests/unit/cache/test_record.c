/*
 * Sealed records: only the right key, kind and name open one, and only unchanged.
 */
#include "cache/outcome.h"
#include "fixture.h"
#include "record.h"

#include "../releases.h"

static const char plain_text[] = "what is sealed";

/* Good until the next call but one. */
static const char *name_of(
    const struct kb_cache *cache, enum kb_record_kind kind, const struct kb_cache_key *key)
{
    static struct kb_record_name names[2];
    static unsigned next;
    struct kb_record_name *name = &names[next++ % 2];
    *name = kb_record_name(cache, kind, key);
    return name->text;
}

static struct kb_buf buf_of(const char *text)
{
    struct kb_buf buf = KB_BUF_INIT(2 * KB_RECORD_MAX);
    kb_buf_str(&buf, text);
    return buf;
}

static bool opens(
    const struct kb_cache *cache, enum kb_record_kind kind, const struct kb_cache_key *key)
{
    KB_AUTO(kb_record_clear) struct kb_record record = {0};
    return kb_record_read(cache, kind, key, &record, NULL) == KB_OK;
}

static void write_plain(
    const struct kb_cache *cache, enum kb_record_kind kind, const struct kb_cache_key *key)
{
    KB_AUTO(kb_buf_clear) struct kb_buf plain = buf_of(plain_text);
    assert_int_equal(kb_record_write(cache, kind, key, &plain, NULL), KB_OK);
}

/* The file of a record as bytes. */
static size_t load(const struct kb_cache *cache, const char *name, unsigned char *ret, size_t cap)
{
    int fd = openat(cache->dir, name, O_RDONLY);
    assert_true(fd >= 0);
    ssize_t len = read(fd, ret, cap);
    assert_true(len > 0 && (size_t)len < cap);
    close(fd);
    return (size_t)len;
}

static void store(
    const struct kb_cache *cache, const char *name, const unsigned char *bytes, size_t len)
{
    int fd = openat(cache->dir, name, O_WRONLY | O_TRUNC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), (ssize_t)len);
    close(fd);
}

static void a_record_returns_as_it_was(void **state)
{
    (void)state;
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    KB_AUTO(kb_record_clear) struct kb_record record = {0};
    struct kb_cache_key key = key_of('k');
    kb_cache_create(&cache);
    write_plain(&cache, KB_RECORD_TOKEN, &key);
    assert_int_equal(kb_record_read(&cache, KB_RECORD_TOKEN, &key, &record, NULL), KB_OK);
    assert_int_equal(record.len, strlen(plain_text));
    assert_memory_equal(record.plain, plain_text, record.len);
}

static void records_up_to_the_cap_and_no_more(void **state)
{
    (void)state;
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    KB_AUTO(kb_buf_clear) struct kb_buf plain = KB_BUF_INIT(2 * KB_RECORD_MAX);
    struct kb_cache_key key = key_of('k');
    kb_cache_create(&cache);
    assert_int_equal(kb_record_write(&cache, KB_RECORD_TOKEN, &key, &plain, NULL), KB_OK);
    assert_true(opens(&cache, KB_RECORD_TOKEN, &key));
    while (plain.len < KB_RECORD_MAX)
        kb_buf_byte(&plain, 'x');
    assert_int_equal(kb_record_write(&cache, KB_RECORD_TOKEN, &key, &plain, NULL), KB_OK);
    assert_true(opens(&cache, KB_RECORD_TOKEN, &key));
    kb_buf_byte(&plain, 'x');
    assert_int_equal(kb_record_write(&cache, KB_RECORD_TOKEN, &key, &plain, NULL), KB_ERR_SYSTEM);
}

static void nothing_is_in_clear_and_nothing_repeats(void **state)
{
    (void)state;
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    struct kb_cache_key key = key_of('k');
    unsigned char first[256], second[256];
    struct stat st;
    kb_cache_create(&cache);
    write_plain(&cache, KB_RECORD_TOKEN, &key);
    size_t len = load(&cache, name_of(&cache, KB_RECORD_TOKEN, &key), first, sizeof first);
    write_plain(&cache, KB_RECORD_TOKEN, &key);
    assert_int_equal(
        load(&cache, name_of(&cache, KB_RECORD_TOKEN, &key), second, sizeof second), len);

    assert_null(memmem(first, len, plain_text, 8));
    assert_memory_not_equal(first + 4, second + 4, 24);
    assert_memory_not_equal(first + 28, second + 28, len - 28);
    assert_int_equal(fstatat(cache.dir, name_of(&cache, KB_RECORD_TOKEN, &key), &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

static void every_changed_bit_is_a_miss(void **state)
{
    (void)state;
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    struct kb_cache_key key = key_of('k');
    unsigned char bytes[256];
    kb_cache_create(&cache);
    write_plain(&cache, KB_RECORD_TOKEN, &key);
    size_t len = load(&cache, name_of(&cache, KB_RECORD_TOKEN, &key), bytes, sizeof bytes);
    for (size_t bit = 0; bit < len * 8; bit++) {
        unsigned char mask = (unsigned char)(1U << bit % 8);
        bytes[bit / 8] ^= mask;
        store(&cache, name_of(&cache, KB_RECORD_TOKEN, &key), bytes, len);
        assert_false(opens(&cache, KB_RECORD_TOKEN, &key));
        bytes[bit / 8] ^= mask;
    }
    store(&cache, name_of(&cache, KB_RECORD_TOKEN, &key), bytes, len);
    assert_true(opens(&cache, KB_RECORD_TOKEN, &key));
}

static void every_other_length_is_a_miss(void **state)
{
    (void)state;
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    struct kb_cache_key key = key_of('k');
    unsigned char bytes[256] = {0};
    kb_cache_create(&cache);
    write_plain(&cache, KB_RECORD_TOKEN, &key);
    size_t len = load(&cache, name_of(&cache, KB_RECORD_TOKEN, &key), bytes, sizeof bytes);
    for (size_t other = 0; other < sizeof bytes; other++) {
        store(&cache, name_of(&cache, KB_RECORD_TOKEN, &key), bytes, other);
        assert_int_equal(opens(&cache, KB_RECORD_TOKEN, &key), other == len);
    }
    assert_int_equal(truncate(cache_dir, 0), -1); /* the directory is no file */
    int fd = openat(cache.dir, name_of(&cache, KB_RECORD_TOKEN, &key), O_WRONLY);
    assert_int_equal(ftruncate(fd, (off_t)1 << 30), 0);
    close(fd);
    assert_false(opens(&cache, KB_RECORD_TOKEN, &key));
}

static void no_kind_stands_in_for_another(void **state)
{
    (void)state;
    static const enum kb_record_kind kinds[] = {
        KB_RECORD_TOKEN, KB_RECORD_ROUTE, KB_RECORD_OUTCOME};
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    struct kb_cache_key key = key_of('k');
    kb_cache_create(&cache);
    for (size_t i = 0; i < KB_COUNT(kinds); i++) {
        for (size_t j = 0; j < KB_COUNT(kinds); j++) {
            write_plain(&cache, kinds[i], &key);
            assert_int_equal(renameat(cache.dir, name_of(&cache, kinds[i], &key), cache.dir,
                                 name_of(&cache, kinds[j], &key)),
                0);
            assert_int_equal(opens(&cache, kinds[j], &key), i == j);
        }
    }
}

static void no_key_stands_in_for_another(void **state)
{
    (void)state;
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    struct kb_cache_key key = key_of('k'), same_name = key, other = key_of('o');
    same_name.bytes[KB_CACHE_KEY_LEN - 1] ^= 1;
    kb_cache_create(&cache);
    write_plain(&cache, KB_RECORD_TOKEN, &key);
    assert_string_equal(name_of(&cache, 't', &key), name_of(&cache, 't', &same_name));
    assert_false(opens(&cache, KB_RECORD_TOKEN, &same_name));
    assert_int_equal(
        renameat(cache.dir, name_of(&cache, 't', &key), cache.dir, name_of(&cache, 't', &other)),
        0);
    assert_false(opens(&cache, KB_RECORD_TOKEN, &other));
}

/* The id is the same here; it is no part of what protects a record. */
static void another_session_key_opens_nothing(void **state)
{
    (void)state;
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    struct kb_cache_key key = key_of('k');
    kb_cache_create(&cache);
    write_plain(&cache, KB_RECORD_TOKEN, &key);
    cache.key.bytes[31] ^= 1;
    assert_false(opens(&cache, KB_RECORD_TOKEN, &key));
}

/* Two who see the same directory, and not the same keyring. */
static void test_two_keys_records_of_two_keys_lie_side_by_side(void **state)
{
    (void)state;
    KB_AUTO(kb_cache_close) struct kb_cache ours;
    struct kb_cache_key key = key_of('k');
    bool removed = false;
    kb_cache_create(&ours);
    struct kb_cache theirs = ours;
    memcpy(theirs.key_id, "01234567", sizeof theirs.key_id);
    write_plain(&ours, KB_RECORD_TOKEN, &key);
    write_plain(&theirs, KB_RECORD_TOKEN, &key);
    assert_string_not_equal(
        name_of(&ours, KB_RECORD_TOKEN, &key), name_of(&theirs, KB_RECORD_TOKEN, &key));
    assert_int_equal(kb_record_remove(&ours, KB_RECORD_TOKEN, &key, &removed, NULL), KB_OK);
    assert_true(removed);
    assert_false(opens(&ours, KB_RECORD_TOKEN, &key));
    assert_true(opens(&theirs, KB_RECORD_TOKEN, &key));
}

static void a_token_is_dropped_whoever_sealed_it(void **state)
{
    (void)state;
    KB_AUTO(kb_cache_close) struct kb_cache ours;
    struct kb_cache_key key = key_of('k'), other = key_of('o');
    bool removed = false;
    kb_cache_create(&ours);
    struct kb_cache theirs = ours;
    memcpy(theirs.key_id, "01234567", sizeof theirs.key_id);
    write_plain(&ours, KB_RECORD_TOKEN, &key);
    write_plain(&ours, KB_RECORD_OUTCOME, &key);
    write_plain(&ours, KB_RECORD_TOKEN, &other);
    write_plain(&theirs, KB_RECORD_TOKEN, &key);
    assert_int_equal(kb_record_remove_all(ours.dir, KB_RECORD_TOKEN, &key, &removed, NULL), KB_OK);
    assert_true(removed);
    assert_false(opens(&ours, KB_RECORD_TOKEN, &key));
    assert_false(opens(&theirs, KB_RECORD_TOKEN, &key));
    assert_true(opens(&ours, KB_RECORD_OUTCOME, &key));
    assert_true(opens(&ours, KB_RECORD_TOKEN, &other));
    assert_int_equal(kb_record_remove_all(ours.dir, KB_RECORD_TOKEN, &key, &removed, NULL), KB_OK);
    assert_false(removed);
}

static void make_link(const struct kb_cache *cache, const char *name)
{
    assert_int_equal(renameat(cache->dir, name, cache->dir, "target"), 0);
    assert_int_equal(symlinkat("target", cache->dir, name), 0);
}

static void make_fifo(const struct kb_cache *cache, const char *name)
{
    assert_int_equal(unlinkat(cache->dir, name, 0), 0);
    assert_int_equal(mkfifoat(cache->dir, name, 0600), 0);
}

static void links_and_pipes_are_misses(void **state)
{
    (void)state;
    static void (*const changes[])(const struct kb_cache *, const char *) = {make_link, make_fifo};
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    kb_cache_create(&cache);
    for (size_t i = 0; i < KB_COUNT(changes); i++) {
        struct kb_cache_key key = key_of((unsigned char)('a' + i));
        write_plain(&cache, KB_RECORD_TOKEN, &key);
        changes[i](&cache, name_of(&cache, KB_RECORD_TOKEN, &key));
        assert_false(opens(&cache, KB_RECORD_TOKEN, &key));
        (void)unlinkat(cache.dir, "target", 0);
    }
}

static void without_a_cache_there_are_misses(void **state)
{
    (void)state;
    struct kb_cache none = KB_CACHE_INIT;
    struct kb_cache_key key = key_of('k');
    KB_AUTO(kb_buf_clear) struct kb_buf plain = buf_of(plain_text);
    bool removed = true;
    assert_false(opens(&none, KB_RECORD_TOKEN, &key));
    assert_int_equal(
        kb_record_write(&none, KB_RECORD_TOKEN, &key, &plain, NULL), KB_ERR_UNAVAILABLE);
    assert_int_equal(kb_record_remove(&none, KB_RECORD_TOKEN, &key, &removed, NULL), KB_OK);
    assert_false(removed);
}

static const char *records_of(const struct release *release)
{
    return release->records;
}

static void add_record(const struct kb_cache *cache, enum kb_record_kind kind,
    const struct kb_cache_key *key, struct kb_buf *out)
{
    KB_AUTO(kb_record_clear) struct kb_record record = {0};
    assert_int_equal(kb_record_read(cache, kind, key, &record, NULL), KB_OK);
    kb_buf_add(out, (const char *)record.plain, record.len);
}

/* A helper writes them, and the front reads them. */
static void the_form_of_this_version(void **state)
{
    (void)state;
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    KB_AUTO(kb_buf_clear) struct kb_buf all = KB_BUF_INIT(4 * KB_RECORD_MAX);
    struct kb_cache_key key = key_of('k');
    struct kb_outcome outcome = {
        .when_wall_ms = 1, .retry_boot_ms = 2, .asked_boot_ms = 3, .way = 4, .warning = "odd"};
    kb_fail(&outcome.error, KB_ERR_DENIED, "no");
    kb_cache_create(&cache);
    assert_true(put_token(&cache, 'k', "first"));
    assert_true(put_token(&cache, 'k', "second"));
    add_record(&cache, KB_RECORD_TOKEN, &key, &all);
    assert_int_equal(kb_cache_put_outcome(&cache, &key, &outcome, NULL), KB_OK);
    add_record(&cache, KB_RECORD_OUTCOME, &key, &all);
    expect_form("the records of the cache", records_of, &all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CACHE_TEST(the_form_of_this_version),
        CACHE_TEST(a_record_returns_as_it_was),
        CACHE_TEST(records_up_to_the_cap_and_no_more),
        CACHE_TEST(nothing_is_in_clear_and_nothing_repeats),
        CACHE_TEST(every_changed_bit_is_a_miss),
        CACHE_TEST(every_other_length_is_a_miss),
        CACHE_TEST(no_kind_stands_in_for_another),
        CACHE_TEST(no_key_stands_in_for_another),
        CACHE_TEST(another_session_key_opens_nothing),
        CACHE_TEST(test_two_keys_records_of_two_keys_lie_side_by_side),
        CACHE_TEST(a_token_is_dropped_whoever_sealed_it),
        CACHE_TEST(links_and_pipes_are_misses),
        CACHE_TEST(without_a_cache_there_are_misses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
