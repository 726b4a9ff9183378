/*
 * What is signed for a client: "SETTINGS ID\nAUDIENCE\nSCOPE\nNAME\0VALUE\0...", the first one
 * byte. Header and claims are strict JSON, no claim is lost or changed, and none of ours can be
 * replaced.
 */
#include "fuzz.h"

#include "base/json.h"
#include "config/settings.h"
#include "oauth/assertion.h"

#include <json-c/json.h>
#include <sodium.h>

#define PART_MAX 65536

static const char *const owned[] = {"iss", "aud", "iat", "nbf", "exp", "jti"};

static enum kb_err sign(const struct kb_client *client, enum kb_jws_alg alg, const void *bytes,
    size_t len, struct kb_buf *ret, struct kb_error *err)
{
    (void)client, (void)alg, (void)err;
    MUST(len > 0 && memchr(bytes, '.', len));
    kb_buf_str(ret, "signed");
    return KB_OK;
}

static enum kb_err thumbprint(const struct kb_client *client, enum kb_thumbprint kind,
    struct kb_buf *ret, struct kb_error *err)
{
    (void)client, (void)err;
    kb_buf_str(ret, kind == KB_THUMBPRINT_SHA1 ? "20" : "32");
    return KB_OK;
}

static const struct kb_signer signer = {.sign = sign, .thumbprint = thumbprint};

/* The names that a configuration refuses, and one that stands there twice. */
static bool may_be_claim(const struct kb_profile *profile, const char *name)
{
    if (!kb_text_is_visible(name, strlen(name), 1, 128))
        return false;
    for (size_t i = 0; i < KB_COUNT(owned); i++)
        if (strcmp(name, owned[i]) == 0)
            return false;
    for (size_t i = 0; i < profile->claims.count; i++)
        if (strcmp(name, profile->claims.items[i].name) == 0)
            return false;
    return true;
}

static void take_claims(struct input *in, struct kb_profile *profile)
{
    while (in->size > 0) {
        KB_AUTO(kb_str_free) char *name = take_until(in, '\0');
        KB_AUTO(kb_str_free) char *value = take_until(in, '\0');

        if (may_be_claim(profile, name) && kb_text_is_printable(value, strlen(value), 0, 2048))
            kb_pairs_add(&profile->claims, name, value);
    }
}

static void take_texts(struct input *in, struct kb_profile *profile, struct kb_client *client)
{
    KB_AUTO(kb_str_free) char *id = take_until(in, '\n');
    KB_AUTO(kb_str_free) char *audience = take_until(in, '\n');
    KB_AUTO(kb_str_free) char *scope = take_until(in, '\n');

    if (kb_text_is_printable(id, strlen(id), 1, KB_CLIENT_ID_MAX))
        MUST(kb_secret_set(&client->id, id, strlen(id), NULL) == KB_OK);
    if (kb_text_is_printable(audience, strlen(audience), 1, KB_BOND_TEXT_MAX))
        kb_str_set(&profile->assertion_audience, audience);
    if (kb_text_is_printable(scope, strlen(scope), 1, 2048))
        kb_str_set(&profile->scope, scope);
    kb_str_set(&profile->scope_place, "claim");
}

/* The part of a token that begins at *AT, as JSON; *AT goes behind its dot. */
static struct json_object *take_part(const char **at)
{
    static char text[PART_MAX];
    size_t len = strcspn(*at, "."), decoded;
    struct json_object *object = NULL;

    MUST(sodium_base642bin((unsigned char *)text, sizeof(text), *at, len, NULL, &decoded, NULL,
             sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0);
    MUST(kb_json_parse(text, decoded, &object, NULL) == KB_OK);
    *at += len + ((*at)[len] == '.');
    return object;
}

static void must_say(struct json_object *claims, const char *name, const char *value)
{
    const char *said = kb_json_string(claims, name);

    MUST(said && strcmp(said, value) == 0);
}

static void must_hold(
    const struct kb_profile *profile, const struct kb_client *client, const struct kb_secret *token)
{
    const char *at = token->bytes;
    KB_AUTO(kb_json_release) struct json_object *header = take_part(&at);
    KB_AUTO(kb_json_release) struct json_object *claims = take_part(&at);

    MUST(strchr(at, '.') == NULL);
    must_say(header, "typ", "JWT");
    must_say(claims, "iss", client->id.bytes ? client->id.bytes : "");
    must_say(claims, "jti", "0123456789abcdef");
    for (size_t i = 0; i < profile->claims.count; i++)
        must_say(claims, profile->claims.items[i].name, profile->claims.items[i].value);
    MUST(json_object_get_int64(kb_json_member(claims, "exp")) == 1893455000 + 180);
    MUST(kb_json_string(claims, "aud"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char url[] = "https://sso.example.com/token";
    KB_AUTO(kb_client_clear) struct kb_client client = KB_CLIENT_INIT;
    KB_AUTO(kb_secret_clear) struct kb_secret token = KB_SECRET_INIT;
    struct kb_profile profile = KB_PROFILE_INIT;
    struct kb_error err = KB_ERROR_INIT;
    struct input in = {data, size};
    uint8_t settings = take_byte(&in);
    const struct kb_oauth_context context = {
        .profile = &profile,
        .client = &client,
        .now = {.wall_ms = 1893455000000},
        .fresh_id = "0123456789abcdef",
        .signer = &signer,
    };

    client.alg = (enum kb_jws_alg)(settings % KB_JWS_HS256);
    if (settings & 0x40)
        kb_strings_add(&client.chain, "AAAA");
    kb_str_set(&profile.name, "work");
    kb_str_set(&profile.client_auth, "private_key_jwt");
    MUST(kb_url_parse(url, strlen(url), &profile.token_url, NULL) == KB_OK);
    take_texts(&in, &profile, &client);
    take_claims(&in, &profile);
    enum kb_err rc = kb_assertion_build(
        &context, settings & 0x80 ? KB_ASSERTION_BEARER : KB_ASSERTION_CLIENT, &token, &err);
    must_be_presentable(rc, &err);
    MUST(rc == KB_OK || rc == KB_ERR_CONFIG || rc == KB_ERR_SYSTEM);
    if (rc == KB_OK)
        must_hold(&profile, &client, &token);
    else
        MUST(kb_secret_is_empty(&token));
    kb_profile_clear(&profile);
    return 0;
}
