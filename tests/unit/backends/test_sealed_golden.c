/*
 * Sealed clients that earlier versions wrote stay readable: tests/golden/sealed/VERSION is
 * opened both by its passphrase and by its key file. The files are never made anew.
 */
#include "../../read_all.h"
#include "backends/vault.h"
#include "base/file.h"
#include "sealed_golden.h"
#include "vault_fixture.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

/* Checked out with the modes of the working copy, so copied to private ones. */
static void copy(const char *from, const char *to)
{
    char source[512], target[512];
    KB_AUTO(kb_buf_clear) struct kb_buf file = KB_BUF_INIT(65536);
    snprintf(source, sizeof(source), KB_GOLDEN_DIR "/%s", from);
    snprintf(target, sizeof(target), "%s/%s", fixture_root, to);
    KB_AUTO(kb_fd_close) int fd = open(source, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(read_all(fd, &file, &fixture_err), KB_OK);
    fixture_write_path(target, file.data, file.len, 0600);
}

static int setup(void **state)
{
    KB_AUTO(kb_fd_close) int dir = -1;
    fixture_setup(state);
    assert_int_equal(kb_vault_open_dir(true, &dir, &fixture_err), KB_OK);
    copy("v1/key-file.bin", "key");
    copy("v1/vault/vault.kbv", "keybearer/vault/vault.kbv");
    copy("v1/vault/zuora-sandbox.kbc", "keybearer/vault/zuora-sandbox.kbc");
    copy("v1/vault/corp.git_1.kbc", "keybearer/vault/corp.git_1.kbc");
    return 0;
}

static int setup_2(void **state)
{
    KB_AUTO(kb_fd_close) int dir = -1;
    char from[256], to[256];
    fixture_setup(state);
    assert_int_equal(kb_vault_open_dir(true, &dir, &fixture_err), KB_OK);
    copy("v2/key-file.bin", "key");
    copy("v2/vault/vault.kbv", "keybearer/vault/vault.kbv");
    for (size_t i = 0; i < KB_COUNT(golden_clients); i++) {
        snprintf(from, sizeof(from), "v2/vault/%s.kbr", golden_clients[i].ref);
        snprintf(to, sizeof(to), "keybearer/vault/%s.kbr", golden_clients[i].ref);
        copy(from, to);
    }
    return 0;
}

static void load_client(
    const struct golden_client *golden, const struct kb_ref *ref, struct kb_client *ret)
{
    struct kb_store_context context = fixture_context_1(golden->profile, golden->token_url);
    context.ref = ref;
    if (kb_store_find("sealed-file")->load(&context, ret, &fixture_err) != KB_OK)
        fail_msg("%s: %s", golden->profile, fixture_err.msg);
    assert_string_equal(ret->id.bytes, golden->id);
    assert_string_equal(ret->secret.bytes, golden->secret);
}

static void test_the_key_file_opens_version_1(void **state)
{
    (void)state;
    setenv("KEYBEARER_KEY_FILE", fixture_key_file, 1);
    for (size_t i = 0; i < KB_COUNT(golden_clients); i++) {
        KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
        load_client(&golden_clients[i], NULL, &client);
        assert_string_equal(client.token_url, golden_clients[i].token_url);
    }
}

/* The name of a file of version 1 is a profile's; what is sealed in it says whose it is. */
static void test_a_file_of_version_1_is_its_profiles_only(void **state)
{
    (void)state;
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    struct kb_store_context context = fixture_context_1("other", golden_clients[0].token_url);
    setenv("KEYBEARER_KEY_FILE", fixture_key_file, 1);
    copy("v1/vault/zuora-sandbox.kbc", "keybearer/vault/other.kbc");
    assert_int_equal(
        kb_store_find("sealed-file")->load(&context, &client, &fixture_err), KB_ERR_CORRUPT);
    assert_non_null(strstr(fixture_err.msg, "for the profile \"zuora-sandbox\""));
    assert_null(client.secret.bytes);
}

static void test_the_key_file_opens_version_2(void **state)
{
    (void)state;
    setenv("KEYBEARER_KEY_FILE", fixture_key_file, 1);
    for (size_t i = 0; i < KB_COUNT(golden_clients); i++) {
        KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
        struct kb_ref ref;
        assert_true(kb_ref_parse(golden_clients[i].ref, &ref));
        load_client(&golden_clients[i], &ref, &client);
        assert_string_equal(client.profile, golden_clients[i].profile);
        assert_null(client.token_url);
    }
}

/* Through its slot, not through the kernel keyring: all runs share the vault's identity. */
static void test_the_passphrase_opens_version_1(void **state)
{
    (void)state;
    KB_AUTO(kb_buf_clear) struct kb_buf file = KB_BUF_INIT(KB_VAULT_FILE_MAX);
    KB_AUTO(kb_secret_clear) struct kb_secret passphrase = fixture_secret(GOLDEN_PASSPHRASE);
    KB_AUTO(kb_secret_clear) struct kb_secret by_passphrase = KB_SECRET_INIT;
    KB_AUTO(kb_secret_clear) struct kb_secret by_key_file = KB_SECRET_INIT;
    struct kb_vault vault;
    fixture_read(KB_VAULT_FILE, &file);
    assert_int_equal(kb_vault_unpack(&file, &vault, &fixture_err), KB_OK);
    const struct kb_vault_opener person = {.passphrase = &passphrase};
    const struct kb_vault_opener machine = {.key_file = fixture_key_file};
    assert_int_equal(kb_vault_unwrap(&vault, &person, &by_passphrase, &fixture_err), KB_OK);
    assert_int_equal(kb_vault_unwrap(&vault, &machine, &by_key_file, &fixture_err), KB_OK);
    assert_true(kb_secret_equal(&by_passphrase, &by_key_file));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_key_file_opens_version_1, setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(
            test_a_file_of_version_1_is_its_profiles_only, setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(
            test_the_passphrase_opens_version_1, setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(
            test_the_key_file_opens_version_2, setup_2, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
