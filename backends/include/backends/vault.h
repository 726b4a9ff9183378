/*
 * The vault of the sealed-file store: one random key, wrapped in slots.
 *
 * The vault lies in $XDG_DATA_HOME/keybearer/vault (~/.local/share/keybearer/vault).
 * docs/sealed-file-format.md describes every byte; golden files keep old versions
 * readable for ever.
 *
 * Unlocking runs Argon2id once and leaves the vault key in the kernel keyring with a
 * time limit, so that no `get` ever pays for it. A key file (for machines without a
 * person) unlocks the vault by itself whenever $KEYBEARER_KEY_FILE names it.
 */
#ifndef KB_BACKENDS_VAULT_H
#define KB_BACKENDS_VAULT_H

#include "base/error.h"
#include "base/secret.h"
#include "core/place.h"

#include <stdbool.h>
#include <stdint.h>

#define KB_VAULT_TTL 43200       /* s an unlocked vault stays unlocked by default: 12 hours */
#define KB_VAULT_TTL_MAX 2592000 /* s: 30 days */
#define KB_VAULT_PASSPHRASE_MAX 1024
#define KB_VAULT_KEY_FILE_MIN 32 /* bytes a key file must hold */

struct kb_vault_status {
    bool exists;
    bool unlocked;  /* its key is in the kernel keyring, or a key file unlocks it */
    int64_t left_s; /* for how long still, by the kernel keyring; 0: not known */
    bool has_passphrase_slot;
    bool has_key_file_slot;
    bool key_file_unlocks;   /* $KEYBEARER_KEY_FILE does, as it is right now */
    struct kb_error locked;  /* why it is not unlocked, and what to do */
    struct kb_error no_file; /* why $KEYBEARER_KEY_FILE cannot be read, whatever it would unlock */
};

KB_CHECKED enum kb_err kb_vault_status(struct kb_vault_status *ret, struct kb_error *err);

/*
 * Creates the vault with one slot: for PASSPHRASE if it is not empty, else for the key
 * file. Leaves it unlocked for TTL seconds where the kernel keyring allows. KB_ERR_DENIED
 * when there is a vault already, or the passphrase is empty or longer than the maximum.
 */
KB_CHECKED enum kb_err kb_vault_create(
    const struct kb_secret *passphrase, const char *key_file, unsigned ttl, struct kb_error *err);

/*
 * Unlocks the vault with PASSPHRASE, or when that is empty with KEY_FILE, and keeps it unlocked
 * for TTL seconds. KB_ERR_DENIED: wrong passphrase or key file; KB_ERR_UNAVAILABLE: the
 * kernel keyring cannot be used (hint: a key file).
 */
KB_CHECKED enum kb_err kb_vault_unlock(
    const struct kb_secret *passphrase, const char *key_file, unsigned ttl, struct kb_error *err);

/* Forgets the vault key. A vault that is locked is no error; KB_ERR_NOT_FOUND: there is none. */
KB_CHECKED enum kb_err kb_vault_lock(struct kb_error *err);

/*
 * The vault key and its vault's identity, with PASSPHRASE, or when that is empty as kb_vault_key().
 * Leaves it locked or unlocked as it was. KB_ERR_DENIED: wrong passphrase.
 */
KB_CHECKED enum kb_err kb_vault_open(const struct kb_secret *passphrase, struct kb_secret *ret_key,
    unsigned char ret_id[static 16], struct kb_error *err);

/*
 * Replaces one slot of the vault that KEY and ID are of: NEW_PASSPHRASE if not empty, else
 * NEW_KEY_FILE. Afterwards the old or the new slots are on disk, whole.
 */
KB_CHECKED enum kb_err kb_vault_rewrap(const struct kb_secret *key,
    const unsigned char id[static 16], const struct kb_secret *new_passphrase,
    const char *new_key_file, struct kb_error *err);

/*
 * Takes the key file's slot out of the vault of identity ID, which keeps its passphrase.
 * KB_ERR_DENIED: it has none, or is another vault by now; KB_ERR_NOT_FOUND: no key file has a slot.
 * Before or after, whole.
 */
KB_CHECKED enum kb_err kb_vault_remove_key_file(
    const unsigned char id[static 16], struct kb_error *err);

/* Whether PATH could be a vault's key file: its place, its rights, its length. */
KB_CHECKED enum kb_err kb_vault_check_key_file(const char *path, struct kb_error *err);

/*
 * Fails where nothing could keep the vault unlocked for a person who gives its passphrase:
 * KB_ERR_UNAVAILABLE, no kernel keyring and no $KEYBEARER_KEY_FILE (hint: a key file).
 */
KB_CHECKED enum kb_err kb_vault_check_stays_unlocked(struct kb_error *err);

/*
 * The vault key without asking anybody: from the kernel keyring, else from
 * $KEYBEARER_KEY_FILE. KB_ERR_LOCKED (hint: keybearer unlock), KB_ERR_NOT_FOUND (no vault).
 * RET_ID gets the vault's 16-byte identity.
 */
KB_CHECKED enum kb_err kb_vault_key(
    struct kb_secret *ret_key, unsigned char ret_id[static 16], struct kb_error *err);

#define KB_VAULT_PATH_MAX KB_DATA_PATH_MAX

/* $XDG_DATA_HOME/keybearer/vault, as kb_data_path(). */
KB_CHECKED enum kb_err kb_vault_dir_path(char path[static KB_VAULT_PATH_MAX], struct kb_error *err);

/* The vault's directory, opened and checked; the caller closes it. */
KB_CHECKED enum kb_err kb_vault_open_dir(bool create, int *ret_fd, struct kb_error *err);

#endif
