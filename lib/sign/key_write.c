/*
 * A key's public part in the forms that providers take, and what TLS takes from memory. Must
 * never write a private key to anything but a struct kb_secret.
 */
#include "base/json_write.h"
#include "certificate.h"
#include "jwk_public.h"
#include "library.h"
#include "pem.h"
#include "sign/key.h"
#include "spki.h"

#include <string.h>

static enum kb_err write_pem(
    const struct kb_sign_key *key, struct kb_buf *out, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT(KB_SIGN_BASE64_MAX);
    enum kb_err rc = kb_sign_spki(key, &text, err);

    if (rc)
        return rc;
    kb_sign_pem_write(out, "PUBLIC KEY", kb_buf_text(&text), text.len);
    return kb_buf_check(out, "a public key", err);
}

static void put_jwk(
    const struct kb_client *client, const struct kb_pairs *members, struct kb_json_writer *w)
{
    kb_json_open(w, '{');
    for (size_t i = 0; i < members->count; i++)
        kb_json_string_member(w, members->items[i].name, members->items[i].value);
    if (client->kid)
        kb_json_string_member(w, "kid", client->kid);
    kb_json_string_member(w, "alg", kb_jws_alg_name(client->alg));
    kb_json_string_member(w, "use", "sig");
    kb_json_close(w);
}

static enum kb_err write_jwk(const struct kb_client *client, const struct kb_sign_key *key,
    bool in_set, struct kb_buf *out, struct kb_error *err)
{
    KB_AUTO(kb_pairs_clear) struct kb_pairs members = {0};
    struct kb_json_writer w = kb_json_writer(out, 0);
    enum kb_err rc = kb_sign_jwk_members(key, &members, err);

    if (rc)
        return rc;
    if (in_set) {
        kb_json_open(&w, '{');
        kb_json_open_member(&w, "keys", '[');
    }
    put_jwk(client, &members, &w);
    if (in_set) {
        kb_json_close(&w);
        kb_json_close(&w);
    }
    kb_buf_byte(out, '\n');
    return kb_buf_check(out, "a public key", err);
}

enum kb_err kb_key_write_public(const struct kb_client *client, enum kb_key_format format,
    const char *subject, int64_t now_s, struct kb_buf *out, struct kb_error *err)
{
    KB_SIGN_QUIET;
    KB_AUTO(kb_sign_key_clear) struct kb_sign_key key = KB_SIGN_KEY_INIT;
    enum kb_err rc = kb_sign_load_client(client, &key, err);

    if (rc)
        return rc;
    switch (format) {
    case KB_KEY_PEM:
        return write_pem(&key, out, err);
    case KB_KEY_JWK:
    case KB_KEY_JWKS:
        return write_jwk(client, &key, format == KB_KEY_JWKS, out, err);
    case KB_KEY_CERTIFICATE:
        break;
    }
    return kb_sign_make_certificate(&key, subject, now_s, out, err);
}

enum kb_err kb_key_write_tls(const struct kb_client *client, struct kb_buf *ret_certificates,
    struct kb_secret *ret_key, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf key = KB_BUF_INIT(KB_SIGN_BASE64_MAX);
    enum kb_err rc;

    if (!(client->proof & KB_PROOF_KEY) || client->chain.count == 0)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_CONFIG, "the client has no key with a certificate"),
            "keybearer add %s --client-key FILE --client-cert FILE", client->profile);
    for (size_t i = 0; i < client->chain.count; i++)
        kb_sign_pem_write(ret_certificates, "CERTIFICATE", client->chain.items[i],
            strlen(client->chain.items[i]));
    rc = kb_buf_check(ret_certificates, "the client's certificates", err);
    if (rc)
        return rc;
    kb_sign_pem_write(&key, "PRIVATE KEY", client->pkcs8.bytes, client->pkcs8.len);
    return kb_secret_from_buf(ret_key, &key, err);
}
