/*
 * The vault: made, opened, locked, given another passphrase.
 */
#include "backends/vault.h"

#include "base/file.h"
#include "vault_dir.h"
#include "vault_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#define DIGEST_LEN 32

static enum kb_err unlock_with(const char *text, struct kb_error *err)
{
    KB_AUTO(kb_secret_clear) struct kb_secret passphrase = fixture_secret(text);
    return kb_vault_unlock(&passphrase, NULL, FIXTURE_TTL, err);
}

/* The key as load() gets it, without asking; empty with its error when there is none. */
static enum kb_err key_now(struct kb_secret *ret, struct kb_error *err)
{
    unsigned char id[16];
    return kb_vault_key(ret, id, err);
}

static struct kb_vault_status status_now(void)
{
    struct kb_vault_status status;
    assert_int_equal(kb_vault_status(&status, &fixture_err), KB_OK);
    return status;
}

static void need_kernel_keyring(void)
{
    if (fixture_has_kernel_keyring())
        return;
    print_message("skipped: the kernel keyring cannot be used here\n");
    skip();
}

static void test_without_a_vault_each_call_says_so(void **state)
{
    (void)state;
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    struct kb_error err = KB_ERROR_INIT;
    assert_int_equal(key_now(&key, &err), KB_ERR_NOT_FOUND);
    assert_non_null(strstr(err.hint, "keybearer add"));
    assert_int_equal(unlock_with("x", &err), KB_ERR_NOT_FOUND);
    assert_int_equal(kb_vault_lock(&err), KB_ERR_NOT_FOUND);
    assert_false(status_now().exists);
    assert_int_equal(access(fixture_vault, F_OK), -1);
}

static void test_a_new_vault_is_private_and_open(void **state)
{
    (void)state;
    need_kernel_keyring();
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    struct stat st;
    char file[256];
    fixture_make_passphrase_vault();
    assert_int_equal(stat(fixture_vault, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    snprintf(file, sizeof(file), "%s/vault.kbv", fixture_vault);
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(key_now(&key, &fixture_err), KB_OK);
    assert_int_equal(key.len, 32);
    assert_true(status_now().unlocked);
    assert_true(status_now().has_passphrase_slot);
    assert_false(status_now().has_key_file_slot);
}

static void test_lock_and_unlock(void **state)
{
    (void)state;
    need_kernel_keyring();
    KB_AUTO(kb_secret_clear) struct kb_secret first = KB_SECRET_INIT;
    KB_AUTO(kb_secret_clear) struct kb_secret again = KB_SECRET_INIT;
    struct kb_error err = KB_ERROR_INIT;
    fixture_make_passphrase_vault();
    assert_int_equal(key_now(&first, &fixture_err), KB_OK);

    assert_int_equal(kb_vault_lock(&err), KB_OK);
    assert_int_equal(key_now(&again, &err), KB_ERR_LOCKED);
    assert_string_equal(err.hint, "keybearer unlock");
    assert_false(status_now().unlocked);

    assert_int_equal(unlock_with("correct horse battery stapl", &err), KB_ERR_DENIED);
    assert_string_equal(err.msg, "wrong passphrase");
    assert_non_null(strstr(err.hint, "rm -r "));
    assert_non_null(strstr(err.hint, fixture_vault));
    assert_int_equal(key_now(&again, &err), KB_ERR_LOCKED);

    assert_int_equal(unlock_with(FIXTURE_PASSPHRASE, &err), KB_OK);
    assert_int_equal(key_now(&again, &fixture_err), KB_OK);
    assert_true(kb_secret_equal(&first, &again));
}

/* Whoever has two ways to unlock it is told of both. */
static void test_a_vault_with_two_slots_names_both(void **state)
{
    (void)state;
    need_kernel_keyring();
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    struct kb_error err = KB_ERROR_INIT;
    fixture_make_passphrase_vault();
    assert_int_equal(fixture_rewrap(FIXTURE_PASSPHRASE, "", fixture_key_file), KB_OK);
    assert_int_equal(kb_vault_lock(&err), KB_OK);
    assert_int_equal(key_now(&key, &err), KB_ERR_LOCKED);
    assert_non_null(strstr(err.hint, "keybearer unlock, or set KEYBEARER_KEY_FILE"));
    assert_int_equal(unlock_with("forgotten", &err), KB_ERR_DENIED);
    assert_non_null(strstr(err.hint, "KEYBEARER_KEY_FILE=FILE keybearer passwd"));
}

static void test_a_key_file_unlocks_the_vault_by_itself(void **state)
{
    (void)state;
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    fixture_make_key_file_vault();
    assert_int_equal(kb_vault_lock(&fixture_err), KB_OK);
    assert_int_equal(key_now(&key, &fixture_err), KB_OK);
    assert_true(status_now().key_file_unlocks);

    unsetenv("KEYBEARER_KEY_FILE");
    assert_int_equal(key_now(&key, &fixture_err), KB_ERR_LOCKED);
    assert_false(status_now().key_file_unlocks);
}

static void test_key_files_that_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *what, *path; /* below the fixture's root, or as it is */
        size_t len;
        unsigned mode;
        enum kb_err wanted;
    } cases[] = {
        {"another key", "other", 32, 0600, KB_ERR_DENIED},
        {"31 bytes", "short", 31, 0600, KB_ERR_DENIED},
        {"empty", "empty", 0, 0600, KB_ERR_DENIED},
        {"64 KiB and one byte", "large", 65537, 0600, KB_ERR_DENIED},
        {"readable by everybody", "open", 32, 0644, KB_ERR_DENIED},
        {"writable by the group", "group", 32, 0620, KB_ERR_DENIED},
        {"inside the vault", "keybearer/vault/key", 32, 0600, KB_ERR_DENIED},
    };
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    static const unsigned char content[65537];
    fixture_make_key_file_vault();
    assert_int_equal(kb_vault_lock(&fixture_err), KB_OK);
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        char path[256];
        struct kb_error err = KB_ERROR_INIT;
        snprintf(path, sizeof(path), "%s/%s", fixture_root, cases[i].path);
        fixture_write_path(path, content, cases[i].len, cases[i].mode);
        setenv("KEYBEARER_KEY_FILE", path, 1);
        if (key_now(&key, &err) != cases[i].wanted)
            fail_msg("%s: %d %s", cases[i].what, err.code, err.msg);
        assert_false(status_now().key_file_unlocks);
    }
}

static void test_a_short_key_file_makes_no_vault(void **state)
{
    (void)state;
    static const unsigned char content[31];
    char path[256];
    snprintf(path, sizeof(path), "%s/short", fixture_root);
    fixture_write_path(path, content, sizeof(content), 0600);
    assert_int_equal(kb_vault_create(NULL, path, FIXTURE_TTL, &fixture_err), KB_ERR_DENIED);
    assert_false(status_now().exists);
}

static void test_a_key_file_must_have_an_absolute_path_and_exist(void **state)
{
    (void)state;
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    fixture_make_key_file_vault();
    assert_int_equal(kb_vault_lock(&fixture_err), KB_OK);
    setenv("KEYBEARER_KEY_FILE", "key", 1);
    assert_int_equal(chdir(fixture_root), 0);
    assert_int_equal(key_now(&key, &fixture_err), KB_ERR_CONFIG);
    setenv("KEYBEARER_KEY_FILE", "/nonexistent/key", 1);
    struct kb_error err = KB_ERROR_INIT;
    assert_int_equal(key_now(&key, &err), KB_ERR_CONFIG);
    assert_non_null(strstr(err.msg, "/nonexistent/key"));
    assert_int_equal(chdir("/"), 0);
}

static void test_a_link_into_the_vault_is_refused_too(void **state)
{
    (void)state;
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    char real[256], linked[256];
    static const unsigned char content[32];
    fixture_make_key_file_vault();
    assert_int_equal(kb_vault_lock(&fixture_err), KB_OK);
    snprintf(real, sizeof(real), "%s/key", fixture_vault);
    fixture_write_path(real, content, sizeof(content), 0600);
    snprintf(linked, sizeof(linked), "%s/way", fixture_root);
    assert_int_equal(symlink(fixture_vault, linked), 0);
    strcat(linked, "/key");
    setenv("KEYBEARER_KEY_FILE", linked, 1);
    struct kb_error err = KB_ERROR_INIT;
    assert_int_equal(key_now(&key, &err), KB_ERR_DENIED);
    assert_non_null(strstr(err.msg, "inside the vault"));
}

static void test_passphrases_that_cannot_be_used(void **state)
{
    (void)state;
    struct kb_error err = KB_ERROR_INIT;
    char text[KB_VAULT_PASSPHRASE_MAX + 2];
    memset(text, 'p', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    KB_AUTO(kb_secret_clear) struct kb_secret too_long = fixture_secret(text);
    struct kb_secret empty = KB_SECRET_INIT;
    assert_int_equal(kb_vault_create(&empty, NULL, FIXTURE_TTL, &err), KB_ERR_DENIED);
    assert_int_equal(kb_vault_create(&too_long, NULL, FIXTURE_TTL, &err), KB_ERR_DENIED);
    assert_false(status_now().exists);
}

static void test_times_to_live_out_of_bounds(void **state)
{
    (void)state;
    KB_AUTO(kb_secret_clear) struct kb_secret passphrase = fixture_secret("x");
    assert_int_equal(kb_vault_create(&passphrase, NULL, 0, &fixture_err), KB_ERR_USAGE);
    assert_int_equal(
        kb_vault_create(&passphrase, NULL, KB_VAULT_TTL_MAX + 1, &fixture_err), KB_ERR_USAGE);
    assert_int_equal(kb_vault_unlock(&passphrase, NULL, 0, &fixture_err), KB_ERR_USAGE);
}

static void test_a_second_vault_is_refused(void **state)
{
    (void)state;
    struct kb_error err = KB_ERROR_INIT;
    fixture_make_key_file_vault();
    assert_int_equal(kb_vault_create(NULL, fixture_key_file, FIXTURE_TTL, &err), KB_ERR_DENIED);
    assert_non_null(strstr(err.hint, "keybearer unlock"));
}

/* Two first runs at once must not overwrite each other's vault key. */
static void test_of_many_creators_one_succeeds(void **state)
{
    (void)state;
    int count[2] = {0, 0}; /* refused, done */
    for (int i = 0; i < 8; i++)
        if (fork() == 0) {
            const struct kb_vault_opener opener = {.key_file = fixture_key_file};
            enum kb_err result = kb_vault_create_with(&opener, FIXTURE_TTL, &fixture_err);
            _exit(result == KB_OK ? 1 : result == KB_ERR_DENIED ? 0 : 2);
        }
    for (int i = 0; i < 8; i++) {
        int status;
        assert_true(wait(&status) > 0);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
        count[WEXITSTATUS(status)]++;
    }
    assert_int_equal(count[1], 1);
    assert_int_equal(count[0], 7);
}

static void test_people_get_argon2id_moderate(void **state)
{
    (void)state;
    KB_AUTO(kb_secret_clear) struct kb_secret passphrase = fixture_secret("p");
    KB_AUTO(kb_buf_clear) struct kb_buf file = KB_BUF_INIT(KB_VAULT_FILE_MAX);
    struct kb_vault vault;
    assert_int_equal(kb_vault_create(&passphrase, NULL, FIXTURE_TTL, &fixture_err), KB_OK);
    fixture_read("vault.kbv", &file);
    assert_int_equal(kb_vault_unpack(&file, &vault, &fixture_err), KB_OK);
    assert_int_equal(vault.slots[0].cost.ops, 3);
    assert_int_equal(vault.slots[0].cost.mem_kib, 262144);
}

static void test_a_new_passphrase_opens_the_same_key(void **state)
{
    (void)state;
    need_kernel_keyring();
    KB_AUTO(kb_secret_clear) struct kb_secret before = KB_SECRET_INIT;
    KB_AUTO(kb_secret_clear) struct kb_secret after = KB_SECRET_INIT;
    fixture_make_passphrase_vault();
    assert_int_equal(key_now(&before, &fixture_err), KB_OK);
    assert_int_equal(fixture_rewrap("wrong", "new", NULL), KB_ERR_DENIED);
    assert_int_equal(fixture_rewrap(FIXTURE_PASSPHRASE, "new", NULL), KB_OK);
    assert_int_equal(kb_vault_lock(&fixture_err), KB_OK);
    assert_int_equal(unlock_with(FIXTURE_PASSPHRASE, &fixture_err), KB_ERR_DENIED);
    assert_int_equal(unlock_with("new", &fixture_err), KB_OK);
    assert_int_equal(key_now(&after, &fixture_err), KB_OK);
    assert_true(kb_secret_equal(&before, &after));
}

static void test_a_key_file_can_be_added_and_both_open(void **state)
{
    (void)state;
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    fixture_make_passphrase_vault();
    assert_int_equal(fixture_rewrap(FIXTURE_PASSPHRASE, "", fixture_key_file), KB_OK);
    assert_int_equal(kb_vault_lock(&fixture_err), KB_OK);
    assert_int_equal(key_now(&key, &fixture_err), KB_ERR_LOCKED);
    setenv("KEYBEARER_KEY_FILE", fixture_key_file, 1);
    assert_int_equal(key_now(&key, &fixture_err), KB_OK);
    assert_true(status_now().has_passphrase_slot);
    assert_true(status_now().has_key_file_slot);
    /* The key file may stand in for the old passphrase. */
    assert_int_equal(fixture_rewrap("", "", fixture_key_file), KB_OK);
}

/* Between the question for the old passphrase and the one for the new one anything may happen. */
static void test_another_vault_gets_no_slot_of_this_one(void **state)
{
    (void)state;
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    KB_AUTO(kb_secret_clear) struct kb_secret old = fixture_secret(FIXTURE_PASSPHRASE);
    unsigned char id[16];
    fixture_make_passphrase_vault();
    assert_int_equal(kb_vault_open(&old, &key, id, &fixture_err), KB_OK);
    id[0] ^= 1;
    assert_int_equal(
        kb_vault_rewrap(&key, id, NULL, fixture_key_file, &fixture_err), KB_ERR_DENIED);
    assert_false(status_now().has_key_file_slot);
    id[0] ^= 1;
    assert_int_equal(kb_vault_rewrap(&key, id, NULL, fixture_key_file, &fixture_err), KB_OK);
}

/* The passphrase stays, whatever else goes; the last way in never does. */
static void test_the_key_file_stops_unlocking(void **state)
{
    (void)state;
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    KB_AUTO(kb_secret_clear) struct kb_secret passphrase = fixture_secret(FIXTURE_PASSPHRASE);
    unsigned char id[16];
    fixture_make_passphrase_vault();
    assert_int_equal(kb_vault_open(&passphrase, &key, id, &fixture_err), KB_OK);
    assert_int_equal(kb_vault_remove_key_file(id, &fixture_err), KB_ERR_NOT_FOUND);
    assert_int_equal(kb_vault_rewrap(&key, id, NULL, fixture_key_file, &fixture_err), KB_OK);
    id[0] ^= 1;
    assert_int_equal(kb_vault_remove_key_file(id, &fixture_err), KB_ERR_DENIED);
    id[0] ^= 1;
    assert_true(status_now().has_key_file_slot);
    assert_int_equal(kb_vault_remove_key_file(id, &fixture_err), KB_OK);
    assert_false(status_now().has_key_file_slot);
    assert_true(status_now().has_passphrase_slot);
    assert_int_equal(kb_vault_open(&passphrase, &key, id, &fixture_err), KB_OK);
}

static void test_a_vault_without_passphrase_keeps_its_key_file(void **state)
{
    (void)state;
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    KB_AUTO(kb_secret_clear) struct kb_secret nothing = KB_SECRET_INIT;
    unsigned char id[16];
    assert_int_equal(kb_vault_create(&nothing, fixture_key_file, 60, &fixture_err), KB_OK);
    setenv("KEYBEARER_KEY_FILE", fixture_key_file, 1);
    assert_int_equal(kb_vault_open(&nothing, &key, id, &fixture_err), KB_OK);
    assert_int_equal(kb_vault_remove_key_file(id, &fixture_err), KB_ERR_DENIED);
    assert_true(status_now().has_key_file_slot);
}

static void test_a_key_file_is_looked_at_before_it_is_one(void **state)
{
    (void)state;
    char path[256];
    assert_int_equal(kb_vault_check_key_file(fixture_key_file, &fixture_err), KB_OK);
    snprintf(path, sizeof(path), "%s/short", fixture_root);
    fixture_write_path(path, path, KB_VAULT_KEY_FILE_MIN - 1, 0600);
    assert_int_equal(kb_vault_check_key_file(path, &fixture_err), KB_ERR_DENIED);
    snprintf(path, sizeof(path), "%s/missing", fixture_root);
    assert_int_equal(kb_vault_check_key_file(path, &fixture_err), KB_ERR_CONFIG);
}

static void test_a_locked_vault_gets_no_new_slot(void **state)
{
    (void)state;
    fixture_make_passphrase_vault();
    assert_int_equal(kb_vault_lock(&fixture_err), KB_OK);
    assert_int_equal(fixture_rewrap("", "", fixture_key_file), KB_ERR_LOCKED);
    assert_false(status_now().has_key_file_slot);
}

/* Everything a slot depends on is authenticated, even under a recomputed checksum. */
static void test_a_slot_that_was_tampered_with_does_not_open(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        size_t at;
    } cases[] = {{"vault id", 8}, {"salt", 34}, {"nonce", 50}, {"wrapped key", 74}, {"tag", 121}};
    fixture_make_key_file_vault();
    assert_int_equal(kb_vault_lock(&fixture_err), KB_OK);
    KB_AUTO(kb_buf_clear) struct kb_buf file = KB_BUF_INIT(KB_VAULT_FILE_MAX);
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    fixture_read("vault.kbv", &file);
    size_t body = file.len - DIGEST_LEN;
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        file.data[cases[i].at] ^= 1;
        crypto_generichash((unsigned char *)file.data + body, DIGEST_LEN,
            (const unsigned char *)file.data, body, NULL, 0);
        fixture_write("vault.kbv", file.data, file.len);
        if (key_now(&key, &fixture_err) != KB_ERR_DENIED)
            fail_msg("opened with another %s", cases[i].what);
        file.data[cases[i].at] ^= 1;
    }
}

static void test_damage_names_the_file(void **state)
{
    (void)state;
    struct kb_error err = KB_ERROR_INIT;
    char path[256];
    fixture_make_key_file_vault();
    fixture_write("vault.kbv", "KBVAULT\x01", 8);
    assert_int_equal(unlock_with("x", &err), KB_ERR_CORRUPT);
    snprintf(path, sizeof(path), "%s/vault.kbv", fixture_vault);
    assert_non_null(strstr(err.msg, path));
    assert_non_null(strstr(err.hint, "backup"));
    assert_int_equal(kb_vault_create(NULL, fixture_key_file, FIXTURE_TTL, &err), KB_ERR_CORRUPT);
}

static void test_others_may_not_enter_the_vault(void **state)
{
    (void)state;
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    struct kb_error err = KB_ERROR_INIT;
    char path[256], hint[512];
    fixture_make_key_file_vault();
    snprintf(path, sizeof(path), "%s/vault.kbv", fixture_vault);
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(key_now(&key, &err), KB_ERR_DENIED);
    snprintf(hint, sizeof(hint), "chmod 600 %s", path);
    assert_non_null(strstr(err.hint, hint));
    assert_int_equal(chmod(fixture_vault, 0755), 0);
    assert_int_equal(key_now(&key, &err), KB_ERR_DENIED);
    assert_non_null(strstr(err.hint, "chmod 700"));
}

static void test_the_lock_is_waited_for_until_the_deadline(void **state)
{
    (void)state;
    struct kb_error err = KB_ERROR_INIT;
    KB_AUTO(kb_fd_close) int mine = -1;
    KB_AUTO(kb_fd_close) int yours = -1;
    fixture_make_key_file_vault();
    assert_int_equal(kb_vault_dir_lock(false, kb_deadline_in_ms(1000), &mine, &err), KB_OK);
    assert_int_equal(kb_vault_dir_lock(false, kb_deadline_in_ms(30), &yours, &err), KB_ERR_TIMEOUT);
    assert_int_equal(yours, -1);
    kb_fd_close(&mine);
    assert_int_equal(kb_vault_dir_lock(false, kb_deadline_in_ms(1000), &yours, &err), KB_OK);
}

static void test_the_place_of_the_vault(void **state)
{
    (void)state;
    char path[KB_VAULT_PATH_MAX];
    setenv("HOME", "/home/u", 1);
    unsetenv("XDG_DATA_HOME");
    assert_int_equal(kb_vault_dir_path(path, &fixture_err), KB_OK);
    assert_string_equal(path, "/home/u/.local/share/keybearer/vault");
    setenv("XDG_DATA_HOME", "relative", 1);
    assert_int_equal(kb_vault_dir_path(path, &fixture_err), KB_OK);
    assert_string_equal(path, "/home/u/.local/share/keybearer/vault");
    setenv("XDG_DATA_HOME", "/data", 1);
    assert_int_equal(kb_vault_dir_path(path, &fixture_err), KB_OK);
    assert_string_equal(path, "/data/keybearer/vault");
    setenv("XDG_DATA_HOME", "//data/./x/", 1);
    assert_int_equal(kb_vault_dir_path(path, &fixture_err), KB_OK);
    assert_string_equal(path, "/data/x/keybearer/vault");
    unsetenv("XDG_DATA_HOME");
    unsetenv("HOME");
    assert_int_equal(kb_vault_dir_path(path, &fixture_err), KB_ERR_CONFIG);
    setenv("XDG_DATA_HOME", fixture_root, 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_without_a_vault_each_call_says_so),
        TEST(test_a_new_vault_is_private_and_open),
        TEST(test_lock_and_unlock),
        TEST(test_a_vault_with_two_slots_names_both),
        TEST(test_a_key_file_unlocks_the_vault_by_itself),
        TEST(test_key_files_that_are_refused),
        TEST(test_a_short_key_file_makes_no_vault),
        TEST(test_a_key_file_must_have_an_absolute_path_and_exist),
        TEST(test_a_link_into_the_vault_is_refused_too),
        TEST(test_passphrases_that_cannot_be_used),
        TEST(test_times_to_live_out_of_bounds),
        TEST(test_a_second_vault_is_refused),
        TEST(test_of_many_creators_one_succeeds),
        TEST(test_people_get_argon2id_moderate),
        TEST(test_a_new_passphrase_opens_the_same_key),
        TEST(test_a_key_file_can_be_added_and_both_open),
        TEST(test_another_vault_gets_no_slot_of_this_one),
        TEST(test_the_key_file_stops_unlocking),
        TEST(test_a_vault_without_passphrase_keeps_its_key_file),
        TEST(test_a_key_file_is_looked_at_before_it_is_one),
        TEST(test_a_locked_vault_gets_no_new_slot),
        TEST(test_a_slot_that_was_tampered_with_does_not_open),
        TEST(test_damage_names_the_file),
        TEST(test_others_may_not_enter_the_vault),
        TEST(test_the_lock_is_waited_for_until_the_deadline),
        TEST(test_the_place_of_the_vault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
