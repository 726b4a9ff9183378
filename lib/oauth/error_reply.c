/*
 * The shapes of error bodies, as two lists of places to look. Must never show a body as
 * a whole, nor a word of it that did not pass kb_redact().
 */
#include "oauth/error_reply.h"

#include "base/json.h"
#include "oauth/redact.h"
#include "oauth/request_id.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define CODE_MAX 64

/* A member of the body, or of OUTER in it: an object, or an array whose first element is one. */
struct place {
    const char *outer, *name;
};

static const struct place code_places[] = {
    {NULL, "error"},     /* RFC 6749; in frameworks a phrase */
    {"error", "code"},   /* nested */
    {"error", "status"}, /* nested */
    {"reasons", "code"}, /* Zuora v1 and Object Query */
    {"Errors", "Code"},  /* Zuora Object CRUD */
    {"errors", "code"},  /* JSON:API */
    {NULL, "FaultCode"}, /* Zuora action and query */
    {NULL, "errorCode"}, /* Okta, Salesforce */
    {NULL, "code"},      /* flat */
    {NULL, "title"},     /* RFC 9457 */
};

static const struct place description_places[] = {
    {NULL, "error_description"},
    {"error", "message"},
    {"reasons", "message"},
    {"Errors", "Message"},
    {"errors", "message"},
    {NULL, "FaultMessage"},
    {NULL, "errorSummary"},
    {NULL, "message"},
    {NULL, "detail"},
};

static struct json_object *member_at(const struct json_object *body, const struct place *place)
{
    struct json_object *outer;

    if (!place->outer)
        return kb_json_member(body, place->name);
    outer = kb_json_member(body, place->outer);
    if (json_object_is_type(outer, json_type_array))
        outer = json_object_array_get_idx(outer, 0);
    return json_object_is_type(outer, json_type_object) ? kb_json_member(outer, place->name) : NULL;
}

/* The characters that RFC 6749 section 5.2 allows in an error code. */
static bool is_code(const char *text)
{
    return kb_text_is_printable(text, strlen(text), 1, CODE_MAX) && !strpbrk(text, "\"\\");
}

static bool read_code(
    struct json_object *value, const struct kb_oauth_context *context, char *ret, size_t size)
{
    const char *text = json_object_get_string(value);

    if (json_object_is_type(value, json_type_int))
        snprintf(ret, size, "%" PRId64, json_object_get_int64(value));
    else if (json_object_is_type(value, json_type_string) && is_code(text))
        kb_redact(text, strlen(text), context, ret, size);
    return *ret != '\0';
}

static bool read_description(
    struct json_object *value, const struct kb_oauth_context *context, char *ret, size_t size)
{
    if (json_object_is_type(value, json_type_string))
        kb_redact(json_object_get_string(value), (size_t)json_object_get_string_len(value), context,
            ret, size);
    return *ret != '\0';
}

static bool says_no_success(const struct json_object *body)
{
    struct json_object *success = kb_json_member(body, "success");

    if (!success)
        success = kb_json_member(body, "Success");
    return json_object_is_type(success, json_type_boolean) && !json_object_get_boolean(success);
}

static void read_body(const struct json_object *body, const struct kb_oauth_context *context,
    struct kb_error_reply *ret)
{
    bool code = false, description = false;

    for (size_t i = 0; !code && i < KB_COUNT(code_places); i++)
        code = read_code(member_at(body, &code_places[i]), context, ret->code, sizeof(ret->code));
    for (size_t i = 0; !description && i < KB_COUNT(description_places); i++)
        description = read_description(member_at(body, &description_places[i]), context,
            ret->description, sizeof(ret->description));
    ret->recognised = code || description || says_no_success(body);
}

void kb_error_reply_read(const struct kb_http_reply *reply, const struct json_object *body,
    const struct kb_oauth_context *context, struct kb_error_reply *ret)
{
    *ret = (struct kb_error_reply){0};
    if (body)
        read_body(body, context, ret);
    kb_request_id_read(reply, body, context, ret->request_id);
}
