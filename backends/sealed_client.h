/*
 * One client sealed under the vault's key: the bytes of REF.kbr, made and opened, and those of
 * version 1's NAME.kbc, opened. Private to this layer.
 */
#ifndef KB_BACKENDS_SEALED_CLIENT_H
#define KB_BACKENDS_SEALED_CLIENT_H

#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"
#include "core/client.h"
#include "vault_format.h"

/* Appends CLIENT, sealed under its reference and KEY of the vault VAULT_ID, to OUT. */
KB_CHECKED enum kb_err kb_sealed_record_make(const struct kb_client *client,
    const unsigned char vault_id[static KB_VAULT_ID_LEN], const struct kb_secret *key,
    struct kb_buf *out, struct kb_error *err);

/*
 * What can be said about BYTES, which must outlive *RET, without a key. KB_ERR_CORRUPT: not a
 * file for the client REF.
 */
KB_CHECKED enum kb_err kb_sealed_record_look(const struct kb_buf *bytes, const struct kb_ref *ref,
    struct kb_vault_record *ret, struct kb_error *err);

/*
 * Opens FILE with KEY of the vault VAULT_ID. KB_ERR_CORRUPT: sealed by another vault, changed
 * since it was written, or not the client that its name says.
 */
KB_CHECKED enum kb_err kb_sealed_record_open(const struct kb_vault_record *file,
    const unsigned char vault_id[static KB_VAULT_ID_LEN], const struct kb_secret *key,
    struct kb_client *ret, struct kb_error *err);

/* --- version 1 --- */

/*
 * What can be said about BYTES, which must outlive *RET, without a key. KB_ERR_CORRUPT: not a
 * file for PROFILE.
 */
KB_CHECKED enum kb_err kb_sealed_client_look(const struct kb_buf *bytes, const char *profile,
    struct kb_vault_record *ret, struct kb_error *err);

/*
 * Opens FILE with KEY of the vault VAULT_ID. KB_ERR_CORRUPT: sealed by another vault, changed
 * since it was written, or not a client.
 */
KB_CHECKED enum kb_err kb_sealed_client_open(const struct kb_vault_record *file,
    const unsigned char vault_id[static KB_VAULT_ID_LEN], const struct kb_secret *key,
    struct kb_client *ret, struct kb_error *err);

#endif
