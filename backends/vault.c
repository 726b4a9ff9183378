/*
 * The vault: one random key in slots, and whether it is unlocked.
 *
 * Owns vault.kbv and the kernel's copy of the vault key. The key itself never goes to
 * disk outside a slot, and nothing here asks a person anything.
 */
#include "backends/vault.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/kernel_key.h"
#include "base/random.h"
#include "key_file.h"
#include "vault_dir.h"
#include "vault_format.h"
#include "vault_slots.h"

#include <sodium.h>
#include <string.h>

_Static_assert(KB_VAULT_KEY_LEN == KB_KERNEL_KEY_LEN, "the vault key waits in the kernel keyring");

/* Long enough for a queue of derivations on a slow machine. */
#define LOCK_WAIT_MS 60000

#define KERNEL_NAME "keybearer:vault:"
#define END_NAME "keybearer:until:"
#define KERNEL_NAME_SIZE (sizeof(KERNEL_NAME) + 2UL * KB_VAULT_ID_LEN)

_Static_assert(sizeof(END_NAME) == sizeof(KERNEL_NAME), "either fits into KERNEL_NAME_SIZE");

/* PREFIX and VAULT's id. Returns NAME. */
static const char *name_for(
    const char *prefix, const struct kb_vault *vault, char name[static KERNEL_NAME_SIZE])
{
    size_t len = strlen(prefix);

    memcpy(name, prefix, len);
    sodium_bin2hex(name + len, sizeof(vault->id) * 2 + 1, vault->id, sizeof(vault->id));
    return name;
}

/* Where the kernel keeps VAULT's key. Returns NAME. */
static const char *kernel_name(const struct kb_vault *vault, char name[static KERNEL_NAME_SIZE])
{
    return name_for(KERNEL_NAME, vault, name);
}

/* --- how long it stays unlocked ----------------------------------------------------- */

static void forget_end(const struct kb_vault *vault)
{
    char name[KERNEL_NAME_SIZE];

    KB_IGNORE(kb_kernel_key_revoke(name_for(END_NAME, vault, name), NULL));
}

/*
 * The kernel tells nobody when a key ends. So a second one beside it holds the time, and ends with
 * it: nothing depends on that, it is for people. The kernel counts by the same clock.
 */
static void note_end(const struct kb_vault *vault, unsigned ttl)
{
    KB_AUTO(kb_secret_clear) struct kb_secret end = KB_SECRET_INIT;
    unsigned char bytes[KB_KERNEL_KEY_LEN] = {0};
    int64_t wall_ms = kb_clock_now().wall_ms + ttl * INT64_C(1000);
    char name[KERNEL_NAME_SIZE];

    memcpy(bytes, &wall_ms, sizeof(wall_ms));
    if (kb_secret_set(&end, bytes, sizeof(bytes), NULL) ||
        kb_kernel_key_write(name_for(END_NAME, vault, name), &end, ttl, NULL))
        forget_end(vault); /* rather none than that of an earlier time */
}

/* In seconds; 0: not known. */
static int64_t time_left(const struct kb_vault *vault)
{
    KB_AUTO(kb_secret_clear) struct kb_secret end = KB_SECRET_INIT;
    char name[KERNEL_NAME_SIZE];
    int64_t wall_ms = 0;

    if (kb_kernel_key_read(name_for(END_NAME, vault, name), &end, NULL))
        return 0;
    memcpy(&wall_ms, end.bytes, sizeof(wall_ms));
    wall_ms -= kb_clock_now().wall_ms;
    return wall_ms > 0 && wall_ms <= KB_VAULT_TTL_MAX * INT64_C(1000) ? kb_clock_seconds(wall_ms)
                                                                      : 0;
}

static enum kb_err read_vault(int dir, struct kb_vault *ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf file = KB_BUF_INIT(KB_VAULT_FILE_MAX);
    enum kb_err rc = kb_vault_dir_read(dir, KB_VAULT_FILE, &file, err);

    if (rc == KB_ERR_NOT_FOUND)
        return kb_hinted(err, kb_fail(err, KB_ERR_NOT_FOUND, "there is no vault yet"),
            "keybearer add NAME [OPTION]... --store sealed-file");
    if (!rc)
        rc = kb_vault_unpack(&file, ret, err);
    if (rc == KB_ERR_CORRUPT)
        return kb_vault_dir_blame(rc, KB_VAULT_FILE, "restore it from a backup", err);
    return rc;
}

static enum kb_err write_vault(int dir, const struct kb_vault *vault, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf file = KB_BUF_INIT(KB_VAULT_FILE_MAX);

    kb_vault_pack(vault, &file);
    enum kb_err rc = kb_buf_check(&file, "the vault", err);
    if (rc)
        return rc;
    return kb_file_replace(dir, KB_VAULT_FILE, file.data, file.len, err);
}

/* Opens the directory and reads the vault; for readers, who need no lock. */
static enum kb_err load_vault(struct kb_vault *ret, struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int dir = -1;
    enum kb_err rc = kb_vault_open_dir(false, &dir, err);

    if (!rc)
        rc = read_vault(dir, ret, err);
    return rc;
}

static enum kb_err check_ttl(unsigned ttl, struct kb_error *err)
{
    if (ttl >= 1 && ttl <= KB_VAULT_TTL_MAX)
        return KB_OK;
    return kb_fail(err, KB_ERR_USAGE, "the vault can stay unlocked for 1 to %d seconds, not %u",
        KB_VAULT_TTL_MAX, ttl);
}

static enum kb_err keep_in_kernel(
    const struct kb_vault *vault, const struct kb_secret *key, unsigned ttl, struct kb_error *err)
{
    char name[KERNEL_NAME_SIZE];
    enum kb_err rc = kb_kernel_key_write(kernel_name(vault, name), key, ttl, err);

    if (!rc)
        note_end(vault, ttl);
    if (rc == KB_ERR_UNAVAILABLE)
        kb_hint(
            err, "use a key file: keybearer passwd --key-file FILE, then set KEYBEARER_KEY_FILE");
    return rc;
}

/* From the kernel, else with the key file that the environment names. */
static enum kb_err key_without_asking(
    const struct kb_vault *vault, struct kb_secret *ret, struct kb_error *err)
{
    char name[KERNEL_NAME_SIZE];
    const char *hint = "keybearer unlock";
    enum kb_err rc = kb_kernel_key_read(kernel_name(vault, name), ret, err);

    if (rc != KB_ERR_NOT_FOUND && rc != KB_ERR_UNAVAILABLE)
        return rc;
    struct kb_vault_opener opener = {.key_file = kb_key_file_from_environment()};
    if (opener.key_file)
        return kb_vault_unwrap(vault, &opener, ret, err);
    if (!kb_vault_find_slot(vault, KB_VAULT_SLOT_PASSPHRASE))
        hint = "set KEYBEARER_KEY_FILE to the vault's key file";
    else if (rc == KB_ERR_UNAVAILABLE)
        hint = "the kernel keyring cannot be used here; "
               "set KEYBEARER_KEY_FILE to a key file of the vault";
    else if (kb_vault_find_slot(vault, KB_VAULT_SLOT_KEY_FILE))
        hint = "keybearer unlock, or set KEYBEARER_KEY_FILE to the vault's key file";
    return kb_hinted(err, kb_fail(err, KB_ERR_LOCKED, "the vault is locked"), "%s", hint);
}

enum kb_err kb_vault_check_stays_unlocked(struct kb_error *err)
{
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;

    if (kb_key_file_from_environment() ||
        kb_kernel_key_read(KERNEL_NAME "none", &key, NULL) != KB_ERR_UNAVAILABLE)
        return KB_OK;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_UNAVAILABLE,
            "the kernel keyring cannot be used here, so a passphrase would not keep the vault "
            "unlocked"),
        "set KEYBEARER_KEY_FILE to a key file: (umask 077; head -c 32 /dev/urandom > FILE)");
}

static enum kb_err check_absent(int dir, struct kb_error *err)
{
    struct kb_vault old;
    enum kb_err rc = read_vault(dir, &old, err);

    if (rc == KB_ERR_NOT_FOUND)
        return KB_OK;
    if (rc)
        return rc;
    return kb_hinted(err, kb_fail(err, KB_ERR_DENIED, "there is a vault already"),
        "keybearer unlock unlocks it; keybearer passwd changes its passphrase");
}

enum kb_err kb_vault_create_with(
    const struct kb_vault_opener *opener, unsigned ttl, struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int dir = -1;
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    struct kb_vault vault = {0};
    enum kb_err rc = check_ttl(ttl, err);

    if (!rc)
        rc = kb_vault_dir_lock(true, kb_deadline_in_ms(LOCK_WAIT_MS), &dir, err);
    if (!rc)
        rc = check_absent(dir, err);
    if (!rc)
        rc = kb_secret_random(&key, KB_VAULT_KEY_LEN, err);
    if (!rc)
        rc = kb_random(vault.id, sizeof(vault.id), err);
    if (!rc)
        rc = kb_vault_wrap(&vault, opener, &key, err);
    if (!rc)
        rc = write_vault(dir, &vault, err);
    if (!rc)
        rc = keep_in_kernel(&vault, &key, ttl, err);
    return rc == KB_ERR_UNAVAILABLE ? KB_OK : rc;
}

enum kb_err kb_vault_create(
    const struct kb_secret *passphrase, const char *key_file, unsigned ttl, struct kb_error *err)
{
    const struct kb_vault_opener opener = {passphrase, key_file, kb_vault_cost_moderate};

    return kb_vault_create_with(&opener, ttl, err);
}

enum kb_err kb_vault_unlock(
    const struct kb_secret *passphrase, const char *key_file, unsigned ttl, struct kb_error *err)
{
    const struct kb_vault_opener opener = {.passphrase = passphrase, .key_file = key_file};
    KB_AUTO(kb_fd_close) int dir = -1;
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    struct kb_vault vault;
    enum kb_err rc = check_ttl(ttl, err);

    if (!rc)
        rc = kb_vault_dir_lock(false, kb_deadline_in_ms(LOCK_WAIT_MS), &dir, err);
    if (!rc)
        rc = read_vault(dir, &vault, err);
    if (!rc)
        rc = kb_vault_unwrap(&vault, &opener, &key, err);
    if (!rc)
        rc = keep_in_kernel(&vault, &key, ttl, err);
    return rc;
}

enum kb_err kb_vault_lock(struct kb_error *err)
{
    char name[KERNEL_NAME_SIZE];
    struct kb_vault vault;
    enum kb_err rc = load_vault(&vault, err);

    if (!rc)
        rc = kb_kernel_key_revoke(kernel_name(&vault, name), err);
    if (!rc)
        forget_end(&vault);
    /* Where there is no keyring to forget it, there is none that could hold it. */
    return rc == KB_ERR_UNAVAILABLE ? KB_OK : rc;
}

enum kb_err kb_vault_open(const struct kb_secret *passphrase, struct kb_secret *ret_key,
    unsigned char ret_id[static 16], struct kb_error *err)
{
    const struct kb_vault_opener opener = {.passphrase = passphrase};
    KB_AUTO(kb_fd_close) int dir = -1;
    struct kb_vault vault;
    enum kb_err rc;

    if (kb_secret_is_empty(passphrase))
        return kb_vault_key(ret_key, ret_id, err);
    rc = kb_vault_dir_lock(false, kb_deadline_in_ms(LOCK_WAIT_MS), &dir, err);
    if (!rc)
        rc = read_vault(dir, &vault, err);
    if (!rc)
        rc = kb_vault_unwrap(&vault, &opener, ret_key, err);
    if (!rc)
        memcpy(ret_id, vault.id, sizeof(vault.id));
    return rc;
}

/* Whoever unwrapped the key may have been asked for something more since: it may be another vault's
 * key. */
static enum kb_err check_identity(
    const struct kb_vault *vault, const unsigned char *id, struct kb_error *err)
{
    if (memcmp(vault->id, id, sizeof(vault->id)) == 0)
        return KB_OK;
    return kb_hinted(
        err, kb_fail(err, KB_ERR_DENIED, "there is another vault by now"), "run the command again");
}

enum kb_err kb_vault_rewrap(const struct kb_secret *key, const unsigned char id[static 16],
    const struct kb_secret *new_passphrase, const char *new_key_file, struct kb_error *err)
{
    const struct kb_vault_opener new = {new_passphrase, new_key_file, kb_vault_cost_moderate};
    KB_AUTO(kb_fd_close) int dir = -1;
    struct kb_vault vault;
    enum kb_err rc = kb_vault_dir_lock(false, kb_deadline_in_ms(LOCK_WAIT_MS), &dir, err);

    if (!rc)
        rc = read_vault(dir, &vault, err);
    if (!rc)
        rc = check_identity(&vault, id, err);
    if (!rc)
        rc = kb_vault_wrap(&vault, &new, key, err);
    if (!rc)
        rc = write_vault(dir, &vault, err);
    return rc;
}

enum kb_err kb_vault_remove_key_file(const unsigned char id[static 16], struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int dir = -1;
    const struct kb_vault_slot *slot;
    struct kb_vault vault = {0};
    enum kb_err rc = kb_vault_dir_lock(false, kb_deadline_in_ms(LOCK_WAIT_MS), &dir, err);

    if (!rc)
        rc = read_vault(dir, &vault, err);
    if (!rc)
        rc = check_identity(&vault, id, err);
    if (rc)
        return rc;
    if (!kb_vault_find_slot(&vault, KB_VAULT_SLOT_PASSPHRASE))
        return kb_fail(err, KB_ERR_DENIED, "the vault has no passphrase");
    slot = kb_vault_find_slot(&vault, KB_VAULT_SLOT_KEY_FILE);
    if (!slot)
        return kb_fail(err, KB_ERR_NOT_FOUND, "no key file unlocks the vault");
    vault.slots[slot - vault.slots] = vault.slots[vault.slot_count - 1];
    vault.slot_count--;
    return write_vault(dir, &vault, err);
}

enum kb_err kb_vault_key(
    struct kb_secret *ret_key, unsigned char ret_id[static 16], struct kb_error *err)
{
    struct kb_vault vault;
    enum kb_err rc = load_vault(&vault, err);

    if (!rc)
        rc = key_without_asking(&vault, ret_key, err);
    if (!rc)
        memcpy(ret_id, vault.id, sizeof(vault.id));
    return rc;
}

static bool key_file_unlocks(const struct kb_vault *vault)
{
    struct kb_vault_opener opener = {.key_file = kb_key_file_from_environment()};
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;

    return opener.key_file && !kb_vault_unwrap(vault, &opener, &key, NULL);
}

/* Why the key file cannot be read; kept apart, since `locked` tells only that the vault is. */
static void look_for_key_file(struct kb_error *ret)
{
    const char *path = kb_key_file_from_environment();

    if (path)
        KB_IGNORE(kb_vault_check_key_file(path, ret));
}

enum kb_err kb_vault_status(struct kb_vault_status *ret, struct kb_error *err)
{
    struct kb_vault vault;
    enum kb_err rc = load_vault(&vault, err);

    if (rc == KB_ERR_NOT_FOUND) {
        *ret = (struct kb_vault_status){0};
        return KB_OK;
    }
    if (rc)
        return rc;
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    struct kb_error locked = KB_ERROR_INIT;
    *ret = (struct kb_vault_status){
        .exists = true,
        .has_passphrase_slot = kb_vault_find_slot(&vault, KB_VAULT_SLOT_PASSPHRASE) != NULL,
        .has_key_file_slot = kb_vault_find_slot(&vault, KB_VAULT_SLOT_KEY_FILE) != NULL,
        .key_file_unlocks = key_file_unlocks(&vault),
        .unlocked = !key_without_asking(&vault, &key, &locked),
    };
    if (!ret->key_file_unlocks)
        look_for_key_file(&ret->no_file);
    if (!ret->unlocked)
        ret->locked = locked;
    else if (!ret->key_file_unlocks)
        ret->left_s = time_left(&vault);
    return KB_OK;
}
