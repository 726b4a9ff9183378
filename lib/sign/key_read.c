/*
 * Which form a file of a key has, and what every form must keep in the end. Must never repeat a
 * byte of the file.
 */
#include "sign/key.h"

#include "certificate.h"
#include "encode.h"
#include "found.h"
#include "library.h"
#include "pem.h"
#include "prove.h"

#include <stdlib.h>
#include <string.h>

static const char pem_begins[] = "-----BEGIN ";

void kb_sign_found_clear(struct kb_sign_found *found)
{
    kb_sign_key_clear(&found->key);
    kb_strings_clear(&found->certificates);
    kb_key_file_clear(&found->file);
}

/* --- the forms ------------------------------------------------------------------------ */

static enum kb_err read_set(
    struct kb_sign_json json, size_t object, struct kb_sign_found *found, struct kb_error *err)
{
    struct kb_json_span one, other;

    if (kb_sign_json_item(json, object, "keys", 1, &other))
        return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "there is more than one key in the set"),
            "give the one JWK that has the private key");
    if (!kb_sign_json_item(json, object, "keys", 0, &one) || json.text[one.value_start] != '{')
        return kb_fail(err, KB_ERR_USAGE, "there is no key in the set");
    return kb_sign_read_jwk(json, one.value_start, found, err);
}

static enum kb_err read_json(struct kb_sign_json json, kb_key_ask *ask, void *context,
    struct kb_sign_found *found, struct kb_error *err)
{
    size_t object = 0;
    enum kb_err rc = kb_sign_json_check(json, &object, err);

    if (rc)
        return rc;
    if (kb_sign_json_has(json, object, "kty"))
        return kb_sign_read_jwk(json, object, found, err);
    if (kb_sign_json_has(json, object, "keys"))
        return read_set(json, object, found, err);
    rc = kb_sign_read_provider(json, object, ask, context, found, err);
    if (rc == KB_ERR_NOT_FOUND)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_USAGE, "the key's file has JSON that is no private key"),
            "give a JWK, or the key file of a Google service account or of a Box app");
    return rc;
}

static enum kb_err read_pem(struct kb_sign_json text, kb_key_ask *ask, void *context,
    struct kb_sign_found *found, struct kb_error *err)
{
    KB_AUTO(kb_sign_pem_clear) struct kb_sign_pem pem = KB_SIGN_PEM_INIT;
    enum kb_err rc = kb_sign_pem_read(text.text, text.len, &pem, err);

    if (!rc)
        rc = kb_sign_pem_key(&pem, ask, context, &found->key, err);
    if (!rc) {
        found->certificates = pem.certificates;
        pem.certificates = (struct kb_strings){0};
    }
    return rc;
}

/* By its first byte, or by what PEM has somewhere. */
static enum kb_err read_any(struct kb_sign_json text, kb_key_ask *ask, void *context,
    struct kb_sign_found *found, struct kb_error *err)
{
    size_t at = 0;

    while (at < text.len && memchr(" \t\r\n", text.text[at], 4))
        at++;
    if (at < text.len && text.text[at] == '{')
        return read_json(text, ask, context, found, err);
    if (memmem(text.text, text.len, pem_begins, sizeof(pem_begins) - 1))
        return read_pem(text, ask, context, found, err);
    return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "the key's file is neither PEM nor JSON"),
        "of a .p12 or .pfx, give the file that this writes: openssl pkcs12 -in FILE -out NEW_FILE");
}

/* --- all ------------------------------------------------------------------------------ */

/* FOUND as it is kept: proved, spelled anew, its own certificate first. */
static enum kb_err finish(struct kb_sign_found *found, struct kb_error *err)
{
    enum kb_err rc = kb_sign_prove(&found->key, err);

    if (!rc)
        rc = kb_sign_order_chain(&found->certificates, &found->key, &found->file.chain, err);
    if (!rc)
        rc = kb_sign_encode(&found->key, &found->file.pkcs8, err);
    if (!found->has_alg)
        found->file.alg = kb_sign_kinds[found->key.kind].alg;
    return rc;
}

static enum kb_err check_size(size_t len, struct kb_error *err)
{
    if (len > KB_KEY_FILE_MAX)
        return kb_fail(err, KB_ERR_USAGE, "the file is larger than %d bytes", KB_KEY_FILE_MAX);
    return KB_OK;
}

enum kb_err kb_key_read(const char *text, size_t len, kb_key_ask *ask, void *context,
    struct kb_key_file *ret, struct kb_error *err)
{
    KB_SIGN_QUIET;
    KB_AUTO(kb_sign_found_clear) struct kb_sign_found found = KB_SIGN_FOUND_INIT;
    enum kb_err rc = check_size(len, err);

    if (!rc)
        rc = read_any((struct kb_sign_json){text, len}, ask, context, &found, err);
    if (!rc)
        rc = finish(&found, err);
    if (rc)
        return rc;
    kb_key_file_clear(ret);
    *ret = found.file;
    found.file = KB_KEY_FILE_INIT;
    return KB_OK;
}

enum kb_err kb_key_take_certificates(
    struct kb_client *client, const char *text, size_t len, struct kb_error *err)
{
    KB_SIGN_QUIET;
    KB_AUTO(kb_sign_pem_clear) struct kb_sign_pem pem = KB_SIGN_PEM_INIT;
    KB_AUTO(kb_sign_key_clear) struct kb_sign_key key = KB_SIGN_KEY_INIT;
    enum kb_err rc = check_size(len, err);

    if (!rc)
        rc = kb_sign_load_client(client, &key, err);
    if (!rc)
        rc = kb_sign_pem_read(text, len, &pem, err);
    if (rc)
        return rc;
    if (pem.has_key)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_USAGE, "the certificate's file has a private key in it"),
            "give that file as --client-key: the certificates in it come along");
    if (pem.certificates.count == 0)
        return kb_fail(err, KB_ERR_USAGE, "the certificate's file has no certificate in it");
    return kb_sign_order_chain(&pem.certificates, &key, &client->chain, err);
}

void kb_key_file_clear(struct kb_key_file *file)
{
    kb_secret_clear(&file->pkcs8);
    kb_secret_clear(&file->secret);
    kb_strings_clear(&file->chain);
    free(file->kid);
    free(file->client_id);
    free(file->token_url);
    *file = KB_KEY_FILE_INIT;
}
