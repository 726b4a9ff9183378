/*
 * The sealed-file store: what is stored is loaded; everything else is an error of its own.
 */
#include "backends/vault.h"
#include "base/file.h"
#include "vault_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define URL "https://rest.zuora.com/oauth/token"
#define SECRET "s3cret-that-must-not-be-on-disk"

static const struct kb_store *store(void)
{
    const struct kb_store *found = kb_store_find("sealed-file");
    assert_non_null(found);
    return found;
}

static enum kb_err save_as(const char *profile, const char *secret)
{
    KB_AUTO(kb_client_clear) struct kb_client client = fixture_client(profile, "id", secret, URL);
    struct kb_store_context context = fixture_context(profile, URL);
    return store()->save(&context, &client, &fixture_err);
}

static enum kb_err load_from(const char *profile, const char *url, struct kb_client *ret)
{
    struct kb_store_context context = fixture_context(profile, url);
    return store()->load(&context, ret, &fixture_err);
}

static enum kb_err try_load(const char *profile)
{
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    enum kb_err result = load_from(profile, URL, &client);
    if (result) /* an output is untouched on failure */
        assert_null(client.secret.bytes);
    return result;
}

static enum kb_err remove_profile(const char *profile)
{
    struct kb_store_context context = fixture_context(profile, URL);
    return store()->remove(&context, &fixture_err);
}

static enum kb_err check_profile(const char *profile)
{
    struct kb_store_context context = fixture_context(profile, URL);
    return store()->check(&context, &fixture_err);
}

static struct kb_store_status status_of(const char *profile)
{
    struct kb_store_context context = fixture_context(profile, URL);
    struct kb_store_status status;
    assert_int_equal(store()->status(&context, &status, &fixture_err), KB_OK);
    return status;
}

static void test_what_is_saved_is_loaded(void **state)
{
    (void)state;
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    struct stat st;
    char path[256];
    fixture_make_key_file_vault();
    assert_int_equal(save_as("zuora", "a \"quoted\" \\ secret"), KB_OK);
    assert_int_equal(load_from("zuora", URL, &client), KB_OK);
    assert_string_equal(client.id.bytes, "id");
    assert_string_equal(client.secret.bytes, "a \"quoted\" \\ secret");
    assert_string_equal(client.profile, "zuora");
    assert_string_equal(client.bound.token, "https://rest.zuora.com");
    assert_null(client.token_url);
    snprintf(path, sizeof(path), "%s/%s", fixture_vault, fixture_file("zuora"));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

static void test_the_longest_client_fits(void **state)
{
    (void)state;
    KB_AUTO(kb_client_clear) struct kb_client got = KB_CLIENT_INIT;
    char secret[KB_CLIENT_SECRET_MAX + 1];
    memset(secret, '\\', sizeof(secret));
    secret[KB_CLIENT_SECRET_MAX] = '\0';
    fixture_make_key_file_vault();
    assert_int_equal(save_as("zuora", secret), KB_OK);
    assert_int_equal(load_from("zuora", URL, &got), KB_OK);
    assert_string_equal(got.secret.bytes, secret);
}

static void test_only_ciphertext_is_on_disk(void **state)
{
    (void)state;
    KB_AUTO(kb_buf_clear) struct kb_buf file = KB_BUF_INIT(65536);
    fixture_make_key_file_vault();
    assert_int_equal(save_as("zuora", SECRET), KB_OK);
    fixture_read(fixture_file("zuora"), &file);
    assert_null(memmem(file.data, file.len, "zuora", 5));
    for (size_t i = 0; i + 8 <= strlen(SECRET); i++)
        assert_null(memmem(file.data, file.len, &SECRET[i], 8));
}

static void test_saving_again_replaces_and_never_repeats_a_nonce(void **state)
{
    (void)state;
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf first = KB_BUF_INIT(65536);
    KB_AUTO(kb_buf_clear) struct kb_buf second = KB_BUF_INIT(65536);
    fixture_make_key_file_vault();
    assert_int_equal(save_as("zuora", "same"), KB_OK);
    fixture_read(fixture_file("zuora"), &first);
    assert_int_equal(save_as("zuora", "same"), KB_OK);
    fixture_read(fixture_file("zuora"), &second);
    /* magic, version, vault id, kind, reference */
    size_t nonce = 5 + 1 + 16 + 1 + 16;
    assert_memory_equal(first.data, second.data, nonce);
    assert_memory_not_equal(first.data + nonce, second.data + nonce, 24);
    assert_int_equal(save_as("zuora", "new"), KB_OK);
    assert_int_equal(load_from("zuora", URL, &client), KB_OK);
    assert_string_equal(client.secret.bytes, "new");
}

static void test_absent_and_locked_are_different(void **state)
{
    (void)state;
    assert_int_equal(try_load("zuora"), KB_ERR_NOT_FOUND);
    assert_non_null(strstr(fixture_err.hint, "keybearer add"));
    assert_int_equal(save_as("zuora", "x"), KB_ERR_NOT_FOUND);
    assert_int_equal(remove_profile("zuora"), KB_ERR_NOT_FOUND);
    fixture_make_key_file_vault();
    assert_int_equal(try_load("zuora"), KB_ERR_NOT_FOUND);
    assert_string_equal(fixture_err.hint, "keybearer add zuora");
    assert_int_equal(save_as("zuora", "x"), KB_OK);

    unsetenv("KEYBEARER_KEY_FILE");
    assert_int_equal(kb_vault_lock(&fixture_err), KB_OK);
    assert_int_equal(try_load("zuora"), KB_ERR_LOCKED);
    assert_non_null(strstr(fixture_err.hint, "KEYBEARER_KEY_FILE"));
    assert_int_equal(save_as("zuora", "y"), KB_ERR_LOCKED);
    assert_int_equal(try_load("other"), KB_ERR_NOT_FOUND);
}

static void test_every_changed_bit_is_noticed(void **state)
{
    (void)state;
    KB_AUTO(kb_buf_clear) struct kb_buf file = KB_BUF_INIT(65536);
    fixture_make_key_file_vault();
    assert_int_equal(save_as("zuora", "x"), KB_OK);
    fixture_read(fixture_file("zuora"), &file);
    for (size_t bit = 0; bit < file.len * 8; bit++) {
        file.data[bit / 8] ^= (char)(1 << bit % 8);
        fixture_write(fixture_file("zuora"), file.data, file.len);
        enum kb_err result = try_load("zuora");
        if (result != KB_ERR_CORRUPT)
            fail_msg("bit %zu: %d", bit, result);
        file.data[bit / 8] ^= (char)(1 << bit % 8);
    }
}

static void test_every_other_length_is_refused(void **state)
{
    (void)state;
    KB_AUTO(kb_buf_clear) struct kb_buf file = KB_BUF_INIT(65536);
    fixture_make_key_file_vault();
    assert_int_equal(save_as("zuora", "x"), KB_OK);
    fixture_read(fixture_file("zuora"), &file);
    for (size_t len = 0; len < file.len; len++) {
        fixture_write(fixture_file("zuora"), file.data, len);
        assert_int_equal(try_load("zuora"), KB_ERR_CORRUPT);
    }
    for (int more = 0; more < 64; more++) {
        kb_buf_byte(&file, (char)more);
        fixture_write(fixture_file("zuora"), file.data, file.len);
        assert_int_equal(try_load("zuora"), KB_ERR_CORRUPT);
    }
}

static void test_damage_names_file_and_remedy(void **state)
{
    (void)state;
    char path[256];
    fixture_make_key_file_vault();
    fixture_write(fixture_file("zuora"), "KBREC\x02", 6);
    assert_int_equal(try_load("zuora"), KB_ERR_CORRUPT);
    snprintf(path, sizeof(path), "%s/%s", fixture_vault, fixture_file("zuora"));
    assert_non_null(strstr(fixture_err.msg, path));
    assert_non_null(strstr(fixture_err.hint, "keybearer add zuora"));
}

static void test_files_of_two_profiles_cannot_be_swapped(void **state)
{
    (void)state;
    KB_AUTO(kb_buf_clear) struct kb_buf file = KB_BUF_INIT(65536);
    fixture_make_key_file_vault();
    assert_int_equal(save_as("prod", "x"), KB_OK);
    fixture_read(fixture_file("prod"), &file);
    fixture_write(fixture_file("test"), file.data, file.len);
    assert_int_equal(try_load("test"), KB_ERR_CORRUPT);
    assert_non_null(strstr(fixture_err.msg, "under another name"));

    /* With the reference in its head changed, too, the seal does not open. */
    struct kb_ref prod = fixture_ref("prod"), test = fixture_ref("test");
    char *name = memmem(file.data, file.len, prod.bytes, sizeof(prod.bytes));
    memcpy(name, test.bytes, sizeof(test.bytes));
    fixture_write(fixture_file("test"), file.data, file.len);
    assert_int_equal(try_load("test"), KB_ERR_CORRUPT);
    assert_non_null(strstr(fixture_err.msg, "changed since"));
}

static void test_a_file_of_another_vault_is_named_as_such(void **state)
{
    (void)state;
    char path[256];
    fixture_make_key_file_vault();
    assert_int_equal(save_as("zuora", "x"), KB_OK);
    assert_int_equal(kb_vault_lock(&fixture_err), KB_OK);
    snprintf(path, sizeof(path), "%s/vault.kbv", fixture_vault);
    assert_int_equal(unlink(path), 0);
    fixture_make_key_file_vault();
    assert_int_equal(try_load("zuora"), KB_ERR_CORRUPT);
    assert_non_null(strstr(fixture_err.msg, "another vault"));
}

static void test_a_client_stays_with_its_origin(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        enum kb_err wanted;
    } cases[] = {
        {"https://rest.zuora.com/other/path", KB_OK},
        {"https://rest.zuora.com.evil.example/oauth/token", KB_ERR_DENIED},
        {"https://rest.zuora.com:8443/oauth/token", KB_ERR_DENIED},
        {"http://rest.zuora.com/oauth/token", KB_ERR_DENIED},
    };
    fixture_make_key_file_vault();
    assert_int_equal(save_as("zuora", "x"), KB_OK);
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
        if (load_from("zuora", cases[i].url, &client) != cases[i].wanted)
            fail_msg("%s: %s", cases[i].url, fixture_err.msg);
    }
    KB_AUTO(kb_client_clear)
    struct kb_client elsewhere = fixture_client("zuora", "id", "x", "https://evil.example/token");
    struct kb_store_context context = fixture_context("zuora", URL);
    assert_int_equal(store()->save(&context, &elsewhere, &fixture_err), KB_ERR_DENIED);
}

static void test_a_new_passphrase_keeps_the_clients(void **state)
{
    (void)state;
    fixture_make_passphrase_vault();
    assert_int_equal(fixture_rewrap(FIXTURE_PASSPHRASE, "", fixture_key_file), KB_OK);
    setenv("KEYBEARER_KEY_FILE", fixture_key_file, 1);
    assert_int_equal(save_as("zuora", "x"), KB_OK);
    assert_int_equal(fixture_rewrap(FIXTURE_PASSPHRASE, "new", NULL), KB_OK);
    assert_int_equal(kb_vault_lock(&fixture_err), KB_OK);
    assert_int_equal(try_load("zuora"), KB_OK);
}

static void test_a_removed_client_is_gone(void **state)
{
    (void)state;
    fixture_make_key_file_vault();
    assert_int_equal(save_as("zuora", "x"), KB_OK);
    assert_int_equal(save_as("other", "x"), KB_OK);
    /* Removing needs no key. */
    unsetenv("KEYBEARER_KEY_FILE");
    assert_int_equal(remove_profile("zuora"), KB_OK);
    assert_int_equal(remove_profile("zuora"), KB_ERR_NOT_FOUND);
    assert_false(status_of("zuora").present);
    assert_true(status_of("other").present);
}

static enum kb_err remove_version_1(void)
{
    struct kb_store_context context = fixture_context_1("zuora", URL);
    return store()->remove(&context, &fixture_err);
}

static bool is_there(const char *name)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", fixture_vault, name);
    return access(path, F_OK) == 0;
}

/* What an unfinished `add` of release 0.1 left goes with it, and alone as well. */
static void test_removing_version_1_takes_the_former_client_too(void **state)
{
    (void)state;
    fixture_make_key_file_vault();
    assert_int_equal(save_as("zuora", "x"), KB_OK);
    assert_int_equal(remove_version_1(), KB_ERR_NOT_FOUND);
    fixture_write("zuora.kbc", "x", 1);
    fixture_write("zuora.kbf", "x", 1);
    assert_int_equal(remove_version_1(), KB_OK);
    assert_false(is_there("zuora.kbc") || is_there("zuora.kbf"));
    fixture_write("zuora.kbf", "x", 1);
    assert_int_equal(remove_version_1(), KB_OK);
    assert_false(is_there("zuora.kbf"));
    assert_int_equal(remove_version_1(), KB_ERR_NOT_FOUND);
    assert_int_equal(try_load("zuora"), KB_OK); /* which is another client */
}

static void test_version_1_is_not_written_any_more(void **state)
{
    (void)state;
    KB_AUTO(kb_client_clear) struct kb_client client = fixture_client("zuora", "id", "x", URL);
    struct kb_store_context context = fixture_context_1("zuora", URL);
    fixture_make_key_file_vault();
    assert_int_equal(store()->save(&context, &client, &fixture_err), KB_ERR_USAGE);
    assert_false(is_there("zuora.kbc"));
}

/* Neither under another reference, nor for another profile: what is sealed says whose it is. */
static void test_a_client_is_its_profiles_only(void **state)
{
    (void)state;
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    struct kb_ref ref = fixture_ref("zuora");
    struct kb_store_context context = fixture_context("other", URL);
    fixture_make_key_file_vault();
    assert_int_equal(save_as("zuora", "x"), KB_OK);
    context.ref = &ref;
    assert_int_equal(store()->load(&context, &client, &fixture_err), KB_ERR_CORRUPT);
    assert_non_null(strstr(fixture_err.msg, "another client"));
    assert_null(client.secret.bytes);
}

static void test_other_authorities_are_refused(void **state)
{
    (void)state;
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    struct kb_store_context context = fixture_context("zuora", URL);
    struct kb_bond bond = *context.bond;
    fixture_make_key_file_vault();
    assert_int_equal(save_as("zuora", "x"), KB_OK);
    memset(bond.ca, '0', sizeof(bond.ca) - 1);
    memcpy(bond.ca, "sha256:", 7);
    context.bond = &bond;
    assert_int_equal(store()->load(&context, &client, &fixture_err), KB_ERR_DENIED);
    assert_non_null(strstr(fixture_err.msg, "authorities system, not for sha256:000"));
    assert_string_equal(fixture_err.hint, "if that change is yours: keybearer adopt zuora");
    assert_null(client.secret.bytes);
    context.bond = NULL; /* whoever shows it to a person first */
    assert_int_equal(store()->load(&context, &client, &fixture_err), KB_OK);
}

static void test_names_that_leave_the_directory_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"", "..", "../x", "a/b", ".hidden", "-x", "a b"};
    fixture_make_key_file_vault();
    for (size_t i = 0; i < KB_COUNT(names); i++) {
        assert_int_equal(try_load(names[i]), KB_ERR_USAGE);
        assert_int_equal(save_as(names[i], "x"), KB_ERR_USAGE);
        assert_int_equal(remove_profile(names[i]), KB_ERR_USAGE);
    }
}

static void test_files_that_are_not_plain_files_are_refused(void **state)
{
    (void)state;
    char path[256], target[256];
    fixture_make_key_file_vault();
    assert_int_equal(save_as("zuora", "x"), KB_OK);
    snprintf(target, sizeof(target), "%s/%s", fixture_vault, fixture_file("zuora"));
    snprintf(path, sizeof(path), "%s/%s", fixture_vault, fixture_file("link"));
    assert_int_equal(symlink(target, path), 0);
    assert_int_equal(try_load("link"), KB_ERR_DENIED);
    snprintf(path, sizeof(path), "%s/%s", fixture_vault, fixture_file("fifo"));
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(try_load("fifo"), KB_ERR_DENIED);
    assert_int_equal(chmod(target, 0640), 0);
    assert_int_equal(try_load("zuora"), KB_ERR_DENIED);
    assert_non_null(strstr(fixture_err.hint, "chmod 600 /"));
}

static void test_check_before_anybody_is_asked(void **state)
{
    (void)state;
    assert_int_equal(check_profile("zuora"), KB_OK); /* a vault could be made */
    assert_int_equal(access(fixture_vault, F_OK), -1);
    fixture_make_key_file_vault();
    assert_int_equal(check_profile("zuora"), KB_OK);
    unsetenv("KEYBEARER_KEY_FILE");
    assert_int_equal(kb_vault_lock(&fixture_err), KB_OK);
    assert_int_equal(check_profile("zuora"), KB_ERR_LOCKED);
}

static void test_check_where_no_vault_can_be_made(void **state)
{
    (void)state;
    char file[128];
    snprintf(file, sizeof(file), "%s/file", fixture_root);
    fixture_write_path(file, "", 0, 0600);
    setenv("XDG_DATA_HOME", file, 1);
    assert_int_equal(check_profile("zuora"), KB_ERR_DENIED);
    setenv("XDG_DATA_HOME", fixture_root, 1);
    if (geteuid() != 0) { /* who may write everywhere */
        assert_int_equal(chmod(fixture_root, 0500), 0);
        assert_int_equal(check_profile("zuora"), KB_ERR_DENIED);
        assert_non_null(strstr(fixture_err.hint, "chmod u+rwx"));
        assert_int_equal(chmod(fixture_root, 0700), 0);
    }
    unsetenv("XDG_DATA_HOME");
    unsetenv("HOME");
    assert_int_equal(check_profile("zuora"), KB_ERR_CONFIG);
    setenv("XDG_DATA_HOME", fixture_root, 1);
}

static void test_levels(void **state)
{
    (void)state;
    char credentials[256];
    assert_string_equal(status_of("zuora").detail, "no vault yet");
    fixture_make_key_file_vault();
    assert_int_equal(status_of("zuora").level, KB_STORE_WEAK); /* both below /tmp */
    assert_false(status_of("zuora").locked);

    snprintf(credentials, sizeof(credentials), "%s/", fixture_root);
    setenv("CREDENTIALS_DIRECTORY", credentials, 1);
    assert_int_equal(status_of("zuora").level, KB_STORE_STRONG);

    unsetenv("KEYBEARER_KEY_FILE");
    assert_int_equal(status_of("zuora").level, KB_STORE_UNKNOWN);
    assert_int_equal(kb_vault_lock(&fixture_err), KB_OK);
    assert_true(status_of("zuora").locked);
}

/* What is said is why it does not work, and not what a person could type who is not there. */
static void test_a_key_file_that_does_not_open_it(void **state)
{
    (void)state;
    fixture_make_key_file_vault();
    assert_int_equal(kb_vault_lock(&fixture_err), KB_OK);
    assert_false(status_of("zuora").broken);
    unsetenv("KEYBEARER_KEY_FILE");
    assert_string_equal(status_of("zuora").detail, "waits for its key file");
    assert_non_null(strstr(status_of("zuora").next, "KEYBEARER_KEY_FILE"));
    assert_false(status_of("zuora").broken);
    setenv("KEYBEARER_KEY_FILE", "/nonexistent/key", 1);
    assert_true(status_of("zuora").broken);
    assert_string_equal(status_of("zuora").detail, "key file /nonexistent/key does not exist");
}

static void test_a_vault_for_a_person_is_strong(void **state)
{
    (void)state;
    fixture_make_passphrase_vault();
    assert_int_equal(status_of("zuora").level, KB_STORE_STRONG);
}

static void test_the_table(void **state)
{
    (void)state;
    size_t count = 0;
    for (; kb_stores[count]; count++) {
        assert_ptr_equal(kb_store_find(kb_stores[count]->name), kb_stores[count]);
        assert_non_null(kb_stores[count]->load);
        assert_non_null(kb_stores[count]->save);
        assert_non_null(kb_stores[count]->remove);
        assert_non_null(kb_stores[count]->check);
        assert_non_null(kb_stores[count]->status);
    }
    assert_int_equal(count, 2);
    assert_null(kb_store_find("plaintext"));
    assert_null(kb_store_find(""));
    assert_string_equal(kb_level_name(KB_STORE_WEAK), "weak");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_saved_is_loaded),
        TEST(test_the_longest_client_fits),
        TEST(test_only_ciphertext_is_on_disk),
        TEST(test_saving_again_replaces_and_never_repeats_a_nonce),
        TEST(test_absent_and_locked_are_different),
        TEST(test_every_changed_bit_is_noticed),
        TEST(test_every_other_length_is_refused),
        TEST(test_damage_names_file_and_remedy),
        TEST(test_files_of_two_profiles_cannot_be_swapped),
        TEST(test_a_file_of_another_vault_is_named_as_such),
        TEST(test_a_client_stays_with_its_origin),
        TEST(test_a_new_passphrase_keeps_the_clients),
        TEST(test_a_removed_client_is_gone),
        TEST(test_removing_version_1_takes_the_former_client_too),
        TEST(test_version_1_is_not_written_any_more),
        TEST(test_a_client_is_its_profiles_only),
        TEST(test_other_authorities_are_refused),
        TEST(test_names_that_leave_the_directory_are_refused),
        TEST(test_files_that_are_not_plain_files_are_refused),
        TEST(test_check_before_anybody_is_asked),
        TEST(test_check_where_no_vault_can_be_made),
        TEST(test_levels),
        TEST(test_a_key_file_that_does_not_open_it),
        TEST(test_a_vault_for_a_person_is_strong),
        TEST(test_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
