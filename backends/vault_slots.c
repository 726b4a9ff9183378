/*
 * Slots: the vault key wrapped under a passphrase (Argon2id) or a key file (BLAKE2b).
 *
 * Owns the way from a passphrase to the vault key. Every primitive is libsodium's and
 * named explicitly, so that no change of a default there can change a file here. Never
 * retries with less memory: a weaker derivation would be another key.
 */
#include "vault_slots.h"

#include "backends/vault.h"
#include "base/random.h"
#include "key_file.h"

#include <errno.h>
#include <sodium.h>

const struct kb_vault_cost kb_vault_cost_moderate = {
    .ops = crypto_pwhash_argon2id_OPSLIMIT_MODERATE,
    .mem_kib = crypto_pwhash_argon2id_MEMLIMIT_MODERATE / 1024,
};

/* Tells this use of BLAKE2b from any other use of the same key file. */
static const unsigned char key_file_personal[crypto_generichash_blake2b_PERSONALBYTES + 1] =
    "keybearer-vault1";

static enum kb_err allocate_key(struct kb_secret *ret, struct kb_error *err)
{
    static const unsigned char zeros[KB_VAULT_KEY_LEN];

    return kb_secret_set(ret, zeros, sizeof(zeros), err);
}

static bool by_passphrase(const struct kb_vault_opener *opener)
{
    return opener->passphrase && !kb_secret_is_empty(opener->passphrase);
}

static enum kb_vault_slot_kind kind_for(const struct kb_vault_opener *opener)
{
    return by_passphrase(opener) ? KB_VAULT_SLOT_PASSPHRASE : KB_VAULT_SLOT_KEY_FILE;
}

static enum kb_err derive_from_passphrase(const struct kb_vault_slot *slot,
    const struct kb_secret *passphrase, struct kb_secret *key, struct kb_error *err)
{
    if (passphrase->len > KB_VAULT_PASSPHRASE_MAX)
        return kb_fail(
            err, KB_ERR_DENIED, "the passphrase is longer than %d bytes", KB_VAULT_PASSPHRASE_MAX);
    if (crypto_pwhash((unsigned char *)key->bytes, key->len, passphrase->bytes, passphrase->len,
            slot->salt, slot->cost.ops, (size_t)slot->cost.mem_kib * 1024,
            crypto_pwhash_ALG_ARGON2ID13) != 0)
        return kb_hinted(err,
            kb_fail_sys(err, KB_ERR_SYSTEM, errno, "cannot derive the key from the passphrase"),
            "Argon2id needs %u MiB of free memory", (unsigned)(slot->cost.mem_kib / 1024));
    return KB_OK;
}

/* A key file is random, so a plain hash is enough, and a machine without a person waits less. */
static enum kb_err derive_from_key_file(
    const struct kb_vault_slot *slot, const char *path, struct kb_secret *key, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf content = KB_BUF_INIT(KB_KEY_FILE_MAX);
    enum kb_err rc = kb_key_file_read(path, &content, err);

    if (rc)
        return rc;
    crypto_generichash_blake2b_salt_personal((unsigned char *)key->bytes, key->len,
        (const unsigned char *)content.data, content.len, NULL, 0, slot->salt, key_file_personal);
    return KB_OK;
}

/* The key that OPENER's SLOT is wrapped under, and the CONTEXT that belongs to it. */
static enum kb_err derive(const struct kb_vault *vault, const struct kb_vault_slot *slot,
    const struct kb_vault_opener *opener, struct kb_buf *context, struct kb_secret *key,
    struct kb_error *err)
{
    enum kb_err rc = allocate_key(key, err);

    if (!rc && slot->kind == KB_VAULT_SLOT_PASSPHRASE)
        rc = derive_from_passphrase(slot, opener->passphrase, key, err);
    else if (!rc)
        rc = derive_from_key_file(slot, opener->key_file, key, err);
    kb_vault_pack_slot_context(vault, slot, context);
    return rc ? rc : kb_buf_check(context, "the vault's header", err);
}

static enum kb_err check_opener(const struct kb_vault_opener *opener, struct kb_error *err)
{
    if (by_passphrase(opener) || opener->key_file)
        return KB_OK;
    return kb_fail(err, KB_ERR_DENIED, "the passphrase of the vault must not be empty");
}

enum kb_err kb_vault_wrap(struct kb_vault *vault, const struct kb_vault_opener *opener,
    const struct kb_secret *key, struct kb_error *err)
{
    KB_AUTO(kb_secret_clear) struct kb_secret wrapping = KB_SECRET_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf context = KB_BUF_INIT(KB_VAULT_FILE_MAX);
    struct kb_vault_slot slot = {.kind = kind_for(opener)};
    enum kb_err rc = kb_random(slot.salt, sizeof(slot.salt), err);

    if (slot.kind == KB_VAULT_SLOT_PASSPHRASE)
        slot.cost = opener->cost;
    if (!rc)
        rc = kb_random(slot.nonce, sizeof(slot.nonce), err);
    if (!rc)
        rc = check_opener(opener, err);
    if (!rc)
        rc = derive(vault, &slot, opener, &context, &wrapping, err);
    if (rc)
        return rc;
    crypto_aead_xchacha20poly1305_ietf_encrypt(slot.wrapped, NULL,
        (const unsigned char *)key->bytes, key->len, (const unsigned char *)context.data,
        context.len, NULL, slot.nonce, (const unsigned char *)wrapping.bytes);
    kb_vault_put_slot(vault, &slot);
    return KB_OK;
}

static enum kb_err no_slot(enum kb_vault_slot_kind kind, struct kb_error *err)
{
    if (kind == KB_VAULT_SLOT_PASSPHRASE)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_DENIED, "the vault has no passphrase; a key file unlocks it"),
            "set KEYBEARER_KEY_FILE to the absolute path of its key file");
    return kb_hinted(err, kb_fail(err, KB_ERR_DENIED, "the vault was not made for a key file"),
        "keybearer unlock, or keybearer passwd --key-file FILE");
}

/* Whoever has forgotten it learns here what is left to do. */
static enum kb_err wrong_passphrase(const struct kb_vault *vault, struct kb_error *err)
{
    char path[KB_VAULT_PATH_MAX];

    kb_fail(err, KB_ERR_DENIED, "wrong passphrase");
    if (kb_vault_find_slot(vault, KB_VAULT_SLOT_KEY_FILE))
        kb_hint(err, "try again; if it is forgotten, the vault's key file sets a new one: "
                     "KEYBEARER_KEY_FILE=FILE keybearer passwd");
    else if (!kb_vault_dir_path(path, NULL))
        kb_hint(err,
            "try again; if it is forgotten: rm -r %s, then keybearer add NAME for each client",
            path);
    return KB_ERR_DENIED;
}

static enum kb_err wrong(
    const struct kb_vault *vault, const struct kb_vault_opener *opener, struct kb_error *err)
{
    if (by_passphrase(opener))
        return wrong_passphrase(vault, err);
    return kb_hinted(err,
        kb_fail(err, KB_ERR_DENIED, "key file %s does not unlock the vault", opener->key_file),
        "set KEYBEARER_KEY_FILE to the vault's key file");
}

enum kb_err kb_vault_unwrap(const struct kb_vault *vault, const struct kb_vault_opener *opener,
    struct kb_secret *ret_key, struct kb_error *err)
{
    KB_AUTO(kb_secret_clear) struct kb_secret wrapping = KB_SECRET_INIT;
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf context = KB_BUF_INIT(KB_VAULT_FILE_MAX);
    enum kb_err rc = check_opener(opener, err);

    if (rc)
        return rc;
    const struct kb_vault_slot *slot = kb_vault_find_slot(vault, kind_for(opener));
    if (!slot)
        return no_slot(kind_for(opener), err);
    rc = derive(vault, slot, opener, &context, &wrapping, err);
    if (!rc)
        rc = allocate_key(&key, err);
    if (rc)
        return rc;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt((unsigned char *)key.bytes, NULL, NULL,
            slot->wrapped, sizeof(slot->wrapped), (const unsigned char *)context.data, context.len,
            slot->nonce, (const unsigned char *)wrapping.bytes) != 0)
        return wrong(vault, opener, err);
    kb_secret_move(ret_key, &key);
    return KB_OK;
}
