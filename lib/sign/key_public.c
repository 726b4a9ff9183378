/*
 * What may be shown of a key, and its two thumbprints. Must never show a private number.
 */
#include "base/base64.h"
#include "certificate.h"
#include "jwk_public.h"
#include "library.h"
#include "sign/key.h"
#include "spki.h"

#include <openssl/crypto.h>
#include <openssl/x509.h>
#include <stdlib.h>

enum { HASH_LEN = 32, JWK_MAX = 4096 };

static enum kb_err put_jwk_thumbprint(
    const struct kb_sign_key *key, char ret[static 64], struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf jwk = KB_BUF_INIT(JWK_MAX), text = KB_BUF_INIT(63);
    char hash[HASH_LEN];
    enum kb_err rc = kb_sign_jwk_text(key, &jwk, err);

    if (!rc && EVP_Q_digest(kb_sign_library(), "SHA256", NULL, jwk.data, jwk.len,
                   (unsigned char *)hash, NULL) != 1)
        rc = kb_sign_failed("hash a key", err);
    if (rc)
        return rc;
    kb_base64url_encode(&text, hash, sizeof(hash));
    kb_text_copy(ret, 64, kb_buf_text(&text));
    return KB_OK;
}

static enum kb_err put_certificate_thumbprint(
    const struct kb_client *client, char ret[static 64], struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf hash = KB_BUF_INIT(HASH_LEN), text = KB_BUF_INIT(63);
    enum kb_err rc;

    if (client->chain.count == 0)
        return KB_OK;
    rc = kb_sign_certificate_hash(client, "SHA256", &hash, err);
    kb_base64url_encode(&text, kb_buf_text(&hash), hash.len);
    kb_text_copy(ret, 64, kb_buf_text(&text));
    return rc;
}

static enum kb_err put_spki(const struct kb_sign_key *key, char **ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_SIGN_BASE64_MAX);
    enum kb_err rc = kb_sign_spki(key, &text, err);

    if (!rc)
        kb_str_set(ret, kb_buf_text(&text));
    return rc;
}

enum kb_err kb_key_public_part(
    const struct kb_client *client, struct kb_key_public *ret, struct kb_error *err)
{
    KB_SIGN_QUIET;
    KB_AUTO(kb_sign_key_clear) struct kb_sign_key key = KB_SIGN_KEY_INIT;
    KB_AUTO(kb_key_public_clear) struct kb_key_public part = {.spki = NULL};
    enum kb_err rc = kb_sign_load_client(client, &key, err);

    if (!rc)
        rc = put_spki(&key, &part.spki, err);
    if (!rc)
        rc = put_jwk_thumbprint(&key, part.jwk, err);
    if (!rc)
        rc = put_certificate_thumbprint(client, part.certificate, err);
    if (rc)
        return rc;
    kb_key_public_clear(ret);
    *ret = part;
    part.spki = NULL;
    return KB_OK;
}

void kb_key_public_clear(struct kb_key_public *part)
{
    free(part->spki);
    *part = (struct kb_key_public){.spki = NULL};
}
