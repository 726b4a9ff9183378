/*
 * Header, claims and signature of a JSON Web Token (RFC 7519). Must never sign what two readers
 * could understand differently: no member stands there twice. Knows no cryptography: that is the
 * signer's.
 */
#include "oauth/assertion.h"

#include "base/base64.h"
#include "base/json_write.h"
#include "config/settings.h"
#include "scope.h"

#include <stdio.h>
#include <string.h>

/* Of header and claims as JSON. In base64, with a signature, it still is a secret of our size. */
#define PART_MAX 24576

struct making {
    const struct kb_oauth_context *context;
    enum kb_assertion_use use;
    enum kb_jws_alg alg;
};

/* --- what fits together ----------------------------------------------------------------- */

static bool is_by_secret(const struct making *making)
{
    return making->use == KB_ASSERTION_CLIENT &&
           kb_client_auth_is(making->context->profile, KB_AUTH_SECRET_JWT);
}

static enum kb_err choose_algorithm(struct making *making, struct kb_error *err)
{
    const struct kb_profile *profile = making->context->profile;
    bool by_secret = is_by_secret(making);
    const char *name = profile->client_alg;

    making->alg = by_secret ? KB_JWS_HS256 : making->context->client->alg;
    if (!name)
        return KB_OK;
    if (!kb_jws_alg_from_name(name, &making->alg) ||
        kb_jws_alg_needs_secret(making->alg) != by_secret)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_CONFIG, "a client cannot sign with %s by its %s", name,
                by_secret ? "secret" : "key"),
            "correct %s", kb_setting_say(profile, "client_alg").text);
    return KB_OK;
}

/* --- the header ------------------------------------------------------------------------- */

static enum kb_err put_thumbprint(const struct making *making, enum kb_thumbprint kind,
    const char *name, struct kb_json_writer *w, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf hash = KB_BUF_INIT(KB_THUMBPRINT_MAX);
    KB_AUTO(kb_buf_clear) struct kb_buf text = KB_BUF_INIT((size_t)2 * KB_THUMBPRINT_MAX);
    const struct kb_oauth_context *context = making->context;
    enum kb_err rc = context->signer->thumbprint(context->client, kind, &hash, err);

    if (rc)
        return rc;
    kb_base64url_encode(&text, hash.data, hash.len);
    kb_json_string_member(w, name, kb_buf_text(&text));
    return KB_OK;
}

/* What the provider calls the key. A secret has no name but one that the profile gives it. */
static const char *key_id(const struct making *making)
{
    const char *said = making->context->profile->client_key_id;

    return said || kb_jws_alg_needs_secret(making->alg) ? said : making->context->client->kid;
}

static enum kb_err write_header(
    const struct making *making, struct kb_buf *out, struct kb_error *err)
{
    struct kb_json_writer w = kb_json_writer(out, 0);
    bool certified =
        !kb_jws_alg_needs_secret(making->alg) && making->context->client->chain.count > 0;
    enum kb_err rc = KB_OK;

    kb_json_open(&w, '{');
    kb_json_string_member(&w, "alg", kb_jws_alg_name(making->alg));
    kb_json_string_member(&w, "typ", "JWT");
    if (key_id(making))
        kb_json_string_member(&w, "kid", key_id(making));
    if (certified)
        rc = put_thumbprint(making, KB_THUMBPRINT_SHA1, "x5t", &w, err);
    if (!rc && certified)
        rc = put_thumbprint(making, KB_THUMBPRINT_SHA256, "x5t#S256", &w, err);
    kb_json_close(&w);
    return rc;
}

/* --- the claims ------------------------------------------------------------------------- */

static bool has_claim(const struct kb_profile *profile, const char *name)
{
    return kb_pairs_get(&profile->claims, name);
}

static enum kb_err put_audience(
    const struct kb_profile *profile, struct kb_json_writer *w, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf url = KB_BUF_INIT(4096);
    const char *said = profile->assertion_audience;
    bool is_issuer = said && strcmp(said, "issuer") == 0;

    if (is_issuer && !profile->issuer)
        return kb_hinted(err,
            kb_fail(err, KB_ERR_CONFIG,
                "profile %s does not say who the issuer is that its "
                "assertions are for",
                profile->name),
            "set %s", kb_setting_say(profile, "issuer").text);
    if (!said || strcmp(said, "token_endpoint") == 0) {
        kb_url_append(&profile->token_url, &url);
        said = kb_buf_text(&url);
    }
    kb_json_string_member(w, "aud", is_issuer ? profile->issuer : said);
    return kb_buf_check(&url, "the audience", err);
}

/* Two assertions of one request are two: a server may refuse an id that it has seen. */
static void put_times_and_id(const struct making *making, struct kb_json_writer *w)
{
    static const char *const tails[] = {
        [KB_ASSERTION_CLIENT] = "", [KB_ASSERTION_GRANT] = "-grant", [KB_ASSERTION_BEARER] = ""};
    int64_t now = kb_clock_seconds(making->context->now.wall_ms);
    char id[sizeof(making->context->fresh_id) + sizeof("-grant")];

    kb_json_int_member(w, "iat", now - KB_ASSERTION_BACK_S);
    kb_json_int_member(w, "nbf", now - KB_ASSERTION_BACK_S);
    kb_json_int_member(w, "exp", now + KB_ASSERTION_LIFE_S);
    (void)snprintf(id, sizeof(id), "%s%s", making->context->fresh_id, tails[making->use]);
    kb_json_string_member(w, "jti", id);
}

static enum kb_err put_scope(
    const struct kb_profile *profile, struct kb_json_writer *w, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf scope = KB_BUF_INIT(PART_MAX);

    if (!kb_scope_is_claim(profile) || has_claim(profile, "scope"))
        return KB_OK;
    kb_scope_append(profile, &scope);
    kb_json_string_member(w, "scope", kb_buf_text(&scope));
    return kb_buf_check(&scope, "the scope", err);
}

static enum kb_err write_claims(
    const struct making *making, struct kb_buf *out, struct kb_error *err)
{
    const struct kb_profile *profile = making->context->profile;
    const struct kb_secret *id = &making->context->client->id;
    struct kb_json_writer w = kb_json_writer(out, 0);
    enum kb_err rc;

    kb_json_open(&w, '{');
    kb_json_name(&w, "iss");
    kb_json_put_secret(&w, "", id);
    if (making->use == KB_ASSERTION_CLIENT && !has_claim(profile, "sub")) {
        kb_json_name(&w, "sub");
        kb_json_put_secret(&w, "", id);
    }
    rc = put_audience(profile, &w, err);
    put_times_and_id(making, &w);
    for (size_t i = 0; i < profile->claims.count; i++)
        kb_json_string_member(&w, profile->claims.items[i].name, profile->claims.items[i].value);
    if (!rc)
        rc = put_scope(profile, &w, err);
    kb_json_close(&w);
    return rc;
}

/* --- the whole -------------------------------------------------------------------------- */

static void put_part(struct kb_buf *token, const struct kb_buf *part)
{
    kb_base64url_encode(token, part->data, part->len);
    token->failed |= part->failed;
}

static enum kb_err sign(const struct making *making, struct kb_buf *token, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf signature = KB_BUF_INIT(KB_SIGNATURE_MAX);
    const struct kb_oauth_context *context = making->context;
    enum kb_err rc = kb_buf_check(token, "the assertion", err);

    if (!rc)
        rc = context->signer->sign(
            context->client, making->alg, token->data, token->len, &signature, err);
    kb_buf_byte(token, '.');
    put_part(token, &signature);
    return rc;
}

/* What a server says of it must not show it. */
static enum kb_err keep(
    const struct making *making, const struct kb_buf *token, struct kb_error *err)
{
    struct kb_secret *kept = making->context->assertions;

    return kept ? kb_secret_set(&kept[making->use], token->data, token->len, err) : KB_OK;
}

enum kb_err kb_assertion_build(const struct kb_oauth_context *context, enum kb_assertion_use use,
    struct kb_secret *ret, struct kb_error *err)
{
    KB_AUTO(kb_buf_clear) struct kb_buf header = KB_BUF_INIT(PART_MAX);
    KB_AUTO(kb_buf_clear) struct kb_buf claims = KB_BUF_INIT(PART_MAX);
    KB_AUTO(kb_buf_clear) struct kb_buf token = KB_BUF_INIT(KB_SECRET_MAX);
    struct making making = {.context = context, .use = use};
    enum kb_err rc;

    if (!context->signer)
        return kb_fail(err, KB_ERR_SYSTEM, "this program cannot sign for a client");
    rc = choose_algorithm(&making, err);
    if (!rc)
        rc = write_header(&making, &header, err);
    if (!rc)
        rc = write_claims(&making, &claims, err);
    if (rc)
        return rc;
    put_part(&token, &header);
    kb_buf_byte(&token, '.');
    put_part(&token, &claims);
    rc = sign(&making, &token, err);
    if (!rc)
        rc = kb_buf_check(&token, "the assertion", err);
    if (!rc)
        rc = keep(&making, &token, err);
    return rc ? rc : kb_secret_from_buf(ret, &token, err);
}
