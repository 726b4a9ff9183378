/*
 * What is remembered of a match: nothing that an edit of the configuration could make wrong
 * without changing its name. Linked with --wrap for the clock and for what a file looks like, so
 * that each edit here falls into the tick that it shall fall into.
 */
#include "front.h"

#include "../cache/fixture.h"

#include <time.h>

#define PROFILE(name, host)                                                                        \
    "\"" name "\":{\"token_url\":\"https://" name ".example/t\",\"store\":\"sealed-file\","        \
    "\"match\":[\"https://" host ".example\"]}"
#define CONFIG(one, two) "{\"profiles\":{" PROFILE("one", one) "," PROFILE("two", two) "}}"

/* What the file system stamped every edit with, and what it would stamp one with now. */
static struct timespec stamp, tick;

int __real_clock_gettime(clockid_t id, struct timespec *ret);
int __wrap_clock_gettime(clockid_t id, struct timespec *ret);
enum kb_err __wrap_kb_config_identify(
    const char *path, struct kb_config_identity *ret, struct kb_error *err);

int __wrap_clock_gettime(clockid_t id, struct timespec *ret)
{
    if (id != CLOCK_REALTIME_COARSE)
        return __real_clock_gettime(id, ret);
    *ret = tick;
    return 0;
}

enum kb_err __wrap_kb_config_identify(
    const char *path, struct kb_config_identity *ret, struct kb_error *err)
{
    (void)path;
    (void)err;
    *ret = (struct kb_config_identity){.inode = 1, .mtime = stamp, .ctime = stamp};
    return KB_OK;
}

enum kb_err client_find(const struct kb_profile *profile, struct kb_ref *ret, struct kb_error *err)
{
    (void)profile;
    (void)err;
    *ret = (struct kb_ref){{0}};
    return KB_OK;
}

void trace(const char *event, const char *subject, int64_t number, const char *unit)
{
    (void)event;
    (void)subject;
    (void)number;
    (void)unit;
}

static void write_config(const char *text)
{
    char path[96];
    (void)snprintf(path, sizeof path, "%s/config.json", runtime_dir);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(close(fd), 0);
    assert_int_equal(setenv("KEYBEARER_CONFIG", path, 1), 0);
    assert_int_equal(setenv("HOME", runtime_dir, 1), 0);
}

/* Whose token https://left.example gets. */
static void assert_served_by(const char *profile)
{
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    KB_AUTO(kb_request_clear) struct kb_request request = KB_REQUEST_INIT;
    const struct subject subject = {.request = &request};
    KB_AUTO(kb_route_clear) struct kb_route route = KB_ROUTE_INIT;
    struct kb_error err = KB_ERROR_INIT;
    static const char address[] = "https://left.example/";
    kb_cache_create(&cache);
    assert_true(cache.level != KB_PROTECTION_NONE);
    request.has_url = true;
    assert_int_equal(kb_url_parse(address, strlen(address), &request.url, &err), KB_OK);
    assert_int_equal(subject_find(&cache, &subject, &route, &err), KB_OK);
    assert_string_equal(route.profile, profile);
}

static void test_an_edit_within_the_tick_is_seen(void **state)
{
    (void)state;
    stamp = tick = (struct timespec){1700000000, 4000000};
    write_config(CONFIG("left", "rite"));
    assert_served_by("one");
    write_config(CONFIG("rite", "left"));
    assert_served_by("two");
    stamp.tv_nsec += 5; /* a file system with a finer clock than the kernel's coarse one */
    write_config(CONFIG("left", "rite"));
    assert_served_by("one");
    write_config(CONFIG("rite", "left"));
    assert_served_by("two");
}

/* Then an edit gets another stamp. This one does not, and shows that the match is remembered. */
static void test_a_match_is_remembered_after_the_tick(void **state)
{
    (void)state;
    static const struct timespec later[] = {{1700000000, 4000001}, {1700000001, 0}};
    for (size_t i = 0; i < KB_COUNT(later); i++) {
        stamp = (struct timespec){1700000000, 4000000 - (long)i};
        tick = later[i];
        write_config(CONFIG("left", "rite"));
        assert_served_by("one");
        write_config(CONFIG("rite", "left"));
        assert_served_by("one");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CACHE_TEST(test_an_edit_within_the_tick_is_seen),
        CACHE_TEST(test_a_match_is_remembered_after_the_tick),
    };
    return cmocka_run_group_tests_name("subject", tests, NULL, NULL);
}
