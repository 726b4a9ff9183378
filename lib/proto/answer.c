/*
 * The last look at every value before it is printed. What configuration, cache and
 * server gave was checked on its way in; it is checked again here, so that no fault in
 * between can put a line break into a line protocol.
 */
#include "common.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

enum kb_err kb_answer_check_token(const struct kb_answer *answer, struct kb_error *err)
{
    const struct kb_secret *value = &answer->token->value;

    if (kb_token_text_ok(value->bytes, value->len))
        return KB_OK;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_CORRUPT, "the token of profile %s holds bytes that no token may have",
            answer->route->profile),
        "keybearer forget %s", answer->route->profile);
}

static enum kb_err refuse_header(const struct kb_answer *answer, struct kb_error *err)
{
    return kb_fail(
        err, KB_ERR_CORRUPT, "a header of profile %s cannot be sent", answer->route->profile);
}

/* The one that has the token. */
static enum kb_err check_own_header(const struct kb_answer *answer, struct kb_error *err)
{
    const struct kb_route *route = answer->route;

    if (kb_text_is_token(route->api_header, SIZE_MAX) &&
        kb_text_is_printable(route->api_prefix, strlen(route->api_prefix), 0, SIZE_MAX))
        return KB_OK;
    return refuse_header(answer, err);
}

enum kb_err kb_answer_check_authorization(const struct kb_answer *answer, struct kb_error *err)
{
    const struct kb_route *route = answer->route;
    enum kb_err rc = check_own_header(answer, err);

    if (rc || strcasecmp(route->api_header, KB_API_HEADER) == 0)
        return rc;
    return kb_hinted(err,
        kb_fail(err, KB_ERR_CONFIG,
            "the token of profile %s belongs in the header %s, not in " KB_API_HEADER,
            route->profile, route->api_header),
        "keybearer header %s", route->profile);
}

enum kb_err kb_answer_check_headers(const struct kb_answer *answer, struct kb_error *err)
{
    const struct kb_pairs *headers = &answer->route->api_headers;
    enum kb_err rc = check_own_header(answer, err);

    for (size_t i = 0; !rc && i < headers->count; i++) {
        const char *value = headers->items[i].value;

        if (!kb_text_is_token(headers->items[i].name, SIZE_MAX) ||
            !kb_text_is_printable(value, strlen(value), 0, KB_TOKEN_MAX))
            rc = refuse_header(answer, err);
    }
    return rc;
}

enum kb_err kb_answer_username(
    const struct kb_answer *answer, const char **ret, struct kb_error *err)
{
    const char *name = answer->route->username;

    if (!kb_text_is_printable(name, strlen(name), 1, sizeof(answer->route->username) - 1))
        return kb_fail(err, KB_ERR_CORRUPT, "the user name of profile %s cannot be sent",
            answer->route->profile);
    *ret = name;
    return KB_OK;
}

void kb_answer_put_headers(struct kb_json_writer *json, const struct kb_answer *answer)
{
    const struct kb_pairs *extra = &answer->route->api_headers;

    kb_json_name(json, answer->route->api_header);
    kb_json_put_secret(json, answer->route->api_prefix, &answer->token->value);
    for (size_t i = 0; i < extra->count; i++)
        kb_json_string_member(json, extra->items[i].name, extra->items[i].value);
}

enum kb_err kb_answer_write_token(const struct kb_answer *answer, const char *before,
    const char *behind, struct kb_reply *reply, struct kb_error *err)
{
    enum kb_err rc = kb_answer_check_token(answer, err);

    if (rc)
        return rc;
    kb_buf_str(&reply->out, before);
    kb_secret_append(&answer->token->value, &reply->out);
    kb_buf_str(&reply->out, behind);
    return kb_answer_finish(reply, err);
}

enum kb_err kb_answer_finish(struct kb_reply *reply, struct kb_error *err)
{
    enum kb_err rc = kb_buf_check(&reply->out, "the answer", err);

    if (rc)
        kb_buf_reset(&reply->out);
    return rc;
}
