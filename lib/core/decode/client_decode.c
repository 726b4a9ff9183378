/*
 * Reading the record that a store keeps, strictly: what is accepted is what we write. json-c's
 * copies die with it.
 */
#include "core/client_decode.h"

#include "base/json.h"
#include "core/url.h"

#include <json-c/json.h>
#include <string.h>

#define MEMBERS_1 4
#define MEMBERS_2 6

static enum kb_err damaged(struct kb_error *err)
{
    return kb_hinted(
        err, kb_fail(err, KB_ERR_CORRUPT, "the stored client is damaged"), "keybearer add NAME");
}

static enum kb_err newer(struct kb_error *err)
{
    return kb_hinted(err,
        kb_fail(err, KB_ERR_CORRUPT, "the client was stored by a newer keybearer"),
        "install the newest keybearer, or store the client again: keybearer add NAME");
}

static enum kb_err take_secret(
    struct json_object *record, const char *name, struct kb_secret *ret, struct kb_error *err)
{
    const char *text = kb_json_string(record, name);

    return text ? kb_secret_set(ret, text, strlen(text), err) : damaged(err);
}

/* --- version 1 ---------------------------------------------------------------------- */

static enum kb_err decode_1(
    struct json_object *record, struct kb_client *client, struct kb_error *err)
{
    const char *token_url = kb_json_string(record, "token_url");
    struct kb_url url;
    enum kb_err rc;

    if (json_object_object_length(record) != MEMBERS_1 || !token_url ||
        kb_url_parse(token_url, strlen(token_url), &url, NULL))
        return damaged(err);
    client->proof = KB_PROOF_SECRET;
    kb_str_set(&client->token_url, token_url);
    rc = take_secret(record, "id", &client->id, err);
    return rc ? rc : take_secret(record, "secret", &client->secret, err);
}

/* --- version 2 ---------------------------------------------------------------------- */

static enum kb_err take_chain(
    struct json_object *list, struct kb_client *client, struct kb_error *err)
{
    size_t count;

    if (!json_object_is_type(list, json_type_array))
        return damaged(err);
    count = json_object_array_length(list);
    if (count == 0 || count > KB_CLIENT_CHAIN_MAX)
        return damaged(err);
    for (size_t i = 0; i < count; i++) {
        struct json_object *one = json_object_array_get_idx(list, i);

        if (!json_object_is_type(one, json_type_string))
            return damaged(err);
        kb_strings_add(&client->chain, json_object_get_string(one));
    }
    return KB_OK;
}

static enum kb_err take_key(struct json_object *key, struct kb_client *client, struct kb_error *err)
{
    struct json_object *chain = kb_json_member(key, "chain");
    const char *alg = kb_json_string(key, "alg"), *kid = kb_json_string(key, "kid");
    int members = 2 + (kid != NULL) + (chain != NULL);
    enum kb_err rc;

    if (!json_object_is_type(key, json_type_object) || json_object_object_length(key) != members ||
        !alg)
        return damaged(err);
    if (!kb_jws_alg_from_name(alg, &client->alg))
        return newer(err);
    rc = take_secret(key, "pkcs8", &client->pkcs8, err);
    kb_str_set(&client->kid, kid);
    return !rc && chain ? take_chain(chain, client, err) : rc;
}

static enum kb_err refuse_unknown_proofs(struct json_object *proof, struct kb_error *err)
{
    if (!json_object_is_type(proof, json_type_object))
        return damaged(err);
    json_object_object_foreach(proof, name, value)
    {
        (void)value;
        if (strcmp(name, "secret") != 0 && strcmp(name, "key") != 0 && strcmp(name, "none") != 0)
            return newer(err);
    }
    return KB_OK;
}

static enum kb_err take_proof(
    struct json_object *proof, struct kb_client *client, struct kb_error *err)
{
    struct json_object *none = kb_json_member(proof, "none"), *key = kb_json_member(proof, "key");
    bool secret = kb_json_member(proof, "secret") != NULL;
    enum kb_err rc = refuse_unknown_proofs(proof, err);
    int members = (none != NULL) + secret + (key != NULL);

    if (rc)
        return rc;
    if (members == 0 || json_object_object_length(proof) != members ||
        (none && (members > 1 || !json_object_is_type(none, json_type_boolean) ||
                     !json_object_get_boolean(none))))
        return damaged(err);
    client->proof = (enum kb_proof)((secret ? KB_PROOF_SECRET : 0) | (key ? KB_PROOF_KEY : 0));
    if (secret)
        rc = take_secret(proof, "secret", &client->secret, err);
    return !rc && key ? take_key(key, client, err) : rc;
}

static bool take_identity(struct json_object *record, struct kb_client *client)
{
    const char *ref = kb_json_string(record, "ref"), *profile = kb_json_string(record, "profile");
    struct json_object *bound = kb_json_member(record, "bound");

    return json_object_object_length(record) == MEMBERS_2 && ref &&
           kb_ref_parse(ref, &client->ref) && profile && kb_profile_name_ok(profile) &&
           kb_text_copy(client->profile, sizeof(client->profile), profile) &&
           json_object_is_type(bound, json_type_object) && kb_bond_read(bound, &client->bound);
}

static enum kb_err decode_2(
    struct json_object *record, struct kb_client *client, struct kb_error *err)
{
    enum kb_err rc = take_identity(record, client) ? KB_OK : damaged(err);

    if (!rc)
        rc = take_secret(record, "id", &client->id, err);
    return rc ? rc : take_proof(kb_json_member(record, "proof"), client, err);
}

/* --- either ------------------------------------------------------------------------- */

static enum kb_err decode(
    struct json_object *record, struct kb_client *client, struct kb_error *err)
{
    struct json_object *version = kb_json_member(record, "v");
    int64_t number =
        json_object_is_type(version, json_type_int) ? json_object_get_int64(version) : 0;
    enum kb_err rc;

    if (number < 1)
        return damaged(err);
    if (number > 2)
        return newer(err);
    rc = number == 1 ? decode_1(record, client, err) : decode_2(record, client, err);
    return rc || !kb_client_check(client, NULL) ? rc : damaged(err);
}

enum kb_err kb_client_decode(
    const char *text, size_t len, struct kb_client *ret, struct kb_error *err)
{
    KB_AUTO(kb_json_release) struct json_object *record = NULL;
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    enum kb_err rc;

    if (len > KB_CLIENT_MAX || kb_json_parse(text, len, &record, NULL))
        return damaged(err);
    rc = decode(record, &client, err);
    if (!rc)
        kb_client_move(ret, &client);
    return rc;
}
