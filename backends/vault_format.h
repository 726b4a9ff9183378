/*
 * The bytes of the vault's kinds of file, as plain data. Private to this layer.
 * docs/sealed-file-format.md is the specification.
 */
#ifndef KB_BACKENDS_VAULT_FORMAT_H
#define KB_BACKENDS_VAULT_FORMAT_H

#include "base/buf.h"
#include "base/error.h"
#include "core/client.h"
#include "core/profile.h"
#include "core/ref.h"

#include <stddef.h>
#include <stdint.h>

#define KB_VAULT_FILE "vault.kbv"
#define KB_VAULT_RECORD_SUFFIX ".kbr"
#define KB_VAULT_CLIENT_SUFFIX ".kbc" /* of version 1 */
#define KB_VAULT_FORMER_SUFFIX ".kbf" /* of version 1: what an unfinished add was replacing */

#define KB_VAULT_VERSION 1        /* of vault.kbv and NAME.kbc */
#define KB_VAULT_RECORD_VERSION 2 /* of REF.kbr */
#define KB_VAULT_ID_LEN 16
#define KB_VAULT_KEY_LEN 32
#define KB_VAULT_SALT_LEN 16
#define KB_VAULT_NONCE_LEN 24
#define KB_VAULT_TAG_LEN 16
#define KB_VAULT_SLOTS_MAX 2 /* one of each kind */

#define KB_VAULT_FILE_MAX 4096
#define KB_VAULT_CLIENT_MAX KB_CLIENT_MAX /* bytes of plaintext in a client file */
#define KB_VAULT_CLIENT_FILE_MAX 49152
#define KB_VAULT_URL_MAX 2048

/* What Argon2id may be asked to spend: refused before it runs, so no file can exhaust us. */
#define KB_VAULT_OPS_MIN 1
#define KB_VAULT_OPS_MAX 8
#define KB_VAULT_MEM_MIN 65536   /* KiB */
#define KB_VAULT_MEM_MAX 1048576 /* KiB */

enum kb_vault_slot_kind {
    KB_VAULT_SLOT_PASSPHRASE = 1,
    KB_VAULT_SLOT_KEY_FILE = 2,
};

/* The effort of Argon2id; zero in a key file's slot. */
struct kb_vault_cost {
    uint32_t ops;
    uint32_t mem_kib;
};

struct kb_vault_slot {
    enum kb_vault_slot_kind kind;
    struct kb_vault_cost cost;
    unsigned char salt[KB_VAULT_SALT_LEN];
    unsigned char nonce[KB_VAULT_NONCE_LEN];
    unsigned char wrapped[KB_VAULT_KEY_LEN + KB_VAULT_TAG_LEN];
};

/* vault.kbv */
struct kb_vault {
    unsigned char id[KB_VAULT_ID_LEN];
    struct kb_vault_slot slots[KB_VAULT_SLOTS_MAX];
    size_t slot_count;
};

/* What a record holds. 2 is kept for what a tool handed over. */
#define KB_VAULT_RECORD_CLIENT 1

/*
 * REF.kbr, or NAME.kbc of version 1. HEAD is everything before the ciphertext, and its
 * authenticated data.
 */
struct kb_vault_record {
    unsigned char vault_id[KB_VAULT_ID_LEN];
    struct kb_ref ref;                     /* of REF.kbr */
    char profile[KB_PROFILE_NAME_MAX + 1]; /* of NAME.kbc */
    char token_url[KB_VAULT_URL_MAX + 1];  /* likewise */
    unsigned char nonce[KB_VAULT_NONCE_LEN];
    const unsigned char *head; /* borrowed from the bytes it was read from */
    size_t head_len;
    const unsigned char *ciphertext; /* likewise; follows the head to the end of the file */
    size_t ciphertext_len;
};

void kb_vault_pack(const struct kb_vault *vault, struct kb_buf *out);

/* KB_ERR_CORRUPT for anything that kb_vault_pack() does not write, or a cost out of bounds. */
KB_CHECKED enum kb_err kb_vault_unpack(
    const struct kb_buf *file, struct kb_vault *ret, struct kb_error *err);

/* What the wrapped key of SLOT is authenticated together with. */
void kb_vault_pack_slot_context(
    const struct kb_vault *vault, const struct kb_vault_slot *slot, struct kb_buf *out);

/* The slot of KIND, or NULL. */
const struct kb_vault_slot *kb_vault_find_slot(
    const struct kb_vault *vault, enum kb_vault_slot_kind kind);

/* Adds SLOT, in place of the one of the same kind if there is one. */
void kb_vault_put_slot(struct kb_vault *vault, const struct kb_vault_slot *slot);

/* The head of REF.kbr, from vault_id, ref, nonce and ciphertext_len. */
void kb_vault_record_pack_head(const struct kb_vault_record *record, struct kb_buf *out);

/* Reads REF.kbr, whose bytes must outlive *RET. Nothing is authenticated yet. */
KB_CHECKED enum kb_err kb_vault_record_unpack(
    const struct kb_buf *file, struct kb_vault_record *ret, struct kb_error *err);

/* The same of NAME.kbc, with profile and token_url in the place of ref. */
KB_CHECKED enum kb_err kb_vault_client_unpack(
    const struct kb_buf *file, struct kb_vault_record *ret, struct kb_error *err);

#endif
