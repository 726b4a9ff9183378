/*
 * Slots: the vault key wrapped under a passphrase or a key file. Private to this layer.
 */
#ifndef KB_BACKENDS_VAULT_SLOTS_H
#define KB_BACKENDS_VAULT_SLOTS_H

#include "base/error.h"
#include "base/secret.h"
#include "vault_format.h"

/* What opens a slot: the passphrase or, where that is empty or NULL, the key file. */
struct kb_vault_opener {
    const struct kb_secret *passphrase;
    const char *key_file;      /* path, or NULL */
    struct kb_vault_cost cost; /* of a new passphrase slot; reading takes the slot's own */
};

/* Argon2id MODERATE: what people's vaults are made with. */
extern const struct kb_vault_cost kb_vault_cost_moderate;

/* Wraps KEY in a slot for OPENER and puts that into VAULT. KB_ERR_DENIED: unfit passphrase. */
KB_CHECKED enum kb_err kb_vault_wrap(struct kb_vault *vault, const struct kb_vault_opener *opener,
    const struct kb_secret *key, struct kb_error *err);

/*
 * The vault key. KB_ERR_DENIED: wrong passphrase or key file, or no slot for its kind.
 * Costs what the slot asks for (never above the bounds of vault_format.h), so the caller
 * holds the vault's lock.
 */
KB_CHECKED enum kb_err kb_vault_unwrap(const struct kb_vault *vault,
    const struct kb_vault_opener *opener, struct kb_secret *ret_key, struct kb_error *err);

/*
 * In vault.c: kb_vault_create() at the cost that OPENER names. For tests and the golden files'
 * generator, which use the cheapest that is allowed.
 */
KB_CHECKED enum kb_err kb_vault_create_with(
    const struct kb_vault_opener *opener, unsigned ttl, struct kb_error *err);

#endif
