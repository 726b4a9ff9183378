/*
 * "PROFILE\nTOKEN-URL\nPLAINTEXT", sealed under a key that we know: opens for this profile,
 * origin, vault and key only, and only to a client of this very URL; and with one byte changed
 * not at all.
 */
#include "fuzz.h"

#include "../client_head.h"
#include "core/client_decode.h"
#include "sealed_client.h"

#include <sodium.h>

static const unsigned char vault_id[KB_VAULT_ID_LEN + 1] = "the fuzzed vault";
static const unsigned char other_id[KB_VAULT_ID_LEN + 1] = "some other vault";
static const char key_bytes[KB_VAULT_KEY_LEN + 1] = "thirty-two bytes of a known key.";

struct sealed {
    struct kb_vault_record head; /* its profile and token URL are what was asked for */
    struct kb_buf bytes;
    struct kb_secret key;
};

static void clear(struct sealed *sealed)
{
    kb_buf_clear(&sealed->bytes);
    kb_secret_clear(&sealed->key);
}

static void seal(struct sealed *sealed, const struct input *plain)
{
    unsigned char ciphertext[KB_VAULT_CLIENT_MAX + KB_VAULT_TAG_LEN];
    struct kb_buf *out = &sealed->bytes;

    memcpy(sealed->head.vault_id, vault_id, KB_VAULT_ID_LEN);
    sealed->head.ciphertext_len = plain->size + KB_VAULT_TAG_LEN;
    pack_client_head(&sealed->head, out);
    MUST(crypto_aead_xchacha20poly1305_ietf_encrypt(ciphertext, NULL, plain->data, plain->size,
             (const unsigned char *)out->data, out->len, NULL, sealed->head.nonce,
             (const unsigned char *)sealed->key.bytes) == 0);
    kb_buf_add(out, ciphertext, sealed->head.ciphertext_len);
    MUST(!out->failed);
}

static enum kb_err open_with(const struct sealed *sealed, const unsigned char *id,
    const struct kb_secret *key, struct kb_client *ret)
{
    struct kb_error err = KB_ERROR_INIT;
    struct kb_vault_record file = {0};
    enum kb_err rc = kb_sealed_client_look(&sealed->bytes, sealed->head.profile, &file, &err);

    if (!rc)
        rc = kb_sealed_client_open(&file, id, key, ret, &err);
    must_be_presentable(rc, &err);
    MUST(rc == KB_OK || (kb_secret_is_empty(&ret->secret) && !ret->token_url));
    return rc;
}

/* Opens exactly when what is in it is a client of the URL on its head. */
static void open_as_it_is(const struct sealed *sealed, const struct input *plain)
{
    KB_AUTO(kb_client_clear) struct kb_client inner = KB_CLIENT_INIT;
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    enum kb_err inner_rc = kb_client_decode((const char *)plain->data, plain->size, &inner, NULL);
    bool fits =
        !inner_rc && inner.token_url && strcmp(inner.token_url, sealed->head.token_url) == 0;
    enum kb_err rc = open_with(sealed, vault_id, &sealed->key, &client);

    MUST((rc == KB_OK) == fits);
    MUST(!fits || kb_secret_equal(&inner.secret, &client.secret));
}

static void must_not_open(
    const struct sealed *sealed, const unsigned char *id, const struct kb_secret *key)
{
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;

    MUST(open_with(sealed, id, key, &client) != KB_OK);
}

static void open_otherwise(struct sealed *sealed, size_t seed)
{
    KB_AUTO(kb_secret_clear) struct kb_secret other_key = KB_SECRET_INIT;

    must_not_open(sealed, other_id, &sealed->key);
    MUST(kb_secret_set(&other_key, key_bytes + 1, KB_VAULT_KEY_LEN, NULL) == KB_OK);
    must_not_open(sealed, vault_id, &other_key);
    sealed->bytes.data[seed % sealed->bytes.len] ^= (char)(1U << seed % 8);
    must_not_open(sealed, vault_id, &sealed->key);
}

/* The same plaintext under the reference that it names, or some other, in a file of version 2. */
static void seal_as_record(struct sealed *sealed, const struct input *plain,
    const struct kb_client *inner, struct kb_vault_record *record)
{
    unsigned char ciphertext[KB_VAULT_CLIENT_MAX + KB_VAULT_TAG_LEN];
    struct kb_buf *out = &sealed->bytes;

    *record = (struct kb_vault_record){.ref = inner->ref};
    memcpy(record->vault_id, vault_id, KB_VAULT_ID_LEN);
    record->ciphertext_len = plain->size + KB_VAULT_TAG_LEN;
    kb_buf_reset(out);
    kb_vault_record_pack_head(record, out);
    MUST(crypto_aead_xchacha20poly1305_ietf_encrypt(ciphertext, NULL, plain->data, plain->size,
             (const unsigned char *)out->data, out->len, NULL, record->nonce,
             (const unsigned char *)sealed->key.bytes) == 0);
    kb_buf_add(out, ciphertext, record->ciphertext_len);
    MUST(!out->failed);
}

static enum kb_err open_record(const struct sealed *sealed, const struct kb_ref *ref,
    const unsigned char *id, struct kb_client *ret)
{
    struct kb_error err = KB_ERROR_INIT;
    struct kb_vault_record file = {.ciphertext_len = 0};
    enum kb_err rc = kb_sealed_record_look(&sealed->bytes, ref, &file, &err);

    if (!rc)
        rc = kb_sealed_record_open(&file, id, &sealed->key, ret, &err);
    must_be_presentable(rc, &err);
    MUST(rc == KB_OK || (kb_secret_is_empty(&ret->secret) && kb_secret_is_empty(&ret->pkcs8)));
    return rc;
}

static void read_as_record(struct sealed *sealed, const struct input *plain, size_t seed)
{
    KB_AUTO(kb_client_clear) struct kb_client inner = KB_CLIENT_INIT;
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    enum kb_err inner_rc = kb_client_decode((const char *)plain->data, plain->size, &inner, NULL);
    struct kb_vault_record record;
    struct kb_ref other;

    seal_as_record(sealed, plain, &inner, &record);
    MUST((open_record(sealed, &record.ref, vault_id, &client) == KB_OK) ==
         (!inner_rc && !inner.token_url));
    kb_client_clear(&client);
    other = record.ref;
    other.bytes[seed % KB_REF_LEN] ^= 1;
    MUST(open_record(sealed, &other, vault_id, &client) == KB_ERR_CORRUPT);
    MUST(open_record(sealed, &record.ref, other_id, &client) == KB_ERR_CORRUPT);
    sealed->bytes.data[seed % sealed->bytes.len] ^= (char)(1U << seed % 8);
    MUST(open_record(sealed, &record.ref, vault_id, &client) == KB_ERR_CORRUPT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    KB_AUTO(clear) struct sealed sealed = {.bytes = KB_BUF_INIT(KB_VAULT_CLIENT_FILE_MAX)};
    struct input plain = {data, size};
    KB_AUTO(kb_str_free) char *profile = take_until(&plain, '\n');
    KB_AUTO(kb_str_free) char *url = take_until(&plain, '\n');

    if (!kb_text_copy(sealed.head.profile, sizeof(sealed.head.profile), profile) ||
        !kb_text_copy(sealed.head.token_url, sizeof(sealed.head.token_url), url) ||
        plain.size == 0 || plain.size > KB_VAULT_CLIENT_MAX)
        return 0;
    MUST(kb_secret_set(&sealed.key, key_bytes, KB_VAULT_KEY_LEN, NULL) == KB_OK);
    seal(&sealed, &plain);
    open_as_it_is(&sealed, &plain);
    open_otherwise(&sealed, size * 31 + plain.data[0]);
    read_as_record(&sealed, &plain, size * 31 + plain.data[0]);
    return 0;
}
