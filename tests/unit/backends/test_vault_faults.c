/*
 * What may be done to the files of a vault, in bulk: changed bits and bytes, other lengths, what
 * a derivation may cost, not enough memory, files in the wrong place, nothing random that comes
 * twice, passphrases.
 *
 * Works on the bytes in memory wherever it can; a key file stands for the passphrase where
 * Argon2id would only cost time.
 */
#include "backends/vault.h"
#include "base/attr.h"
#include "base/file.h"
#include "sealed_client.h"
#include "vault_dir.h"
#include "vault_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#define PROFILE "zuora"
#define URL "https://rest.zuora.com/oauth/token"
#define SECRET "s3cret-that-nobody-prints"
#define DIGEST_LEN 32
#define PAIRS 100000 /* random samples of two changed bits */
#define SEALS 10000

/* A client file in memory, and what opens it. */
struct sealed {
    unsigned char id[KB_VAULT_ID_LEN];
    struct kb_secret key;
    struct kb_buf bytes;
};

static void seal(struct sealed *ret)
{
    KB_AUTO(kb_client_clear)
    struct kb_client client = fixture_client(PROFILE, "an-id", SECRET, URL);
    *ret = (struct sealed){.bytes = KB_BUF_INIT(KB_VAULT_CLIENT_FILE_MAX)};
    memset(ret->id, 7, sizeof(ret->id));
    assert_int_equal(kb_secret_random(&ret->key, KB_VAULT_KEY_LEN, NULL), KB_OK);
    assert_int_equal(
        kb_sealed_record_make(&client, ret->id, &ret->key, &ret->bytes, &fixture_err), KB_OK);
}

static void sealed_clear(struct sealed *sealed)
{
    kb_secret_clear(&sealed->key);
    kb_buf_clear(&sealed->bytes);
}

/* The error tells nothing of what is sealed, and nothing comes out beside it. */
static enum kb_err open_client(const struct sealed *sealed)
{
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    struct kb_error err = KB_ERROR_INIT;
    struct kb_ref ref = fixture_ref(PROFILE);
    struct kb_vault_record file;
    enum kb_err rc = kb_sealed_record_look(&sealed->bytes, &ref, &file, &err);
    if (!rc)
        rc = kb_sealed_record_open(&file, sealed->id, &sealed->key, &client, &err);
    if (rc && (client.secret.bytes || strstr(err.msg, SECRET) || strstr(err.hint, SECRET)))
        fail_msg("a refused file gave something away: %s", err.msg);
    return rc;
}

static void must_be_refused(const struct sealed *sealed, const char *what, size_t at)
{
    enum kb_err got = open_client(sealed);
    if (got != KB_ERR_CORRUPT)
        fail_msg("%s at %zu: %s", what, at, kb_err_name(got));
}

static size_t samples(size_t whole)
{
    return getenv("KB_TEST_SLOW") ? whole / 10 : whole;
}

static void flip(struct kb_buf *file, size_t bit)
{
    file->data[bit / 8] = (char)(file->data[bit / 8] ^ (1 << bit % 8));
}

static void test_changed_bytes_client_every_bit_and_every_byte(void **state)
{
    (void)state;
    KB_AUTO(sealed_clear) struct sealed sealed;
    seal(&sealed);
    assert_int_equal(open_client(&sealed), KB_OK);
    for (size_t at = 0; at < sealed.bytes.len; at++) {
        char good = sealed.bytes.data[at];
        for (int change = 1; change < 256; change++) {
            sealed.bytes.data[at] = (char)(good ^ change);
            must_be_refused(&sealed, "another byte", at);
        }
        sealed.bytes.data[at] = good;
    }
    assert_int_equal(open_client(&sealed), KB_OK);
}

static void test_changed_bytes_client_pairs_of_bits(void **state)
{
    (void)state;
    KB_AUTO(sealed_clear) struct sealed sealed;
    seal(&sealed);
    uint32_t bits = (uint32_t)sealed.bytes.len * 8;
    for (size_t i = samples(PAIRS); i > 0; i--) {
        uint32_t one = randombytes_uniform(bits);
        uint32_t other = (one + 1 + randombytes_uniform(bits - 1)) % bits;
        flip(&sealed.bytes, one);
        flip(&sealed.bytes, other);
        must_be_refused(&sealed, "two bits", one);
        flip(&sealed.bytes, one);
        flip(&sealed.bytes, other);
    }
    assert_int_equal(open_client(&sealed), KB_OK);
}

static void make_vault(bool with_passphrase, struct kb_buf *ret, struct kb_secret *ret_key)
{
    KB_AUTO(kb_secret_clear) struct kb_secret passphrase = fixture_secret(FIXTURE_PASSPHRASE);
    unsigned char id[KB_VAULT_ID_LEN];
    fixture_make_key_file_vault();
    assert_int_equal(kb_vault_key(ret_key, id, &fixture_err), KB_OK);
    if (with_passphrase) {
        struct kb_vault vault;
        const struct kb_vault_opener person = {.passphrase = &passphrase, .cost = fixture_cost};
        fixture_read(KB_VAULT_FILE, ret);
        assert_int_equal(kb_vault_unpack(ret, &vault, &fixture_err), KB_OK);
        assert_int_equal(kb_vault_wrap(&vault, &person, ret_key, &fixture_err), KB_OK);
        kb_buf_reset(ret);
        kb_vault_pack(&vault, ret);
        return;
    }
    fixture_read(KB_VAULT_FILE, ret);
}

static void fix_digest(struct kb_buf *vault)
{
    size_t body = vault->len - DIGEST_LEN;
    crypto_generichash_blake2b((unsigned char *)vault->data + body, DIGEST_LEN,
        (const unsigned char *)vault->data, body, NULL, 0);
}

/* With the key file. What it opens must be the key that was wrapped. */
static enum kb_err open_vault(const struct kb_buf *bytes, const struct kb_secret *wrapped)
{
    const struct kb_vault_opener machine = {.key_file = fixture_key_file};
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    struct kb_vault vault;
    enum kb_err rc = kb_vault_unpack(bytes, &vault, &fixture_err);
    if (!rc)
        rc = kb_vault_unwrap(&vault, &machine, &key, &fixture_err);
    if (!rc && !kb_secret_equal(&key, wrapped))
        fail_msg("another key came out");
    return rc;
}

static void test_changed_bytes_vault_every_bit_and_every_byte(void **state)
{
    (void)state;
    KB_AUTO(kb_buf_clear) struct kb_buf file = KB_BUF_INIT(KB_VAULT_FILE_MAX);
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    make_vault(true, &file, &key);
    for (size_t at = 0; at < file.len; at++) {
        char good = file.data[at];
        for (int change = 1; change < 256; change++) {
            file.data[at] = (char)(good ^ change);
            if (open_vault(&file, &key) != KB_ERR_CORRUPT)
                fail_msg("byte %zu changed by %d", at, change);
        }
        file.data[at] = good;
    }
    assert_int_equal(open_vault(&file, &key), KB_OK);
}

static void test_changed_bytes_vault_pairs_of_bits(void **state)
{
    (void)state;
    KB_AUTO(kb_buf_clear) struct kb_buf file = KB_BUF_INIT(KB_VAULT_FILE_MAX);
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    make_vault(true, &file, &key);
    uint32_t bits = (uint32_t)file.len * 8;
    for (size_t i = samples(PAIRS); i > 0; i--) {
        uint32_t one = randombytes_uniform(bits);
        uint32_t other = (one + 1 + randombytes_uniform(bits - 1)) % bits;
        flip(&file, one);
        flip(&file, other);
        assert_int_equal(open_vault(&file, &key), KB_ERR_CORRUPT);
        flip(&file, one);
        flip(&file, other);
    }
}

/* As somebody does it who can write the file but has no key: the digest fits every time. */
static void test_changed_bytes_vault_every_byte_under_a_digest_that_fits(void **state)
{
    (void)state;
    KB_AUTO(kb_buf_clear) struct kb_buf file = KB_BUF_INIT(KB_VAULT_FILE_MAX);
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    make_vault(false, &file, &key);
    int step = getenv("KB_TEST_SLOW") ? 7 : 1;
    for (size_t at = 0; at < file.len - DIGEST_LEN; at++) {
        char good = file.data[at];
        for (int change = 1; change < 256; change += step) {
            file.data[at] = (char)(good ^ change);
            fix_digest(&file);
            enum kb_err got = open_vault(&file, &key);
            if (got != KB_ERR_CORRUPT && got != KB_ERR_DENIED)
                fail_msg("byte %zu changed by %d: %s", at, change, kb_err_name(got));
        }
        file.data[at] = good;
    }
}

static void test_other_length_client_other_lengths(void **state)
{
    (void)state;
    KB_AUTO(sealed_clear) struct sealed sealed;
    seal(&sealed);
    size_t whole = sealed.bytes.len;
    for (size_t len = 0; len < whole; len++) {
        sealed.bytes.len = len;
        must_be_refused(&sealed, "cut", len);
    }
    sealed.bytes.len = whole;
    for (int more = 0; more < 64; more++) {
        kb_buf_byte(&sealed.bytes, (char)more);
        must_be_refused(&sealed, "longer", sealed.bytes.len);
    }
}

static void test_other_length_client_concatenated(void **state)
{
    (void)state;
    KB_AUTO(sealed_clear) struct sealed one;
    KB_AUTO(sealed_clear) struct sealed other;
    seal(&one);
    seal(&other);
    kb_buf_add(&one.bytes, other.bytes.data, other.bytes.len);
    must_be_refused(&one, "two files", one.bytes.len);
    kb_buf_reset(&one.bytes);
    kb_buf_add(&one.bytes, "KBVAULT\1", 8);
    kb_buf_add(&one.bytes, other.bytes.data, other.bytes.len);
    must_be_refused(&one, "the vault's magic before it", 0);
}

/* Every LF becomes CR LF; whether there was one. */
static bool convert_line_ends(const struct kb_buf *from, struct kb_buf *to)
{
    kb_buf_reset(to);
    for (size_t i = 0; i < from->len; i++) {
        if (from->data[i] == '\n')
            kb_buf_byte(to, '\r');
        kb_buf_byte(to, from->data[i]);
    }
    return to->len > from->len;
}

static void test_other_length_line_ends_converted(void **state)
{
    (void)state;
    KB_AUTO(kb_buf_clear) struct kb_buf converted = KB_BUF_INIT(2 * KB_VAULT_CLIENT_FILE_MAX);
    int clients = 0;
    for (int i = 0; i < 50; i++) {
        KB_AUTO(sealed_clear) struct sealed sealed;
        seal(&sealed);
        if (!convert_line_ends(&sealed.bytes, &converted))
            continue;
        kb_buf_reset(&sealed.bytes);
        kb_buf_add(&sealed.bytes, converted.data, converted.len);
        must_be_refused(&sealed, "CR LF", 0);
        clients++;
    }
    assert_true(clients > 0);
}

/* Nobody is given half of a file. */
static void test_no_room_for_a_sealed_client(void **state)
{
    (void)state;
    KB_AUTO(sealed_clear) struct sealed sealed = {0};
    KB_AUTO(kb_client_clear) struct kb_client client = fixture_client(PROFILE, "id", SECRET, URL);
    seal(&sealed);
    for (size_t room = 16; room < sealed.bytes.len; room += 16) {
        KB_AUTO(kb_buf_clear) struct kb_buf out = KB_BUF_INIT(room);
        assert_int_not_equal(
            kb_sealed_record_make(&client, sealed.id, &sealed.key, &out, &fixture_err), KB_OK);
    }
}

static void test_other_length_vault_concatenated_and_converted(void **state)
{
    (void)state;
    KB_AUTO(kb_buf_clear) struct kb_buf file = KB_BUF_INIT(KB_VAULT_FILE_MAX);
    KB_AUTO(kb_buf_clear) struct kb_buf other = KB_BUF_INIT(KB_VAULT_FILE_MAX);
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    make_vault(false, &file, &key);
    kb_buf_add(&other, file.data, file.len);
    kb_buf_add(&other, file.data, file.len);
    assert_int_equal(open_vault(&other, &key), KB_ERR_CORRUPT);
    fix_digest(&other);
    assert_int_equal(open_vault(&other, &key), KB_ERR_CORRUPT);
    file.data[10] = '\n';                      /* in the vault's id, under a digest that fits */
    file.data[11] = (char)(file.data[11] ^ 1); /* at random, the LF may have been there */
    fix_digest(&file);
    assert_int_equal(open_vault(&file, &key), KB_ERR_DENIED);
    assert_true(convert_line_ends(&file, &other));
    assert_int_equal(open_vault(&other, &key), KB_ERR_CORRUPT);
}

/* --- what a derivation may cost, and what it does without memory -------------------- */

static void make_expensive_vault(uint32_t ops, uint32_t mem_kib)
{
    KB_AUTO(kb_buf_clear) struct kb_buf file = KB_BUF_INIT(KB_VAULT_FILE_MAX);
    KB_AUTO(kb_buf_clear) struct kb_buf dear = KB_BUF_INIT(KB_VAULT_FILE_MAX);
    struct kb_vault vault;
    fixture_read(KB_VAULT_FILE, &file);
    assert_int_equal(kb_vault_unpack(&file, &vault, &fixture_err), KB_OK);
    vault.slots[0].cost = (struct kb_vault_cost){ops, mem_kib};
    kb_vault_pack(&vault, &dear);
    fixture_write(KB_VAULT_FILE, dear.data, dear.len);
}

static enum kb_err unlock(struct kb_error *err)
{
    KB_AUTO(kb_secret_clear) struct kb_secret passphrase = fixture_secret(FIXTURE_PASSPHRASE);
    return kb_vault_unlock(&passphrase, NULL, FIXTURE_TTL, err);
}

static long peak_kib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

/* Runs BODY in a process of its own, where limits and peaks are its own; 0 is success. */
static void in_a_child(int (*body)(void))
{
    int status;
    pid_t child = fork();
    if (child == 0)
        _exit(body());
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_msg("the child ended with %d", status);
}

static int refused_without_memory(void)
{
    struct kb_error err = KB_ERROR_INIT;
    struct kb_deadline soon = kb_deadline_in_ms(20000);
    long before = peak_kib();
    if (unlock(&err) != KB_ERR_CORRUPT || !strstr(err.msg, "outside the allowed bounds"))
        return 1;
    if (kb_deadline_passed(soon))
        return 2;
    return peak_kib() - before < 10 * 1024 ? 0 : 3;
}

static void test_costs_out_of_bounds_never_reach_the_derivation(void **state)
{
    (void)state;
    static const struct kb_vault_cost costs[] = {
        {0, KB_VAULT_MEM_MIN},
        {KB_VAULT_OPS_MAX + 1, KB_VAULT_MEM_MIN},
        {UINT32_MAX, KB_VAULT_MEM_MIN},
        {1, 0},
        {1, KB_VAULT_MEM_MIN - 1},
        {1, KB_VAULT_MEM_MAX + 1},
        {1, UINT32_MAX}, /* 4 TiB */
        {UINT32_MAX, UINT32_MAX},
    };
    KB_AUTO(kb_buf_clear) struct kb_buf good = KB_BUF_INIT(KB_VAULT_FILE_MAX);
    fixture_make_passphrase_vault();
    fixture_read(KB_VAULT_FILE, &good);
    for (size_t i = 0; i < KB_COUNT(costs); i++) {
        make_expensive_vault(costs[i].ops, costs[i].mem_kib);
        in_a_child(refused_without_memory);
        fixture_write(KB_VAULT_FILE, good.data, good.len);
    }
}

static bool limit_memory(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    bool read = file && fscanf(file, "%ld", &pages) == 1;
    if (file)
        fclose(file);
    rlim_t limit = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + (48U << 20);
    return read && setrlimit(RLIMIT_AS, &(struct rlimit){limit, limit}) == 0;
}

static int unlock_fails_for_want_of_memory(void)
{
    struct kb_error err = KB_ERROR_INIT;
    if (!limit_memory() || unlock(&err) != KB_ERR_SYSTEM)
        return 1;
    return strstr(err.hint, "64 MiB") && strstr(err.msg, "memory") ? 0 : 2;
}

static int no_weaker_vault_is_made(void)
{
    KB_AUTO(kb_secret_clear) struct kb_secret passphrase = fixture_secret("p");
    struct kb_error err = KB_ERROR_INIT;
    char path[256];
    if (!limit_memory() || kb_vault_create(&passphrase, NULL, FIXTURE_TTL, &err) != KB_ERR_SYSTEM)
        return 1;
    snprintf(path, sizeof(path), "%s/" KB_VAULT_FILE, fixture_vault);
    return access(path, F_OK) != 0 && strstr(err.hint, "256 MiB") ? 0 : 2;
}

static void need_real_limits(void)
{
#if KB_SANITIZED
    print_message("skipped: a sanitizer's own memory is beyond any limit\n");
    skip();
#endif
}

static void test_little_memory_without_memory_a_clear_error(void **state)
{
    (void)state;
    need_real_limits();
    fixture_make_passphrase_vault();
    in_a_child(unlock_fails_for_want_of_memory);
}

static void test_little_memory_without_memory_no_weaker_vault(void **state)
{
    (void)state;
    need_real_limits();
    in_a_child(no_weaker_vault_is_made);
}

/* --- files in the wrong place -------------------------------------------------------- */

static enum kb_err save_secret(const char *profile, const char *secret)
{
    KB_AUTO(kb_client_clear) struct kb_client client = fixture_client(profile, "id", secret, URL);
    struct kb_store_context context = fixture_context(profile, URL);
    return kb_store_find("sealed-file")->save(&context, &client, &fixture_err);
}

static void must_hold(const char *profile, const char *secret)
{
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    struct kb_store_context context = fixture_context(profile, URL);
    assert_int_equal(kb_store_find("sealed-file")->load(&context, &client, &fixture_err), KB_OK);
    assert_string_equal(client.secret.bytes, secret);
}

/* What docs/sealed-file-format.md says about rollback, no more and no less. */
static void test_other_file_an_older_file_put_back_is_read(void **state)
{
    (void)state;
    KB_AUTO(kb_buf_clear) struct kb_buf old = KB_BUF_INIT(KB_VAULT_CLIENT_FILE_MAX);
    fixture_make_key_file_vault();
    assert_int_equal(save_secret(PROFILE, "old"), KB_OK);
    fixture_read(fixture_file(PROFILE), &old);
    assert_int_equal(save_secret(PROFILE, "new"), KB_OK);
    fixture_write(fixture_file(PROFILE), old.data, old.len);
    must_hold(PROFILE, "old");
}

static void test_other_file_an_older_vault_put_back_opens_with_what_opened_it_then(void **state)
{
    (void)state;
    KB_AUTO(kb_buf_clear) struct kb_buf old = KB_BUF_INIT(KB_VAULT_FILE_MAX);
    static const unsigned char fresh[32] = "another key file";
    char other[256];
    fixture_make_key_file_vault();
    assert_int_equal(save_secret(PROFILE, "kept"), KB_OK);
    fixture_read(KB_VAULT_FILE, &old);
    snprintf(other, sizeof(other), "%s/other", fixture_root);
    fixture_write_path(other, fresh, sizeof(fresh), 0600);
    assert_int_equal(fixture_rewrap("", "", other), KB_OK);
    assert_int_equal(kb_vault_lock(&fixture_err), KB_OK);
    fixture_write(KB_VAULT_FILE, old.data, old.len);
    must_hold(PROFILE, "kept");
}

/* --- nothing random comes twice ------------------------------------------------------ */

static int compare_nonces(const void *a, const void *b)
{
    return memcmp(a, b, KB_VAULT_NONCE_LEN);
}

static void must_be_distinct(unsigned char (*values)[KB_VAULT_NONCE_LEN], size_t count)
{
    qsort(values, count, sizeof(values[0]), compare_nonces);
    for (size_t i = 1; i < count; i++)
        assert_int_not_equal(compare_nonces(values[i - 1], values[i]), 0);
}

static void test_no_nonce_comes_twice(void **state)
{
    (void)state;
    static unsigned char nonces[SEALS][KB_VAULT_NONCE_LEN];
    KB_AUTO(sealed_clear) struct sealed sealed;
    KB_AUTO(kb_client_clear)
    struct kb_client client = fixture_client(PROFILE, "an-id", SECRET, URL);
    struct kb_vault_record file;
    seal(&sealed);
    for (size_t i = 0; i < SEALS; i++) {
        kb_buf_reset(&sealed.bytes);
        assert_int_equal(
            kb_sealed_record_make(&client, sealed.id, &sealed.key, &sealed.bytes, NULL), KB_OK);
        assert_int_equal(kb_vault_record_unpack(&sealed.bytes, &file, NULL), KB_OK);
        memcpy(nonces[i], file.nonce, sizeof(nonces[i]));
    }
    must_be_distinct(nonces, SEALS);
}

static void test_no_salt_and_no_nonce_of_a_slot_comes_twice(void **state)
{
    (void)state;
    static unsigned char salts[SEALS][KB_VAULT_NONCE_LEN], nonces[SEALS][KB_VAULT_NONCE_LEN];
    const struct kb_vault_opener machine = {.key_file = fixture_key_file};
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    struct kb_vault vault = {0};
    assert_int_equal(kb_secret_random(&key, KB_VAULT_KEY_LEN, NULL), KB_OK);
    size_t count = samples(SEALS);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(kb_vault_wrap(&vault, &machine, &key, &fixture_err), KB_OK);
        memcpy(salts[i], vault.slots[0].salt, KB_VAULT_SALT_LEN);
        memcpy(nonces[i], vault.slots[0].nonce, KB_VAULT_NONCE_LEN);
    }
    must_be_distinct(salts, count);
    must_be_distinct(nonces, count);
}

/* --- passphrases --------------------------------------------------------------------- */

static struct kb_secret bytes_of(const char *bytes, size_t len)
{
    struct kb_secret secret = KB_SECRET_INIT;
    assert_int_equal(kb_secret_set(&secret, bytes, len, NULL), KB_OK);
    return secret;
}

/* What unlocks the vault that was made with one passphrase. */
static void must_open_only(const char *made_with, size_t made_len, const char *other, size_t len)
{
    KB_AUTO(kb_secret_clear) struct kb_secret passphrase = bytes_of(made_with, made_len);
    KB_AUTO(kb_secret_clear) struct kb_secret wrong = bytes_of(other, len);
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    const struct kb_vault_opener right_one = {.passphrase = &passphrase, .cost = fixture_cost};
    const struct kb_vault_opener wrong_one = {.passphrase = &wrong};
    struct kb_vault vault = {0};
    assert_int_equal(kb_secret_random(&key, KB_VAULT_KEY_LEN, NULL), KB_OK);
    assert_int_equal(kb_vault_wrap(&vault, &right_one, &key, &fixture_err), KB_OK);
    assert_int_equal(kb_vault_unwrap(&vault, &wrong_one, &key, &fixture_err), KB_ERR_DENIED);
    assert_int_equal(kb_vault_unwrap(&vault, &right_one, &key, &fixture_err), KB_OK);
}

#define BYTES(text) text, sizeof(text) - 1

static void test_a_passphrase_is_its_bytes(void **state)
{
    (void)state;
    must_open_only(BYTES("before\0after"), BYTES("before"));
    must_open_only(BYTES("before\0after"), BYTES("before\0other"));
    must_open_only(BYTES("\377\376 not UTF-8"), BYTES("\377\375 not UTF-8"));
    must_open_only(BYTES("caf\303\251"), BYTES("cafe\314\201")); /* NFC, NFD */
    must_open_only(BYTES("line"), BYTES("line\n"));
    must_open_only(BYTES(" space "), BYTES("space"));
}

static void test_lengths_of_passphrases(void **state)
{
    (void)state;
    static char text[1 << 16];
    memset(text, 'p', sizeof(text));
    must_open_only(text, KB_VAULT_PASSPHRASE_MAX, text, KB_VAULT_PASSPHRASE_MAX - 1);
    must_open_only(text, 1, text, 2);
    KB_AUTO(kb_secret_clear) struct kb_secret longer = bytes_of(text, sizeof(text));
    KB_AUTO(kb_secret_clear) struct kb_secret key = bytes_of(text, KB_VAULT_KEY_LEN);
    const struct kb_vault_opener person = {.passphrase = &longer, .cost = fixture_cost};
    struct kb_vault vault = {0};
    assert_int_equal(kb_vault_wrap(&vault, &person, &key, &fixture_err), KB_ERR_DENIED);
    assert_int_equal(vault.slot_count, 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_costs_out_of_bounds_never_reach_the_derivation),
        TEST(test_changed_bytes_client_every_bit_and_every_byte),
        TEST(test_changed_bytes_client_pairs_of_bits),
        TEST(test_changed_bytes_vault_every_bit_and_every_byte),
        TEST(test_changed_bytes_vault_pairs_of_bits),
        TEST(test_changed_bytes_vault_every_byte_under_a_digest_that_fits),
        TEST(test_other_length_client_other_lengths),
        TEST(test_other_length_client_concatenated),
        TEST(test_other_length_line_ends_converted),
        TEST(test_other_length_vault_concatenated_and_converted),
        TEST(test_no_room_for_a_sealed_client),
        TEST(test_little_memory_without_memory_a_clear_error),
        TEST(test_little_memory_without_memory_no_weaker_vault),
        TEST(test_other_file_an_older_file_put_back_is_read),
        TEST(test_other_file_an_older_vault_put_back_opens_with_what_opened_it_then),
        TEST(test_no_nonce_comes_twice),
        TEST(test_no_salt_and_no_nonce_of_a_slot_comes_twice),
        TEST(test_a_passphrase_is_its_bytes),
        TEST(test_lengths_of_passphrases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
