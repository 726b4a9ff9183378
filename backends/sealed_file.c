/*
 * The store "sealed-file": the vault, with one sealed client a file, under its key.
 *
 * Owns where REF.kbr, and version 1's NAME.kbc and NAME.kbf, lie and who may write now;
 * sealed_client.c owns what is in them. Never prompts: a vault that is not unlocked is reported as
 * locked, and `keybearer unlock` asks.
 */
#include "backends/store.h"
#include "backends/vault.h"
#include "base/file.h"
#include "key_file.h"
#include "sealed_client.h"
#include "stores.h"
#include "vault_dir.h"
#include "vault_format.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_NAME_SIZE (KB_PROFILE_NAME_MAX + sizeof(KB_VAULT_CLIENT_SUFFIX))
_Static_assert(FILE_NAME_SIZE >= KB_REF_TEXT + sizeof(KB_VAULT_RECORD_SUFFIX) - 1, "both fit");

static void file_name(const struct kb_store_context *context, char name[static FILE_NAME_SIZE])
{
    char ref[KB_REF_TEXT];

    if (!context->ref) {
        snprintf(name, FILE_NAME_SIZE, "%s%s", context->profile, KB_VAULT_CLIENT_SUFFIX);
        return;
    }
    kb_ref_format(context->ref, ref);
    snprintf(name, FILE_NAME_SIZE, "%s%s", ref, KB_VAULT_RECORD_SUFFIX);
}

static enum kb_err check_name(const struct kb_store_context *context, struct kb_error *err)
{
    if (kb_profile_name_ok(context->profile))
        return KB_OK;
    return kb_fail(err, KB_ERR_USAGE, "\"%s\" cannot name a profile", context->profile);
}

static enum kb_err blame(const struct kb_store_context *context, struct kb_error *err)
{
    char name[FILE_NAME_SIZE], hint[sizeof(err->hint)];

    file_name(context, name);
    snprintf(hint, sizeof(hint),
        "restore it from a backup, or store the client again: keybearer add %s", context->profile);
    return kb_vault_dir_blame(KB_ERR_CORRUPT, name, hint, err);
}

static enum kb_err not_stored(const struct kb_store_context *context, struct kb_error *err)
{
    return kb_hinted(err,
        kb_fail(err, KB_ERR_NOT_FOUND, "no client is stored for %s", context->profile),
        "keybearer add %s", context->profile);
}

/* Of a vault that is not there, whoever looks for it knows only that some `add` makes one. */
static enum kb_err name_profile(
    const struct kb_store_context *context, enum kb_err rc, struct kb_error *err)
{
    if (rc == KB_ERR_NOT_FOUND)
        kb_hint(err, "keybearer add %s", context->profile);
    return rc;
}

static enum kb_err read_file(
    const struct kb_store_context *context, struct kb_buf *ret, struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int dir = -1;
    char name[FILE_NAME_SIZE];
    enum kb_err rc = check_name(context, err);

    if (!rc)
        rc = kb_vault_open_dir(false, &dir, err);
    if (rc)
        return name_profile(context, rc, err);
    file_name(context, name);
    rc = kb_vault_dir_read(dir, name, ret, err);
    return rc == KB_ERR_NOT_FOUND ? not_stored(context, err) : rc;
}

/* What can be said of BYTES while the vault is locked. */
static enum kb_err look(const struct kb_store_context *context, const struct kb_buf *bytes,
    struct kb_vault_record *ret, struct kb_error *err)
{
    if (context->ref)
        return kb_sealed_record_look(bytes, context->ref, ret, err);
    enum kb_err rc = kb_sealed_client_look(bytes, context->profile, ret, err);
    return rc ? rc : kb_store_check_origin(context, ret->token_url, err);
}

static enum kb_err open_file(const struct kb_store_context *context, const struct kb_buf *bytes,
    struct kb_client *ret, struct kb_error *err)
{
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    struct kb_vault_record file;
    unsigned char id[KB_VAULT_ID_LEN];
    enum kb_err rc = look(context, bytes, &file, err);

    if (rc)
        return rc == KB_ERR_CORRUPT ? blame(context, err) : rc;
    rc = kb_vault_key(&key, id, err);
    if (rc)
        return name_profile(context, rc, err);
    rc = context->ref ? kb_sealed_record_open(&file, id, &key, ret, err)
                      : kb_sealed_client_open(&file, id, &key, ret, err);
    return rc == KB_ERR_CORRUPT ? blame(context, err) : rc;
}

static enum kb_err load(
    const struct kb_store_context *context, struct kb_client *ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf bytes = KB_BUF_INIT(KB_VAULT_CLIENT_FILE_MAX);
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    enum kb_err rc = read_file(context, &bytes, err);

    if (!rc)
        rc = open_file(context, &bytes, &client, err);
    if (!rc)
        rc = kb_store_check_client(context, &client, err);
    if (!rc)
        kb_client_move(ret, &client);
    return rc;
}

static enum kb_err seal(const struct kb_client *client, struct kb_buf *out, struct kb_error *err)
{
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    unsigned char id[KB_VAULT_ID_LEN];
    enum kb_err rc = kb_vault_key(&key, id, err);

    return rc ? rc : kb_sealed_record_make(client, id, &key, out, err);
}

static enum kb_err save(
    const struct kb_store_context *context, const struct kb_client *client, struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int dir = -1;
    KB_AUTO(kb_buf_clear) struct kb_buf sealed = KB_BUF_INIT(KB_VAULT_CLIENT_FILE_MAX);
    char name[FILE_NAME_SIZE];
    enum kb_err rc = check_name(context, err);

    if (!rc)
        rc = kb_store_check_fit(context, client, err);
    if (!rc)
        rc = kb_vault_dir_lock(false, kb_store_quiet_deadline(context), &dir, err);
    if (!rc)
        rc = seal(client, &sealed, err);
    if (rc)
        return rc;
    file_name(context, name);
    return kb_file_replace(dir, name, sealed.data, sealed.len, err);
}

static enum kb_err remove_one(
    int dir, const struct kb_store_context *context, const char *name, struct kb_error *err)
{
    struct stat st;

    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT)
        return not_stored(context, err);
    return kb_file_remove(dir, name, err);
}

/* What an `add` of release 0.1 that was killed was replacing. */
static enum kb_err remove_former(
    int dir, const struct kb_store_context *context, struct kb_error *err)
{
    char name[FILE_NAME_SIZE];

    snprintf(name, sizeof(name), "%s%s", context->profile, KB_VAULT_FORMER_SUFFIX);
    return remove_one(dir, context, name, err);
}

static enum kb_err remove_client(const struct kb_store_context *context, struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int dir = -1;
    char name[FILE_NAME_SIZE];
    enum kb_err former = KB_ERR_NOT_FOUND, rc = check_name(context, err);

    if (!rc)
        rc = kb_vault_dir_lock(false, kb_store_quiet_deadline(context), &dir, err);
    if (!rc && !context->ref)
        former = remove_former(dir, context, err);
    if (rc || (former && former != KB_ERR_NOT_FOUND))
        return rc ? rc : former;
    file_name(context, name);
    rc = remove_one(dir, context, name, err);
    return rc == KB_ERR_NOT_FOUND ? former : rc;
}

static enum kb_err check(const struct kb_store_context *context, struct kb_error *err)
{
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    unsigned char id[KB_VAULT_ID_LEN];
    enum kb_err rc = check_name(context, err);

    if (!rc)
        rc = kb_vault_key(&key, id, err);
    if (rc == KB_ERR_NOT_FOUND)
        rc = kb_vault_dir_check_place(err);
    else if (rc == KB_ERR_LOCKED && context->interactive)
        rc = KB_OK; /* a caller who may ask unlocks it before saving */
    else
        return rc;
    return rc ? rc : kb_vault_check_stays_unlocked(err);
}

/* A key on the same disk as what it unlocks protects against little. */
static enum kb_store_level level_of(const struct kb_vault_status *vault)
{
    if (!vault->has_key_file_slot)
        return KB_STORE_STRONG;
    const char *key_file = kb_key_file_from_environment();
    KB_AUTO(kb_fd_close) int dir = -1;
    if (!key_file || kb_vault_open_dir(false, &dir, NULL))
        return KB_STORE_UNKNOWN;
    return kb_key_file_is_beside(key_file, dir) ? KB_STORE_WEAK : KB_STORE_STRONG;
}

/* Whom a key file was promised, and it does not unlock the vault, no passphrase helps. */
static bool is_broken(const struct kb_vault_status *vault)
{
    return vault->exists && !vault->unlocked && vault->locked.code != KB_ERR_LOCKED;
}

/* "unlocked", and for how long still, where that is known. */
static void describe_unlocked(int64_t left_s, char *ret, size_t size)
{
    if (left_s == 0)
        snprintf(ret, size, "unlocked");
    else
        snprintf(ret, size, "unlocked, for another %s", kb_clock_say(left_s).text);
}

static const char *describe(const struct kb_vault_status *vault)
{
    if (!vault->exists)
        return "no vault yet";
    if (vault->key_file_unlocks)
        return "unlocked by the key file in KEYBEARER_KEY_FILE";
    if (is_broken(vault))
        return vault->locked.msg;
    return vault->has_passphrase_slot ? "waits for its passphrase" : "waits for its key file";
}

/* What to do about a protection that is less than it could be, or not known. */
static const char *advise(enum kb_store_level level)
{
    static const char *const advice[] = {
        [KB_STORE_UNKNOWN] =
            "a key file unlocks the vault, too, and where it lies is not known here: set "
            "KEYBEARER_KEY_FILE to its path, and look again",
        [KB_STORE_WEAK] =
            "the key file lies on the disk of what it unlocks: move it to another one, or "
            "let systemd hand it out as a credential (keybearer(1), EXAMPLES)",
        [KB_STORE_STRONG] = "",
    };

    return advice[level];
}

static uint64_t mark_of(const struct kb_buf *bytes)
{
    uint64_t mark = 0;
    unsigned char hash[crypto_generichash_BYTES];

    (void)crypto_generichash(
        hash, sizeof(hash), (const unsigned char *)kb_buf_text(bytes), bytes->len, NULL, 0);
    memcpy(&mark, hash, sizeof(mark));
    return mark;
}

static enum kb_err status(
    const struct kb_store_context *context, struct kb_store_status *ret, struct kb_error *err)
{
    struct kb_vault_status vault;
    KB_AUTO(kb_buf_clear) struct kb_buf bytes = KB_BUF_INIT(KB_VAULT_CLIENT_FILE_MAX);
    enum kb_err rc = kb_vault_status(&vault, err);

    if (rc)
        return rc;
    enum kb_err found = read_file(context, &bytes, err);
    if (found && found != KB_ERR_NOT_FOUND)
        return found;
    *ret = (struct kb_store_status){
        .level = level_of(&vault),
        .present = !found,
        .mark = mark_of(&bytes),
        .locked = vault.exists && !vault.unlocked,
        .broken = is_broken(&vault),
    };
    kb_text_copy(ret->next, sizeof(ret->next),
        vault.locked.hint[0] ? vault.locked.hint : advise(ret->level));
    if (vault.unlocked && !vault.key_file_unlocks)
        describe_unlocked(vault.left_s, ret->detail, sizeof(ret->detail));
    else
        kb_text_copy(ret->detail, sizeof(ret->detail), describe(&vault));
    return KB_OK;
}

const struct kb_store kb_store_sealed_file = {
    .name = "sealed-file",
    .load = load,
    .save = save,
    .remove = remove_client,
    .check = check,
    .status = status,
};
