/*
 * The way from a reply to a token. Must never make a token of a reply that two readers
 * could understand differently, and never put a part of the body into an error.
 */
#include "reading.h"

#include "base/json.h"
#include "oauth/redact.h"
#include "oauth/request_id.h"

#include <string.h>
#include <strings.h>

static enum kb_err check_type(const struct kb_reading *r)
{
    bool conflict = false;
    const char *type = kb_http_header(r->reply, "Content-Type", &conflict);
    char shown[49];

    if (conflict)
        return kb_reading_malformed(r, "with two different Content-Types");
    if (!type)
        return kb_reading_malformed(r, "without a Content-Type");
    if (r->shape->is_type(type))
        return KB_OK;
    kb_redact(type, strlen(type), r->client, shown, sizeof(shown));
    return kb_reading_malformed(r, "with %s instead of JSON", shown);
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

/* All of BODY is looked at before anything is taken. */
static enum kb_err take_token(
    const struct kb_reading *r, const struct json_object *body, struct kb_token *token)
{
    const char *text = kb_json_string(body, r->shape->token);
    const char *type = kb_json_string(body, r->shape->type);
    enum kb_err rc;

    if (!text || !kb_token_text_ok(text, strlen(text)))
        return kb_reading_malformed(r, "with an %s that is not a token", r->shape->token);
    if (!type)
        return kb_reading_malformed(r, "without a %s", r->shape->type);
    if (strcasecmp(type, "Bearer") != 0)
        return kb_reading_malformed(r, "with a token that is not of type Bearer");
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
    enum kb_err rc = check_type(r);

    if (!rc)
        rc = parse_body(r, &body);
    if (rc)
        return rc;
    if (kb_json_member(body, "error") || !kb_json_member(body, r->shape->token))
        return kb_reading_refused(r, body);
    return take_token(r, body, token);
}

static enum kb_err read_refusal(const struct kb_reading *r)
{
    KB_AUTO(kb_json_release) struct json_object *body = NULL;
    const struct kb_buf *text = &r->reply->body;

    KB_IGNORE(kb_json_parse(kb_buf_text(text), text->len, &body, NULL));
    return kb_reading_refused(r, body);
}

enum kb_err kb_token_reply_read(const struct kb_oauth_context *context,
    const struct kb_http_reply *reply, struct kb_token *token, struct kb_reply_facts *facts,
    struct kb_error *err)
{
    const struct kb_reading r = {
        .reply = reply,
        .shape = &kb_reply_shapes[KB_REPLY_OAUTH],
        .profile = context->profile,
        .client = context->client,
        .now = context->now,
        .said = kb_rate_limit_read(reply, context->now),
        .facts = facts,
        .err = err,
    };

    *facts = (struct kb_reply_facts){
        .retry = KB_RETRY_NEVER, .limit = r.said.limit, .remaining = r.said.remaining};
    kb_request_id_read(reply, NULL, r.client, facts->request_id);
    return reply->status == r.shape->status ? read_success(&r, token) : read_refusal(&r);
}
