/*
 * The cache as its users see it: what is put is found, by every process of the user,
 * until it is dropped or everything is destroyed.
 */
#include "cache/outcome.h"
#include "cache/way.h"
#include "fixture.h"

#include <dirent.h>

static void a_fresh_machine_has_no_cache_and_gets_none_by_looking(void **state)
{
    (void)state;
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    kb_cache_open(&cache);
    assert_int_equal(cache.level, KB_PROTECTION_NONE);
    assert_true(cache.why[0] != '\0');
    assert_true(has_token(&cache, 'k', NULL));
    assert_false(put_token(&cache, 'k', "token"));
    assert_int_equal(access(cache_dir, F_OK), -1);
    assert_string_equal(kb_cache_path(), cache_dir);
    assert_string_equal(kb_protection_name(cache.level), "none");
}

static void a_token_is_found_by_whoever_opens_the_cache(void **state)
{
    (void)state;
    KB_AUTO(kb_cache_close) struct kb_cache writer;
    KB_AUTO(kb_cache_close) struct kb_cache reader;
    KB_AUTO(kb_token_clear) struct kb_token found = KB_TOKEN_INIT;
    struct kb_cache_key key = key_of('k');
    kb_cache_create(&writer);
    assert_true(put_token(&writer, 'k', "secret-token"));
    kb_cache_open(&reader);
    assert_true(has_token(&reader, 'k', "secret-token"));
    assert_true(has_token(&reader, 'x', NULL));
    assert_int_equal(kb_cache_get_token(&reader, &key, &found, NULL), KB_OK);
    assert_int_equal(found.life_ms, 3600000);
    assert_int_equal(found.expires_wall_ms, 1003600000);
    assert_int_equal(found.expires_boot_ms, 4600000);
}

static void a_closed_cache_is_harmless(void **state)
{
    (void)state;
    struct kb_cache cache;
    kb_cache_create(&cache);
    kb_cache_close(&cache);
    assert_int_equal(cache.dir, -1);
    assert_true(kb_secret_is_empty(&cache.key));
    assert_true(has_token(&cache, 'k', NULL));
    kb_cache_close(&cache);
    kb_cache_close(NULL);
}

static bool knows(const struct kb_cache *cache, unsigned char letter, const char *text)
{
    KB_AUTO(kb_secret_clear) struct kb_secret presented = KB_SECRET_INIT;
    struct kb_cache_key key = key_of(letter);

    assert_int_equal(kb_secret_set(&presented, text, strlen(text), NULL), KB_OK);
    return kb_cache_knows_token(cache, &key, &presented);
}

static void a_token_is_known_after_others_took_its_place(void **state)
{
    (void)state;
    static const char *const texts[] = {"a", "b", "c", "d", "e", "f"};
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    struct kb_cache_key key = key_of('k');
    bool dropped;
    kb_cache_create(&cache);
    for (size_t i = 0; i < KB_COUNT(texts); i++) {
        assert_false(knows(&cache, 'k', texts[i]));
        assert_true(put_token(&cache, 'k', texts[i]));
        assert_true(put_token(&cache, 'k', texts[i])); /* once more takes nobody's place */
        for (size_t before = 0; before <= i; before++)
            assert_int_equal(knows(&cache, 'k', texts[before]), i - before <= KB_CACHE_FORMER_MAX);
    }
    assert_true(has_token(&cache, 'k', "f"));
    assert_false(knows(&cache, 'x', "f"));
    assert_false(knows(&cache, 'k', ""));
    assert_int_equal(kb_cache_forget(&key, &dropped, NULL), KB_OK);
    assert_false(knows(&cache, 'k', "e"));
}

static void only_the_rejected_token_is_dropped(void **state)
{
    (void)state;
    static const struct {
        const char *cached, *rejected;
        bool dropped;
    } cases[] = {
        {"token-a", "token-a", true},
        {"token-a", "token-b", false},
        {"token-a", "token-", false},
        {"token-a", "token-aa", false},
        {"token-a", "", true},
        {NULL, "token-a", false},
        {NULL, "", false},
    };
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    struct kb_cache_key key = key_of('k');
    kb_cache_create(&cache);
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_secret_clear) struct kb_secret rejected = KB_SECRET_INIT;
        bool dropped = !cases[i].dropped;
        if (cases[i].cached)
            assert_true(put_token(&cache, 'k', cases[i].cached));
        assert_int_equal(
            kb_secret_set(&rejected, cases[i].rejected, strlen(cases[i].rejected), NULL), KB_OK);
        assert_int_equal(kb_cache_drop_token(&cache, &key, &rejected, &dropped, NULL), KB_OK);
        assert_int_equal(dropped, cases[i].dropped);
        assert_true(has_token(&cache, 'k', dropped ? NULL : cases[i].cached));
    }
}

static void fill_route(struct kb_route *route)
{
    route->ours = true;
    (void)strcpy(route->profile, "zuora");
    (void)strcpy(route->username, "oauth2");
    (void)strcpy(route->api_header, "Authorization");
    route->key = key_of('t');
    route->refresh_ahead = -1;
    route->timeout = 30;
}

static void a_route_is_remembered(void **state)
{
    (void)state;
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    KB_AUTO(kb_route_clear) struct kb_route route = KB_ROUTE_INIT;
    KB_AUTO(kb_route_clear) struct kb_route found = KB_ROUTE_INIT;
    struct kb_cache_key key = key_of('m');
    fill_route(&route);
    kb_cache_create(&cache);
    assert_int_equal(kb_cache_get_route(&cache, &key, &found, NULL), KB_ERR_NOT_FOUND);
    assert_int_equal(kb_cache_put_route(&cache, &key, &route, NULL), KB_OK);
    assert_int_equal(kb_cache_get_route(&cache, &key, &found, NULL), KB_OK);
    assert_true(found.ours);
    assert_string_equal(found.profile, "zuora");
    assert_memory_equal(found.key.bytes, route.key.bytes, KB_CACHE_KEY_LEN);
}

static size_t count_files(const char *prefix)
{
    DIR *listing = opendir(cache_dir);
    const struct dirent *entry = NULL;
    size_t count = 0;
    assert_non_null(listing);
    while ((entry = readdir(listing)) != NULL)
        count += entry->d_name[0] != '.' && strncmp(entry->d_name, prefix, strlen(prefix)) == 0;
    closedir(listing);
    return count;
}

static void make_empty_files(const struct kb_cache *cache, const char *prefix, int count)
{
    for (int i = 0; i < count; i++) {
        char name[40];
        (void)snprintf(name, sizeof name, "%s%d", prefix, i);
        int fd = openat(cache->dir, name, O_WRONLY | O_CREAT, 0600);
        assert_true(fd >= 0);
        close(fd);
    }
}

static void remembered_routes_are_bounded(void **state)
{
    (void)state;
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    KB_AUTO(kb_route_clear) struct kb_route route = KB_ROUTE_INIT;
    struct kb_cache_key key = key_of('m');
    kb_cache_create(&cache);
    assert_true(put_token(&cache, 'k', "token"));
    char ours[16];
    (void)snprintf(ours, sizeof ours, "m-%s-", cache.key_id);
    make_empty_files(&cache, ours, 4095);
    make_empty_files(&cache, "m-01234567-", 3);
    assert_int_equal(kb_cache_put_route(&cache, &key, &route, NULL), KB_OK);
    assert_int_equal(count_files(ours), 4096);
    assert_int_equal(kb_cache_put_route(&cache, &key, &route, NULL), KB_OK);
    assert_int_equal(count_files(ours), 1);
    assert_int_equal(count_files("m-"), 1 + 3); /* another key's are not ours to judge */
    assert_true(has_token(&cache, 'k', "token"));
}

static void an_outcome_is_shared_until_it_is_dropped(void **state)
{
    (void)state;
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    struct kb_outcome found = {0}, outcome = {.when_wall_ms = 1700000000, .retry_boot_ms = 4711};
    outcome.asked_boot_ms = 4700;
    outcome.way = -7;
    memcpy(outcome.warning, "odd", 4);
    struct kb_cache_key key = key_of('o');
    kb_cache_create(&cache);
    kb_fail_sys(&outcome.error, KB_ERR_NETWORK, ECONNREFUSED, "cannot reach the server");
    kb_hint(&outcome.error, "keybearer doctor");
    assert_int_equal(kb_cache_get_outcome(&cache, &key, &found, NULL), KB_ERR_NOT_FOUND);
    assert_int_equal(kb_cache_put_outcome(&cache, &key, &outcome, NULL), KB_OK);
    assert_int_equal(kb_cache_get_outcome(&cache, &key, &found, NULL), KB_OK);
    assert_int_equal(found.error.code, KB_ERR_NETWORK);
    assert_int_equal(found.error.sys, ECONNREFUSED);
    assert_string_equal(found.error.msg, outcome.error.msg);
    assert_string_equal(found.warning, "odd");
    assert_string_equal(found.error.hint, "keybearer doctor");
    assert_int_equal(found.when_wall_ms, 1700000000);
    assert_int_equal(found.retry_boot_ms, 4711);
    assert_int_equal(found.asked_boot_ms, 4700);
    assert_true(found.way == -7);
    assert_int_equal(kb_cache_drop_outcome(&cache, &key, NULL), KB_OK);
    assert_int_equal(kb_cache_get_outcome(&cache, &key, &found, NULL), KB_ERR_NOT_FOUND);
    assert_int_equal(kb_cache_drop_outcome(&cache, &key, NULL), KB_OK);
}

static void an_outcome_answers_who_asked_before_the_server_was(void **state)
{
    (void)state;
    const struct kb_clock now = {.wall_ms = 1700000000, .boot_ms = 5000};
    const struct kb_outcome asked = {.asked_boot_ms = 4700}, not_asked = {0},
                            of_another_boot = {.asked_boot_ms = 5001};
    assert_true(kb_outcome_serves_waiter(&asked, 4699, now));
    assert_false(kb_outcome_serves_waiter(&asked, 4700, now));
    assert_false(kb_outcome_serves_waiter(&asked, 4701, now));
    assert_false(kb_outcome_serves_waiter(&not_asked, 0, now));
    assert_false(kb_outcome_serves_waiter(&of_another_boot, 4699, now));
}

/* Who corrected the proxy's password gets no error that was another's. */
static void an_outcome_of_another_way_is_not_ours(void **state)
{
    static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY"};
    (void)state;
    for (size_t i = 0; i < KB_COUNT(names); i++) {
        struct kb_outcome outcome = {.error.code = KB_ERR_NETWORK, .way = kb_cache_way()};
        assert_false(kb_outcome_is_of_another_way(&outcome));
        setenv(names[i], "http://me:other@proxy.example", 1);
        assert_true(kb_outcome_is_of_another_way(&outcome));
        outcome.error.code = KB_ERR_TIMEOUT;
        assert_true(kb_outcome_is_of_another_way(&outcome));
        /* The server itself said it. */
        outcome.error.code = KB_ERR_DENIED;
        assert_false(kb_outcome_is_of_another_way(&outcome));
        unsetenv(names[i]);
    }
}

static void an_unknown_outcome_is_a_miss(void **state)
{
    (void)state;
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    struct kb_outcome outcome = {.error.code = (enum kb_err)200}, found = {.when_wall_ms = 1};
    struct kb_cache_key key = key_of('o');
    kb_cache_create(&cache);
    assert_int_equal(kb_cache_put_outcome(&cache, &key, &outcome, NULL), KB_OK);
    assert_int_equal(kb_cache_get_outcome(&cache, &key, &found, NULL), KB_ERR_NOT_FOUND);
    assert_int_equal(found.when_wall_ms, 1);
}

static void an_outcome_that_would_steer_a_terminal_is_a_miss(void **state)
{
    (void)state;
    KB_AUTO(kb_cache_close) struct kb_cache cache;
    struct kb_outcome outcome = {.error.code = KB_ERR_DENIED}, found = {.when_wall_ms = 1};
    struct kb_cache_key key = key_of('o');
    kb_cache_create(&cache);
    memcpy(outcome.error.msg, "a\x1b[2J", 6);
    assert_int_equal(kb_cache_put_outcome(&cache, &key, &outcome, NULL), KB_OK);
    assert_int_equal(kb_cache_get_outcome(&cache, &key, &found, NULL), KB_ERR_NOT_FOUND);
    assert_int_equal(found.when_wall_ms, 1);
}

static void destroy_leaves_nothing_but_locks_and_pauses(void **state)
{
    (void)state;
    KB_AUTO(kb_cache_close) struct kb_cache before;
    KB_AUTO(kb_cache_close) struct kb_cache after;
    KB_AUTO(kb_cache_close) struct kb_cache fresh;
    kb_cache_create(&before);
    assert_true(put_token(&before, 'k', "token"));
    make_empty_files(&before, ".kb-tmp-", 1);
    make_empty_files(&before, "f-", 1);
    make_empty_files(&before, "p-", 1);
    assert_int_equal(kb_cache_destroy(NULL), KB_OK);

    kb_cache_open(&after);
    assert_int_equal(after.level, KB_PROTECTION_NONE);
    assert_int_equal(count_files("p-"), 1);
    assert_int_equal(count_files(""), count_files("f-") + 1);
    assert_int_equal(faccessat(before.dir, "f-0", F_OK, 0), 0);
    assert_int_equal(faccessat(before.dir, ".kb-tmp-0", F_OK, 0), -1);

    /* What a process writes that still has the old key is no use to anybody. */
    kb_cache_create(&fresh);
    assert_true(put_token(&before, 'k', "token"));
    assert_true(has_token(&fresh, 'k', NULL));
    assert_int_equal(kb_cache_destroy(NULL), KB_OK);
}

/* Cron's, say: it has no such variable. The other place is this user's in the shared memory. */
static void test_lock_every_place_is_cleared(void **state)
{
    (void)state;
    KB_AUTO(kb_cache_close) struct kb_cache here;
    KB_AUTO(kb_cache_close) struct kb_cache there;
    kb_cache_create(&here);
    assert_true(put_token(&here, 'k', "here"));
    assert_int_equal(unsetenv("XDG_RUNTIME_DIR"), 0);
    kb_cache_create(&there);
    assert_true(put_token(&there, 'k', "there"));
    assert_string_not_equal(kb_cache_path(), cache_dir);
    for (int elsewhere = 0; elsewhere <= 1; elsewhere++) {
        assert_int_equal(setenv("XDG_RUNTIME_DIR", runtime_dir, 1), 0);
        assert_true(put_token(&here, 'k', "here") && put_token(&there, 'k', "there"));
        if (elsewhere)
            assert_int_equal(unsetenv("XDG_RUNTIME_DIR"), 0);
        assert_int_equal(kb_cache_destroy(NULL), KB_OK);
        assert_true(has_token(&there, 'k', NULL));
        assert_true(has_token(&here, 'k', elsewhere ? "here" : NULL)); /* who knows where? */
        assert_int_equal(setenv("XDG_RUNTIME_DIR", runtime_dir, 1), 0);
        KB_AUTO(kb_cache_close) struct kb_cache after;
        kb_cache_open(&after);
        assert_int_equal(after.level, KB_PROTECTION_NONE);
        assert_true(has_token(&after, 'k', NULL));
    }
}

static void test_lock_forget_drops_a_token_at_every_place(void **state)
{
    (void)state;
    static const struct kb_secret any = KB_SECRET_INIT;
    KB_AUTO(kb_cache_close) struct kb_cache here;
    KB_AUTO(kb_cache_close) struct kb_cache there;
    struct kb_cache_key key = key_of('k');
    bool dropped = false;
    kb_cache_create(&here);
    assert_int_equal(unsetenv("XDG_RUNTIME_DIR"), 0);
    kb_cache_create(&there);
    assert_true(put_token(&there, 'k', "there") && put_token(&there, 'x', "other"));
    assert_int_equal(setenv("XDG_RUNTIME_DIR", runtime_dir, 1), 0);
    assert_int_equal(kb_cache_drop_token(&here, &key, &any, &dropped, NULL), KB_OK);
    assert_true(dropped);
    assert_true(has_token(&there, 'k', NULL));
    assert_true(has_token(&there, 'x', "other"));
    assert_int_equal(kb_cache_drop_token(&here, &key, &any, &dropped, NULL), KB_OK);
    assert_false(dropped);
}

static void a_directory_that_others_may_enter_is_cleared_too(void **state)
{
    (void)state;
    KB_AUTO(kb_cache_close) struct kb_cache before;
    KB_AUTO(kb_cache_close) struct kb_cache after;
    kb_cache_create(&before);
    assert_true(put_token(&before, 'k', "token"));
    assert_int_equal(chmod(cache_dir, 0755), 0);
    assert_int_equal(kb_cache_destroy(NULL), KB_OK);
    assert_int_equal(chmod(cache_dir, 0700), 0);
    kb_cache_open(&after);
    assert_true(has_token(&after, 'k', NULL));
    assert_int_equal(after.level, KB_PROTECTION_NONE);
}

static void destroying_nothing_is_no_error(void **state)
{
    (void)state;
    assert_int_equal(kb_cache_destroy(NULL), KB_OK);
    assert_int_equal(access(cache_dir, F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CACHE_TEST(a_fresh_machine_has_no_cache_and_gets_none_by_looking),
        CACHE_TEST(a_token_is_found_by_whoever_opens_the_cache),
        CACHE_TEST(a_closed_cache_is_harmless),
        CACHE_TEST(a_token_is_known_after_others_took_its_place),
        CACHE_TEST(only_the_rejected_token_is_dropped),
        CACHE_TEST(a_route_is_remembered),
        CACHE_TEST(remembered_routes_are_bounded),
        CACHE_TEST(an_outcome_is_shared_until_it_is_dropped),
        CACHE_TEST(an_outcome_answers_who_asked_before_the_server_was),
        CACHE_TEST(an_outcome_of_another_way_is_not_ours),
        CACHE_TEST(an_unknown_outcome_is_a_miss),
        CACHE_TEST(an_outcome_that_would_steer_a_terminal_is_a_miss),
        CACHE_TEST(destroy_leaves_nothing_but_locks_and_pauses),
        CACHE_TEST(test_lock_every_place_is_cleared),
        CACHE_TEST(test_lock_forget_drops_a_token_at_every_place),
        CACHE_TEST(a_directory_that_others_may_enter_is_cleared_too),
        CACHE_TEST(destroying_nothing_is_no_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
