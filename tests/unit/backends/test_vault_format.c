/*
 * The bytes of vault.kbv: what is refused before any key derivation can run.
 */
#include "base/pack.h"
#include "vault_format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#define DIGEST_LEN 32
#define FIRST_SLOT 25
#define SLOT_LEN 97

static struct kb_error ignored;

static struct kb_vault sample_vault(void)
{
    struct kb_vault vault = {.slot_count = 2};
    vault.slots[0].kind = KB_VAULT_SLOT_PASSPHRASE;
    vault.slots[0].cost = (struct kb_vault_cost){3, 262144};
    vault.slots[1].kind = KB_VAULT_SLOT_KEY_FILE;
    memset(vault.id, 0x11, sizeof(vault.id));
    memset(vault.slots[0].salt, 0x22, sizeof(vault.slots[0].salt));
    memset(vault.slots[1].wrapped, 0x33, sizeof(vault.slots[1].wrapped));
    return vault;
}

static void sample_file(struct kb_buf *ret)
{
    struct kb_vault vault = sample_vault();
    kb_vault_pack(&vault, ret);
    assert_false(ret->failed);
}

/* As somebody who edits the file would: bounds must hold without the checksum's help. */
static void fix_checksum(struct kb_buf *file)
{
    size_t body = file->len - DIGEST_LEN;
    crypto_generichash((unsigned char *)file->data + body, DIGEST_LEN,
        (const unsigned char *)file->data, body, NULL, 0);
}

static void test_the_layout_is_the_documented_one(void **state)
{
    (void)state;
    KB_AUTO(kb_buf_clear) struct kb_buf file = KB_BUF_INIT(KB_VAULT_FILE_MAX);
    sample_file(&file);
    assert_int_equal(file.len, FIRST_SLOT + 2 * SLOT_LEN + DIGEST_LEN);
    assert_memory_equal(file.data, "KBVAULT\x01\x11\x11", 10);
    assert_int_equal(file.data[24], 2);
    assert_memory_equal(file.data + FIRST_SLOT, "\x01\x03\0\0\0\0\0\x04\0\x22", 10);
    assert_memory_equal(file.data + FIRST_SLOT + SLOT_LEN, "\x02\0\0\0\0\0\0\0\0\0", 10);
    assert_int_equal(file.data[FIRST_SLOT + SLOT_LEN + 49], 0x33);
}

static void test_what_was_packed_is_unpacked(void **state)
{
    (void)state;
    KB_AUTO(kb_buf_clear) struct kb_buf file = KB_BUF_INIT(KB_VAULT_FILE_MAX);
    struct kb_vault wanted = sample_vault(), got;
    sample_file(&file);
    assert_int_equal(kb_vault_unpack(&file, &got, &ignored), KB_OK);
    assert_int_equal(got.slot_count, 2);
    assert_memory_equal(got.id, wanted.id, sizeof(got.id));
    assert_memory_equal(&got.slots[0], &wanted.slots[0], sizeof(got.slots[0]));
    assert_memory_equal(&got.slots[1], &wanted.slots[1], sizeof(got.slots[1]));
}

static void test_every_changed_bit_is_noticed(void **state)
{
    (void)state;
    KB_AUTO(kb_buf_clear) struct kb_buf file = KB_BUF_INIT(KB_VAULT_FILE_MAX);
    struct kb_vault got;
    sample_file(&file);
    for (size_t bit = 0; bit < file.len * 8; bit++) {
        file.data[bit / 8] ^= (char)(1 << bit % 8);
        assert_int_equal(kb_vault_unpack(&file, &got, &ignored), KB_ERR_CORRUPT);
        file.data[bit / 8] ^= (char)(1 << bit % 8);
    }
}

static void test_every_other_length_is_refused(void **state)
{
    (void)state;
    KB_AUTO(kb_buf_clear) struct kb_buf file = KB_BUF_INIT(KB_VAULT_FILE_MAX);
    struct kb_vault got;
    sample_file(&file);
    size_t whole = file.len;
    for (size_t len = 0; len < whole; len++) {
        file.len = len;
        assert_int_equal(kb_vault_unpack(&file, &got, &ignored), KB_ERR_CORRUPT);
    }
    file.len = whole;
    kb_buf_byte(&file, 0);
    assert_int_equal(kb_vault_unpack(&file, &got, &ignored), KB_ERR_CORRUPT);
    fix_checksum(&file);
    assert_int_equal(kb_vault_unpack(&file, &got, &ignored), KB_ERR_CORRUPT);
}

static void test_costs_out_of_bounds_are_refused(void **state)
{
    (void)state;
    static const struct {
        size_t slot;
        uint32_t ops, mem_kib;
        enum kb_err wanted;
    } cases[] = {
        {0, 1, 65536, KB_OK},
        {0, 8, 1048576, KB_OK},
        {0, 0, 65536, KB_ERR_CORRUPT},
        {0, 9, 65536, KB_ERR_CORRUPT},
        {0, UINT32_MAX, 65536, KB_ERR_CORRUPT},
        {0, 1, 0, KB_ERR_CORRUPT},
        {0, 1, 65535, KB_ERR_CORRUPT},
        {0, 1, 1048577, KB_ERR_CORRUPT},
        {0, 1, UINT32_MAX, KB_ERR_CORRUPT}, /* 4 TiB */
        {1, 0, 0, KB_OK},
        {1, 1, 0, KB_ERR_CORRUPT},
        {1, 0, 65536, KB_ERR_CORRUPT},
    };
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf file = KB_BUF_INIT(KB_VAULT_FILE_MAX);
        struct kb_vault vault = sample_vault(), got;
        vault.slots[cases[i].slot].cost = (struct kb_vault_cost){cases[i].ops, cases[i].mem_kib};
        kb_vault_pack(&vault, &file);
        if (kb_vault_unpack(&file, &got, &ignored) != cases[i].wanted)
            fail_msg("slot %zu: %u ops, %u KiB", cases[i].slot, cases[i].ops, cases[i].mem_kib);
    }
}

static void test_nonsense_with_a_right_checksum_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        size_t at;
        char byte;
    } cases[] = {
        {"no slot", 24, 0},
        {"three slots", 24, 3},
        {"many slots", 24, (char)255},
        {"one slot, bytes of two", 24, 1},
        {"slot of kind 0", FIRST_SLOT, 0},
        {"slot of kind 3", FIRST_SLOT, 3},
        {"two slots of one kind", FIRST_SLOT, KB_VAULT_SLOT_KEY_FILE},
        {"another magic", 0, 'k'},
        {"version 0", 7, 0},
        {"version 2", 7, 2},
    };
    for (size_t i = 0; i < KB_COUNT(cases); i++) {
        KB_AUTO(kb_buf_clear) struct kb_buf file = KB_BUF_INIT(KB_VAULT_FILE_MAX);
        struct kb_vault got;
        sample_file(&file);
        file.data[cases[i].at] = cases[i].byte;
        fix_checksum(&file);
        if (kb_vault_unpack(&file, &got, &ignored) != KB_ERR_CORRUPT)
            fail_msg("accepted: %s", cases[i].what);
    }
}

static void test_a_later_version_is_named_as_such(void **state)
{
    (void)state;
    KB_AUTO(kb_buf_clear) struct kb_buf file = KB_BUF_INIT(KB_VAULT_FILE_MAX);
    struct kb_vault got;
    struct kb_error err = KB_ERROR_INIT;
    sample_file(&file);
    file.data[7] = 2;
    assert_int_equal(kb_vault_unpack(&file, &got, &err), KB_ERR_CORRUPT);
    assert_non_null(strstr(err.msg, "version 2"));
    assert_non_null(strstr(err.hint, "update keybearer"));
}

static void test_a_slot_replaces_the_one_of_its_kind(void **state)
{
    (void)state;
    struct kb_vault vault = sample_vault();
    struct kb_vault_slot slot = {.kind = KB_VAULT_SLOT_PASSPHRASE, .cost = {1, 65536}};
    kb_vault_put_slot(&vault, &slot);
    assert_int_equal(vault.slot_count, 2);
    assert_int_equal(kb_vault_find_slot(&vault, KB_VAULT_SLOT_PASSPHRASE)->cost.ops, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_layout_is_the_documented_one),
        cmocka_unit_test(test_what_was_packed_is_unpacked),
        cmocka_unit_test(test_every_changed_bit_is_noticed),
        cmocka_unit_test(test_every_other_length_is_refused),
        cmocka_unit_test(test_costs_out_of_bounds_are_refused),
        cmocka_unit_test(test_nonsense_with_a_right_checksum_is_refused),
        cmocka_unit_test(test_a_later_version_is_named_as_such),
        cmocka_unit_test(test_a_slot_replaces_the_one_of_its_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
