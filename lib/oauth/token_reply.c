/*
 * The way from a reply to a token. Must never make a token of a reply that two readers
 * could understand differently, and never put a part of the body into an error.
 */
#include "reading.h"

#include "base/json.h"
#include "config/settings.h"
#include "oauth/redact.h"
#include "oauth/request_id.h"

#include <string.h>
#include <strings.h>

#define WORDS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 _-"

/* Real providers do that, so a person may say that the last to answer does: by setting KEY. */
static enum kb_err hint_setting(
    const struct kb_reading *r, enum kb_err rc, const char *key, const char *value)
{
    const char *option = kb_setting_find(key)->option;

    if (!r->is_last)
        return rc;
    if (r->profile->is_typed)
        return kb_hinted(r->err, rc, "if the provider documents that: --%s '%s'", option, value);
    return kb_hinted(r->err, rc,
        "if the provider documents that: \"%s\": \"%s\" in profile %s of the configuration", key,
        value, r->profile->name);
}

/* Whether all but the head says that this is a token. */
static bool holds_token(const struct kb_reading *r)
{
    KB_AUTO(kb_json_release) struct json_object *body = NULL;
    const struct kb_buf *text = &r->reply->body;
    struct json_object *value = NULL;

    return !kb_json_parse(kb_buf_text(text), text->len, &body, NULL) &&
           kb_reading_find(body, r->path, &value) && json_object_is_type(value, json_type_string);
}

static enum kb_err refuse_type(const struct kb_reading *r, const char *type)
{
    char shown[KB_TOKEN_TYPE_MAX + 1];
    enum kb_err rc;

    if (type)
        kb_redact(type, strlen(type), r->context, shown, sizeof(shown));
    rc = type ? kb_reading_malformed(r, "with %s instead of JSON", shown)
              : kb_reading_malformed(r, "without a Content-Type");
    return holds_token(r) ? hint_setting(r, rc, "reply_type", "any") : rc;
}

static enum kb_err check_type(const struct kb_reading *r)
{
    const char *said = r->is_last ? r->profile->reply_type : NULL;
    bool conflict = false, any = said && strcmp(said, "any") == 0;
    const char *type = kb_http_header(r->reply, "Content-Type", &conflict);

    if (conflict)
        return kb_reading_malformed(r, "with two different Content-Types");
    return any || (type && r->shape->is_type(type)) ? KB_OK : refuse_type(r, type);
}

static enum kb_err parse_body(const struct kb_reading *r, struct json_object **ret)
{
    const struct kb_buf *body = &r->reply->body;
    struct kb_error why = KB_ERROR_INIT;
    enum kb_err rc = kb_json_parse(kb_buf_text(body), body->len, ret, &why);
    if (rc == KB_ERR_SYSTEM)
        return kb_fail(r->err, rc, "%s", why.msg);
    if (rc)
        return kb_reading_malformed(r,
            "with a body that is not strict JSON: line %d, column %d: %s", why.place.line,
            why.place.column, why.msg);
    return KB_OK;
}

/* Only a string is a token: a number that was made into one would be what no server meant. */
static const char *token_text(const struct kb_reading *r, const struct json_object *body)
{
    struct json_object *value = NULL;

    if (!kb_reading_find(body, r->path, &value) || !json_object_is_type(value, json_type_string))
        return NULL;
    return json_object_get_string(value);
}

static enum kb_err check_token(const struct kb_reading *r, const char *text)
{
    const char *what = r->path == r->shape->token ? "an " : "a value at ";
    size_t len = text ? strlen(text) : 0;

    if (len > KB_TOKEN_MAX && kb_text_is_visible(text, len, 1, len))
        return kb_reading_malformed(r, "with %s%s of %zu bytes; %d is the most that tools can take",
            what, r->path, len, KB_TOKEN_MAX);
    if (!text || !kb_token_text_ok(text, len))
        return kb_reading_malformed(r, "with %s%s that is not a token", what, r->path);
    return KB_OK;
}

/*
 * What must not be taken for a bearer token has no hint: the setting would refuse it. Nor has what
 * a shell would read otherwise, as the server chose it.
 */
static enum kb_err refuse_token_type(const struct kb_reading *r, const char *type)
{
    char shown[KB_TOKEN_TYPE_MAX + 1];
    enum kb_err rc;

    kb_redact(type, strlen(type), r->context, shown, sizeof(shown));
    rc = kb_reading_malformed(r, "with a token of type \"%s\", not of type Bearer", shown);
    return strcmp(shown, type) == 0 && type[strspn(type, WORDS)] == '\0' &&
                   kb_token_type_may_be_bearer(type)
               ? hint_setting(r, rc, "token_type", type)
               : rc;
}

/* *RET_FOUND: OBJECT names a type, and it is one that a bearer token has. */
static enum kb_err check_type_in(
    const struct kb_reading *r, const struct json_object *object, bool *ret_found)
{
    const char *type = kb_json_string(object, r->shape->type);
    const char *also = r->is_last ? r->profile->token_type : NULL;

    if (!type && kb_json_member(object, r->shape->type))
        return kb_reading_malformed(r, "with a %s that is no text", r->shape->type);
    if (type && strcasecmp(type, "Bearer") != 0 && (!also || strcasecmp(type, also) != 0))
        return refuse_token_type(r, type);
    *ret_found = *ret_found || type;
    return KB_OK;
}

/* The object that the token is a member of. */
static const struct json_object *beside_token(
    const struct kb_reading *r, const struct json_object *body)
{
    KB_AUTO(kb_str_free) char *path = NULL;
    struct json_object *object = NULL;
    char *dot;

    kb_str_set(&path, r->path);
    dot = strrchr(path, '.');
    if (!dot)
        return body;
    *dot = '\0';
    return kb_reading_find(body, path, &object) ? object : body;
}

/* It may stand beside the token or at the top. Where it does both, both count. */
static enum kb_err check_token_type(const struct kb_reading *r, const struct json_object *body)
{
    const struct json_object *beside = beside_token(r, body);
    const char *also = r->is_last ? r->profile->token_type : NULL;
    bool found = false;
    enum kb_err rc = check_type_in(r, body, &found);

    if (!rc && beside != body)
        rc = check_type_in(r, beside, &found);
    if (rc || found || (also && strcmp(also, "none") == 0))
        return rc;
    rc = kb_reading_malformed(r, "without a %s", r->shape->type);
    return hint_setting(r, rc, "token_type", "none");
}

/* All of BODY is looked at before anything is taken. */
static enum kb_err take_token(
    const struct kb_reading *r, const struct json_object *body, struct kb_token *token)
{
    const char *text = token_text(r, body);
    enum kb_err rc = check_token(r, text);

    if (!rc)
        rc = check_token_type(r, body);
    if (!rc)
        rc = kb_reading_scope(r, body);
    if (!rc)
        rc = kb_secret_set(&token->value, text, strlen(text), r->err);
    if (!rc)
        kb_token_set_life(token, kb_reading_lifetime(r, body), r->now);
    return rc;
}

static enum kb_err read_success(const struct kb_reading *r, struct kb_token *token)
{
    KB_AUTO(kb_json_release) struct json_object *body = NULL;
    struct json_object *value = NULL;
    enum kb_err rc = check_type(r);

    if (!rc)
        rc = parse_body(r, &body);
    if (rc)
        return rc;
    if (kb_json_member(body, "error") || !kb_reading_find(body, r->path, &value) || !value)
        return kb_reading_refused(r, body);
    return take_token(r, body, token);
}

static enum kb_err read_refusal(const struct kb_reading *r)
{
    KB_AUTO(kb_json_release) struct json_object *body = NULL;
    const struct kb_buf *text = &r->reply->body;
    enum kb_err rc;

    KB_IGNORE(kb_json_parse(kb_buf_text(text), text->len, &body, NULL));
    rc = kb_reading_refused(r, body);
    return r->reply->status == 201 && holds_token(r) ? hint_setting(r, rc, "accept_status", "201")
                                                     : rc;
}

enum kb_err kb_token_reply_read(const struct kb_oauth_context *context,
    const struct kb_http_reply *reply, struct kb_token *token, struct kb_reply_facts *facts,
    struct kb_error *err)
{
    const struct kb_profile *profile = context->profile;
    const struct kb_reply_shape *shape = &kb_reply_shapes[KB_REPLY_OAUTH];
    bool is_last = context->first_token || !profile->second_url_text;
    const struct kb_reading r = {
        .reply = reply,
        .shape = shape,
        .context = context,
        .profile = profile,
        .is_second = context->first_token,
        .is_last = is_last,
        .path = is_last && profile->token_path ? profile->token_path : shape->token,
        .life = is_last && profile->expiry ? profile->expiry : shape->life,
        .now = context->now,
        .said = kb_rate_limit_read(reply, context->now),
        .facts = facts,
        .err = err,
    };

    *facts = (struct kb_reply_facts){
        .retry = KB_RETRY_NEVER, .limit = r.said.limit, .remaining = r.said.remaining};
    kb_request_id_read(reply, NULL, context, facts->request_id);
    return kb_reading_is_success(&r, reply->status) ? read_success(&r, token) : read_refusal(&r);
}
