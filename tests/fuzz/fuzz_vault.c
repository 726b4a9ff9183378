/*
 * The vault's files: whatever is accepted is exactly what we would have written. A vault is
 * also read with a checksum that fits, or hardly any would get past it.
 */
#include "fuzz.h"

#include "../client_head.h"

#include <sodium.h>

static void must_equal(const struct kb_buf *ours, const void *bytes, size_t len)
{
    MUST(!ours->failed && ours->len == len && memcmp(ours->data, bytes, len) == 0);
}

/* No file may ask for more than this machine ought to spend. */
static void must_be_affordable(const struct kb_vault *vault)
{
    MUST(vault->slot_count >= 1 && vault->slot_count <= KB_VAULT_SLOTS_MAX);
    for (size_t i = 0; i < vault->slot_count; i++) {
        const struct kb_vault_cost *cost = &vault->slots[i].cost;

        if (vault->slots[i].kind == KB_VAULT_SLOT_PASSPHRASE)
            MUST(cost->ops >= 1 && cost->ops <= 8 && cost->mem_kib >= 65536);
        MUST(cost->mem_kib <= 1048576);
    }
}

static void read_vault(const struct kb_buf *file)
{
    KB_AUTO(kb_buf_clear) struct kb_buf again = KB_BUF_INIT(KB_VAULT_FILE_MAX);
    struct kb_error err = KB_ERROR_INIT;
    struct kb_vault vault;
    enum kb_err rc = kb_vault_unpack(file, &vault, &err);

    must_be_presentable(rc, &err);
    if (rc == KB_OK) {
        must_be_affordable(&vault);
        kb_vault_pack(&vault, &again);
        must_equal(&again, file->data, file->len);
    }
}

static void read_client(const struct kb_buf *file)
{
    KB_AUTO(kb_buf_clear) struct kb_buf again = KB_BUF_INIT(KB_VAULT_CLIENT_FILE_MAX);
    struct kb_error err = KB_ERROR_INIT;
    struct kb_vault_record client;
    enum kb_err rc = kb_vault_client_unpack(file, &client, &err);

    must_be_presentable(rc, &err);
    if (rc == KB_OK) {
        pack_client_head(&client, &again);
        must_equal(&again, client.head, client.head_len);
        MUST(client.head_len + client.ciphertext_len == file->len);
    }
}

static void read_record(const struct kb_buf *file)
{
    KB_AUTO(kb_buf_clear) struct kb_buf again = KB_BUF_INIT(KB_VAULT_CLIENT_FILE_MAX);
    struct kb_error err = KB_ERROR_INIT;
    struct kb_vault_record record;
    enum kb_err rc = kb_vault_record_unpack(file, &record, &err);

    must_be_presentable(rc, &err);
    if (rc == KB_OK) {
        kb_vault_record_pack_head(&record, &again);
        must_equal(&again, record.head, record.head_len);
        MUST(record.head_len + record.ciphertext_len == file->len);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KB_AUTO(kb_buf_clear) struct kb_buf file = KB_BUF_INIT(KB_VAULT_CLIENT_FILE_MAX + 32);
    unsigned char digest[32];

    if (size > KB_VAULT_CLIENT_FILE_MAX)
        return 0;
    kb_buf_add(&file, data, size);
    read_vault(&file);
    read_client(&file);
    read_record(&file);
    crypto_generichash_blake2b(digest, sizeof(digest), data, size, NULL, 0);
    kb_buf_add(&file, digest, sizeof(digest));
    read_vault(&file);
    return 0;
}
