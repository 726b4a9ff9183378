/*
 * The store "sealed-file": one encrypted file a client, under the vault's key.
 *
 * Owns NAME.kbc. Its name, its token URL and everything else before the ciphertext are
 * authenticated, so a file cannot be moved to another profile or endpoint. Never
 * prompts: a vault that is not open is reported as locked, and `keybearer unlock` asks.
 */
#include "backends/store.h"
#include "backends/vault.h"
#include "base/file.h"
#include "key_file.h"
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

static void file_name(const struct kb_store_context *context, char name[static FILE_NAME_SIZE])
{
    snprintf(name, FILE_NAME_SIZE, "%s" KB_VAULT_CLIENT_SUFFIX, context->profile);
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
    kb_fail(err, KB_ERR_NOT_FOUND, "no client is stored for %s", context->profile);
    return kb_hint(err, "keybearer add %s", context->profile);
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
        return rc;
    file_name(context, name);
    rc = kb_vault_dir_read(dir, name, ret, err);
    return rc == KB_ERR_NOT_FOUND ? not_stored(context, err) : rc;
}

/* Everything that can be said about the file without the vault's key. */
static enum kb_err unpack(const struct kb_store_context *context, const struct kb_buf *bytes,
    struct kb_vault_client *ret, struct kb_error *err)
{
    enum kb_err rc = kb_vault_client_unpack(bytes, ret, err);
    if (!rc && strcmp(ret->profile, context->profile) != 0)
        rc = kb_fail(err, KB_ERR_CORRUPT, "it was sealed for the profile \"%s\"", ret->profile);
    if (rc)
        return blame(context, err);
    return kb_client_check_bound(ret->token_url, context->token_url, context->profile, err);
}

static enum kb_err open_seal(const struct kb_vault_client *file, const struct kb_secret *key,
    struct kb_secret *ret, struct kb_error *err)
{
    /* The secret is grown to the right size first, so that plaintext only ever lies there. */
    KB_AUTO(kb_secret_clear) struct kb_secret plain = KB_SECRET_INIT;
    size_t len = file->ciphertext_len - KB_VAULT_TAG_LEN;
    enum kb_err rc = kb_secret_set(&plain, file->ciphertext, len, err);
    if (rc)
        return rc;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt((unsigned char *)plain.bytes, NULL, NULL,
            file->ciphertext, file->ciphertext_len, file->head, file->head_len, file->nonce,
            (const unsigned char *)key->bytes) != 0)
        return kb_fail(err, KB_ERR_CORRUPT, "it was changed since it was written");
    kb_secret_move(ret, &plain);
    return KB_OK;
}

static enum kb_err decode(const struct kb_vault_client *file, const struct kb_secret *plain,
    struct kb_client *ret, struct kb_error *err)
{
    struct kb_client client = KB_CLIENT_INIT;
    enum kb_err rc = kb_client_decode(plain->bytes, plain->len, &client, err);
    if (!rc && strcmp(client.token_url, file->token_url) != 0)
        rc = kb_fail(err, KB_ERR_CORRUPT, "it names two token URLs");
    if (rc) {
        kb_client_clear(&client);
        return rc;
    }
    kb_client_clear(ret);
    *ret = client;
    return KB_OK;
}

static enum kb_err load(
    const struct kb_store_context *context, struct kb_client *ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf bytes = KB_BUF_INIT(KB_VAULT_CLIENT_FILE_MAX);
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    KB_AUTO(kb_secret_clear) struct kb_secret plain = KB_SECRET_INIT;
    struct kb_vault_client file;
    unsigned char id[KB_VAULT_ID_LEN];
    enum kb_err rc = read_file(context, &bytes, err);
    if (!rc)
        rc = unpack(context, &bytes, &file, err);
    if (!rc)
        rc = kb_vault_key(&key, id, err);
    if (rc)
        return rc;
    if (memcmp(id, file.vault_id, sizeof(id)) != 0)
        rc = kb_fail(err, KB_ERR_CORRUPT, "it was sealed by another vault");
    if (!rc)
        rc = open_seal(&file, &key, &plain, err);
    if (!rc)
        rc = decode(&file, &plain, ret, err);
    return rc == KB_ERR_CORRUPT ? blame(context, err) : rc;
}

/* HEAD and ciphertext of PLAIN appended to OUT. */
static enum kb_err seal(struct kb_vault_client *file, const struct kb_buf *plain,
    const struct kb_secret *key, struct kb_buf *out, struct kb_error *err)
{
    unsigned char ciphertext[KB_VAULT_CLIENT_MAX + KB_VAULT_TAG_LEN];
    randombytes_buf(file->nonce, sizeof(file->nonce));
    file->ciphertext_len = plain->len + KB_VAULT_TAG_LEN;
    kb_vault_client_pack_head(file, out);
    enum kb_err rc = kb_buf_check(out, "the sealed file", err);
    if (rc)
        return rc;
    crypto_aead_xchacha20poly1305_ietf_encrypt(ciphertext, NULL, (const unsigned char *)plain->data,
        plain->len, (const unsigned char *)out->data, out->len, NULL, file->nonce,
        (const unsigned char *)key->bytes);
    kb_buf_add(out, ciphertext, file->ciphertext_len);
    return kb_buf_check(out, "the sealed file", err);
}

static enum kb_err check_client(
    const struct kb_store_context *context, const struct kb_client *client, struct kb_error *err)
{
    enum kb_err rc = check_name(context, err);
    if (!rc)
        rc = kb_client_check(client, err);
    if (!rc && strlen(client->token_url) > KB_VAULT_URL_MAX)
        rc = kb_fail(err, KB_ERR_USAGE, "the token URL is too long");
    if (!rc)
        rc = kb_client_check_bound(client->token_url, context->token_url, context->profile, err);
    return rc;
}

static enum kb_err seal_client(const struct kb_store_context *context,
    const struct kb_client *client, struct kb_buf *out, struct kb_error *err)
{
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    KB_AUTO(kb_buf_clear) struct kb_buf plain = KB_BUF_INIT(KB_VAULT_CLIENT_MAX);
    struct kb_vault_client file = {0};
    enum kb_err rc = kb_vault_key(&key, file.vault_id, err);
    if (rc)
        return rc;
    kb_client_encode(client, &plain);
    rc = kb_buf_check(&plain, "the client", err);
    if (rc)
        return rc;
    snprintf(file.profile, sizeof(file.profile), "%s", context->profile);
    snprintf(file.token_url, sizeof(file.token_url), "%s", client->token_url);
    return seal(&file, &plain, &key, out, err);
}

static enum kb_err save(
    const struct kb_store_context *context, const struct kb_client *client, struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int dir = -1;
    KB_AUTO(kb_buf_clear) struct kb_buf sealed = KB_BUF_INIT(KB_VAULT_CLIENT_FILE_MAX);
    char name[FILE_NAME_SIZE];
    enum kb_err rc = check_client(context, client, err);
    if (!rc)
        rc = kb_vault_dir_lock(false, context->deadline, &dir, err);
    if (!rc)
        rc = seal_client(context, client, &sealed, err);
    if (rc)
        return rc;
    file_name(context, name);
    return kb_file_replace(dir, name, sealed.data, sealed.len, err);
}

static enum kb_err remove_client(const struct kb_store_context *context, struct kb_error *err)
{
    KB_AUTO(kb_fd_close) int dir = -1;
    struct stat st;
    char name[FILE_NAME_SIZE];
    enum kb_err rc = check_name(context, err);
    if (!rc)
        rc = kb_vault_dir_lock(false, context->deadline, &dir, err);
    if (rc)
        return rc;
    file_name(context, name);
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT)
        return not_stored(context, err);
    return kb_file_remove(dir, name, err);
}

static enum kb_err check(const struct kb_store_context *context, struct kb_error *err)
{
    KB_AUTO(kb_secret_clear) struct kb_secret key = KB_SECRET_INIT;
    unsigned char id[KB_VAULT_ID_LEN];
    enum kb_err rc = check_name(context, err);
    if (!rc)
        rc = kb_vault_key(&key, id, err);
    if (rc == KB_ERR_NOT_FOUND)
        return kb_vault_dir_check_place(err);
    /* A caller who may ask opens it before saving. */
    return rc == KB_ERR_LOCKED && context->interactive ? KB_OK : rc;
}

/* A key on the same disk as what it opens protects against little. */
static enum kb_store_level level_of(const struct kb_vault_status *vault)
{
    if (!vault->has_key_file_slot)
        return KB_STORE_STRONG;
    const char *key_file = kb_key_file_from_environment();
    KB_AUTO(kb_fd_close) int dir = -1;
    if (!key_file || kb_vault_open_dir(false, &dir, NULL) != KB_OK)
        return KB_STORE_UNKNOWN;
    return kb_key_file_is_beside(key_file, dir) ? KB_STORE_WEAK : KB_STORE_STRONG;
}

static const char *describe(const struct kb_vault_status *vault)
{
    if (!vault->exists)
        return "no vault yet";
    if (vault->key_file_opens)
        return "opened by the key file in KEYBEARER_KEY_FILE";
    if (vault->unlocked)
        return "unlocked";
    return vault->has_passphrase_slot ? "waits for its passphrase" : "waits for its key file";
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
        .present = found == KB_OK,
        .locked = vault.exists && !vault.unlocked,
    };
    snprintf(ret->detail, sizeof(ret->detail), "%s", describe(&vault));
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
