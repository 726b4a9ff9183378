/*
 * The bytes of vault.kbv, REF.kbr and NAME.kbc (docs/sealed-file-format.md).
 *
 * Owns layout, lengths and bounds. Touches no file and no key, and never runs a key
 * derivation: whatever is out of bounds is refused here, before it can cost anything.
 */
#include "vault_format.h"

#include "base/pack.h"

#include <sodium.h>
#include <string.h>

static const char vault_magic[7] = "KBVAULT";
static const char record_magic[5] = "KBREC";
static const char client_magic[8] = "KBCLIENT";

#define DIGEST_LEN 32 /* closes vault.kbv: tells damage from a wrong passphrase */

_Static_assert(KB_VAULT_KEY_LEN == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key");
_Static_assert(KB_VAULT_NONCE_LEN == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "nonce");
_Static_assert(KB_VAULT_TAG_LEN == crypto_aead_xchacha20poly1305_ietf_ABYTES, "tag");
_Static_assert(KB_VAULT_SALT_LEN == crypto_pwhash_argon2id_SALTBYTES, "Argon2id salt");
_Static_assert(KB_VAULT_SALT_LEN == crypto_generichash_blake2b_SALTBYTES, "BLAKE2b salt");

static enum kb_err damaged(struct kb_error *err, const char *what)
{
    return kb_fail(err, KB_ERR_CORRUPT, "%s", what);
}

/* Magic and version: a later version is named as what it is. */
static enum kb_err unpack_start(struct kb_unpack *in, const char *magic, size_t magic_len,
    unsigned wanted, struct kb_error *err)
{
    const unsigned char *start = kb_unpack_raw(in, magic_len);

    if (!start || memcmp(start, magic, magic_len) != 0)
        return damaged(err, "it does not begin like a file of keybearer");
    uint8_t version = kb_unpack_u8(in);
    if (in->failed)
        return damaged(err, "it is cut short");
    if (version != wanted)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_CORRUPT,
                "it has format version %u; this keybearer reads version %u", version, wanted),
            "it may be from a newer keybearer: update keybearer");
    return KB_OK;
}

static void unpack_into(struct kb_unpack *in, unsigned char *dst, size_t len)
{
    const unsigned char *bytes = kb_unpack_raw(in, len);

    if (bytes)
        memcpy(dst, bytes, len);
}

static void digest_of(const void *bytes, size_t len, unsigned char digest[static DIGEST_LEN])
{
    crypto_generichash_blake2b(digest, DIGEST_LEN, bytes, len, NULL, 0);
}

static bool cost_allowed(const struct kb_vault_slot *slot)
{
    const struct kb_vault_cost *cost = &slot->cost;

    if (slot->kind == KB_VAULT_SLOT_KEY_FILE)
        return cost->ops == 0 && cost->mem_kib == 0;
    return cost->ops >= KB_VAULT_OPS_MIN && cost->ops <= KB_VAULT_OPS_MAX &&
           cost->mem_kib >= KB_VAULT_MEM_MIN && cost->mem_kib <= KB_VAULT_MEM_MAX;
}

static enum kb_err unpack_slot(struct kb_unpack *in, struct kb_vault *vault, struct kb_error *err)
{
    struct kb_vault_slot slot = {0};
    uint8_t kind = kb_unpack_u8(in);

    slot.cost.ops = kb_unpack_u32(in);
    slot.cost.mem_kib = kb_unpack_u32(in);
    unpack_into(in, slot.salt, sizeof(slot.salt));
    unpack_into(in, slot.nonce, sizeof(slot.nonce));
    unpack_into(in, slot.wrapped, sizeof(slot.wrapped));
    if (in->failed)
        return damaged(err, "it is cut short");
    if (kind != KB_VAULT_SLOT_PASSPHRASE && kind != KB_VAULT_SLOT_KEY_FILE)
        return damaged(err, "it holds a slot of an unknown kind");
    slot.kind = (enum kb_vault_slot_kind)kind;
    if (!cost_allowed(&slot))
        return damaged(err, "it asks for a key derivation outside the allowed bounds");
    if (kb_vault_find_slot(vault, slot.kind))
        return damaged(err, "it holds two slots of one kind");
    kb_vault_put_slot(vault, &slot);
    return KB_OK;
}

void kb_vault_pack(const struct kb_vault *vault, struct kb_buf *out)
{
    size_t start = out->len;

    kb_buf_add(out, vault_magic, sizeof(vault_magic));
    kb_pack_u8(out, KB_VAULT_VERSION);
    kb_buf_add(out, vault->id, sizeof(vault->id));
    kb_pack_u8(out, (uint8_t)vault->slot_count);
    for (size_t i = 0; i < vault->slot_count; i++) {
        const struct kb_vault_slot *slot = &vault->slots[i];
        kb_pack_u8(out, (uint8_t)slot->kind);
        kb_pack_u32(out, slot->cost.ops);
        kb_pack_u32(out, slot->cost.mem_kib);
        kb_buf_add(out, slot->salt, sizeof(slot->salt));
        kb_buf_add(out, slot->nonce, sizeof(slot->nonce));
        kb_buf_add(out, slot->wrapped, sizeof(slot->wrapped));
    }
    if (out->failed)
        return;
    unsigned char digest[DIGEST_LEN];
    digest_of(out->data + start, out->len - start, digest);
    kb_buf_add(out, digest, sizeof(digest));
}

enum kb_err kb_vault_unpack(const struct kb_buf *file, struct kb_vault *ret, struct kb_error *err)
{
    struct kb_vault vault = {0};
    struct kb_unpack in = kb_unpack(kb_buf_text(file), file->len);
    enum kb_err rc = unpack_start(&in, vault_magic, sizeof(vault_magic), KB_VAULT_VERSION, err);

    if (rc)
        return rc;
    if (in.left < DIGEST_LEN)
        return damaged(err, "it is cut short");
    unsigned char digest[DIGEST_LEN];
    size_t body_len = file->len - DIGEST_LEN;
    digest_of(file->data, body_len, digest);
    if (memcmp(digest, file->data + body_len, DIGEST_LEN) != 0)
        return damaged(err, "its checksum does not match");
    in.left -= DIGEST_LEN;

    unpack_into(&in, vault.id, sizeof(vault.id));
    size_t slots = kb_unpack_u8(&in);
    if (slots < 1 || slots > KB_VAULT_SLOTS_MAX)
        return damaged(err, "its number of slots is out of bounds");
    for (size_t i = 0; i < slots && !rc; i++)
        rc = unpack_slot(&in, &vault, err);
    if (!rc)
        rc = kb_unpack_end(&in, "it", err);
    if (!rc)
        *ret = vault;
    return rc;
}

void kb_vault_pack_slot_context(
    const struct kb_vault *vault, const struct kb_vault_slot *slot, struct kb_buf *out)
{
    kb_buf_add(out, vault_magic, sizeof(vault_magic));
    kb_pack_u8(out, KB_VAULT_VERSION);
    kb_buf_add(out, vault->id, sizeof(vault->id));
    kb_pack_u8(out, (uint8_t)slot->kind);
    kb_pack_u32(out, slot->cost.ops);
    kb_pack_u32(out, slot->cost.mem_kib);
    kb_buf_add(out, slot->salt, sizeof(slot->salt));
}

const struct kb_vault_slot *kb_vault_find_slot(
    const struct kb_vault *vault, enum kb_vault_slot_kind kind)
{
    for (size_t i = 0; i < vault->slot_count; i++)
        if (vault->slots[i].kind == kind)
            return &vault->slots[i];
    return NULL;
}

void kb_vault_put_slot(struct kb_vault *vault, const struct kb_vault_slot *slot)
{
    size_t i = 0;

    while (i < vault->slot_count && vault->slots[i].kind != slot->kind)
        i++;
    if (i == vault->slot_count)
        vault->slot_count++;
    vault->slots[i] = *slot;
}

void kb_vault_record_pack_head(const struct kb_vault_record *record, struct kb_buf *out)
{
    kb_buf_add(out, record_magic, sizeof(record_magic));
    kb_pack_u8(out, KB_VAULT_RECORD_VERSION);
    kb_buf_add(out, record->vault_id, sizeof(record->vault_id));
    kb_pack_u8(out, KB_VAULT_RECORD_CLIENT);
    kb_buf_add(out, record->ref.bytes, sizeof(record->ref.bytes));
    kb_buf_add(out, record->nonce, sizeof(record->nonce));
    kb_pack_u32(out, (uint32_t)record->ciphertext_len);
}

/* The ciphertext, from its length on; all before it is the head. */
static enum kb_err unpack_ciphertext(struct kb_unpack *in, const struct kb_buf *file,
    struct kb_vault_record *record, struct kb_error *err)
{
    record->ciphertext_len = kb_unpack_u32(in);
    record->head = (const unsigned char *)kb_buf_text(file);
    record->head_len = file->len - in->left;
    record->ciphertext = kb_unpack_raw(in, record->ciphertext_len);
    if (in->failed || record->ciphertext_len <= KB_VAULT_TAG_LEN ||
        record->ciphertext_len > KB_VAULT_CLIENT_MAX + KB_VAULT_TAG_LEN)
        return damaged(err, "its lengths do not add up");
    return KB_OK;
}

enum kb_err kb_vault_record_unpack(
    const struct kb_buf *file, struct kb_vault_record *ret, struct kb_error *err)
{
    struct kb_vault_record record = {0};
    struct kb_unpack in = kb_unpack(kb_buf_text(file), file->len);
    enum kb_err rc =
        unpack_start(&in, record_magic, sizeof(record_magic), KB_VAULT_RECORD_VERSION, err);
    uint8_t kind;

    if (rc)
        return rc;
    unpack_into(&in, record.vault_id, sizeof(record.vault_id));
    kind = kb_unpack_u8(&in);
    unpack_into(&in, record.ref.bytes, sizeof(record.ref.bytes));
    unpack_into(&in, record.nonce, sizeof(record.nonce));
    rc = unpack_ciphertext(&in, file, &record, err);
    if (!rc && kind != KB_VAULT_RECORD_CLIENT)
        rc = damaged(err, "it holds something else than a client");
    if (!rc)
        rc = kb_unpack_end(&in, "it", err);
    if (!rc)
        *ret = record;
    return rc;
}

enum kb_err kb_vault_client_unpack(
    const struct kb_buf *file, struct kb_vault_record *ret, struct kb_error *err)
{
    struct kb_vault_record client = {0};
    struct kb_unpack in = kb_unpack(kb_buf_text(file), file->len);
    enum kb_err rc = unpack_start(&in, client_magic, sizeof(client_magic), KB_VAULT_VERSION, err);

    if (rc)
        return rc;
    unpack_into(&in, client.vault_id, sizeof(client.vault_id));
    kb_unpack_text(&in, client.profile, sizeof(client.profile));
    kb_unpack_text(&in, client.token_url, sizeof(client.token_url));
    unpack_into(&in, client.nonce, sizeof(client.nonce));
    rc = unpack_ciphertext(&in, file, &client, err);
    if (!rc)
        rc = kb_unpack_end(&in, "it", err);
    if (!rc)
        *ret = client;
    return rc;
}
