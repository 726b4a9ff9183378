/*
 * One client sealed under the vault's key: the bytes of REF.kbr, made and opened, and those of
 * version 1's NAME.kbc, opened.
 *
 * Everything before the ciphertext is authenticated, so a file cannot take the place of another.
 * Touches no file, and keeps plaintext only in memory that is wiped.
 */
#include "sealed_client.h"

#include "base/random.h"
#include "core/client_decode.h"

#include <sodium.h>
#include <string.h>

/* *RET is the client in FILE, whichever it is. */
static enum kb_err open_seal(const struct kb_vault_record *file,
    const unsigned char vault_id[static KB_VAULT_ID_LEN], const struct kb_secret *key,
    struct kb_client *ret, struct kb_error *err)
{
    /* The secret is grown to the right size first, so that plaintext only ever lies there. */
    KB_AUTO(kb_secret_clear) struct kb_secret plain = KB_SECRET_INIT;
    if (memcmp(vault_id, file->vault_id, KB_VAULT_ID_LEN) != 0)
        return kb_fail(err, KB_ERR_CORRUPT, "it was sealed by another vault");
    enum kb_err rc =
        kb_secret_set(&plain, file->ciphertext, file->ciphertext_len - KB_VAULT_TAG_LEN, err);
    if (rc)
        return rc;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt((unsigned char *)plain.bytes, NULL, NULL,
            file->ciphertext, file->ciphertext_len, file->head, file->head_len, file->nonce,
            (const unsigned char *)key->bytes) != 0)
        return kb_hinted(err, kb_fail(err, KB_ERR_CORRUPT, "it was changed since it was written"),
            "keybearer lock, and try again with the vault unlocked anew; else "
            "restore the file from a backup, or add the client again");
    return kb_client_decode(plain.bytes, plain.len, ret, err);
}

/* --- version 1 ---------------------------------------------------------------------- */

enum kb_err kb_sealed_client_look(const struct kb_buf *bytes, const char *profile,
    struct kb_vault_record *ret, struct kb_error *err)
{
    struct kb_vault_record file;
    enum kb_err rc = kb_vault_client_unpack(bytes, &file, err);

    if (!rc && strcmp(file.profile, profile) != 0)
        rc = kb_fail(err, KB_ERR_CORRUPT, "it was sealed for the profile \"%s\"", file.profile);
    if (!rc)
        *ret = file;
    return rc;
}

enum kb_err kb_sealed_client_open(const struct kb_vault_record *file,
    const unsigned char vault_id[static KB_VAULT_ID_LEN], const struct kb_secret *key,
    struct kb_client *ret, struct kb_error *err)
{
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    enum kb_err rc = open_seal(file, vault_id, key, &client, err);

    if (!rc && (!client.token_url || strcmp(client.token_url, file->token_url) != 0))
        rc = kb_fail(err, KB_ERR_CORRUPT, "it names two token URLs");
    if (!rc)
        kb_client_move(ret, &client);
    return rc;
}

/* --- version 2 ---------------------------------------------------------------------- */

enum kb_err kb_sealed_record_look(const struct kb_buf *bytes, const struct kb_ref *ref,
    struct kb_vault_record *ret, struct kb_error *err)
{
    struct kb_vault_record file;
    enum kb_err rc = kb_vault_record_unpack(bytes, &file, err);

    if (!rc && !kb_ref_equal(&file.ref, ref))
        rc = kb_fail(err, KB_ERR_CORRUPT, "it was sealed under another name");
    if (!rc)
        *ret = file;
    return rc;
}

enum kb_err kb_sealed_record_open(const struct kb_vault_record *file,
    const unsigned char vault_id[static KB_VAULT_ID_LEN], const struct kb_secret *key,
    struct kb_client *ret, struct kb_error *err)
{
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    enum kb_err rc = open_seal(file, vault_id, key, &client, err);

    if (!rc && (client.token_url || !kb_ref_equal(&client.ref, &file->ref)))
        rc = kb_fail(err, KB_ERR_CORRUPT, "it holds another client");
    if (!rc)
        kb_client_move(ret, &client);
    return rc;
}

/* HEAD and ciphertext of PLAIN appended to OUT. */
static enum kb_err seal_record(struct kb_vault_record *file, const struct kb_buf *plain,
    const struct kb_secret *key, struct kb_buf *out, struct kb_error *err)
{
    unsigned char ciphertext[KB_VAULT_CLIENT_MAX + KB_VAULT_TAG_LEN];
    enum kb_err rc = kb_random(file->nonce, sizeof(file->nonce), err);

    if (rc)
        return rc;
    file->ciphertext_len = plain->len + KB_VAULT_TAG_LEN;
    kb_vault_record_pack_head(file, out);
    rc = kb_buf_check(out, "the sealed client", err);
    if (rc)
        return rc;
    crypto_aead_xchacha20poly1305_ietf_encrypt(ciphertext, NULL, (const unsigned char *)plain->data,
        plain->len, (const unsigned char *)out->data, out->len, NULL, file->nonce,
        (const unsigned char *)key->bytes);
    kb_buf_add(out, ciphertext, file->ciphertext_len);
    return kb_buf_check(out, "the sealed client", err);
}

enum kb_err kb_sealed_record_make(const struct kb_client *client,
    const unsigned char vault_id[static KB_VAULT_ID_LEN], const struct kb_secret *key,
    struct kb_buf *out, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf plain = KB_BUF_INIT(KB_VAULT_CLIENT_MAX);
    struct kb_vault_record file = {.ref = client->ref};

    kb_client_encode(client, &plain);
    enum kb_err rc = kb_buf_check(&plain, "the client", err);
    if (rc)
        return rc;
    memcpy(file.vault_id, vault_id, sizeof(file.vault_id));
    return seal_record(&file, &plain, key, out, err);
}
