/*
 * The formats of a body. Must write every field, and nothing else; and a field into the address
 * only for who asked for that.
 */
#include "base/json_write.h"
#include "oauth/form.h"
#include "oauth/rows.h"

#include <string.h>

static enum kb_err write_form(
    const struct kb_parts *parts, struct kb_buf *out, struct kb_error *err)
{
    for (size_t i = 0; i < parts->count; i++) {
        const struct kb_field *field = &parts->fields[i];

        if (i > 0)
            kb_buf_byte(out, '&');
        kb_form_encode(out, field->name, strlen(field->name));
        kb_buf_byte(out, '=');
        kb_form_encode(out, field->value.bytes, field->value.len);
    }
    out->failed |= parts->failed;
    return kb_buf_check(out, "the token request", err);
}

static enum kb_err form(
    const struct kb_parts *parts, struct kb_http_request *request, struct kb_error *err)
{
    return write_form(parts, &request->body, err);
}

static enum kb_err query(
    const struct kb_parts *parts, struct kb_http_request *request, struct kb_error *err)
{
    return write_form(parts, &request->query, err);
}

/* Of two members of one name each reader takes another. */
static enum kb_err refuse_twice(const struct kb_parts *parts, struct kb_error *err)
{
    for (size_t i = 0; i < parts->count; i++)
        for (size_t before = 0; before < i; before++)
            if (strcmp(parts->fields[i].name, parts->fields[before].name) == 0)
                return kb_fail(err, KB_ERR_CONFIG,
                    "a body of JSON cannot have the field \"%s\" twice", parts->fields[i].name);
    return KB_OK;
}

static enum kb_err json(
    const struct kb_parts *parts, struct kb_http_request *request, struct kb_error *err)
{
    struct kb_json_writer w = kb_json_writer(&request->body, 0);
    enum kb_err rc = refuse_twice(parts, err);

    if (rc)
        return rc;
    kb_json_open(&w, '{');
    for (size_t i = 0; i < parts->count; i++) {
        kb_json_name(&w, parts->fields[i].name);
        kb_json_put_secret(&w, "", &parts->fields[i].value);
    }
    kb_json_close(&w);
    request->body.failed |= parts->failed;
    return kb_buf_check(&request->body, "the token request", err);
}

const struct kb_body kb_bodies[] = {
    [KB_BODY_FORM] = {"form", "application/x-www-form-urlencoded", form},
    [KB_BODY_JSON] = {"json", "application/json", json},
    [KB_BODY_QUERY] = {"query", NULL, query},
};

const struct kb_body *kb_body_find(const char *name)
{
    size_t i = KB_COUNT(kb_bodies) - 1;

    while (name && i > KB_BODY_FORM && strcmp(kb_bodies[i].name, name) != 0)
        i--;
    return &kb_bodies[name ? i : KB_BODY_FORM];
}
