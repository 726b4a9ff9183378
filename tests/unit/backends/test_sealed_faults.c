/*
 * Each vector of tests/golden/sealed/VERSION/faults.txt, one fault each, gets the verdict
 * that was written down when it was made. make_sealed_faults.c makes them, README.md describes
 * them.
 */
#include "../../read_all.h"
#include "backends/vault.h"
#include "base/file.h"
#include "sealed_golden.h"
#include "vault_fixture.h"
#include "vault_slots.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

/* The folder of one version, and how many faults it has at least. */
struct version {
    const char *base;
    size_t at_least;
    bool has_ref;
};

static const struct version version_1 = {KB_GOLDEN_DIR "/v1", 80, false};
static const struct version version_2 = {KB_GOLDEN_DIR "/v2", 60, true};
static const struct version *version;

struct vector {
    char name[64], file[64], open[16], verdict[16], says[128];
    struct kb_buf bytes;
};

/* Checked out with the modes of the working copy, so copied to private ones. */
static void copy(const char *from, const char *to)
{
    char target[512];
    KB_AUTO(kb_buf_clear) struct kb_buf file = KB_BUF_INIT(65536);
    snprintf(target, sizeof(target), "%s/%s", fixture_root, to);
    KB_AUTO(kb_fd_close) int fd = open(from, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(read_all(fd, &file, &fixture_err), KB_OK);
    fixture_write_path(target, file.data, file.len, 0600);
}

static void copy_from_version(const char *name, const char *to)
{
    char from[512];
    snprintf(from, sizeof(from), "%s/%s", version->base, name);
    copy(from, to);
}

static void restore(void)
{
    copy_from_version("key-file.bin", "key");
    copy_from_version("vault/vault.kbv", "keybearer/vault/vault.kbv");
    if (version->has_ref)
        copy_from_version("vault/00112233445566778899aabbccddeeff.kbr",
            "keybearer/vault/00112233445566778899aabbccddeeff.kbr");
    else
        copy_from_version("vault/zuora-sandbox.kbc", "keybearer/vault/zuora-sandbox.kbc");
    setenv("KEYBEARER_KEY_FILE", fixture_key_file, 1);
}

static int setup(void **state)
{
    KB_AUTO(kb_fd_close) int dir = -1;
    fixture_setup(state);
    assert_int_equal(kb_vault_open_dir(true, &dir, &fixture_err), KB_OK);
    return 0;
}

static void take_bytes(const char *hex, struct kb_buf *ret)
{
    char byte;
    for (kb_buf_reset(ret); hex[0] && hex[1]; hex += 2) {
        if (sodium_hex2bin((unsigned char *)&byte, 1, hex, 2, NULL, NULL, NULL) != 0)
            fail_msg("not hexadecimal: %.10s", hex);
        kb_buf_byte(ret, byte);
    }
    assert_false(ret->failed);
}

static void take_field(const char *line, const char *field, char *ret, size_t size)
{
    size_t len = strlen(field);
    if (strncmp(line, field, len) != 0)
        return;
    assert_true(strlen(line + len) < size);
    strcpy(ret, line + len);
}

/* The next vector of FILE; false at its end. */
static bool next_vector(FILE *file, struct vector *ret)
{
    static char line[2 * 4096];
    bool any = false;
    while (fgets(line, sizeof(line), file)) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '\0' && any)
            return true;
        any = any || (line[0] && line[0] != '#');
        take_field(line, "name: ", ret->name, sizeof(ret->name));
        take_field(line, "file: ", ret->file, sizeof(ret->file));
        take_field(line, "open: ", ret->open, sizeof(ret->open));
        take_field(line, "verdict: ", ret->verdict, sizeof(ret->verdict));
        take_field(line, "says: ", ret->says, sizeof(ret->says));
        if (strncmp(line, "bytes: ", 7) == 0)
            take_bytes(line + 7, &ret->bytes);
    }
    return any;
}

static enum kb_err load_client(struct kb_error *err)
{
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    struct kb_store_context context =
        fixture_context_1(golden_clients[0].profile, golden_clients[0].token_url);
    struct kb_ref ref;
    assert_true(kb_ref_parse(golden_clients[0].ref, &ref));
    if (version->has_ref)
        context.ref = &ref;
    enum kb_err result = kb_store_find("sealed-file")->load(&context, &client, err);
    if (result) /* an output is untouched on failure */
        assert_null(client.secret.bytes);
    return result;
}

static enum kb_err open_by_passphrase(const struct kb_buf *file, struct kb_error *err)
{
    KB_AUTO(kb_secret_clear) struct kb_secret passphrase = fixture_secret(GOLDEN_PASSPHRASE);
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    const struct kb_vault_opener person = {.passphrase = &passphrase};
    struct kb_vault vault;
    enum kb_err rc = kb_vault_unpack(file, &vault, err);
    return rc ? rc : kb_vault_unwrap(&vault, &person, &key, err);
}

static void check(const struct vector *vector)
{
    struct kb_error err = KB_ERROR_INIT;
    fixture_write(vector->file, vector->bytes.data, vector->bytes.len);
    enum kb_err got = strcmp(vector->open, "passphrase") == 0
                          ? open_by_passphrase(&vector->bytes, &err)
                          : load_client(&err);
    if (strcmp(kb_err_name(got), vector->verdict) != 0 || !strstr(err.msg, vector->says))
        fail_msg("%s: %s, %s", vector->name, kb_err_name(got), err.msg);
    if (got && (strstr(err.msg, golden_clients[0].secret) || strstr(err.hint, "secret/with")))
        fail_msg("%s: the error tells the secret", vector->name);
    restore();
}

static void every_vector_gets_its_verdict(const struct version *of)
{
    struct vector vector = {.bytes = KB_BUF_INIT(KB_VAULT_CLIENT_FILE_MAX)};
    char path[512];
    size_t faults = 0, good = 0;
    version = of;
    restore();
    snprintf(path, sizeof(path), "%s/faults.txt", version->base);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    while (next_vector(file, &vector)) {
        check(&vector);
        if (strcmp(vector.verdict, "ok") == 0)
            good++;
        else
            faults++;
    }
    fclose(file);
    kb_buf_clear(&vector.bytes);
    print_message("%zu faults, %zu files that are fine\n", faults, good);
    assert_true(faults >= version->at_least);
    assert_true(good > 0);
}

static void test_every_vector_of_version_1(void **state)
{
    (void)state;
    every_vector_gets_its_verdict(&version_1);
}

static void test_every_vector_of_version_2(void **state)
{
    (void)state;
    every_vector_gets_its_verdict(&version_2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_vector_of_version_1, setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_every_vector_of_version_2, setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
