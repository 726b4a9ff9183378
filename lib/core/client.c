/*
 * The record that a store keeps: its checks and its one line of JSON. Reading it back is
 * decode/client_decode.c: the front links this file, and not that one.
 */
#include "core/client.h"

#include "base/json_write.h"

#include <stdlib.h>
#include <string.h>

#define RECORD_VERSION 2

const char *const kb_jws_alg_names[] = {
    [KB_JWS_RS256] = "RS256",
    [KB_JWS_RS384] = "RS384",
    [KB_JWS_RS512] = "RS512",
    [KB_JWS_PS256] = "PS256",
    [KB_JWS_PS384] = "PS384",
    [KB_JWS_PS512] = "PS512",
    [KB_JWS_ES256] = "ES256",
    [KB_JWS_ES384] = "ES384",
    [KB_JWS_ES512] = "ES512",
    [KB_JWS_EDDSA] = "EdDSA",
    [KB_JWS_HS256] = "HS256",
    [KB_JWS_HS384] = "HS384",
    [KB_JWS_HS512] = "HS512",
    NULL,
};

const char *kb_jws_alg_name(enum kb_jws_alg alg)
{
    return (size_t)alg < KB_COUNT(kb_jws_alg_names) - 1 ? kb_jws_alg_names[alg] : NULL;
}

bool kb_jws_alg_from_name(const char *name, enum kb_jws_alg *ret)
{
    for (size_t i = 0; i < KB_COUNT(kb_jws_alg_names) - 1; i++) {
        if (strcmp(name, kb_jws_alg_names[i]) == 0) {
            *ret = (enum kb_jws_alg)i;
            return true;
        }
    }
    return false;
}

/* --- checks ------------------------------------------------------------------------- */

static enum kb_err check_part(
    const struct kb_secret *part, const char *what, size_t max, struct kb_error *err)
{
    if (kb_secret_is_empty(part))
        return kb_fail(err, KB_ERR_USAGE, "%s is empty", what);
    if (part->len > max)
        return kb_fail(err, KB_ERR_USAGE, "%s is longer than %zu bytes", what, max);
    if (!kb_text_is_printable(part->bytes, part->len, 1, max))
        return kb_fail(err, KB_ERR_USAGE, "%s holds a character that is not printable ASCII", what);
    if (part->bytes[0] == ' ' || part->bytes[part->len - 1] == ' ')
        return kb_hinted(err, kb_fail(err, KB_ERR_USAGE, "%s begins or ends with a space", what),
            "copy it again without the surrounding space");
    return KB_OK;
}

/* One spelling: the decoder's output would encode to the same text again. */
static bool is_base64(const char *text, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t padding = len > 1 && text[len - 1] == '=' ? 1 + (text[len - 2] == '=') : 0;
    size_t last;

    if (len == 0 || len % 4 != 0 || len / 4 * 3 - padding > KB_CLIENT_KEY_MAX)
        return false;
    for (size_t i = 0; i < len - padding; i++) {
        if (!text[i] || !strchr(digits, text[i]))
            return false;
    }
    last = (size_t)(strchr(digits, text[len - padding - 1]) - digits);
    return padding == 0 || last % (padding == 1 ? 4 : 16) == 0;
}

static enum kb_err check_key(const struct kb_client *client, struct kb_error *err)
{
    const struct kb_secret *key = &client->pkcs8;

    if (kb_secret_is_empty(key) || !is_base64(key->bytes, key->len))
        return kb_fail(err, KB_ERR_USAGE, "the client's key is not base64 of at most %d bytes",
            KB_CLIENT_KEY_MAX);
    if (!kb_jws_alg_name(client->alg) || kb_jws_alg_needs_secret(client->alg))
        return kb_fail(err, KB_ERR_USAGE, "the client's key is for no known algorithm");
    if (client->kid &&
        !kb_text_is_printable(client->kid, strlen(client->kid), 1, KB_CLIENT_KID_MAX))
        return kb_fail(err, KB_ERR_USAGE, "the name of the client's key cannot be one");
    if (client->chain.count > KB_CLIENT_CHAIN_MAX)
        return kb_fail(err, KB_ERR_USAGE, "the client's key has more than %d certificates",
            KB_CLIENT_CHAIN_MAX);
    for (size_t i = 0; i < client->chain.count; i++) {
        if (!is_base64(client->chain.items[i], strlen(client->chain.items[i])))
            return kb_fail(err, KB_ERR_USAGE, "a certificate of the client's key is not base64");
    }
    return KB_OK;
}

static bool same_text(const char *one, const char *other)
{
    return one && other ? strcmp(one, other) == 0 : one == other;
}

static bool same_key(const struct kb_client *one, const struct kb_client *other)
{
    if (!kb_secret_equal(&one->pkcs8, &other->pkcs8) || one->alg != other->alg ||
        !same_text(one->kid, other->kid) || one->chain.count != other->chain.count)
        return false;
    for (size_t i = 0; i < one->chain.count; i++)
        if (strcmp(one->chain.items[i], other->chain.items[i]) != 0)
            return false;
    return true;
}

static bool same_id(const struct kb_client *one, const struct kb_client *other)
{
    return kb_secret_equal(&one->id, &other->id) ||
           (kb_secret_is_empty(&one->id) && kb_secret_is_empty(&other->id));
}

bool kb_client_same_secret(const struct kb_client *one, const struct kb_client *other)
{
    return one->proof == other->proof && same_id(one, other) &&
           (!(one->proof & KB_PROOF_SECRET) || kb_secret_equal(&one->secret, &other->secret)) &&
           (!(one->proof & KB_PROOF_KEY) || same_key(one, other));
}

/* One without a client has nothing but its key. */
static enum kb_err check_id(const struct kb_client *client, struct kb_error *err)
{
    if (kb_bond_is_nowhere(&client->bound) &&
        (!kb_secret_is_empty(&client->id) || client->proof != KB_PROOF_KEY))
        return kb_fail(err, KB_ERR_USAGE, "what is bound to nothing can only be a key alone");
    if (kb_secret_is_empty(&client->id) &&
        (client->proof == KB_PROOF_NONE || client->proof == KB_PROOF_KEY))
        return KB_OK;
    return check_part(&client->id, "the client id", KB_CLIENT_ID_MAX, err);
}

enum kb_err kb_client_check(const struct kb_client *client, struct kb_error *err)
{
    enum kb_err rc = check_id(client, err);

    if (!rc && client->proof & KB_PROOF_SECRET)
        rc = check_part(&client->secret, "the client secret", KB_CLIENT_SECRET_MAX, err);
    if (!rc && client->proof & KB_PROOF_KEY)
        rc = check_key(client, err);
    return rc;
}

/* --- its line ----------------------------------------------------------------------- */

static void encode_key(struct kb_json_writer *w, const struct kb_client *client)
{
    kb_json_open_member(w, "key", '{');
    kb_json_string_member(w, "alg", kb_jws_alg_name(client->alg));
    kb_json_name(w, "pkcs8");
    kb_json_put_secret(w, "", &client->pkcs8);
    if (client->kid)
        kb_json_string_member(w, "kid", client->kid);
    if (client->chain.count > 0) {
        kb_json_open_member(w, "chain", '[');
        for (size_t i = 0; i < client->chain.count; i++)
            kb_json_put_string(w, client->chain.items[i]);
        kb_json_close(w);
    }
    kb_json_close(w);
}

static void encode_proof(struct kb_json_writer *w, const struct kb_client *client)
{
    kb_json_open_member(w, "proof", '{');
    if (client->proof == KB_PROOF_NONE)
        kb_json_bool_member(w, "none", true);
    if (client->proof & KB_PROOF_SECRET) {
        kb_json_name(w, "secret");
        kb_json_put_secret(w, "", &client->secret);
    }
    if (client->proof & KB_PROOF_KEY)
        encode_key(w, client);
    kb_json_close(w);
}

void kb_client_encode(const struct kb_client *client, struct kb_buf *out)
{
    struct kb_json_writer w = kb_json_writer(out, 0);
    char ref[KB_REF_TEXT];

    kb_ref_format(&client->ref, ref);
    kb_json_open(&w, '{');
    kb_json_int_member(&w, "v", RECORD_VERSION);
    kb_json_string_member(&w, "ref", ref);
    kb_json_string_member(&w, "profile", client->profile);
    kb_json_name(&w, "bound");
    kb_bond_write(&w, &client->bound);
    kb_json_name(&w, "id");
    kb_json_put_secret(&w, "", &client->id);
    encode_proof(&w, client);
    kb_json_close(&w);
}

/* --- as a value --------------------------------------------------------------------- */

void kb_client_move(struct kb_client *dst, struct kb_client *src)
{
    kb_client_clear(dst);
    *dst = *src;
    *src = KB_CLIENT_INIT;
}

void kb_client_clear(struct kb_client *client)
{
    if (!client)
        return;
    kb_secret_clear(&client->id);
    kb_secret_clear(&client->secret);
    kb_secret_clear(&client->pkcs8);
    kb_strings_clear(&client->chain);
    free(client->kid);
    free(client->token_url);
    *client = KB_CLIENT_INIT;
}
